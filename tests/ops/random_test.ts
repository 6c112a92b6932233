import { assert, assertEquals, assertThrows } from "@std/assert";
import * as theano from "@theano/theano";
import { generatorOf, stateLength, wordsOf } from "../../core/random/words.ts";
import { streamRows } from "./random_cases.ts";
import { assertNumbers, numbers, value } from "./random_helpers.ts";

const { tensor: T } = theano;
const { RandomState } = theano.random;

const streams = (seed = 1): InstanceType<typeof T.RandomStreams> => new T.RandomStreams(seed);

for (const { seed, calls } of streamRows) {
  const names = calls.map(({ method }) => method).join(", ");
  Deno.test(`RandomStreams(${seed}) draws Theano's numbers: ${names}`, () => {
    const rng = streams(seed);
    const functions = calls.map(({ method, options }) =>
      theano.function([], (rng[method] as (o: object) => theano.tensor.TensorVariable)(options))
    );
    calls.forEach(({ dtype, shape, draws }, k) => {
      for (const want of draws) {
        const got = functions[k]!();
        assertEquals([got.dtype, got.shape], [dtype, shape]);
        assertNumbers(got, want, dtype === "float32" ? 1e-7 : 1e-14);
      }
    });
  });
}

Deno.test("a stream is a RandomState seeded by the source's", () => {
  const seeds = new RandomState(123);
  const own = seeds.randint(2 ** 30);
  assertEquals(own, 843828734);
  const u = streams(123).uniform([3]);
  const host = new RandomState(own);
  const f = theano.function([], u);
  for (let call = 0; call < 3; call++) {
    assertEquals(numbers(f()), numbers(host.uniform({ size: 3 })));
  }
  assert(u.rng.getValue().equals(host));
});

Deno.test("the state is words, the kept normal among them", () => {
  const rng = new RandomState(7);
  rng.normal();
  const words = wordsOf(rng.twister);
  assertEquals(words.length, stateLength);
  const again = generatorOf(words);
  assert(again.equals(rng));
  assertEquals([again.normal(), again.normal()], [rng.normal(), rng.normal()]);
  const f = theano.function([], streams().normal([3]));
  const pairs = [numbers(f()), numbers(f())].flat();
  const host = new RandomState(new RandomState(1).randint(2 ** 30));
  assertEquals(pairs, numbers(host.normal({ size: 6 })));
});

Deno.test("all modes and the reference draw the same", () => {
  const drawn = ["FAST_RUN", "FAST_COMPILE", "DebugMode"].map((mode) => {
    const rng = streams(5);
    const mrg = new T.MRG_RandomStreams(5);
    const f = theano.function([], [rng.normal([4]), mrg.normal([4]), rng.binomial([4])], { mode });
    return [f(), f()].flat().map(numbers);
  });
  assertEquals(drawn[1], drawn[0]);
  assertEquals(drawn[2], drawn[0]);
});

Deno.test("a variable is drawn once a call, and different variables are different", () => {
  const rng = streams();
  const [u, v] = [rng.uniform([3]), rng.uniform([3])];
  const f = theano.function([], [u, u.add(0), v]);
  const [first, same, other] = f().map(numbers);
  assertEquals(same, first);
  assert(first!.every((x, k) => x !== other![k]));
  assert(numbers(f()[0]!).every((x, k) => x !== first![k]));
});

Deno.test("nodes that draw the same are merged, others not", () => {
  const state = theano.shared(new RandomState(3));
  const { uniform } = T.rawRandom;
  const [, a] = uniform(state, [2]);
  const [, b] = uniform(state, [2]);
  const [, c] = uniform(state, [2], 0, 2);
  const f = theano.function([], [a, b, c]);
  const names = f.maker.fgraph.toposort().map(({ op }) => op.name);
  assertEquals(names.filter((name) => name === "RandomFunction{uniform}").length, 2);
  const [x, y, z] = f().map(numbers);
  assertEquals(y, x);
  assertEquals(z, x!.map((u) => 2 * u));
  const source = streams();
  const g = theano.function([], [source.uniform([2]), source.uniform([2])]);
  assertEquals(g.maker.fgraph.toposort().length, 2);
});

