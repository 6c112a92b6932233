import { assert, assertEquals } from "@std/assert";
import { commands } from "../../core/cli/commands.ts";
import { builtinFlags } from "../../core/config/flags.ts";
import { order, pipeline } from "../../optimize/pipeline.ts";
import { denoOutput, filesBelow, sourceFiles } from "./helpers.ts";

interface Declaration {
  readonly kind: string;
  readonly declarationKind: string;
  readonly location: { readonly filename: string };
  readonly jsDoc?: { readonly doc?: string };
  readonly def?: unknown;
}

interface Docs {
  readonly nodes: Readonly<
    Record<string, {
      readonly symbols: readonly {
        readonly name: string;
        readonly declarations: readonly Declaration[];
      }[];
    }>
  >;
}

/** An exported symbol: where it stands, and its declarations with their docs. */
interface Exported {
  readonly name: string;
  readonly declarations: readonly Declaration[];
}

function exportsOf(files: readonly string[]): Exported[] {
  const { nodes } = JSON.parse(denoOutput(["doc", "--json", ...files])) as Docs;
  return Object.values(nodes).flatMap(({ symbols }) =>
    symbols.flatMap(({ name, declarations }) => {
      const own = declarations.filter(({ kind, declarationKind }) =>
        declarationKind === "export" && kind !== "reference" && kind !== "namespace"
      );
      const file = own[0]?.location.filename.replace(/^.*\/(?=(core|gpu|optimize)\/|mod\.ts)/, "");
      return own.length === 0 ? [] : [{ name: `${file} ${name}`, declarations: own }];
    })
  );
}

const docOf = ({ jsDoc }: Declaration): string => jsDoc?.doc ?? "";

Deno.test("every exported symbol has a comment that documents it", () => {
  const silent = exportsOf(sourceFiles())
    .filter(({ declarations }) => !declarations.some(docOf)).map(({ name }) => name);
  assertEquals(silent, []);
});

Deno.test("every function on tensors says what it does to shapes and dtypes", () => {
  const functions = exportsOf(filesBelow("core/surface", ".ts")).filter(({ name, declarations }) =>
    name.startsWith("core/ops/") &&
    declarations.some(({ kind, def }) =>
      kind === "function" && JSON.stringify(def).includes('"TensorVariable"')
    )
  );
  assert(functions.length > 80);
  const silent = functions.filter(({ declarations }) => {
    const doc = declarations.map(docOf).join("\n");
    return !doc.includes("Shapes:") || !doc.includes("Dtypes:");
  });
  assertEquals(silent.map(({ name }) => name), []);
});

Deno.test("every flag, command and order of passes has its reason in words", () => {
  const isSentence = (text: string): boolean => /\w{2,} \w+/.test(text);
  const flags = builtinFlags().filter(({ doc }) => !isSentence(doc)).map(({ name }) => name);
  assertEquals(flags, []);
  assertEquals(commands.filter(({ purpose }) => !isSentence(purpose)), []);
  assertEquals(order.filter(([, , why]) => !isSentence(why)), []);
  assert(pipeline.length > 5 && commands.length > 5);
});
