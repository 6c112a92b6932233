/**
 * @file Programs on every target: segments, checks, sizes that change, updates.
 */

import { assert, assertEquals } from "@std/assert";
import { array } from "../../core/array/build.ts";
import type { NDArray } from "../../core/array/ndarray.ts";
import { Slice } from "../../core/array/slice.ts";
import type { DType } from "../../core/dtype/dtype.ts";
import { call } from "../../core/graph/op.ts";
import type { Target } from "../../core/kernel/target.ts";
import { AllocEmpty } from "../../core/ops/alloc.ts";
import { add, mul, sub } from "../../core/ops/arithmetic.ts";
import { dimshuffle } from "../../core/ops/dimshuffle.ts";
import { get, incSubtensor, setSubtensor } from "../../core/ops/indexing.ts";
import { gt } from "../../core/ops/logic.ts";
import { nonzeroValues } from "../../core/ops/nonzero.ts";
import { arange } from "../../core/ops/ranges.ts";
import { sum } from "../../core/ops/reduce.ts";
import { reshape } from "../../core/ops/reshape.ts";
import { exp } from "../../core/ops/transcendental.ts";
import { assertOp } from "../../core/ops/view.ts";
import { shared, type TensorSharedVariable } from "../../core/tensor/shared.ts";
import { TensorType } from "../../core/tensor/tensor_type.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { allTargets, exactText, type GraphSpec, lowered, outcome } from "../helpers/targets.ts";

function variable(dtype: DType, ndim: number, name?: string): TensorVariable {
  return new TensorType(dtype, new Array<boolean>(ndim).fill(false)).makeVariable(name);
}

/**
 * A function of arguments and shared variables on one target: nested lists, or the error's text.
 */
function compiled(
  target: Target,
  spec: GraphSpec,
): (...args: readonly NDArray[]) => unknown {
  const { executable } = target.build(lowered(spec));
  const storages = (spec.inputs as TensorSharedVariable[]).filter((x) => x.kind === "shared")
    .map((x) => x.storage);
  return (...args) => {
    const results = outcome(executable, args, storages);
    return typeof results === "string" ? results : results.map((r) => r.toArray());
  };
}

function onEach(
  name: string,
  body: (target: Target) => void,
  targets: readonly Target[] = allTargets(),
): void {
  for (const target of targets) Deno.test(`${name} (${target.features})`, () => body(target));
}

const vector = (items: readonly number[], dtype: DType = "float64"): NDArray =>
  array([...items], { dtype });

const matrix = (rows: readonly (readonly number[])[], dtype: DType = "float64"): NDArray =>
  array(rows.map((row) => [...row]), { dtype });

const scalar = (value: number, dtype: DType = "int64"): NDArray => array(value, { dtype });

onEach("a program computes what depends on data between host steps", (target) => {
  const x = variable("float64", 1);
  const positive = nonzeroValues(mul(x, gt(x, 0)));
  const run = compiled(target, { inputs: [x], outputs: [mul(positive, 2), sum(positive)] });
  assertEquals(run(vector([3, -1, 4, 0, 5])), [[6, 8, 10], 12]);
  assertEquals(run(vector([-1])), [[], 0]);
  assertEquals(run(vector([1, 2, 3, 4, 5, 6, 7, 8])), [[2, 4, 6, 8, 10, 12, 14, 16], 36]);
});

onEach("a program reads a computed integer as a size after a cut", (target) => {
  const x = variable("int64", 1);
  const n = sum(x);
  const counted = arange(n);
  const again = arange(sum(counted));
  const run = compiled(target, { inputs: [x], outputs: [counted, sum(again), n] });
  assertEquals(run(vector([1, 2], "int64")), [[0, 1, 2], 3, 3]);
  assertEquals(run(vector([5], "int64")), [[0, 1, 2, 3, 4], 45, 5]);
  assertEquals(run(vector([], "int64")), [[], 0, 0]);
});

