/** @file The kernels that ops become, on a device. */

import { assertEquals } from "@std/assert";
import { NDArray } from "../../core/array/ndarray.ts";
import { Slice } from "../../core/array/slice.ts";
import type { DType } from "../../core/dtype/dtype.ts";
import type { KernelKind } from "../../core/kernel/kernel.ts";
import { argmax } from "../../core/ops/argmax.ts";
import { mul } from "../../core/ops/arithmetic.ts";
import { batchedDot } from "../../core/ops/tensordot.ts";
import { crossentropySoftmaxArgmax1hotWithBias } from "../../core/ops/crossentropy.ts";
import { get, incSubtensor, setSubtensor } from "../../core/ops/indexing.ts";
import { MrgUniform } from "../../core/ops/random_mrg.ts";
import { max, sum } from "../../core/ops/reduce.ts";
import { logsoftmax, softmax } from "../../core/ops/softmax.ts";
import { argsort, sort } from "../../core/ops/sort.ts";
import { mean } from "../../core/ops/statistics.ts";
import { exp } from "../../core/ops/transcendental.ts";
import { mrgState, streamStates } from "../../core/random/mrg.ts";
import { TensorType } from "../../core/tensor/tensor_type.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { Random } from "../helpers/random.ts";
import { lowered } from "../helpers/targets.ts";
import { type Bound, checkProgram } from "./cases.ts";
import { deviceTest } from "./device.ts";

function variable(dtype: DType, ndim: number): TensorVariable {
  return new TensorType(dtype, new Array<boolean>(ndim).fill(false)).makeVariable();
}

function floats(random: Random, shape: readonly number[]): NDArray {
  const count = shape.reduce((n, length) => n * length, 1);
  return NDArray.of(
    Float32Array.from({ length: count }, () => random.next() * 6 - 3),
    shape,
    "float32",
  );
}

function integers(random: Random, count: number, below: number, dtype: "int32" | "int64"): NDArray {
  const list = random.list(count, () => random.below(below));
  const data = dtype === "int32" ? Int32Array.from(list) : BigInt64Array.from(list.map(BigInt));
  return NDArray.of(data, [count], dtype);
}

/** So many roundings of numbers that are not larger than the result, or than 1. */
function roundings(count: number): Bound {
  return (wanted) => count * 2 ** -24 * Math.max(1, Math.abs(wanted));
}

/** What a function of the exponential loses in it, in units of the last place. */
const inExp = 4 * exp.record.ulp!.wgsl;

interface Case {
  readonly name: string;
  readonly inputs: readonly TensorVariable[];
  readonly outputs: readonly TensorVariable[];
  readonly args: (random: Random) => NDArray[];
  readonly bound: Bound;
  readonly ran: readonly KernelKind[];
  readonly none?: readonly KernelKind[];
}

const matrix = variable("float32", 2);
const vector = variable("float32", 1);
const [left, right] = [variable("float32", 3), variable("float32", 3)];
const states = variable("int32", 2);
const [words, longs] = [variable("int32", 1), variable("int64", 1)];
const rows = [[7, 5], [300, 10], [3, 1000], [70, 33], [1, 1], [2, 0]] as const;

/** A case for each of some shapes of a matrix. */
function ofMatrices(name: string, rest: Omit<Case, "name" | "args" | "inputs">): Case[] {
  return rows.map(([m, n]) => ({
    ...rest,
    name: `${name} of ${m} × ${n}`,
    inputs: [matrix],
    args: (random) => [floats(random, [m, n])],
  }));
}

const values = variable("float32", 2);
const indexed = { inputs: [matrix, longs, values], bound: roundings(0) };

const cases: readonly Case[] = [
  ...ofMatrices("softmax", {
    outputs: [softmax(matrix)],
    bound: roundings(inExp + 2000),
    ran: ["rows"],
  }),
  ...ofMatrices("logarithm of the softmax", {
    outputs: [logsoftmax(matrix)],
    bound: roundings(inExp + 2000),
    ran: ["rows"],
  }),
  ...ofMatrices("sums of exponentials along rows", {
    outputs: [sum(exp(matrix), 1)],
    bound: roundings(2000 + inExp),
    ran: ["reduce"],
  }),
  ...ofMatrices("mean", {
    outputs: [mean(matrix)],
    bound: roundings(2000),
    ran: ["map", "reduce", "map"],
  }),
  ...ofMatrices("sums along columns", {
    outputs: [sum(mul(matrix, matrix), 0)],
    bound: roundings(9 * 400),
    ran: ["reduce"],
  }),
  {
    name: "largest elements and their places",
    inputs: [matrix],
    outputs: [max(matrix, 1), argmax(matrix, 0)],
    args: (random) => [floats(random, [130, 70])],
    bound: roundings(0),
    ran: ["reduce", "reduce", "map"],
  },
  {
    name: "columns in order and the places of rows",
    inputs: [matrix],
    outputs: [sort(matrix, 0), argsort(matrix, 1)],
    args: (random) => [floats(random, [300, 70])],
    bound: roundings(0),
    ran: ["sort", "sort"],
  },
  {
    name: "products of a batch of matrices",
    inputs: [left, right],
    outputs: [batchedDot(left, right)],
    args: (random) => [floats(random, [3, 20, 30]), floats(random, [3, 30, 10])],
    bound: roundings(2 * 30 * 9 * 30),
    ran: ["gemm", "reduce"],
  },
  {
    name: "uniform numbers of a few streams",
    inputs: [states, longs],
    outputs: new MrgUniform(matrix.type).makeNode(states, longs).outputs as TensorVariable[],
    args: () => [
      NDArray.of(streamStates(mrgState(7), 6), [6, 6], "int32"),
      NDArray.of(BigInt64Array.of(9n, 5n), [2], "int64"),
    ],
    bound: roundings(0),
    ran: ["map", "map", "random"],
  },
  {
    name: "losses of classes",
    inputs: [matrix, vector, words],
    outputs: crossentropySoftmaxArgmax1hotWithBias(matrix, vector, words).slice(0, 2),
    args: (random) => [
      floats(random, [40, 10]),
      floats(random, [10]),
      integers(random, 40, 10, "int32"),
    ],
    bound: roundings(inExp + 100),
    ran: ["rows", "gather", "gather", "map"],
  },
  {
    name: "rows at int64 indices",
    inputs: [matrix, longs],
    bound: roundings(0),
    outputs: [get(matrix, longs)],
    args: (random) => [floats(random, [50, 7]), integers(random, 600, 50, "int64")],
    ran: ["gather"],
  },
  {
    name: "rows at int64 indices set",
    ...indexed,
    outputs: [setSubtensor(get(matrix, longs), values)],
    args: (random) => [
      floats(random, [50, 7]),
      integers(random, 3000, 50, "int64"),
      floats(random, [3000, 7]),
    ],
    ran: ["map", "scatter"],
  },
  {
    name: "columns at int64 indices increased",
    ...indexed,
    outputs: [incSubtensor(get(matrix, new Slice(), longs), values)],
    args: (random) => [
      floats(random, [5, 40]),
      integers(random, 700, 40, "int64"),
      floats(random, [5, 700]),
    ],
    ran: ["map", "scatter", "map"],
  },
];

for (const { name, inputs, outputs, args, bound, ran, none = [] } of cases) {
  deviceTest(`the kernels of ${name} are the interpreter's`, async (runner) => {
    const program = lowered({ inputs, outputs });
    const kinds = await checkProgram(runner, program, args(new Random(7)), bound);
    assertEquals(kinds, { ran, none });
  });
}