Deno.test("a draw from a constant state is not folded", () => {
  const words = NDArrayOf(new RandomState(3));
  const [, u] = T.rawRandom.uniform(T.constant(words), [2]);
  const f = theano.function([], u);
  assertEquals(f.maker.fgraph.toposort().length, 1);
  assertEquals(numbers(f()), numbers(new RandomState(3).uniform({ size: 2 })));
});

function NDArrayOf(rng: InstanceType<typeof RandomState>): theano.NDArray {
  return theano.array(wordsOf(rng.twister));
}

Deno.test("explicit updates and noDefaultUpdates decide about the state", () => {
  const u = streams().uniform([1]);
  const [rng, next] = u.update;
  const still = theano.function([], u, { noDefaultUpdates: [rng] });
  assertEquals(numbers(still()), numbers(still()));
  const moving = theano.function([], u, { noDefaultUpdates: true, updates: [[rng, next]] });
  const [first, second] = [numbers(moving()), numbers(moving())];
  assert(first[0] !== second[0]);
  assertEquals(streams().updates().length, 0);
});

Deno.test("sizes: symbolic vectors, lists with scalars, -1, and the parameters' shape", () => {
  const rng = streams();
  const size = T.lvector("size");
  const drawn = theano.function([size], rng.uniform(size, { ndim: 2 }));
  assertEquals(drawn([2, 3]).shape, [2, 3]);
  const n = T.lscalar("n");
  assertEquals(theano.function([n], rng.normal([n, 2]))(4).shape, [4, 2]);
  const low = T.dmatrix("low");
  const auto = rng.uniform([-1, 3], low, 9);
  assertEquals(theano.function([low], auto)([[1, 2, 3], [4, 5, 6]]).shape, [2, 3]);
  assertEquals(theano.function([low], rng.poisson({ lam: low }))([[1, 2]]).shape, [1, 2]);
  assertEquals(rng.uniform([1, 3]).broadcastable, [true, false]);
  assertEquals(rng.uniform().ndim, 0);
  assertEquals(value(rng.choice()).shape, []);
  assertEquals(value(rng.uniform(3)).shape, [3]);
});

Deno.test("parameters broadcast to the size, and each element has its own", () => {
  const rng = streams(2);
  const low = [[0], [100], [200]];
  const u = numbers(value(rng.uniform([3, 2], low, theano.array([[1], [101], [201]]))));
  assertEquals(u.map(Math.floor), [0, 0, 100, 100, 200, 200]);
  assertEquals(numbers(value(rng.binomial([2, 2], [[5], [7]], [0, 1]))), [0, 5, 0, 7]);
  assertEquals(numbers(value(rng.normal([2], [3, 4], 0))), [3, 4]);
  assertEquals(numbers(value(rng.randomIntegers(null, [1, 2, 3], [1, 2, 3]))), [1, 2, 3]);
  const counts = value(rng.multinomial(null, [3, 4], [[1, 0], [0, 1]]));
  assertEquals(counts.toArray(), [[3, 0], [0, 4]]);
});

Deno.test("dtypes are the upcast of floatX and the parameters, int64, or as said", () => {
  const rng = streams();
  assertEquals(rng.uniform([1]).dtype, "float64");
  assertEquals(rng.normal([1], { dtype: "float32" }).dtype, "float32");
  assertEquals(rng.binomial([1]).dtype, "int64");
  assertEquals(value(rng.binomial([4], { dtype: "float32" })).dtype, "float32");
  assertEquals(value(rng.permutation({ n: 5, dtype: "int8" })).dtype, "int8");
  theano.changeFlags({ floatX: "float32" }, () => {
    assertEquals(rng.uniform([1]).dtype, "float32");
    assertEquals(rng.uniform([1], T.dscalar("x")).dtype, "float64");
    assertEquals(new T.MRG_RandomStreams().normal([1]).dtype, "float32");
  });
});

