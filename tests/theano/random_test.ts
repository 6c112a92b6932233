/**
 * @file The manual on random numbers: its programs and what they print.
 */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import * as theano from "@theano/theano";
import { assertPrinted, numbers } from "./helpers.ts";

const { tensor: T } = theano;

/** The first program of the section, from a source of streams. */
function firstProgram<V extends theano.tensor.TensorVariable>(
  draw: { readonly uniform: (size: number[]) => V; readonly normal: (size: number[]) => V },
): {
  readonly u: V;
  readonly n: V;
  readonly f: () => theano.NDArray;
  readonly g: () => theano.NDArray;
  readonly nearlyZeros: () => theano.NDArray;
} {
  const u = draw.uniform([2, 2]);
  const n = draw.normal([2, 2]);
  return {
    u,
    n,
    f: theano.function([], u),
    g: theano.function([], n, { noDefaultUpdates: true }),
    nearlyZeros: theano.function([], u.add(u).sub(u.mul(2))),
  };
}

Deno.test("each call draws anew, and without updates the same again", () => {
  const { f, g, nearlyZeros } = firstProgram(new T.sharedRandomstreams.RandomStreams(234));
  assertPrinted(f(), [2, 2], [0.12672381, 0.97091597, 0.13989098, 0.88754825]);
  assertPrinted(f(), [2, 2], [0.31971415, 0.47584377, 0.24129163, 0.42046081]);
  const same = [0.37328447, -0.65746672, -0.36302373, -0.97484625];
  assertPrinted(g(), [2, 2], same);
  assertPrinted(g(), [2, 2], same);
  assertEquals(numbers(nearlyZeros()), [0, 0, 0, 0]);
});

Deno.test("one stream is seeded through its state, all through the source", () => {
  const srng = new T.RandomStreams(234);
  const { u, f, g } = firstProgram(srng);
  const value = u.rng.getValue({ borrow: true });
  value.seed(89234);
  u.rng.setValue(value, { borrow: true });
  assertPrinted(f(), [2, 2], [0.28439105, 0.50552141, 0.00215961, 0.98144963]);
  srng.seed(902340);
  assertPrinted(f(), [2, 2], [0.33919835, 0.85344878, 0.14881562, 0.79659413]);
  assertPrinted(g(), [2, 2], [1.14420082, -1.63244883, -0.43990538, 1.11564341]);
});

Deno.test("functions share a stream, and a state that is put back repeats it", () => {
  const { u, f, nearlyZeros } = firstProgram(new T.RandomStreams(234));
  const saved = u.rng.getValue();
  nearlyZeros();
  const v1 = numbers(f());
  u.rng.setValue(saved);
  const v2 = numbers(f());
  const v3 = numbers(f());
  assertNotEquals(v2, v1);
  assertEquals(v3, v1);
});

Deno.test("states are copied from one graph to another", () => {
  const graph = (seed: number) => {
    const rng = new T.RandomStreams(seed);
    return { rng, f: theano.function([], rng.uniform([1])) };
  };
  const [a, b] = [graph(123), graph(987)];
  assertPrinted(a.f(), [1], [0.72803009]);
  assertPrinted(b.f(), [1], [0.55056769]);
  a.rng.stateUpdates.forEach(([from], i) => b.rng.stateUpdates[i]![0].setValue(from.getValue()));
  assertPrinted(a.f(), [1], [0.59044123]);
  assertPrinted(b.f(), [1], [0.59044123]);
});

Deno.test("the first program runs with MRG_RandomStreams, and its states are copied too", () => {
  const program = (seed: number) => {
    const rng = new theano.sandbox.rngMrg.MRG_RandomStreams(seed);
    return { rng, ...firstProgram(rng) };
  };
  const [a, b] = [program(1), program(2)];
  assertNotEquals(numbers(a.f()), numbers(b.f()));
  assertNotEquals(numbers(a.f()), numbers(a.f()));
  assertEquals(numbers(a.g()), numbers(a.g()));
  assertEquals(numbers(a.nearlyZeros()), [0, 0, 0, 0]);
  b.rng.rstate = a.rng.rstate;
  a.rng.stateUpdates.forEach(([from], i) => b.rng.stateUpdates[i]![0].setValue(from.getValue()));
  const [first, second] = [numbers(a.f()), numbers(b.f())];
  assert(first.every((x) => x > 0 && x < 1));
  assertEquals(second, first);
  const [later, same] = [a, b].map(({ rng }) => theano.function([], rng.uniform([3]))());
  assertEquals(numbers(same!), numbers(later!));
});
