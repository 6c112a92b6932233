/**
 * @file Runs the conformance vectors that lie in a folder beside the project: the areas that are
 * built, or those named.
 *
 * `deno task vectors [area…] [--filter text] [--verbose]`
 */

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

const named = Deno.args.findIndex((text) => text.startsWith("--"));
const [chosen, options] = named < 0
  ? [Deno.args, []]
  : [Deno.args.slice(0, named), Deno.args.slice(named)];

const { code } = new Deno.Command(Deno.execPath(), {
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
  stdout: "inherit",
  stderr: "inherit",
}).outputSync();

Deno.exit(code);