Deno.test("shuffleRowElements() permutes each row by its permutation", () => {
  const x = T.dmatrix("x");
  const rows = streams(3).shuffleRowElements(x);
  const f = theano.function([x], [rows, rows.permutation]);
  const given = [[10, 11, 12, 13], [20, 21, 22, 23]];
  const [shuffled, order] = f(given);
  const want = given.map((row, i) => row.map((_, k) => row[Number(order!.get(i, k).item())]!));
  assertEquals(shuffled!.toArray(), want);
  assertEquals(want.map((row) => row.toSorted()), given);
  const v = streams(3).shuffleRowElements(T.constant([1, 2, 3]));
  assertEquals(numbers(value(v)).toSorted(), [1, 2, 3]);
});

Deno.test("probabilities that sum to a little over 1 are accepted", () => {
  const pvals = theano.array([0.5, 0.500004], { dtype: "float64" });
  const counts = value(streams().multinomial([2], 6, pvals));
  assertEquals(numbers(counts).reduce((a, b) => a + b, 0), 12);
  assertThrows(
    () => value(streams().multinomial([2], 6, theano.array([0.9, 0.5, 0]))),
    Error,
    "sum(pvals[:-1]) > 1.0",
  );
});

Deno.test("nothing is differentiated through a draw", () => {
  const a = T.dscalar("a");
  const rng = streams();
  const mrg = new T.MRG_RandomStreams(3);
  for (const cost of [rng.uniform([2], 0, a), mrg.uniform([2], 0, a), mrg.normal([2], a)]) {
    assertThrows(
      () => theano.grad(cost.sum(), a),
      theano.errors.NullTypeGradError,
      "mathematically undefined",
    );
  }
  const w = T.dvector("w");
  const gradient = theano.grad(rng.binomial([3]).mul(w).sum(), w);
  const mask = numbers(theano.function([w], gradient)([1, 2, 3]));
  assert(mask.every((x) => x === 0 || x === 1));
});

Deno.test("wrong arguments of streams are refused with Theano's words", () => {
  const rng = streams();
  const refused = (draw: () => unknown, text: string): void => {
    assertThrows(draw, Error, text);
  };
  refused(() => rng.uniform([2], { ndim: 1, low: [[1]] }), "ndim should be at least as big");
  refused(() => rng.uniform([2], { ndim: 2 }), "ndim should be equal to len(shape)");
  refused(() => rng.uniform([-1]), "Auto-shape of -1 must overlap");
  refused(() => rng.uniform([-2]), "negative shape");
  refused(() => rng.uniform(T.lvector()), "length not known");
  refused(() => rng.uniform(T.dvector(), { ndim: 1 }), "shape must be an integer vector or list");
  refused(() => rng.uniform(T.lmatrix()), "shape must be a vector or list of scalar");
  refused(() => rng.permutation({ ndim: 2 }), "You asked for just one permutation");
  refused(() => rng.uniform([2], { loc: 1 } as object), 'unknown option "loc"');
  refused(() => value(rng.normal([2], 0, -1)), "scale < 0");
  refused(() => value(rng.uniform([2], [1, 2, 3], 4)), "not compatible with broadcast dimensions");
  refused(() => T.rawRandom.uniform(T.dvector("x"), [2]), "no state of a generator");
  const u = rng.uniform([1]);
  refused(() => u.rng.setValue([1, 2]), "no RandomState");
  refused(() => streams().get(u.rng), "none of these streams");
});

Deno.test("get() and set() read and write the state of a stream", () => {
  const rng = streams(4);
  const u = rng.uniform([2]);
  const other = new RandomState(77);
  rng.set(u.rng, other);
  assert(rng.get(u.rng).equals(other));
  assertEquals(numbers(value(u)), numbers(new RandomState(77).uniform({ size: 2 })));
});
