/**
 * @file The manual's page "More examples".
 */

import { assertEquals } from "@std/assert";
import * as theano from "@theano/theano";
import { assertPrinted, numbers } from "./helpers.ts";

const { tensor: T, In } = theano;

const square = [[0, 1], [-1, -2]];
const logistic = [0.5, 0.73105858, 0.26894142, 0.11920292];

Deno.test("more examples 13: the logistic function", () => {
  const x = T.dmatrix("x");
  const s = T.div(1, T.add(1, T.exp(x.neg())));
  assertPrinted(theano.function([x], s)(square), [2, 2], logistic);
});

Deno.test("more examples 14: the logistic function by tanh", () => {
  const x = T.dmatrix("x");
  const s = T.div(T.add(1, T.tanh(x.div(2))), 2);
  assertPrinted(theano.function([x], s)(square), [2, 2], logistic);
});

Deno.test("more examples 15: three results at once", () => {
  const [a, b] = T.dmatrices("a", "b") as theano.tensor.TensorVariable[];
  const diff = a!.sub(b!);
  const f = theano.function([a!, b!], [diff, T.abs(diff), diff.pow(2)]);
  const results = f([[1, 1], [1, 1]], [[0, 1], [2, 3]]);
  assertEquals(results.map(numbers), [[1, 0, -1, -2], [1, 0, 1, 2], [1, 0, 1, 4]]);
});

Deno.test("more examples 16: a default value", () => {
  const [x, y] = T.dscalars("x", "y") as theano.tensor.TensorVariable[];
  const f = theano.function([x!, new In(y!, { value: 1 })], x!.add(y!));
  assertEquals([f(33).item(), f(33, 2).item()], [34, 35]);
});

Deno.test("more examples 17: default values by name", () => {
  const [x, y, w] = T.dscalars("x", "y", "w") as theano.tensor.TensorVariable[];
  const z = x!.add(y!).mul(w!);
  const f = theano.function(
    [x!, new In(y!, { value: 1 }), new In(w!, { value: 2, name: "w_by_name" })],
    z,
  );
  const results = [
    f(33),
    f(33, 2),
    f(33, 0, 1),
    f(33, { w_by_name: 1 }),
    f(33, { w_by_name: 1, y: 0 }),
  ];
  assertEquals(results.map((v) => v.item()), [68, 70, 33, 34, 33]);
});

Deno.test("more examples 18 to 21: a state, shared by functions, and replaced in one", () => {
  const state = theano.shared(0);
  const inc = T.iscalar("inc");
  const accumulator = theano.function([inc], state, { updates: [[state, state.add(inc)]] });
  const value = (): number => state.getValue().item();
  assertEquals(value(), 0);
  assertEquals([accumulator(1).item(), value()], [0, 1]);
  assertEquals([accumulator(300).item(), value()], [1, 301]);
  state.setValue(-1);
  assertEquals([accumulator(3).item(), value()], [-1, 2]);
  const decrementor = theano.function([inc], state, { updates: [[state, state.sub(inc)]] });
  assertEquals([decrementor(2).item(), value()], [2, 0]);
  const fnOfState = state.mul(2).add(inc);
  const foo = T.scalar({ dtype: state.dtype });
  const skipShared = theano.function([inc, foo], fnOfState, { givens: [[state, foo]] });
  assertEquals([skipShared(1, 3).item(), value()], [7, 0]);
});

Deno.test("more examples 22 and 23: copies of a function", () => {
  const state = theano.shared(0);
  const inc = T.iscalar("inc");
  const accumulator = theano.function([inc], state, { updates: [[state, state.add(inc)]] });
  accumulator(10);
  assertEquals(state.getValue().item(), 10);
  const newState = theano.shared(0);
  const newAccumulator = accumulator.copy({ swap: [[state, newState]] });
  assertEquals(newAccumulator(100).map((v) => v.item()), [0]);
  assertEquals([newState.getValue().item(), state.getValue().item()], [100, 10]);
  const nullAccumulator = accumulator.copy({ deleteUpdates: true });
  assertEquals(nullAccumulator(9000).map((v) => v.item()), [10]);
  assertEquals(state.getValue().item(), 10);
});

Deno.test("more examples 24: a shared variable broadcasts where it is told to", () => {
  const row = theano.shared([[1.5, 2]], { broadcastable: [true, false] });
  assertEquals(row.broadcastable, [true, false]);
  assertEquals(theano.shared([[1.5, 2]]).broadcastable, [false, false]);
});
