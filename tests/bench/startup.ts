/**
 * @file Time from the start of a process to its first result: a program that adds two matrices, and one
 * that multiplies them, beside jax-js and beside an empty program. Ours is timed as users get it, in
 * one file, and as a checkout has it, in 400.
 *
 * `deno task bench:startup`
 */

// deno-lint-ignore-file no-console
import { writePackage } from "../helpers/package.ts";
import { versions } from "./peer.ts";

const rounds = 20;

/** The programs, each as its text. */
const programs: Readonly<Record<string, string>> = {
  "empty program": "",
  "ours as published, import": `import "./package/theano.js";`,
  "ours as published, x + y": ours("./package/theano.js", "x.add(y)", 2),
  "ours as published, dot(x, y)": ours("./package/theano.js", "theano.dot(x, y)", 256),
  "ours from a checkout, import": `import "@theano/theano";`,
  "ours from a checkout, x + y": ours("@theano/theano", "x.add(y)", 2),
  "ours from a checkout, dot(x, y)": ours("@theano/theano", "theano.dot(x, y)", 256),
  "jax-js, import": `import "npm:@jax-js/jax@${versions.jax}";`,
  "jax-js, x + y": jax("x.add(y)", 2),
  "jax-js, dot(x, y)": jax("np.matmul(x, y)", 256),
};

function ours(module: string, formula: string, result: number): string {
  return `
    import * as theano from "${module}";
    const [x, y] = theano.tensor.fmatrices("x", "y");
    const f = theano.function([x, y], ${formula});
    const ones = theano.array(new Float32Array(256 * 256).fill(1), { shape: [256, 256] });
    if (f(ones, ones).data[0] !== ${result}) throw new RangeError("wrong");
  `;
}

function jax(formula: string, result: number): string {
  return `
    import { defaultDevice, init, jit, numpy as np } from "npm:@jax-js/jax@${versions.jax}";
    await init("wasm");
    defaultDevice("wasm");
    const f = jit((x, y) => ${formula});
    const ones = np.array(new Float32Array(256 * 256).fill(1)).reshape([256, 256]);
    if (f(ones.ref, ones).dataSync()[0] !== ${result}) throw new RangeError("wrong");
  `;
}

/** The time of one run of a file, in ms. */
function runTime(path: string, flags: readonly string[], cache: string): number {
  const start = performance.now();
  const { success, stderr } = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--no-lock", ...flags, path],
    cwd: new URL("../../", import.meta.url),
    env: { THEANO_FLAGS: `base_compiledir=${cache}` },
    stdout: "null",
    stderr: "piped",
  }).outputSync();
  const ms = performance.now() - start;
  if (!success) throw new RangeError(new TextDecoder().decode(stderr));
  return ms;
}

// The programs lie beside this file, so that bare names are resolved as in the project.
const folder = new URL(".startup.tmp/", import.meta.url);
Deno.mkdirSync(folder, { recursive: true });
try {
  await writePackage(new URL("package/", folder));
  const rows = Object.entries(programs).flatMap(([name, text], i) => {
    const path = new URL(`${i}.js`, folder).pathname;
    // None ends with Deno.exit, which would keep Deno from storing the code cache.
    Deno.writeTextFileSync(path, text);
    const cached = [["-A"], "with a compile cache"] as const;
    const bare = [[] as string[], "with no permission"] as const;
    const ways = name.includes("ours") && name.includes("x") ? [bare, cached] : [bare];
    return ways.map(([flags, way]) => ({ name, path, flags, way, best: Infinity, all: [0] }));
  });
  const cache = new URL("cache", folder).pathname;
  // Round by round, so that a busy moment meets every program.
  for (let round = 0; round < rounds; round++) {
    for (const row of rows) {
      const ms = runTime(row.path, row.flags, cache);
      if (round > 0) row.all.push(ms);
      row.best = Math.min(row.best, ms);
    }
  }
  console.log("| program | permissions | best | median |\n|---|---|---|---|");
  for (const { name, way, best, all } of rows) {
    const median = all.sort((a, b) => a - b)[Math.ceil(all.length / 2)]!;
    console.log(`| ${name} | ${way} | ${best.toFixed(0)} ms | ${median.toFixed(0)} ms |`);
  }
} finally {
  Deno.removeSync(folder, { recursive: true });
}