onEach("a program says which lengths differ", (target) => {
  const [x, y] = [variable("float32", 2), variable("float32", 2)];
  const run = compiled(target, { inputs: [x, y], outputs: [add(x, y)] });
  const wide = matrix([[1, 2, 3]], "float32");
  assertEquals(
    run(wide, matrix([[1, 2]], "float32")),
    "ValueError: Input dimension mis-match. (input[0].shape[1] = 3, input[1].shape[1] = 2)",
  );
  assertEquals(run(wide, wide), [[[2, 4, 6]]]);
});

onEach("a program checks the lengths of a reshape", (target) => {
  const [x, n] = [variable("float64", 2), variable("int64", 0)];
  const run = compiled(target, { inputs: [x, n], outputs: [reshape(x, [n, -1])] });
  const x6 = matrix([[1, 2, 3], [4, 5, 6]]);
  assertEquals(run(x6, scalar(3)), [[[1, 2], [3, 4], [5, 6]]]);
  assertEquals(
    run(x6, scalar(4)),
    "ValueError: Cannot reshape input of shape (2, 3) to shape [4 -1]",
  );
  assertEquals(run(x6, scalar(-2)), "ValueError: can only specify one unknown dimension");
});

onEach("a program refuses an index outside its axis", (target) => {
  const [x, i] = [variable("float64", 2), variable("int64", 0)];
  const run = compiled(target, { inputs: [x, i], outputs: [get(x, i)] });
  const x2 = matrix([[1, 2], [3, 4]]);
  assertEquals(run(x2, scalar(-1)), [[3, 4]]);
  assertEquals(run(x2, scalar(2)), "IndexError: index 2 is out of bounds for axis 0 with size 2");
  assertEquals(run(x2, scalar(-3)), "IndexError: index -3 is out of bounds for axis 0 with size 2");
  assertEquals(run(x2, scalar(0)), [[1, 2]]);
});

onEach("a program refuses an item of an index array outside its axis", (target) => {
  const [x, rows] = [variable("float64", 2), variable("int64", 1)];
  const run = compiled(target, {
    inputs: [x, rows],
    outputs: [get(x, rows), incSubtensor(get(x, rows), 1)],
  });
  const x2 = matrix([[1, 2], [3, 4]]);
  assertEquals(run(x2, vector([1, 1, -2], "int64")), [
    [[3, 4], [3, 4], [1, 2]],
    [[2, 3], [5, 6]],
  ]);
  assertEquals(
    run(x2, vector([0, 5], "int64")),
    "IndexError: index 5 is out of bounds for axis 0 with size 2",
  );
});

onEach("a program stops where an assertion does not hold", (target) => {
  const [x, n] = [variable("float64", 1), variable("int64", 0)];
  const checked = call(assertOp, x, gt(n, 0)) as TensorVariable;
  const run = compiled(target, { inputs: [x, n], outputs: [mul(checked, 2)] });
  assertEquals(run(vector([1]), scalar(1)), [[2]]);
  assertEquals(
    run(vector([1]), scalar(0)),
    "AssertionError: Theano Assert failed!",
  );
});

onEach("a program runs on shapes that grow and shrink", (target) => {
  const [x, y] = [variable("float32", 2), variable("float32", 1)];
  const middle = mul(add(x, y), dimshuffle(y, "x", 0));
  const run = compiled(target, { inputs: [x, y], outputs: [sum(mul(middle, middle), 0)] });
  for (const [rows, columns] of [[1, 1], [7, 3], [40, 33], [2, 5], [0, 4], [64, 70], [3, 3]]) {
    const xs = Array.from(
      { length: rows! },
      (_, i) => Array.from({ length: columns! }, (_, j) => i + j),
    );
    const ys = Array.from({ length: columns! }, (_, j) => j % 3);
    const expected = ys.map((y, j) =>
      xs.reduce((total, row) => total + ((row[j]! + y) * y) ** 2, 0)
    );
    const matrixOf = rows === 0
      ? array(new Float32Array(0)).reshape([0, columns!])
      : matrix(xs, "float32");
    assertEquals(run(matrixOf, vector(ys, "float32")), [expected]);
  }
});

