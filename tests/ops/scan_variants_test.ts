/**
 * @file `map`, `reduce`, `foldl`, `foldr`, `scanCheckpoints` and the helpers of `scanModule`.
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import * as theano from "@theano/theano";

const { tensor: T } = theano;
const { scanUtils } = theano.scanModule;
type Variable = theano.tensor.TensorVariable;

const x = T.dvector("x");
const w = T.dscalar("w");

Deno.test("map computes one value for each element", () => {
  const [bare] = theano.map((v, w) => v.mul(w), x, { nonSequences: w });
  const [[one, two]] = theano.map((a, b, w) => [a.add(b), a.mul(w)], [x, [10, 20]], [w], -1, true);
  const f = theano.function([x, w], [bare, one!, two!]);
  assertEquals(f([1, 2], 3).map((v) => v.toArray()), [[3, 6], [22, 11], [6, 3]]);
  const k = theano.shared(0);
  const [nothing, updates] = theano.map(
    (v) => ({ updates: [[k, k.add(v)]] }),
    theano.array([1, 2, 3]),
  );
  theano.function([], [], { updates })();
  assertEquals([nothing, k.getValue().item()], [null, 6]);
});

Deno.test("reduce gives last values, and folds go from either end", () => {
  const digits = (a: Variable, b: Variable): Variable => b.mul(2).add(a);
  const zero = theano.float64(0);
  const results = [
    theano.reduce(digits, x, zero)[0],
    theano.reduce(digits, x, zero, { goBackwards: true })[0],
    theano.reduce(digits, x, zero, [], true)[0],
    theano.foldl(digits, x, zero)[0],
    theano.foldr(digits, [x], [zero])[0],
    theano.foldl((a, b, w) => b.mul(w).add(a), x, zero, { nonSequences: w, name: "left" })[0],
    theano.foldr((a, b, w) => b.mul(w).add(a), x, zero, w, "FAST_RUN", "right")[0],
  ];
  const f = theano.function([x, w], results);
  assertEquals(f([1, 2, 3], 10).map((v) => v.item()), [11, 17, 17, 11, 17, 123, 321]);
});

Deno.test("reduce gives the last value of each output, and of the last two where it reads them", () => {
  const start = T.constant([0, 1], { dtype: "float64" });
  const [[sum, two]] = theano.reduce(
    (v, sum, two, one) => [sum.add(v), two.add(one)],
    [x],
    [theano.float64(0), { initial: start, taps: [-2, -1] }],
  );
  const f = theano.function([x], [sum!, two!]);
  assertEquals(f([1, 2, 3, 4]).map((v) => v.item()), [10, 5]);
});

Deno.test("variants refuse options that are not theirs", () => {
  const refusal = (call: () => unknown): string => assertThrows(call, TypeError).message;
  const options = { nSteps: 2 } as Record<string, unknown>;
  assertEquals(
    refusal(() => theano.map((v) => v, x, options)),
    'map() got an unknown option "nSteps": the known ones are nonSequences, truncateGradient, ' +
      "goBackwards, mode, name",
  );
  assertEquals(
    refusal(() => theano.foldl((v) => v, x, w, options)),
    'foldl() got an unknown option "nSteps": the known ones are nonSequences, mode, name',
  );
});

Deno.test("checkpoints are the ends of segments, whatever the length", () => {
  const turn = (v: Variable, h: Variable, w: Variable): Variable[] => [h.mul(w).add(v), h.sub(v)];
  const infos = [theano.float64(1), null];
  for (const padding of [true, false]) {
    for (const length of padding ? [1, 2, 3, 4, 7, 9] : [3, 9]) {
      const options = { sequences: x, outputsInfo: infos, nonSequences: w };
      const [kept] = theano.scanCheckpoints(turn, { ...options, saveEveryN: 3, padding });
      const [all] = theano.scan(turn, options);
      const values = Array.from({ length }, (_, k) => k + 0.5);
      const [kept0, kept1, all0, all1] = theano.function([x, w], [...kept, ...all])(values, 2)
        .map((v) => v.toArray() as number[]);
      const isKept = (_: number, t: number): boolean => t % 3 === 2 || t === length - 1;
      assertEquals([kept0, kept1], [all0!.filter(isKept), all1!.filter(isKept)]);
    }
  }
});

Deno.test("checkpoints take a number of turns, and refuse sequences that are shorter", () => {
  const n = T.lscalar("n");
  const [sums, updates] = theano.scanCheckpoints((v, h) => h.add(v), {
    sequences: x,
    outputsInfo: { initial: theano.float64(0) },
    nSteps: n,
    saveEveryN: 4,
  });
  assertEquals(updates.size, 0);
  const f = theano.function([x, n], sums);
  assertEquals(f([1, 2, 3, 4, 5, 6, 7], 5).toArray(), [10, 15]);
  assertEquals(
    assertThrows(() => f([1, 2, 3], 5), theano.errors.AssertionError).message.split("\n")[0],
    "A sequence of scan_checkpoints is shorter than the required number of steps",
  );
});

Deno.test("checkpoints pass updates on from every turn", () => {
  const k = theano.shared(0);
  const [, updates] = theano.scanCheckpoints(() => ({ outputs: k, updates: [[k, k.add(1)]] }), {
    nSteps: 7,
    saveEveryN: 3,
    name: "counting",
  });
  theano.function([], [], { updates })();
  assertEquals(k.getValue().item(), 7);
});

Deno.test("safeNew makes roots alike, and constants alike", () => {
  const copy = scanUtils.safeNew(x, "_copy");
  assertEquals([copy.name, copy.type, copy.owner, copy === x], ["x_copy", x.type, null, false]);
  assertEquals(String(scanUtils.safeNew(x.add(1)).name), "undefined");
  assertEquals(String(scanUtils.safeNew(x, { dtype: "int8" }).type), "TensorType(int8, vector)");
  const two = scanUtils.safeNew(2);
  assert(theano.gof.isConstant(two));
});

Deno.test("expandEmpty leaves rows as they are and makes room for more", () => {
  const m = T.dmatrix("m");
  const n = T.lscalar("n");
  const f = theano.function([m, n], scanUtils.expandEmpty(m, n));
  const value = f([[1, 2], [3, 4]], 3);
  assertEquals(value.shape, [5, 2]);
  assertEquals((value.toArray() as number[][]).slice(0, 2), [[1, 2], [3, 4]]);
});

Deno.test("equalComputations compares graphs over inputs that stand for each other", () => {
  const [a, b] = [T.dscalar("a"), T.dscalar("b")];
  assertEquals(scanUtils.equalComputations([a.add(1)], [a.add(1)]), true);
  assertEquals(scanUtils.equalComputations([a.add(1)], [b.add(1)]), false);
  assertEquals(scanUtils.equalComputations([a.add(1)], [b.add(1)], [a], [b]), true);
  assertEquals(
    assertThrows(() => scanUtils.equalComputations([a], []), theano.errors.ValueError).message,
    "The number of graphs/inputs in each argument must match.",
  );
});

Deno.test("reconstructGraph copies a graph, and inferShape tells shapes", () => {
  const m = T.dmatrix("m");
  const product = T.dot(m, m.T).add(w);
  const [[m2, w2], [product2]] = scanUtils.reconstructGraph([m, w], [product]);
  assertEquals([m2 === m, w2 === w, product2 === product], [false, false, false]);
  assertEquals(scanUtils.equalComputations([product], [product2!], [m, w], [m2!, w2!]), true);
  const n = T.lscalar("n");
  const [[rows, columns]] = scanUtils.inferShape([product], [m, w], [[n, 3], []]) as [Variable[]];
  assertEquals(theano.function([n], [rows!, columns!])(5).map((v) => v.item()), [5, 5]);
});
