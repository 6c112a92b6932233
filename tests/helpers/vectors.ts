/**
 * @file Runs the conformance vectors that lie in a folder beside the project: the areas that are
 * built, or those named.
 *
 * `deno task vectors [area…] [--filter text] [--verbose]`
 */

import { areas, folder } from "./vector_areas.ts";

/**
 * The file of an area. The runner does not know tagged templates; but a template is a call with its
 * texts and then its values, so that is how the formulas are handed to it.
 */
function fileOf(area: string): string {
  const given = new URL(`${area}.jsonl`, folder);
  if (area !== "expr") return given.pathname;
  const cases = Deno.readTextFileSync(given).trim().split("\n").map((line) => {
    const one = JSON.parse(line) as { args: { expr: string[]; values: unknown[] }[] };
    const [{ expr, values }] = one.args as [{ expr: string[]; values: unknown[] }];
    return JSON.stringify({ ...one, op: "tensor.expr", args: [expr, ...values] });
  });
  const path = `${Deno.makeTempDirSync()}/expr.jsonl`;
  Deno.writeTextFileSync(path, cases.join("\n"));
  return path;
}

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
    ...(chosen.length > 0 ? chosen : areas).map(fileOf),
    ...options,
  ],
  stdin: "null",
  stdout: "inherit",
  stderr: "inherit",
}).outputSync();

Deno.exit(code);
