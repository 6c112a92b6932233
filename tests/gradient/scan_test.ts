/** @file Derivatives of loops of every form. */

import { assertAlmostEquals, assertEquals } from "@std/assert";
import { grad } from "../../core/gradient/grad.ts";
import { add, mul } from "../../core/ops/arithmetic.ts";
import { sum } from "../../core/ops/reduce.ts";
import { tanh } from "../../core/ops/transcendental.ts";
import { tensor } from "../../core/tensor/constructors.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { testGradients, valueAt } from "./helpers.ts";
import { loopCases, ofGradients } from "./scan_cases.ts";
import { type Loop, loop, writtenOut } from "./scan_loops.ts";

testGradients(loopCases);

testGradients(
  loopCases.map((c) => ({ ...c, name: `the gradient of ${c.name}`, of: ofGradients(c.of) })),
);

function vector(name: string): TensorVariable {
  return tensor("float64", [false], { name });
}

Deno.test("grad() of a truncated loop goes back through the last turns only", () => {
  const [x, h, w] = [vector("x"), vector("h"), tensor("float64", [], { name: "w" })];
  const at = [[x, [0.3, -0.2, 0.5, 0.1, 7]], [h, [0.4, -0.6]], [w, 0.8]] as const;
  for (const truncate of [1, 2, 3, 4, 9]) {
    const description: Loop = {
      steps: 4,
      sequences: [x],
      states: [[h, -2, -1]],
      fixed: [w],
      truncate,
      turn: ({ slices: [x], taps: [a, b], fixed: [w] }) => {
        const made = tanh(add(mul(w!, a!), mul(b!, b!), x!));
        return { states: [made], maps: [mul(made, x!)] };
      },
    };
    const [looped, written] = [loop(description), writtenOut(description, 4)].map((outputs) => {
      const [trace, map] = [outputs.traces[0]!, outputs.maps[0]!];
      const cost = add(sum(mul(trace, [1, 2, 3, 4, 5, 6])), sum(mul(map, map)));
      return grad(cost, [x, h, w]).flatMap((g) => valueAt(g, at) as number | number[]);
    });
    looped!.forEach((g, k) => assertAlmostEquals(g, written![k]!, 1e-14, `${truncate}: ${k}`));
  }
});

Deno.test("grad() of a truncated loop counts what it carries as constant before that", () => {
  const [x, w] = ["x", "w"].map((name) => tensor("float64", [], { name }));
  const { carried } = loop({
    steps: 3,
    carried: [x!],
    fixed: [w!],
    truncate: 2,
    turn: ({ carried: [c], fixed: [w] }) => ({ carried: [mul(c!, w!)] }),
  });
  const grads = grad(carried[0]!, [x!, w!]);
  // With c the value before the last two turns, the result is c w², and c itself x w.
  assertEquals(grads.map((g) => valueAt(g, [[x!, 2], [w!, 3]])), [0, 2 * (2 * 3) * 3]);
});
