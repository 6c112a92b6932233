/**
 * @file What each argument of `scan` does, against plain loops.
 */

import { assertEquals, assertStrictEquals } from "@std/assert";
import * as theano from "@theano/theano";
import { setWarningListener } from "../../core/host/warn.ts";
import { Scan } from "../../core/ops/scan_op.ts";

const { tensor: T } = theano;
type Variable = theano.tensor.TensorVariable;

/** The op of the loop that a result is taken from. */
function opOf(result: Variable): Scan {
  const nodes = theano.gof.ioToposort([], [result]).filter(({ op }) => op instanceof Scan);
  assertEquals(nodes.length, 1);
  return nodes[0]!.op as Scan;
}

/** The value of a variable that needs at most one input. */
function valueOf(result: Variable, ...given: readonly (readonly [Variable, unknown])[]): unknown {
  return result.eval(given).toArray();
}

Deno.test("a function takes slices, earlier outputs and the rest, tap by tap, and is called once", () => {
  const calls: (string | undefined)[][] = [];
  const [x, y, h, s, w] = [
    T.dvector("x"),
    T.dmatrix("y"),
    T.dvector("h"),
    T.dscalar("s"),
    T.dscalar("w"),
  ];
  theano.scan(
    (...given) => {
      calls.push(given.map(({ name }) => name));
      return [given[4]!.add(given[0]!), given[6]!];
    },
    {
      sequences: [{ input: x, taps: [1, 0, -2] }, y],
      outputsInfo: [{ initial: h, taps: [-3, -1] }, s],
      nonSequences: [w, 2],
    },
  );
  const names = ["x[t+1]", "x[t]", "x[t-2]", "y[t]", "h[t-3]", "h[t-1]", "s[t-1]", "w", undefined];
  assertEquals(calls, [names]);
});

Deno.test("sequences are cut so that all taps exist, and have names that say so", () => {
  const x = T.dvector("x");
  const [results] = theano.scan((after, now, before) => [after, now, before], {
    sequences: { input: x, taps: [1, 0, -2] },
  });
  const f = theano.function([x], results);
  assertEquals(f([0, 1, 2, 3, 4, 5]).map((v) => v.toArray()), [[3, 4, 5], [2, 3, 4], [0, 1, 2]]);
  const [, ...cut] = results[0]!.owner!.inputs;
  const names = cut.map((v) => v.owner!.inputs[0]!.name);
  assertEquals(names, ["x[3:]", "x[2:-1]", "x[0:-3]"]);
});

Deno.test("taps on one side only cut as if the tap 0 were there", () => {
  const x = T.dvector("x");
  const taps = (taps: number | number[]): unknown =>
    valueOf(theano.scan((v) => v, { sequences: { input: x, taps } })[0], [x, [0, 1, 2, 3, 4]]);
  assertEquals(taps([2]), [2, 3, 4]);
  assertEquals(taps(-2), [0, 1, 2]);
  assertEquals(taps(0), [0, 1, 2, 3, 4]);
});

Deno.test("the shortest sequence tells the number of turns, or nSteps does", () => {
  const [x, y] = [T.dvector("x"), T.dvector("y")];
  const values: [Variable, unknown][] = [[x, [1, 2, 3, 4]], [y, [10, 20, 30]]];
  const sum = (a: Variable, b: Variable): Variable => a.add(b);
  const [shortest] = theano.scan(sum, { sequences: [x, y] });
  assertEquals(valueOf(shortest, ...values), [11, 22, 33]);
  const n = T.bscalar("n");
  for (const nSteps of [2, 2n, theano.int32(2), T.constant(2), n]) {
    const [two] = theano.scan(sum, { sequences: [x, y], nSteps });
    assertEquals(valueOf(two, ...values, ...(nSteps === n ? [[n, 2] as const] : [])), [11, 22]);
  }
  for (const nSteps of [null, NaN, Infinity]) {
    const [all] = theano.scan(sum, { sequences: [x, y], nSteps });
    assertEquals(valueOf(all, ...values), [11, 22, 33]);
  }
});

Deno.test("goBackwards reads sequences from their ends, taps included", () => {
  const x = T.dvector("x");
  const backwards = (nSteps?: number): unknown => {
    const options = { sequences: { input: x, taps: [-1, 1] }, goBackwards: true };
    const [[before, after]] = theano.scan((a, b) => [a, b], { ...options, nSteps: nSteps ?? null });
    return theano.function([x], [before!, after!])([0, 1, 2, 3, 4]).map((v) => v.toArray());
  };
  assertEquals(backwards(), [[2, 1, 0], [4, 3, 2]]);
  assertEquals(backwards(2), [[2, 1], [4, 3]]);
  assertEquals(backwards(1), [[2], [4]]);
});

