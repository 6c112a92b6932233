import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as theano from "@theano/theano";
import {
  fractionOf,
  modulus1,
  modulus2,
  mrgState,
  nextVariable,
  step,
  streamStates,
} from "../../core/random/mrg.ts";
import { mrgRows } from "./random_cases.ts";
import { assertNumbers, numbers, value } from "./random_helpers.ts";

const { tensor: T } = theano;

for (const { seed, calls } of mrgRows) {
  const names = calls.map(({ method }) => method).join(", ");
  Deno.test(`MRG_RandomStreams(${seed}) draws Theano's numbers: ${names}`, () => {
    const rng = new T.MRG_RandomStreams(seed);
    const functions = calls.map(({ method, options: { size, ...options } }) => {
      if (method === "binomial") return theano.function([], rng.binomial({ size, ...options }));
      return theano.function([], rng[method](size, options));
    });
    calls.forEach(({ draws }, k) => {
      for (const want of draws) assertNumbers(functions[k]!(), want, 1e-12);
    });
  });
}

Deno.test("MRG31k3p: one step is the recurrence, in whole numbers of any size", () => {
  const states = Int32Array.of(123456789, 987654321, 55555, 2000000000, 7, 2147462578);
  const [x1, x2, x3, y1, y2, y3] = Array.from(states, BigInt) as [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  const [m1, m2] = [BigInt(modulus1), BigInt(modulus2)];
  const x = ((x2 << 22n) + (x3 * ((1n << 7n) + 1n))) % m1;
  const y = (y1 * (1n << 15n) + y3 * ((1n << 15n) + 1n)) % m2;
  const drawn = step(states, 0);
  assertEquals(Array.from(states, BigInt), [x, x1, x2, y, y1, y2]);
  assertEquals(BigInt(drawn), x <= y ? x - y + m1 : x - y);
});

Deno.test("MRG31k3p: streams start 2**72 steps apart, variables 2**134", () => {
  const start = mrgState([1, 2, 3, 4, 5, 6]);
  const half1: BigMatrix = [[0n, 1n << 22n, (1n << 7n) + 1n], [1n, 0n, 0n], [0n, 1n, 0n]];
  const half2: BigMatrix = [[1n << 15n, 0n, (1n << 15n) + 1n], [1n, 0n, 0n], [0n, 1n, 0n]];
  const jumped = (doublings: number): number[] => [
    ...times(power(half1, doublings, BigInt(modulus1)), [1n, 2n, 3n], BigInt(modulus1)),
    ...times(power(half2, doublings, BigInt(modulus2)), [4n, 5n, 6n], BigInt(modulus2)),
  ];
  assertEquals(Array.from(streamStates(start, 2)), [...start, ...jumped(72)]);
  assertEquals(Array.from(nextVariable(start)), jumped(134));
});

type BigMatrix = readonly (readonly bigint[])[];

function times(a: BigMatrix, x: readonly bigint[], m: bigint): number[] {
  return a.map((row) => Number(row.reduce((sum, v, k) => sum + v * x[k]!, 0n) % m));
}

/** A matrix squared so many times. */
function power(a: BigMatrix, doublings: number, m: bigint): BigMatrix {
  let b = a;
  for (let k = 0; k < doublings; k++) {
    b = b.map((row) => row.map((_, j) => row.reduce((sum, v, i) => sum + v * b[i]![j]!, 0n) % m));
  }
  return b;
}

Deno.test("MRG31k3p: no draw rounds to 0 or 1 in any dtype", () => {
  const half = new Float16Array(1);
  for (const dtype of ["float16", "float32", "float64"] as const) {
    for (const drawn of [1, 2, 0x7fff, 0x8000, modulus1 - 1, modulus1]) {
      const made = fractionOf(dtype)(drawn);
      half[0] = made;
      const x = dtype === "float16" ? half[0] : made;
      assert(x > 0 && x < 1, `${dtype} ${drawn}`);
    }
  }
});

Deno.test("MRG: element k comes from stream k mod n, and seed() starts again", () => {
  const mrg = new T.MRG_RandomStreams(11);
  const first = numbers(value(new T.MRG_RandomStreams(11).uniform([2], { nstreams: 2 })));
  const u = theano.function([], mrg.uniform([5], { nstreams: 2 }));
  const five = numbers(u());
  assertEquals(five.slice(0, 2), first);
  const later = numbers(u());
  mrg.seed();
  assertEquals(numbers(u()), five);
  assertEquals(numbers(u()), later);
  mrg.seed(12);
  assert(numbers(u())[0] !== five[0]);
  assertEquals(mrg.nStreams([4]), 4);
  assertEquals(mrg.nStreams([3, 5]), 2);
  assertEquals(mrg.nStreams([1000, 1000]), 15360);
  assertEquals(mrg.nStreams(T.lvector()), 15360);
  assertEquals(mrg.stateUpdates[0]!.slice(2), [[5], 2]);
});

Deno.test("MRG: multinomial() and choice() count and pick by running sums", () => {
  const p = [[0.1, 0.2, 0.7], [0, 1, 0]];
  const mrg = new T.MRG_RandomStreams(21);
  const unis = numbers(value(new T.MRG_RandomStreams(21).uniform([20], { nstreams: 15360 })));
  const want = p.map((row, i) => {
    const count = [0, 0, 0];
    for (let c = 0; c < 10; c++) count[outcome(row, unis[2 * c + i]!)]!++;
    return count;
  });
  const counts = value(mrg.multinomial({ pvals: p, n: 10 }));
  assertEquals(counts.dtype, "int64");
  assertEquals(numbers(counts), want.flat());
  assertEquals(mrg.multinomial({ pvals: p, dtype: "auto" }).dtype, "float64");
  const picked = value(
    mrg.choice({ p: [[0.2, 0.3, 0.5], [0.4, 0, 0.6]], size: 2, replace: false }),
  );
  assertEquals(picked.shape, [2, 2]);
  const [a, b, c, d] = numbers(picked);
  assert(a !== b && c !== d && c !== 1 && d !== 1);
  const all = value(mrg.multinomialWoReplacement({ pvals: [[0.5, 0.25, 0.25]], n: 3 }));
  assertEquals(numbers(all).toSorted(), [0, 1, 2]);
});

function outcome(row: readonly number[], uniform: number): number {
  let sum = 0;
  return row.findIndex((chance) => (sum += chance) > uniform);
}

Deno.test("MRG: normal numbers are Box and Muller's of an even count of uniform ones", () => {
  const unis = numbers(value(new T.MRG_RandomStreams(31).uniform([8], { nstreams: 15360 })));
  const radius = unis.slice(0, 4).map((u) => Math.sqrt(-2 * Math.log(u)));
  const angle = unis.slice(4).map((u) => 2 * Math.PI * u);
  const want = [
    ...radius.map((r, k) => r * Math.cos(angle[k]!)),
    ...radius.map((r, k) => r * Math.sin(angle[k]!)),
  ].slice(0, 7);
  const drawn = value(new T.MRG_RandomStreams(31).normal([7], 1, 2));
  assertNumbers(drawn, want.map((z) => 1 + 2 * z), 1e-13);
});

Deno.test("MRG: truncated normal numbers keep their bounds, mean and deviation", () => {
  const mrg = new T.MRG_RandomStreams(41);
  const cut = numbers(value(mrg.normal([4000], { truncate: true })));
  assert(cut.every((x) => Math.abs(x) <= 2));
  const scaled = numbers(value(mrg.truncatedNormal([4000], 5, 3)));
  const mean = scaled.reduce((a, b) => a + b, 0) / 4000;
  const variance = scaled.reduce((a, b) => a + (b - mean) ** 2, 0) / 4000;
  assertAlmostEquals(mean, 5, 5 * 3 / Math.sqrt(4000));
  assertAlmostEquals(Math.sqrt(variance), 3, 0.15);
  assert(scaled.every((x) => Math.abs(x - 5) <= 6 / 0.8796256));
});

Deno.test("wrong arguments of MRG streams are refused with Theano's words", () => {
  const mrg = new T.MRG_RandomStreams();
  const refused = (draw: () => unknown, kind: string, text: string): void => {
    assertEquals(assertThrows(draw, Error, text).name, kind);
  };
  const seeded = (seed: number | number[]) => () => new T.MRG_RandomStreams(seed);
  refused(seeded(0), "ValueError", "seed should not be 0");
  refused(seeded(modulus2), "ValueError", `seed should be less than ${modulus2}`);
  refused(seeded([1, 2]), "TypeError", "seed should be 1 integer or 6 integers");
  refused(
    seeded([0, 0, 0, 1, 1, 1]),
    "ValueError",
    "The first 3 values of seed should not be all 0",
  );
  refused(
    seeded([1, 1, 1, 0, 0, 0]),
    "ValueError",
    "The last 3 values of seed should not be all 0",
  );
  refused(seeded([modulus1, 1, 1, 1, 1, 1]), "ValueError", "The first 3 values of seed should be");
  refused(() => mrg.uniform([2, 0]), "ValueError", "contains a dimension with value <= 0");
  refused(() => mrg.uniform(3 as unknown as number[]), "TypeError", "size must be a tuple of int");
  refused(() => mrg.binomial({ size: [2], n: 3 }), "NotImplementedError", "binomial with n > 1");
  refused(() => mrg.multinomial(), "TypeError", "You have to specify pvals");
  refused(() => mrg.multinomial({ pvals: [1] }), "NotImplementedError", "pvals.ndim = 2");
  refused(
    () => mrg.multinomial({ pvals: [[1]], ndim: 1 }),
    "ValueError",
    "Provided an ndim argument to MRG_RandomStreams.multinomial",
  );
  refused(() => mrg.choice({ p: [[1]] }), "NotImplementedError", "only works without replacement");
  refused(() => mrg.choice({ replace: false }), "TypeError", "p has to be specified");
  refused(
    () => value(mrg.choice({ p: [[1]], size: 2, replace: false })),
    "ValueError",
    "Cannot sample without replacement n samples bigger",
  );
  refused(
    () => mrg.uniform([2], { low: [[1, 2]] }),
    "NotImplementedError",
    "Increase the size to match the broadcasting pattern",
  );
});
