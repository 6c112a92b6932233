/**
 * @file Runs the conformance vectors that lie in a folder beside the project: the areas that are
 * built, or those named.
 *
 * `deno task vectors [area…] [--filter text] [--verbose]`
 */

// deno-lint-ignore-file no-console
const folder = new URL("../../../shared/vectors/", import.meta.url);

/** The areas that exist here. */
const areas: readonly string[] = [
  "promotion",
  "casts",
  "broadcast",
  "compare",
  "integers",
  "elemwise",
  "reduce",
  "cumulative",
  "products",
  "shape",
  "indexing",
  "methods",
  "calculus",
  "complexes",
  "sorting",
  "special",
  "random",
];

/** Functions that cases ask for and that are not offered; a case of another one is a failure. */
const missing: readonly string[] = ["gradient.jacobian", "gradient.hessian"];

const named = Deno.args.findIndex((text) => text.startsWith("--"));
const [chosen, options] = named < 0
  ? [Deno.args, []]
  : [Deno.args.slice(0, named), Deno.args.slice(named)];

const { stdout } = new Deno.Command(Deno.execPath(), {
  args: [
    "run",
    "-A",
    "--no-check",
    new URL("run.ts", folder).pathname,
    "--mod",
    new URL("../../mod.ts", import.meta.url).pathname,
    ...(chosen.length > 0 ? chosen : areas).map((area) =>
      new URL(`${area}.jsonl`, folder).pathname
    ),
    ...options,
  ],
  stdin: "null",
  stderr: "inherit",
}).outputSync();

const lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
const [, passed, failed] = /^(\d+) passed, (\d+) failed$/.exec(lines.at(-1) ?? "") ?? [];
const notOffered = lines.filter((line) =>
  missing.some((name) => line.startsWith("FAIL") && line.endsWith(`no export named ${name}`))
);
const left = Number(failed ?? 1) - notOffered.length;
for (const line of lines.slice(0, -1)) if (!notOffered.includes(line)) console.log(line);
if (notOffered.length > 0) {
  console.log(`${notOffered.length} cases left out, of ${missing.join(" and ")}`);
}
console.log(`${passed ?? 0} passed, ${left} failed`);
Deno.exit(left === 0 ? 0 : 1);
