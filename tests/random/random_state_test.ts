import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { arange, array } from "../../core/array/build.ts";
import { NDArray } from "../../core/array/ndarray.ts";
import { Complex } from "../../core/dtype/dtype.ts";
import { RandomState } from "../../core/random/random_state.ts";
import { ulpError } from "../helpers/ulp.ts";
import { type Draw, numpyCases } from "./numpy_cases.ts";

type Element = number | bigint | boolean;
type Method = (...args: readonly unknown[]) => NDArray | Element;

/** Draws by the name of a method. */
function drawn(rng: RandomState, { method, args }: Draw): NDArray | Element {
  const call = rng[method as keyof RandomState] as unknown as Method;
  return call.apply(rng, [...args]);
}

/** The elements of a result, whichever form it has. */
function elements(value: NDArray | Element): Element[] {
  return value instanceof NDArray ? value.reshape(-1).toArray<Element[]>() : [value];
}

/** Numbers made with a logarithm may be off by what two libraries disagree on. */
const allowedUlp: Readonly<Record<string, number>> = { randn: 2, normal: 2 };

function assertSameNumbers(got: readonly Element[], { method, values }: Draw): void {
  const ulp = allowedUlp[method];
  if (ulp === undefined) return assertEquals(got, [...values]);
  assertEquals(got.length, values.length);
  values.forEach((wanted, i) => {
    const error = ulpError(got[i] as number, wanted as number, "float64");
    assertEquals(error <= ulp, true, `${got[i]} is ${error} ulp from ${wanted}`);
  });
}

for (const { name, seed, draws, position, hasNormal } of numpyCases) {
  Deno.test(`RandomState draws what NumPy draws: ${name}`, () => {
    const rng = new RandomState(seed);
    for (const draw of draws) {
      const value = drawn(rng, draw);
      assertSameNumbers(elements(value), draw);
      assertEquals(value instanceof NDArray ? value.shape : [], draw.shape, draw.method);
      if (value instanceof NDArray) assertEquals(value.dtype, draw.dtype);
    }
    assertEquals(rng.getState().slice(2, 4), [position, hasNormal]);
  });
}

Deno.test("RandomState draws what NumPy draws when the state turns over", () => {
  const numbers = new RandomState(5).rand(2000).data as Float64Array;
  assertEquals(numbers[1999], 0.4034382345499419);
  const long = Array.from({ length: 630 }, (_, i) => i);
  assertEquals(new RandomState(long).randint(2 ** 30, { size: 3 }).toArray(), [
    878736495,
    525950303,
    775621272,
  ]);
});

Deno.test("RandomState draws the numbers of Theano's manual", () => {
  const streams = new RandomState(123);
  const seed = streams.randint(2 ** 30);
  assertEquals(seed, 843828734);
  assertEquals(new RandomState(seed).uniform({ size: 2 }).toArray(), [
    0.7280300912545745,
    0.5904412261514114,
  ]);
});

Deno.test("RandomState takes options by name as by position", () => {
  const numbers = (draw: (rng: RandomState) => NDArray): unknown => draw(new RandomState(4)).data;
  assertEquals(
    numbers((rng) => rng.uniform({ low: -1, size: 3 })),
    numbers((rng) => rng.uniform(-1, 1, 3)),
  );
  assertEquals(
    numbers((rng) => rng.normal(2, { size: [2, 2] })),
    numbers((rng) => rng.normal(2, 1, [2, 2])),
  );
  assertEquals(
    numbers((rng) => rng.randint(9, { dtype: "uint8", size: 4 })),
    numbers((rng) => rng.randint(0, 9, 4, "uint8")),
  );
  assertEquals(
    numbers((rng) => rng.choice(9, { replace: false, size: 4 })),
    numbers((rng) => rng.choice(9, 4, false)),
  );
  assertEquals(
    numbers((rng) => rng.poisson({ lam: 3, size: array([2]) })),
    numbers((rng) => rng.poisson(3, [2])),
  );
  assertThrows(() => new RandomState(1).uniform(0, 1, [2], 3 as never), TypeError, "surplus");
});

