/** @file Derivatives of loops of every form. */

import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { disconnectedGrad, undefinedGrad } from "../../core/gradient/controls.ts";
import { grad } from "../../core/gradient/grad.ts";
import { add, mul } from "../../core/ops/arithmetic.ts";
import { get } from "../../core/ops/indexing.ts";
import { stack } from "../../core/ops/join.ts";
import { sum } from "../../core/ops/reduce.ts";
import { tanh } from "../../core/ops/transcendental.ts";
import { constant, tensor } from "../../core/tensor/constructors.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { type Case, testGradients, valueAt } from "./helpers.ts";
import { loop, loopCases, ofGradients } from "./scan_cases.ts";

testGradients(loopCases);

testGradients(
  loopCases.map((c) => ({ ...c, name: `the gradient of ${c.name}`, of: ofGradients(c.of) })),
);

function vector(name: string): TensorVariable {
  return tensor("float64", [false], { name });
}

/** `h ← tanh(w · h + x)`, as a loop and written out; the first `cut` turns count as constants. */
function recurrence(
  steps: number,
  truncate: number,
): readonly [asLoop: Case["of"], writtenOut: Case["of"]] {
  const next = (a: TensorVariable, b: TensorVariable, x: TensorVariable, w: TensorVariable) =>
    tanh(add(mul(w, a), mul(b, b), x));
  const asLoop: Case["of"] = (x, h, w) =>
    loop({
      steps,
      sequences: [x!],
      states: [[h!, -2, -1]],
      fixed: [w!],
      truncate,
      turn: ({ slices: [x], taps: [a, b], fixed: [w] }) => {
        const made = next(a!, b!, x!, w!);
        return { states: [made], maps: [mul(made, x!)] };
      },
    }).traces[0]!;
  const writtenOut: Case["of"] = (x, h, w) => {
    const rows = [get(h!, 0), get(h!, 1)];
    for (let t = 0; t < steps; t++) {
      const [a, b] = rows.slice(-2);
      const made = next(a!, b!, get(x!, t), w!);
      rows.push(t < steps - truncate ? disconnectedGrad(made) : made);
    }
    return stack(rows);
  };
  return [asLoop, writtenOut];
}

Deno.test("grad() of a truncated loop goes back through the last turns only", () => {
  const [x, h, w] = [vector("x"), vector("h"), tensor("float64", [], { name: "w" })];
  const at = [[x, [0.3, -0.2, 0.5, 0.1, 7]], [h, [0.4, -0.6]], [w, 0.8]] as const;
  const weights = constant([1, 2, 3, 4, 5, 6]);
  for (const truncate of [1, 2, 3, 4, 9]) {
    const [looped, written] = recurrence(4, truncate).map((of) =>
      grad(sum(mul(of(x, h, w), weights)), [x, h, w], { disconnectedInputs: "ignore" })
        .map((g) => valueAt(g, at))
    );
    const numbers = [looped, written].map((values) => values!.flat(2) as number[]);
    assertEquals(numbers[0]!.length, numbers[1]!.length);
    numbers[0]!.forEach((x, k) =>
      assertAlmostEquals(x, numbers[1]![k]!, 1e-14, `${truncate} turns: gradient ${k}`)
    );
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
