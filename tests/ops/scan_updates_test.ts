/**
 * @file Shared variables and random streams in loops: what becomes of them, turn after turn.
 */

import { assertEquals } from "@std/assert";
import * as theano from "@theano/theano";

const { tensor: T } = theano;
type Variable = theano.tensor.TensorVariable;

/** The numbers that a stream of a source draws first: one for each turn. */
function draws(seed: number, turns: number, stream: number = 0): number[] {
  const seeds = new theano.random.RandomState(seed);
  for (let k = 0; k < stream; k++) seeds.randint(2 ** 30);
  const state = new theano.random.RandomState(seeds.randint(2 ** 30) as number);
  return Array.from({ length: turns }, () => Number(state.uniform()));
}

Deno.test("a shared variable is read as the turn before left it", () => {
  const a = theano.shared(1, "a");
  const b = theano.shared(1, "b");
  const [[first, second], updates] = theano.scan(
    () => ({ outputs: [a, b.mul(10)], updates: [[a, b], [b, a.add(b)]] }),
    { nSteps: 5 },
  );
  assertEquals([...updates.keys()], [a, b]);
  const f = theano.function([], [first!, second!], { updates });
  assertEquals(f().map((v) => v.toArray()), [[1, 1, 2, 3, 5], [10, 20, 30, 50, 80]]);
  assertEquals([a, b].map((v) => v.getValue().item()), [8, 13]);
});

Deno.test("updates that are not passed on leave shared variables as they were", () => {
  const k = theano.shared(0);
  const [counts] = theano.scan(() => ({ outputs: k, updates: [[k, k.add(1)]] }), { nSteps: 3 });
  const f = theano.function([], counts);
  assertEquals([f().toArray(), f().toArray()], [[0, 1, 2], [0, 1, 2]]);
  assertEquals(k.getValue().item(), 0);
});

Deno.test("default updates apply in every turn, those of others' values included", () => {
  const steps = theano.shared(0, "steps");
  const total = theano.shared(0, "total");
  steps.defaultUpdate = steps.add(1);
  total.defaultUpdate = total.add(steps);
  const [values, updates] = theano.scan(() => total, { nSteps: 4 });
  assertEquals([...updates.keys()], [total, steps]);
  assertEquals(theano.function([], values, { updates })().toArray(), [0, 0, 1, 3]);
  assertEquals([steps, total].map((v) => v.getValue().item()), [4, 6]);
});

Deno.test("an update of the user's stands in place of the default one", () => {
  const k = theano.shared(1);
  k.defaultUpdate = k.add(1);
  const [values, updates] = theano.scan(() => [k, [[k, k.mul(3)]]] as const, { nSteps: 3 });
  assertEquals(theano.function([], values, { updates })().toArray(), [1, 3, 9]);
  assertEquals(k.getValue().item(), 27);
});

Deno.test("a number drawn outside is drawn again in every turn that reads it", () => {
  const d = new T.RandomStreams(12).uniform([]);
  const [numbers, updates] = theano.scan(() => d, { nSteps: 3 });
  const f = theano.function([], numbers, { updates });
  assertEquals([...f().toArray() as number[], ...f().toArray() as number[]], draws(12, 6));
  assertEquals([...updates.keys()], [d.rng]);
});

Deno.test("streams made in the function are made once, in their order", () => {
  const srng = new T.RandomStreams(12);
  const [[a, b], updates] = theano.scan(() => [srng.uniform([]), srng.uniform([])], { nSteps: 3 });
  const f = theano.function([], [a!, b!], { updates });
  assertEquals(f().map((v) => v.toArray()), [draws(12, 3), draws(12, 3, 1)]);
  assertEquals(srng.stateUpdates.map(([rng]) => updates.has(rng)), [true, true]);
});

Deno.test("MRG streams go on from turn to turn and from call to call", () => {
  const plain = new T.MRG_RandomStreams(5).uniform([2]);
  const draw = theano.function([], plain);
  const expected = [draw(), draw(), draw(), draw()].map((v) => v.toArray());
  const inLoop = new T.MRG_RandomStreams(5).uniform([2]);
  const [numbers, updates] = theano.scan(() => inLoop, { nSteps: 2 });
  const f = theano.function([], numbers, { updates });
  assertEquals([f(), f()].flatMap((v) => v.toArray()), expected);
});

Deno.test("one turn that is known draws once and lets the function advance the stream", () => {
  const d = new T.RandomStreams(12).uniform([]);
  const [numbers, updates] = theano.scan(() => d, { nSteps: 1 });
  const f = theano.function([], numbers, { updates });
  assertEquals([...f().toArray() as number[], ...f().toArray() as number[]], draws(12, 2));
});

Deno.test("updates of a loop in a loop are passed on by the outer one", () => {
  const k = theano.shared(0);
  const d = new T.RandomStreams(12).uniform([]);
  const inner = (): [Variable, theano.OrderedUpdates] =>
    theano.scan(() => ({ outputs: d, updates: [[k, k.add(1)]] }), { nSteps: 2 });
  const [numbers, updates] = theano.scan(() => {
    const [outputs, updates] = inner();
    return { outputs, updates };
  }, { nSteps: 3 });
  const f = theano.function([], numbers, { updates });
  assertEquals((f().toArray() as number[][]).flat(), draws(12, 6));
  assertEquals(k.getValue().item(), 6);
});

Deno.test("a state, a sequence and what is passed along may be a variable that is updated", () => {
  const k = theano.shared(1, { dtype: "float64" });
  const v = theano.shared([1, 2, 3], { dtype: "float64" });
  const [results, updates] = theano.scan(
    (x, h, passed) => ({
      outputs: h.add(x).add(passed),
      updates: [[k, passed.mul(2)], [v, v.add(1)]],
    }),
    { sequences: v, outputsInfo: k, nonSequences: k },
  );
  const f = theano.function([], results, { updates });
  assertEquals(f().toArray(), [3, 7, 14]);
  assertEquals([k.getValue().toArray(), v.getValue().toArray()], [8, [4, 5, 6]]);
});