onEach("a program takes a hundred different slices of one shape", (target) => {
  const [x, i] = [variable("float64", 1), variable("int64", 0)];
  const part = get(x, new Slice<TensorVariable>(mul(i, 3), mul(add(i, 1), 3), null));
  const run = compiled(target, { inputs: [x, i], outputs: [part, mul(part, 2)] });
  const x300 = vector(Array.from({ length: 300 }, (_, k) => k));
  for (let k = 0; k < 100; k++) {
    const rows = [3 * k, 3 * k + 1, 3 * k + 2];
    assertEquals(run(x300, scalar(k)), [rows, rows.map((v) => 2 * v)]);
  }
});

onEach("a program slices with negative steps and empty parts", (target) => {
  const [x, a, b, c] = [
    variable("int32", 1),
    ...["a", "b", "c"].map(() => variable("int64", 0)),
  ] as [
    TensorVariable,
    TensorVariable,
    TensorVariable,
    TensorVariable,
  ];
  const run = compiled(target, { inputs: [x, a, b, c], outputs: [get(x, new Slice(a, b, c))] });
  const items = [10, 11, 12, 13, 14, 15, 16];
  for (const start of [-9, -7, -2, 0, 3, 6, 7, 9]) {
    for (const stop of [-9, -3, 0, 2, 7, 8]) {
      for (const step of [-3, -1, 1, 2]) {
        const expected = pythonSlice(items, start, stop, step);
        assertEquals(
          run(vector(items, "int32"), scalar(start), scalar(stop), scalar(step)),
          [expected],
          `${start}:${stop}:${step}`,
        );
      }
    }
  }
});

/** Python's slice, by walking: an end outside is moved to the edge. */
function pythonSlice(
  items: readonly number[],
  start: number,
  stop: number,
  step: number,
): number[] {
  const n = items.length;
  const edge = (at: number): number => {
    const from = at < 0 ? at + n : at;
    return step > 0 ? Math.min(Math.max(from, 0), n) : Math.min(Math.max(from, -1), n - 1);
  };
  const result: number[] = [];
  for (let k = edge(start); step > 0 ? k < edge(stop) : k > edge(stop); k += step) {
    result.push(items[k]!);
  }
  return result;
}

onEach("updates may swap two shared variables", (target) => {
  const [a, b] = [shared(vector([1, 2])), shared(vector([3, 4]))];
  const run = compiled(target, { inputs: [a, b], outputs: [sub(a, b)], updates: [[a, b], [b, a]] });
  assertEquals(run(), [[-2, -2]]);
  assertEquals([a.getValue().toArray(), b.getValue().toArray()], [[3, 4], [1, 2]]);
  assertEquals(run(), [[2, 2]]);
  assertEquals([a.getValue().toArray(), b.getValue().toArray()], [[1, 2], [3, 4]]);
});

onEach("updates see the values from before the call, and shapes may change", (target) => {
  const state = shared(vector([1]));
  const doubled = get(
    add(dimshuffle(state, 0, "x"), variableZero()),
    new Slice<TensorVariable>(null, null, null),
  );
  const longer = reshape(doubled, [-1]);
  const run = compiled(target, { inputs: [state], outputs: [state], updates: [[state, longer]] });
  for (let k = 0; k < 6; k++) assertEquals(run(), [new Array(2 ** k).fill(1)]);
  assertEquals(state.getValue().shape, [64]);
});

/** A row of two zeros. */
function variableZero(): TensorVariable {
  return dimshuffle(mul(arange(2), 0), "x", 0);
}

onEach("a call that fails midway leaves shared variables as they were", (target) => {
  const state = shared(vector([1, 2, 3]));
  const [rows, i] = [variable("int64", 1), variable("int64", 0)];
  const next = incSubtensor(get(add(state, 1), rows), 10);
  const run = compiled(target, {
    inputs: [state, rows, i],
    outputs: [get(nonzeroValues(next), i)],
    updates: [[state, next]],
  });
  const fails = [
    run(vector([0, 9], "int64"), scalar(0)),
    run(vector([0], "int64"), scalar(3)),
    run(vector([-4], "int64"), scalar(0)),
  ];
  assertEquals(fails.map((text) => String(text).slice(0, 10)), new Array(3).fill("IndexError"));
  assertEquals(state.getValue().toArray(), [1, 2, 3]);
  assertEquals(run(vector([0, 0], "int64"), scalar(0)), [22]);
  assertEquals(state.getValue().toArray(), [22, 3, 4]);
});