Deno.test("RandomState gives plain numbers without a size", () => {
  const rng = new RandomState(3);
  const sum: number = rng.rand() + rng.randn() + rng.uniform(1, 2) + rng.normal({ loc: 3 }) +
    rng.randint(5) + rng.randomIntegers(5) + rng.binomial(5, 0.5) + rng.poisson() + rng.choice(5);
  assertEquals(typeof sum, "number");
  assertEquals(rng.randint(0, 2, null, "bool") as unknown, false);
  assertEquals(rng.rand(1).shape, [1]);
  assertEquals(rng.randint(5, { size: [] }).shape, []);
});

Deno.test("RandomState draws nothing for an axis without length", () => {
  const rng = new RandomState(3);
  const before = rng.copy();
  assertEquals(rng.uniform(0, 1, [0, 3]).shape, [0, 3]);
  assertEquals(rng.choice(3, 0).shape, [0]);
  assertEquals(rng.equals(before), true);
});

Deno.test("shuffle() changes arrays of each kind in place, as NumPy does", () => {
  const dense = arange(12).reshape(4, 3);
  new RandomState(1).shuffle(dense);
  assertEquals(dense.toArray(), [[9, 10, 11], [6, 7, 8], [0, 1, 2], [3, 4, 5]]);

  const letters = [..."abcdef"];
  new RandomState(1).shuffle(letters);
  assertEquals(letters.join(""), "cbeadf");

  const base = arange(12).reshape(3, 4);
  new RandomState(1).shuffle(base.T);
  assertEquals(base.T.toArray(), [[3, 7, 11], [2, 6, 10], [0, 4, 8], [1, 5, 9]]);

  const typed = Float32Array.of(0, 1, 2, 3, 4, 5);
  new RandomState(1).shuffle(typed);
  assertEquals([...typed], [2, 1, 4, 0, 3, 5]);

  const complex = array([0, 1, 2, 3, 4, 5].map((x) => new Complex(x, -x)));
  new RandomState(1).shuffle(complex);
  assertEquals(complex.toArray<Complex[]>().map(({ im }) => -im), [2, 1, 4, 0, 3, 5]);
});

Deno.test("permutation() leaves its argument as it is", () => {
  const rows = array([[1, 2], [3, 4]], { dtype: "float32" });
  const permuted = new RandomState(2).permutation(rows);
  assertEquals(permuted.dtype, "float32");
  assertEquals(rows.toArray(), [[1, 2], [3, 4]]);
  assertEquals(permuted.toArray<number[][]>().map((row) => row[1]! - row[0]!), [1, 1]);
  assertEquals(new RandomState(1).permutation(6).toArray(), [2, 1, 4, 0, 3, 5]);
});

Deno.test("getState() and setState() go back to the same place", () => {
  const rng = new RandomState(6);
  rng.randn(3);
  const state = rng.getState();
  assertEquals(state[0], "MT19937");
  assertEquals([...state[1].subarray(0, 3)], [1238707723, 2377667936, 2533364702]);
  assertEquals(state[2], 12);
  assertEquals(ulpError(state[4], -0.899091796547139, "float64") <= 2, true);
  const after = [rng.randn(), rng.rand(), rng.randint(100)];
  const other = new RandomState(0);
  other.setState(state);
  assertEquals([other.randn(), other.rand(), other.randint(100)], after);
  other.setState(["MT19937", array(state[1]), 12]);
  assertEquals(other.getState().slice(3), [0, 0]);
});

Deno.test("setState() refuses what is no state", () => {
  const rng = new RandomState(6);
  const [, words] = rng.getState();
  assertThrows(() => rng.setState(["PCG64", words, 0]), RangeError, "must be 'MT19937'");
  assertThrows(() => rng.setState(["MT19937", [1, 2], 0]), RangeError, "it has 2 words");
  assertThrows(() => rng.setState(["MT19937", words, 625]), RangeError, "position is 625");
});

Deno.test("copy() and equals() compare where generators are", () => {
  const rng = new RandomState(7);
  rng.randn();
  const copy = rng.copy();
  assertEquals(copy.equals(rng), true);
  assertEquals(copy.randn(), rng.randn());
  copy.randn();
  assertEquals(copy.equals(rng), false);
  assertEquals(new RandomState(1).equals(new RandomState(2)), false);
});