Deno.test("states keep their first values out of the results, and maps stand where null is", () => {
  const start = T.dvector("start");
  const [results] = theano.scan(
    (three, one, total) => [three.mul(2), three.add(one), total.add(three)],
    {
      outputsInfo: [null, { initial: start, taps: [-3, -1] }, theano.float64(0)],
      nSteps: 4,
    },
  );
  const values = [1, 2, 3];
  const expected: number[][] = [[], [], []];
  let total = 0;
  for (let t = 0; t < 4; t++) {
    const three = values[t]!;
    values.push(three + values[t + 2]!);
    total += three;
    [three * 2, values[t + 3]!, total].forEach((v, k) => expected[k]!.push(v));
  }
  const f = theano.function([start], results);
  assertEquals(f([1, 2, 3]).map((v) => v.toArray()), expected);
  assertEquals(f([1, 2, 3, 99]).map((v) => v.toArray()), expected);
});

Deno.test("a function takes the taps of a state in the order in which they are listed", () => {
  const start = T.constant([1, 2], { dtype: "float64" });
  const run = (taps: number[]): unknown =>
    valueOf(
      theano.scan((a, b) => a.mul(10).add(b), {
        outputsInfo: { initial: start, taps },
        nSteps: 1,
      })[0],
    );
  assertEquals(run([-2, -1]), [12]);
  assertEquals(run([-1, -2]), [21]);
  const loop = theano.scan((a, b) => a.mul(10).add(b), {
    outputsInfo: { initial: start, taps: [-1, -2] },
    nSteps: 2,
  })[0];
  assertEquals(valueOf(loop), [21, 212]);
});

Deno.test("first values may be numbers, arrays, shared variables or an object without taps", () => {
  const shared = theano.shared(2, { dtype: "float64" });
  const ones = new Float64Array([1, 1]);
  for (
    const [initial, expected] of [
      [theano.float64(2), [4, 8]],
      [0.1, [0.2, 0.4]],
      [ones, [[2, 2], [4, 4]]],
      [shared, [4, 8]],
      [{ initial: shared }, [4, 8]],
      [{ initial: shared, taps: null }, [4, 8]],
      [{ initial: shared, taps: -1 }, [4, 8]],
    ] as const
  ) {
    const [result] = theano.scan((a) => a.mul(2), { outputsInfo: initial, nSteps: 2 });
    assertEquals(valueOf(result), expected);
  }
  const [map] = theano.scan(() => shared.mul(1), { outputsInfo: [{}], nSteps: 2 });
  assertEquals(valueOf(map), [2, 2]);
});

Deno.test("sequences may be arrays, constants and shared variables", () => {
  const shared = theano.shared([[1, 2], [3, 4]]);
  const [result] = theano.scan((a, row, b) => row.sum().add(a).add(b), {
    sequences: [new Float64Array([0.5, 1]), shared, T.constant([10, 20])],
  });
  assertEquals(valueOf(result), [13.5, 28]);
});

Deno.test("what a function reads without being given it is found", () => {
  const [x, w] = [T.dvector("x"), T.dscalar("w")];
  const b = theano.shared(3);
  const scaled = w.mul(2);
  const [result] = theano.scan((v) => v.mul(scaled).add(b).add(w), { sequences: x });
  assertEquals(valueOf(result, [x, [1, 2]], [w, 5]), [18, 28]);
  assertEquals(opOf(result).innerInputs.fixed.map(({ name }) => name), [undefined, "w_copy"]);
});

Deno.test("a variable that is passed along counts as used though no turn reads it", () => {
  const [x, w] = [T.dvector("x"), T.dscalar("w")];
  const [result] = theano.scan((v) => v, { sequences: x, nonSequences: w });
  assertEquals(theano.function([x, w], result)([1, 2], 0).toArray(), [1, 2]);
});

Deno.test("strict takes shared variables that are passed along", () => {
  const w = theano.shared(2);
  const [x] = [T.dvector("x")];
  const [result] = theano.scan((v, w) => v.mul(w), { sequences: x, nonSequences: w, strict: true });
  assertEquals(valueOf(result, [x, [1, 2]]), [2, 4]);
});

Deno.test("results are bare, in an array, or null", () => {
  const x = T.dvector("x");
  const options = { sequences: x };
  const isVariable = (value: unknown): boolean => value instanceof T.TensorVariable;
  assertEquals(isVariable(theano.scan((v) => v, options)[0]), true);
  assertEquals(isVariable(theano.scan((v) => [v], options)[0]), true);
  assertEquals(isVariable(theano.scan((v) => ({ outputs: [v] }), options)[0]), true);
  assertEquals(theano.scan((v) => v, { ...options, returnList: true })[0].length, 1);
  assertEquals(theano.scan((v) => [v, v], options)[0].length, 2);
  assertEquals(theano.scan(() => [], options)[0] as unknown, null);
  assertEquals(theano.scan(() => [], { ...options, nSteps: 1 })[0] as unknown, null);
  assertEquals(theano.scan((v) => v, { ...options, nSteps: 1, returnList: true })[0].length, 1);
});

