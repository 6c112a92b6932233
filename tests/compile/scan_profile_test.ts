/** @file The option `profile` of loops. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import * as theano from "@theano/theano";
import { denoCommand } from "../cache/deno_command.ts";
import { messageOf } from "./helpers.ts";

const { tensor: T } = theano;
const { ProfileStats } = theano.compile;
type Variable = theano.tensor.TensorVariable;

const x = T.dvector("x");

/** Running sums of squares. */
function sums(profile: theano.ScanOptions["profile"]): Variable {
  const [result] = theano.scan((row, before) => before!.add(row!.pow(2).mul(before!.add(1))), {
    sequences: x,
    outputsInfo: theano.float64(0),
    name: "sums",
    ...profile !== undefined && { profile },
  });
  return result as Variable;
}

/** A profile that is not printed when the tests end. */
function quiet(): theano.compile.ProfileStats {
  return new ProfileStats({ atexitPrint: false, message: "of a test" });
}

Deno.test("a profiled loop computes the same, and its profile counts turns and nodes", () => {
  const profile = quiet();
  const f = theano.function([x], sums(profile));
  assertEquals(f([1, 2, 3]).toArray(), [1, 9, 99]);
  assertEquals(f([1, 2]).toArray(), [1, 9]);
  assertEquals([profile.fctCallcount, profile.loop!.callcount, profile.loop!.name], [5, 2, "sums"]);
  assertEquals([...profile.applyCallcount.values()], [5]);
  assert(profile.loop!.time >= profile.fctCallTime && profile.fctCallTime >= profile.vmCallTime);
  assert(profile.vmCallTime > 0);
  profile.reset();
  assertEquals([profile.fctCallcount, profile.loop], [0, undefined]);
});

Deno.test("summary() of a loop tells how often it ran, and what its turns took of that", () => {
  const profile = quiet();
  theano.function([x], sums(profile))([1, 2, 3]);
  const lines = profile.summary("str")!.split("\n");
  assertEquals(lines.slice(0, 3), [
    "Scan Op profiling ( sums )",
    "==================",
    "  Message: of a test",
  ]);
  const seconds = String.raw`\d\.\d{6}e[+-]\d\ds`;
  const patterns = [
    `Time in 1 calls of the op \\(for a total of 3 steps\\) ${seconds}`,
    `Total time spent in calling the VM ${seconds} \\(\\d+\\.\\d{3}%\\)`,
    `Total overhead \\(computing slices\\.\\.\\) ${seconds} \\(\\d+\\.\\d{3}%\\)`,
  ];
  patterns.forEach((pattern, k) => assertMatch(lines[3 + k]!, new RegExp(`^  ${pattern}$`)));
  assertStringIncludes(lines.join("\n"), "Elemwise{Composite{");
});

Deno.test("the profile of a function tells what of its loops was spent in turns", () => {
  const [inner, outer] = [quiet(), quiet()];
  theano.function([x], sums(inner), { profile: outer })([1, 2, 3, 4]);
  const lines = outer.summary("str")!.split("\n");
  const title = lines.indexOf("Scan overhead");
  assert(title > lines.indexOf("Apply"));
  assertMatch(lines[title + 3]!, /^ +\d\.\d{3}s +\d\.\d{3}s +\d+\.\d% +4 {3}for\{cpu,sums\}\(/);
  const plain = quiet();
  theano.function([x], sums(false), { profile: plain })([1, 2]);
  assert(!plain.summary("str")!.includes("Scan overhead"));
});

Deno.test("a profiled loop is run as its mode says", () => {
  const profile = quiet();
  const [result] = theano.scan((row, before) => before!.mul(row!).add(before!), {
    sequences: x,
    outputsInfo: theano.float64(1),
    mode: new theano.Mode({ linker: "py", optimizer: null }),
    profile,
  });
  assertEquals(theano.function([x], result as Variable)([1, 2]).toArray(), [2, 6]);
  assertEquals([...profile.applyCallcount.keys()].map(({ op }) => op.name), [
    "Elemwise{mul,no_inplace}",
    "Elemwise{add,no_inplace}",
  ]);
  assertEquals([...profile.applyCimpl.values()], [false, false]);
});

Deno.test("profiles of loops are printed at the end, under the names of the loops", () => {
  const script = `
    import * as theano from "${new URL("../../mod.ts", import.meta.url)}";
    const x = theano.tensor.dvector("x");
    const options = { sequences: x, outputsInfo: theano.float64(1) };
    const turn = (row, before) => before.mul(row);
    const [named] = theano.scan(turn, { ...options, profile: true, name: "named" });
    const [worded] = theano.scan(turn, { ...options, nSteps: 2, profile: "in words" });
    const [silent] = theano.scan(turn, { ...options, nSteps: 1, profile: "" });
    theano.function([x], theano.grad(named.sum(), x), { profile: true, name: "first" })([1, 2, 3]);
    theano.function([x], [worded, silent], { profile: true, name: "second" })([1, 2, 3]);
  `;
  const { stderr } = new Deno.Command(denoCommand(), {
    args: ["eval", "--quiet", script],
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).outputSync();
  const heads = [...new TextDecoder().decode(stderr).matchAll(/^(.+)\n=+\n {2}Message: (.+)$/gm)];
  assertEquals(heads.map(([, head, message]) => `${head}: ${message}`).toSorted(), [
    "Function profiling: Sum of all(2) printed profiles at exit excluding Scan op profile.",
    "Function profiling: first",
    "Function profiling: second",
    "Scan Op profiling ( grad_of_named ): grad_of_named sub profile",
    "Scan Op profiling ( named ): named sub profile",
    "Scan Op profiling ( scan_fn ): in words",
  ]);
});

Deno.test("a loop refuses what is no profile", () => {
  const hint = "  Give true, a text for the profile, or a theano.compile.ProfileStats";
  assertEquals(
    messageOf(() => sums(5 as unknown as boolean)),
    `TypeError: Cannot time a loop: its profile is 5\n${hint}`,
  );
  assertEquals(
    messageOf(() => sums({ fctCallcount: 1 })),
    `TypeError: Cannot time a loop: its profile is an object\n${hint}`,
  );
});
