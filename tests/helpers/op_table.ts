/**
 * @file The table of elementwise ops, from their records and comments: `docs/elementwise.md`.
 *
 * `deno task docs` makes it, beside the documentation as web pages.
 */

// deno-lint-ignore-file no-console
import * as theano from "@theano/theano";
import type { ScalarOp } from "../../core/ops/scalar_op.ts";
import { denoOutput, filesBelow, root } from "../house/helpers.ts";

interface Docs {
  readonly nodes: Readonly<
    Record<string, {
      readonly symbols: readonly {
        readonly name: string;
        readonly declarations: readonly { readonly jsDoc?: { readonly doc?: string } }[];
      }[];
    }>
  >;
}

/** The first sentences of the comments on what a folder exports, by name. */
function sentences(folder: string): Map<string, string> {
  const { nodes } = JSON.parse(denoOutput(["doc", "--json", ...filesBelow(folder, ".ts")])) as Docs;
  const found = new Map<string, string>();
  for (const { symbols } of Object.values(nodes)) {
    for (const { name, declarations } of symbols) {
      const doc = declarations.find(({ jsDoc }) => jsDoc?.doc)?.jsDoc?.doc ?? "";
      const first = doc.split(/\n\n|(?<=[.`]) (?=[A-Z])/)[0]!.replaceAll("\n", " ");
      if (first !== "") found.set(name, first);
    }
  }
  return found;
}

/** What is known of a function, in words. */
function factsOf({ facts = {}, partials }: ScalarOp): string {
  const words = Object.entries(facts).map(([name, value]) =>
    value === true ? name : `${name} ${Array.isArray(value) ? `${value[0]} … ${value[1]}` : value}`
  );
  const derivative = partials === undefined
    ? "no gradient"
    : partials === "zero"
    ? "gradient 0"
    : "";
  return [derivative, ...words].filter(Boolean).join(", ");
}

/** The functions of a namespace that are elementwise ops; of aliases the one that is documented. */
function elementwiseOf(namespace: object): [name: string, record: ScalarOp][] {
  const names = new Map<ScalarOp, string>();
  for (const [name, value] of Object.entries(namespace)) {
    if (typeof value !== "function" || !("record" in value)) continue;
    const record = value.record as ScalarOp;
    if (!names.has(record) || docs.has(name)) names.set(record, name);
  }
  return [...names].map(([record, name]) => [name, record]);
}

const docs = sentences("core/ops");
const rows = [...elementwiseOf(theano.tensor), ...elementwiseOf(theano.tensor.nnet)].map(
  ([name, record]) => {
    const dtype = typeof record.dtype === "string" ? record.dtype : "its own rule";
    const bound = record.ulp ? `${record.ulp.wasm}` : "";
    const what = (docs.get(name) ?? docs.get(`${name}_`) ?? "").replaceAll("|", "\\|");
    return `| \`${name}\` | ${what} | ${dtype} | ${bound} | ${factsOf(record)} |`;
  },
);
const folder = new URL("docs/", root);
Deno.mkdirSync(folder, { recursive: true });
Deno.writeTextFileSync(
  new URL("elementwise.md", folder),
  [
    "# Elementwise ops",
    "",
    "The bound is in units in the last place, of the WebAssembly target.",
    "",
    "| function | what | dtype | bound | facts |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n"),
);
console.log(`docs/elementwise.md: ${rows.length} ops`);