Deno.test("seed() starts again, and without a seed nobody knows where", () => {
  const rng = new RandomState(7);
  const first = rng.rand();
  rng.seed(7);
  assertEquals(rng.rand(), first);
  assertEquals(new RandomState(array(7)).rand(), first);
  assertEquals(new RandomState(array([7])).rand(), first);
  assertEquals(new RandomState(7n).rand(), first);
  assertNotEquals(new RandomState([7]).rand(), first);
  assertNotEquals(new RandomState().rand(), new RandomState(null).rand());
});

// deno-fmt-ignore
const refusals: readonly [call: (rng: RandomState) => unknown, message: string][] = [
  [(rng) => rng.randint(5, 5),                            "low >= high"],
  [(rng) => rng.randint([1, 5], [2, 5]),                  "low >= high"],
  [(rng) => rng.randint(0, 300, [2], "uint8"),            "high is out of bounds for uint8"],
  [(rng) => rng.randint(-1, 3, [2], "uint8"),             "low is out of bounds for uint8"],
  [(rng) => rng.randint(NaN),                             "an end of the range is NaN"],
  [(rng) => rng.normal(0, -1),                            "scale < 0"],
  [(rng) => rng.uniform(-1e308, 1e308),                   "Range exceeds valid bounds"],
  [(rng) => rng.uniform(0, 1, [-1]),                      "negative dimensions are not allowed"],
  [(rng) => rng.uniform([1, 2], 3, [3]),                  "Output size (3,) is not compatible"],
  [(rng) => rng.binomial(-1, 0.5),                        "n < 0"],
  [(rng) => rng.binomial(3, 1.5),                         "p < 0, p > 1 or p is NaN"],
  [(rng) => rng.binomial([3, 3], [0.5, NaN]),             "p < 0, p > 1 or p is NaN"],
  [(rng) => rng.poisson(-1),                              "lam < 0 or lam is NaN"],
  [(rng) => rng.poisson(1e19),                            "lam value too large"],
  [(rng) => rng.choice(0),                                "a must be greater than 0"],
  [(rng) => rng.choice([[1]]),                            "a must be 1-dimensional"],
  [(rng) => rng.choice(3, 5, false),                      "Cannot take a larger sample"],
  [(rng) => rng.choice(3, { p: [0.1, 0.2, 0.3] }),        "probabilities do not sum to 1"],
  [(rng) => rng.choice(3, { p: [0.5, 0.5] }),             "'a' and 'p' must have same size"],
  [(rng) => rng.choice(3, { p: [-0.5, 0.5, 1] }),         "probabilities are not non-negative"],
  [(rng) => rng.choice(3, 2, false, [1, 0, 0]),           "Fewer non-zero entries in p than size"],
  [(rng) => rng.multinomial(3, [0.9, 0.9, 0.1]),          "sum(pvals[:-1]) > 1.0"],
  [(rng) => rng.seed(-1),                                 "Seed must be between 0 and 2**32 - 1"],
  [(rng) => rng.seed(2 ** 32),                            "Seed must be between 0 and 2**32 - 1"],
  [(rng) => rng.seed([]),                                 "Seed must be non-empty"],
  [(rng) => rng.seed(array([[1], [2]])),                  "Seed array must be 1-d"],
];

Deno.test("RandomState refuses in NumPy's words, and is then as it was", () => {
  for (const [call, message] of refusals) {
    const rng = new RandomState(1);
    const before = rng.copy();
    assertThrows(() => call(rng), RangeError, message);
    assertEquals(rng.equals(before), true, message);
  }
});

Deno.test("RandomState refuses what is of the wrong kind", () => {
  const rng = new RandomState(1);
  assertThrows(() => rng.randint(5, { dtype: "float32" }), TypeError, "Unsupported dtype float32");
  assertThrows(() => rng.seed(1.5), TypeError, "Cannot seed a generator with 1.5");
  assertThrows(() => rng.seed(array([0.5])), TypeError, "an array of float64");
  assertThrows(() => rng.shuffle(array(3)), TypeError, "it is no array with rows");
  assertThrows(() => rng.permutation(-2), TypeError, "Cannot permute -2");
  assertThrows(() => rng.rand(1.5), TypeError, "lengths are whole numbers");
});
