import { assert, assertEquals } from "@std/assert";
import type { Variable } from "../../core/graph/variable.ts";
import type { Pattern } from "../../optimize/pattern.ts";
import { constant as constantOf, typedConstructor } from "../../core/tensor/constructors.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { elementwiseTables } from "../../optimize/elementwise_tables.ts";
import type { Rule } from "../../optimize/rule.ts";
import { Random } from "../helpers/random.ts";
import { assertClose, graphOf, raising, samples, settle, textOf, valuesOf } from "./rewriting.ts";
import { examples } from "./rule_examples.ts";

/** The rules of the tables, each once. */
const rules = [...new Map(
  elementwiseTables.flatMap((table) => table.rules).map((rule) => [rule.name, rule]),
).values()];

const dvector = typedConstructor("float64", [false]);

/** How far values may differ: rules round elsewhere, on purpose. */
const tolerance = 1e-12;

/** How far rules may be off that say they approximate, and are off unless asked for. */
const coarse = 0.1;

/** A graph that a pattern matches: a vector for each hole, a number for each constant. */
function instance(
  pattern: Pattern<string>,
  number: number,
  holes: Map<string, TensorVariable>,
): TensorVariable {
  if (typeof pattern === "number") return constantOf(pattern, { dtype: "float64" });
  if (pattern.form === "op") {
    const apply = pattern.apply as unknown as (...xs: TensorVariable[]) => TensorVariable;
    return apply(...pattern.args.map((arg) => instance(arg, number, holes)));
  }
  if (pattern.form === "constant") return constantOf(number, { dtype: "float64" });
  const known = holes.get(pattern.name) ?? dvector(pattern.name);
  holes.set(pattern.name, known);
  return known;
}

/** Numbers to try for constants until a rule fires. */
const numbers = [0.5, 2, -2, 3, -0.5, -1, 0, 1, 10];

/** Asserts that a rule fires on outputs, keeps their values, and leaves its own result alone. */
function checkRule(
  rule: Rule,
  outputs: readonly Variable[],
  range: readonly [number, number],
): boolean {
  const graph = graphOf(...outputs);
  const random = new Random(rule.name.length);
  const values = samples(random, graph.inputs, range);
  const wanted = valuesOf(graph, values);
  if (settle(graph, rule) === 0) return false;
  assertEquals(settle(graph, rule), 0, `${rule.name} fires on its own result: ${textOf(graph)}`);
  valuesOf(graph, values).forEach((value, i) =>
    assertClose(
      value,
      wanted[i]!,
      rule.tags.includes("approximate") ? coarse : tolerance,
      `${rule.name}: ${textOf(graph)}`,
    )
  );
  return true;
}

for (const rule of rules) {
  const { sample } = rule;
  if (sample !== undefined) {
    Deno.test(`${rule.name} fires on its pattern and keeps the value`, () =>
      raising(() => {
        for (const pattern of sample.patterns) {
          if (pattern.apply === undefined) continue;
          const fired = numbers.filter((number) =>
            checkRule(rule, [instance(pattern, number, new Map())], sample.domain)
          );
          const isListed = examples[rule.name] !== undefined;
          assert(fired.length > 0 || isListed, `${rule.name} never fires`);
        }
      }));
  }
  Deno.test(`${rule.name} fires on its examples and keeps their values`, () =>
    raising(() => {
      const listed = examples[rule.name] ?? [];
      assert(sample !== undefined || listed.length > 0, `${rule.name} has no example`);
      for (const { outputs, range = [-2, 2] as const } of listed) {
        assert(checkRule(rule, outputs(), range), `${rule.name} does not fire on an example`);
      }
    }));
}

Deno.test("rules that approximate are off unless asked for", () => {
  const wrong = rules.filter((rule) =>
    rule.tags.includes("approximate") && !rule.tags.includes("opt_in")
  );
  assertEquals(wrong, []);
});

Deno.test("examples name rules that exist", () => {
  const names = new Set(rules.map((rule) => rule.name));
  assertEquals(Object.keys(examples).filter((name) => !names.has(name)), []);
});
