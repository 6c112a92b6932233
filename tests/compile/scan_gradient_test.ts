/** @file Derivatives of loops, compiled: they are what the definitions of their ops give. */

import { assert, assertEquals } from "@std/assert";
import * as theano from "@theano/theano";
import { array } from "../../core/array/build.ts";
import type { NDArray } from "../../core/array/ndarray.ts";
import type { Variable } from "../../core/graph/variable.ts";
import { loopCases, ofGradients } from "../gradient/scan_cases.ts";
import { evaluate } from "../helpers/evaluate.ts";

const { tensor: T } = theano;

function assertSame(got: NDArray, wanted: NDArray, what: string): void {
  assertEquals(got.shape, wanted.shape, what);
  const [a, b] = [got, wanted].map(({ data }) => Array.from(data as ArrayLike<number>, Number));
  b!.forEach((x, k) => {
    const error = Math.abs(a![k]! - x);
    assert(error <= 1e-10 * Math.max(1, Math.abs(x)), `${what} at ${k}: ${a![k]} is not ${x}`);
  });
}

for (const { name, of, at, patterns } of loopCases) {
  Deno.test(`compiled, the gradients of ${name} are those of the definitions`, () => {
    const points = at.map((p) => array(p, { dtype: "float64" }));
    const xs = points.map((p, i) =>
      T.tensor("float64", patterns?.[i] ?? p.shape.map(() => false), { name: `x${i}` })
    );
    const [value, slopes] = [of(...xs), ofGradients(of)(...xs)];
    const options = { disconnectedInputs: "ignore" } as const;
    const outputs = [
      value,
      ...T.grad(T.sum(value), xs, options),
      ...T.grad(slopes, xs, options),
      T.Rop(slopes, xs, xs),
    ];
    const wanted = evaluate(outputs, new Map<Variable, NDArray>(xs.map((x, i) => [x, points[i]!])));
    const got = theano.function(xs, outputs, { onUnusedInput: "ignore" })(...points);
    wanted.forEach((w, k) => assertSame(got[k]!, w, `output ${k}`));
  });
}

Deno.test("verifyGrad() accepts a network along a sequence, by all that its turns read", () => {
  const network = (
    x: theano.tensor.TensorVariable,
    h: theano.tensor.TensorVariable,
    w: theano.tensor.TensorVariable,
    u: theano.tensor.TensorVariable,
  ): theano.tensor.TensorVariable => {
    const [states] = theano.scan(
      (x, h, w, u) => T.tanh(T.dot(h, w).add(T.dot(x, u))),
      { sequences: x, outputsInfo: h, nonSequences: [w, u] },
    );
    return states;
  };
  const rng = new theano.random.RandomState(4);
  const point = [[3, 2], [2], [2, 2], [2, 2]].map((shape) => rng.uniform(-1, 1, shape));
  theano.gradient.verifyGrad(network, point, { rng });
});

Deno.test("the gradient of a loop that draws random numbers is by the numbers that it drew", () => {
  const h = T.dvector("h");
  const source = new T.sharedRandomstreams.RandomStreams(7);
  const [rows, updates] = theano.scan(
    (h) => h.mul(source.uniform([2]).add(0.5)),
    { outputsInfo: h, nSteps: 5 },
  );
  const last = rows.get(-1);
  const f = theano.function([h], [last, T.grad(T.sum(last), h)], { updates });
  for (let run = 0; run < 2; run++) {
    const [value, slope] = f([2, 3]).map((v) => v.toArray() as number[]);
    value!.forEach((v, k) => assert(Math.abs(slope![k]! * [2, 3][k]! - v) < 1e-14 * v));
  }
});
