/**
 * @file Compares the kernels of a set of functions between a commit and the files as they are: what
 * shows that a refactor changed no code, and how much another change did.
 *
 * `deno task replay [commit]`, by default HEAD. It ends with 1 if anything differs.
 */

// deno-lint-ignore-file no-console
import { raise } from "../../core/errors.ts";
import { root } from "../house/helpers.ts";

const script = "tests/helpers/replay_functions.ts";

/** Runs a program to its end and gives what it printed. */
function output(command: string, args: readonly string[], cwd: string | URL): Uint8Array {
  const { success, stdout, stderr } = new Deno.Command(command, { args: [...args], cwd })
    .outputSync();
  if (!success) {
    const text = new TextDecoder().decode(stderr);
    raise("RuntimeError", `${command} ${args.join(" ")} failed:\n${text}`);
  }
  return stdout;
}

/** The kernels of every function, as text, by the function's name. */
function kernelsOf(tree: string | URL, folder: string): Map<string, string> {
  const args = ["run", "-A", "--no-check", "core/cli/dump.ts", script, `--dir=${folder}`];
  output(Deno.execPath(), args, tree);
  const kernels = new Map<string, string>();
  for (const { name } of Deno.readDirSync(folder)) {
    const files = [...Deno.readDirSync(`${folder}/${name}`)].map((file) => file.name)
      .filter((file) => /^[678]\d_.*\.(txt|wat)$/.test(file)).sort();
    const texts = files.map((file) => Deno.readTextFileSync(`${folder}/${name}/${file}`));
    kernels.set(name, texts.join("\n"));
  }
  return kernels;
}

/** The first line in which two texts differ, with its number. */
function firstDifference(before: string, after: string): string {
  const [old, now] = [before.split("\n"), after.split("\n")];
  const at = old.findIndex((line, i) => line !== now[i]);
  const line = at < 0 ? old.length : at;
  return `line ${line + 1}:\n  - ${old[line] ?? "(end)"}\n  + ${now[line] ?? "(end)"}`;
}

/** Unpacks a commit into a folder, with the packages and the set of functions of now. */
function checkout(commit: string, folder: string): void {
  const archive = `${folder}.tar`;
  Deno.writeFileSync(archive, output("git", ["archive", commit], root));
  Deno.mkdirSync(folder);
  output("tar", ["xf", archive], folder);
  Deno.symlinkSync(new URL("node_modules", root).pathname, `${folder}/node_modules`);
  Deno.mkdirSync(`${folder}/tests/helpers`, { recursive: true });
  Deno.copyFileSync(new URL(script, root), `${folder}/${script}`);
}

const folder = Deno.makeTempDirSync();
try {
  checkout(Deno.args[0] ?? "HEAD", `${folder}/old`);
  const before = kernelsOf(`${folder}/old`, `${folder}/before`);
  const after = kernelsOf(root, `${folder}/after`);
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  const different = names.filter((name) => before.get(name) !== after.get(name));
  for (const name of different) {
    console.log(`${name}: ${firstDifference(before.get(name) ?? "", after.get(name) ?? "")}`);
  }
  console.log(`${names.length - different.length} same, ${different.length} different`);
  if (different.length > 0) Deno.exitCode = 1;
} finally {
  Deno.removeSync(folder, { recursive: true });
}
