/** @file Random programs of loops and choices: their values stay under all rewrites. */

import { assert, assertEquals } from "@std/assert";
import * as theano from "@theano/theano";
import type { NDArray } from "../../core/array/ndarray.ts";
import { elementsOf } from "../../core/ops/elements.ts";
import { sum } from "../../core/ops/reduce.ts";
import { add } from "../../core/ops/arithmetic.ts";
import { grad } from "../../core/gradient/grad.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { liftChoice, removeIdentical } from "../../optimize/if_else_rules.ts";
import { scanEarly, scanLate, scanSaving } from "../../optimize/scan_tables.ts";
import { evaluate } from "../helpers/evaluate.ts";
import { Random } from "../helpers/random.ts";
import { type RandomLoops, randomLoops } from "./random_loops.ts";
import {
  assertClose,
  graphOf,
  optimized,
  raising,
  rootsOf,
  settle,
  valuesOf,
} from "./rewriting.ts";

/** The rules of loops and choices, each once. */
const rules = [...new Map(
  [scanEarly, scanLate, scanSaving].flatMap((table) => table.rules)
    .concat(removeIdentical, liftChoice)
    .map((rule) => [rule.name, rule]),
).values()];

const names = rules.map(({ name }) => name);

/** A program and its gradient. */
function withGradient(program: RandomLoops): RandomLoops {
  const { inputs, outputs } = program;
  const costs = outputs.filter(({ dtype }) => dtype === "float64").map((x) => sum(x));
  if (costs.length === 0) return program;
  const wrt = inputs.filter(({ dtype, name }) => dtype === "float64" && "xshpcw".includes(name!));
  const cost = costs.reduce((x, y) => add(x, y));
  const gradients = grad(cost, wrt, { disconnectedInputs: "ignore" }) as TensorVariable[];
  return { ...program, outputs: [...outputs, ...gradients] };
}

function drawn(seed: number): RandomLoops {
  const random = new Random(seed);
  const program = randomLoops(random);
  return random.chance(0.4) ? withGradient(program) : program;
}

function givensOf({ inputs, values }: RandomLoops): Map<TensorVariable, NDArray> {
  return new Map(inputs.map((input, k) => [input, values[k]!]));
}

/** The values of the roots of a program's outputs. */
function valuesFor(program: RandomLoops): NDArray[] {
  const givens = givensOf(program);
  return rootsOf(program.outputs).map((root) => givens.get(root as TensorVariable)!);
}

function assertSame(found: readonly NDArray[], wanted: readonly NDArray[], what: string): void {
  assertEquals(found.length, wanted.length, what);
  found.forEach((value, k) => assertClose(value, wanted[k]!, 1e-9, `${what}, output ${k}`));
}

for (let part = 0; part < 4; part++) {
  Deno.test(`optimize() keeps the values of random loops (${part + 1} of 4)`, () =>
    raising(() => {
      let compared = 0;
      for (let seed = 40 * part; seed < 40 * part + 40; seed++) {
        const program = drawn(seed);
        const { outputs } = program;
        if (outputs.length === 0) continue;
        const wanted = evaluate(outputs, givensOf(program));
        if (!wanted.every((value) => elementsOf(value).every((x) => Number.isFinite(Number(x))))) {
          continue;
        }
        compared++;
        const off = new Random(seed).shuffled(names).slice(0, seed % 2 === 0 ? 0 : 3);
        const { graph } = optimized(outputs, { excluding: off });
        const found = valuesOf(graph, valuesFor(program));
        assertSame(found, wanted, `seed ${seed} without ${off}`);
      }
      assert(compared > 30, `only ${compared} programs had values`);
    }));
}

Deno.test("compiled random loops give what the reference gives, optimised or not", () => {
  for (let seed = 1000; seed < 1024; seed++) {
    const program = drawn(seed);
    const { inputs, values, outputs } = program;
    const wanted = evaluate(outputs, givensOf(program));
    for (const mode of ["FAST_RUN", "FAST_COMPILE", ...seed % 3 === 0 ? ["DebugMode"] : []]) {
      const f = theano.function(inputs, outputs, { mode, onUnusedInput: "ignore" });
      assertSame(f(...values), wanted, `seed ${seed} in ${mode}`);
    }
  }
});

for (const rule of rules) {
  // It wants zeros that other rules make constants of: `choice_rules_test.ts` has these.
  if (rule === liftChoice) continue;
  Deno.test(`${rule.name} keeps values, and leaves its own results alone`, () =>
    raising(() => {
      let fired = 0;
      for (let seed = 2000; seed < 2060; seed++) {
        const program = drawn(seed);
        const graph = graphOf(...program.outputs);
        if (settle(graph, rule) === 0) continue;
        fired++;
        assertEquals(settle(graph, rule), 0, `seed ${seed}`);
        const wanted = evaluate(program.outputs, givensOf(program));
        assertSame(valuesOf(graph, valuesFor(program)), wanted, `seed ${seed}`);
      }
      assert(fired > 0, `${rule.name} never fires`);
    }));
}