Deno.test("a function may return outputs, updates and a condition in every form", () => {
  const k = theano.shared(0);
  const x = T.constant(1, { dtype: "float64" });
  const { until } = theano.scanModule;
  const pairs = [[k, k.add(1)]] as const;
  const map = new Map([[k, k.add(1)]]);
  const turn = (h: Variable) => ({ next: h.mul(2), end: h.mul(2).gt(5) });
  const forms: readonly (readonly [(h: Variable) => theano.AnyOutput, number[], boolean])[] = [
    [(h) => [turn(h).next, until(turn(h).end)], [2, 4, 8], false],
    [(h) => [[turn(h).next], until(turn(h).end)], [2, 4, 8], false],
    [(h) => [turn(h).next, map, until(turn(h).end)], [2, 4, 8], true],
    [(h) => [turn(h).next, pairs, until(turn(h).end)], [2, 4, 8], true],
    [(h) => [pairs, turn(h).next, until(turn(h).end)], [2, 4, 8], true],
    [(h) => [turn(h).next, pairs], [2, 4, 8, 16], true],
    [(h) => [pairs, turn(h).next], [2, 4, 8, 16], true],
    [(h) => ({ outputs: turn(h).next, until: turn(h).end }), [2, 4, 8], false],
    [(h) => ({ outputs: [turn(h).next], until: until(turn(h).end) }), [2, 4, 8], false],
    [(h) => ({ outputs: turn(h).next, updates: map, until: turn(h).end }), [2, 4, 8], true],
    [(h) => ({ outputs: turn(h).next, updates: pairs, until: null }), [2, 4, 8, 16], true],
    [(h) => ({ outputs: turn(h).next, updates: null }), [2, 4, 8, 16], false],
  ];
  for (const [form, expected, isUpdating] of forms) {
    k.setValue(0);
    const [result, updates] = theano.scan(form, { outputsInfo: x, nSteps: 4 });
    assertEquals(updates.has(k), isUpdating);
    const f = theano.function([], result as Variable, { updates });
    assertEquals(f().toArray(), expected);
    assertEquals(k.getValue().item(), isUpdating ? expected.length : 0);
  }
  for (const form of [() => map, () => pairs, () => ({ updates: map })]) {
    k.setValue(0);
    const [nothing, updates] = theano.scan(form, { nSteps: 3 });
    assertEquals(nothing, null);
    theano.function([], [], { updates })();
    assertEquals(k.getValue().item(), 3);
  }
  const ending = [pairs, until(k.ge(1))] as const;
  k.setValue(0);
  theano.function([], [], { updates: theano.scan(() => ending, { nSteps: 9 })[1] })();
  assertEquals(k.getValue().item(), 2);
});

Deno.test("a condition of the inputs of a turn lets one turn more run than one of its outputs", () => {
  const run = (fn: (a: Variable) => theano.OneOutput): unknown =>
    valueOf(theano.scan(fn, { outputsInfo: theano.int64(1), nSteps: 100 })[0]);
  const { until } = theano.scanModule;
  assertEquals(run((a) => [a.mul(2), until(a.gt(5))]), [2, 4, 8, 16]);
  assertEquals(run((a) => [a.mul(2), until(a.mul(2).gt(5))]), [2, 4, 8]);
  assertEquals(run((a) => [a.mul(2), until(a.gt(1e9))]) instanceof Array, true);
});

Deno.test("one turn that is known needs no loop", () => {
  const [x, h] = [T.dmatrix("x"), T.dvector("h")];
  const given: Variable[] = [];
  const [result, updates] = theano.scan((...all) => {
    given.push(...all);
    return all[0]!.add(all[1]!);
  }, { sequences: x, outputsInfo: h, nSteps: T.constant(1), nonSequences: h });
  assertStrictEquals(given[1], h);
  assertStrictEquals(given[2], h);
  assertEquals(String(result.type), "TensorType(float64, matrix)");
  assertEquals(theano.gof.ioToposort([], [result]).some(({ op }) => op instanceof Scan), false);
  assertEquals([updates instanceof theano.OrderedUpdates, updates.size], [true, 0]);
  assertEquals(valueOf(result, [x, [[1, 2], [3, 4]]], [h, [10, 20]]), [[11, 22]]);
});