onEach("a host step that throws leaves shared variables as they were", (target) => {
  const state = shared(vector([1, 2, 3]));
  const spec = {
    inputs: [state],
    outputs: [nonzeroValues(state)],
    updates: [[state, mul(state, 2)] as const],
  };
  let isBroken = true;
  const program = lowered(spec);
  const [perform] = program.hosts;
  const hosts = [(inputs: readonly NDArray[]): readonly NDArray[] => {
    if (isBroken) throw new TypeError("out of order");
    return perform!(inputs);
  }];
  const { executable } = target.build({ ...program, hosts });
  let thrown: unknown;
  try {
    executable.run([], [state.storage]);
  } catch (error) {
    thrown = error;
  }
  assert(thrown instanceof TypeError);
  assertEquals(state.getValue().toArray(), [1, 2, 3]);
  isBroken = false;
  assertEquals(executable.run([], [state.storage]).map((r) => r.toArray()), [[1, 2, 3]]);
  assertEquals(state.getValue().toArray(), [2, 4, 6]);
});

onEach("a program in place changes neither arguments nor shared variables", (target) => {
  const [x, state] = [variable("float64", 1), shared(vector([7, 8, 9]))];
  const one = setSubtensor(get(x, 0), 5, { inplace: true });
  const two = incSubtensor(get(mul(state, 1), new Slice<TensorVariable>(null, null, null)), 1, {
    inplace: true,
  });
  const run = compiled(target, { inputs: [x, state], outputs: [one, two] });
  const given = vector([1, 2, 3]);
  assertEquals(run(given), [[5, 2, 3], [8, 9, 10]]);
  assertEquals(given.toArray(), [1, 2, 3]);
  assertEquals(state.getValue().toArray(), [7, 8, 9]);
});

onEach("a program may return memory that nobody wrote", (target) => {
  const n = variable("int64", 0);
  const empty = call(new AllocEmpty("float64"), n) as TensorVariable;
  const { executable } = target.build(lowered({ inputs: [n], outputs: [empty] }));
  assertEquals(executable.run([scalar(5)], [])[0]!.shape, [5]);
  assertEquals(executable.run([scalar(100000)], [])[0]!.shape, [100000]);
});

onEach("scalars of every dtype go in and out", (target) => {
  for (
    const dtype of ["bool", "int8", "uint16", "int64", "uint64", "float16", "float32", "float64"]
  ) {
    const x = variable(dtype as DType, 0);
    const { executable } = target.build(lowered({ inputs: [x], outputs: [x, copied(x)] }));
    const value = array(1, { dtype: dtype as DType });
    const [same, other] = executable.run([value], []);
    assertEquals(exactText(same!), exactText(value));
    assertEquals(exactText(other!), exactText(value));
  }
});

/** The same value by way of axes. */
function copied(x: TensorVariable): TensorVariable {
  return get(dimshuffle(x, "x"), 0);
}

onEach("equal graphs on equal values give equal bits, wherever a value stands", (target) => {
  for (const dtype of ["float32", "float64"] as const) {
    const x = variable(dtype, 1);
    const { executable } = target.build(lowered({ inputs: [x], outputs: [exp(x)] }));
    for (const value of [0.3, -41.7, 88.1, 1e-30, -0]) {
      const values = new Set<string>();
      for (let n = 1; n < 20; n++) {
        const [result] = executable.run([vector(new Array(n).fill(value), dtype)], []);
        for (const y of result!.toArray<number[]>()) values.add(`${y}`);
      }
      assertEquals(values.size, 1, `exp(${value}) of ${dtype}`);
    }
  }
}, allTargets().slice(1));

onEach("columns are added alike, wherever they stand", (target) => {
  const x = variable("float32", 2);
  const { executable } = target.build(lowered({ inputs: [x], outputs: [sum(x, 0)] }));
  for (const columns of [1, 3, 4, 5, 16, 19, 37]) {
    const rows = Array.from({ length: 23 }, (_, i) => new Array(columns).fill(1 / (i + 1)));
    const [total] = executable.run([matrix(rows, "float32")], []);
    assertEquals(new Set(total!.toArray<number[]>()).size, 1, `${columns} columns`);
  }
});