Deno.test("one turn that is known returns its updates, and warns that it cannot end earlier", () => {
  const texts: string[] = [];
  const before = setWarningListener((_, text) => texts.push(text));
  try {
    const k = theano.shared(0);
    const end = theano.scanModule.until(k.gt(5));
    const [, updates] = theano.scan(() => [[[k, k.add(1)]], end] as const, { nSteps: 1 });
    theano.function([], [], { updates })();
    assertEquals(k.getValue().item(), 1);
  } finally {
    setWarningListener(before);
  }
  assertEquals(texts, [
    "When the number of steps is fixed and equal to 1, the provided stopping condition, " +
    "Elemwise{gt,no_inplace}.0, is ignored",
  ]);
});

Deno.test("an axis of a state has length one only where it has in all its values", () => {
  const x = T.dmatrix("x");
  const first = T.zeros([1, 2]);
  const [kept] = theano.scan((h) => h.add(1), { outputsInfo: first, nSteps: 2 });
  assertEquals(kept.broadcastable, [false, true, false]);
  const [open] = theano.scan((h) => h.add(x), { outputsInfo: first, nSteps: 2 });
  assertEquals(open.broadcastable, [false, false, false]);
  assertEquals(valueOf(open, [x, [[1, 2]]]), [[[1, 2]], [[2, 4]]]);
  const [narrow] = theano.scan((h) => T.addbroadcast(h, 0), { outputsInfo: x, nSteps: 2 });
  assertEquals(narrow.broadcastable, [false, false, false]);
  assertEquals(valueOf(narrow, [x, [[1, 2]]]), [[[1, 2]], [[1, 2]]]);
});

Deno.test("an axis that opens in one state opens in the others that read it", () => {
  const x = T.dmatrix("x");
  const first = T.zeros([1, 2]);
  const [[a, b, c]] = theano.scan((a, b, c) => [a.add(x), b.add(a), c.add(b).add(b.sum())], {
    outputsInfo: [first, first, first],
    nSteps: 3,
  });
  assertEquals([a, b, c].map((v) => v!.broadcastable[1]), [false, false, false]);
  const f = theano.function([x], [a!, b!, c!]);
  assertEquals(f([[1, 2]]).map((v) => v.get(-1).toArray()), [[[3, 6]], [[3, 6]], [[4, 5]]]);
});

Deno.test("a turn may compute nothing", () => {
  const h = T.dscalar("h");
  const x = T.dvector("x");
  for (const mode of ["FAST_RUN", "FAST_COMPILE", "DebugMode"]) {
    const [results] = theano.scan((v, h) => [h, v, v], {
      sequences: x,
      outputsInfo: [h, null, T.constant(0, { dtype: "float64" })],
    });
    const f = theano.function([x, h], results, { mode });
    assertEquals(f([1, 2], 5).map((v) => v.toArray()), [[5, 5], [1, 2], [1, 2]]);
  }
});

Deno.test("options go by position, too, and what has no effect is taken", () => {
  const [x, h, w] = [T.dvector("x"), T.dscalar("h"), T.dscalar("w")];
  const fn = (x: Variable, h: Variable, w: Variable): Variable => x.mul(w).add(h);
  const [result] = theano.scan(
    fn,
    [x],
    [h],
    [w],
    2,
    5,
    true,
    "FAST_RUN",
    "mine",
    false,
    null,
    false,
    false,
  );
  assertEquals(valueOf(result, [x, [1, 2, 3]], [h, 0], [w, 10]), [30, 50]);
  const { name, form } = opOf(result);
  assertEquals([name, form.truncate], ["for{cpu,mine}", 5]);
  const [unnamed] = theano.scan(fn, [x], [h], { nonSequences: w });
  assertEquals([opOf(unnamed).name, opOf(unnamed).form.truncate], ["for{cpu,scan_fn}", -1]);
  const [ending] = theano.scan((h) => [h, theano.scanModule.until(h)], {
    outputsInfo: h,
    nSteps: 3,
    name: "w",
  });
  assertEquals(opOf(ending).name, "do_while{cpu,w}");
});

Deno.test("a loop in a loop reads what the outer turn reads", () => {
  const [m, s] = [T.dmatrix("m"), T.dscalar("s")];
  const [result] = theano.scan((row, total) => {
    const [inner] = theano.scan((x, soFar) => soFar.add(x.mul(s)).add(row.get(0)).add(total), {
      sequences: row,
      outputsInfo: theano.float64(0),
    });
    return inner.get(-1);
  }, { sequences: m, outputsInfo: theano.float64(0) });
  const rows = [[1, 2, 3], [4, 5, 6]];
  let total = 0;
  const expected = rows.map((row) =>
    total = row.reduce((soFar, x) => soFar + x * 2 + row[0]! + total, 0)
  );
  assertEquals(valueOf(result, [m, rows], [s, 2]), expected);
});
