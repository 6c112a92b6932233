/**
 * @file Sorts on every target, beside the reference of the ops: every dtype, rows short and long.
 */

import { assertEquals } from "@std/assert";
import { NDArray } from "../../core/array/ndarray.ts";
import { Slice } from "../../core/array/slice.ts";
import {
  allDtypes,
  type DType,
  dtypes,
  type Element,
  isComplex,
  isFloat,
  toElement,
} from "../../core/dtype/dtype.ts";
import { dimshuffle } from "../../core/ops/dimshuffle.ts";
import { get } from "../../core/ops/indexing.ts";
import { sub } from "../../core/ops/arithmetic.ts";
import { scan } from "../../core/ops/scan.ts";
import { argsort, sort } from "../../core/ops/sort.ts";
import { topkAndArgtopk } from "../../core/ops/topk.ts";
import { TensorType } from "../../core/tensor/tensor_type.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { evaluate } from "../helpers/evaluate.ts";
import { vectorOf } from "../helpers/kernel_case.ts";
import { Random } from "../helpers/random.ts";
import { randomElement } from "../helpers/random_expr.ts";
import { sortCase } from "../helpers/sort_case.ts";
import { allTargets, assertSame, lowered, outcome, wasmTarget } from "../helpers/targets.ts";

/** What orders stumble over. */
const specials = [NaN, -NaN, 0, -0, Infinity, -Infinity, 1, -1, 5e-324, -5e-324, 6e-8, -6e-8];

function elementOf(random: Random, dtype: DType): Element {
  const isSpecial = isFloat(dtype) && random.chance(0.3);
  return isSpecial ? toElement(random.pick(specials), dtype) : randomElement(random, dtype);
}

const sortable = allDtypes.filter((dtype) => !isComplex(dtype));

for (const dtype of sortable) {
  Deno.test(`elements of ${dtype} and their places are in NumPy's order on every target`, () => {
    const random = new Random(dtypes[dtype].bytes);
    const x = new TensorType(dtype, [false, false]).makeVariable("x");
    const outputs = [sort(x), argsort(x), sort(x, 0), argsort(x, 0)];
    const program = lowered({ inputs: [x], outputs });
    assertEquals(program.hosts.length, 0);
    const executables = allTargets().map((target) => target.build(program).executable);
    for (const [m, n] of [[0, 3], [3, 0], [1, 1], [5, 2], [3, 64], [65, 3], [2, 300]] as const) {
      const value = vectorOf(dtype, random.list(m * n, () => elementOf(random, dtype)));
      const given = value.reshape([m, n]);
      const wanted = evaluate(outputs, new Map([[x, given]]));
      for (const executable of executables) {
        assertSame(outcome(executable, [given]), wanted, `${m} × ${n} of ${dtype}`);
      }
    }
  });
}

Deno.test("100,000 columns of few different numbers keep the order of equal ones", () => {
  const random = new Random(5);
  for (const dtype of ["float64", "float32", "int64", "uint8", "float16"] as const) {
    const list = random.list(100_000, () => random.below(100) - (dtype === "uint8" ? 0 : 50));
    const elements = dtype === "int64" ? list.map(BigInt) : list;
    const { kernelCase, kernel } = sortCase({ dtype, rows: 1, columns: list.length, elements });
    const { executable } = wasmTarget().build(kernelCase.lowered(kernel));
    const [values, places] = executable.run(kernelCase.args, []) as [NDArray, NDArray];
    const found = Array.from(places.data as BigInt64Array, Number);
    assertEquals(new Set(found).size, list.length);
    found.forEach((place, k) => {
      assertEquals(Number(values.data[k]), list[place]);
      if (k === 0) return;
      const before = found[k - 1]!;
      const isInOrder = list[before]! < list[place]! ||
        (list[before] === list[place] && before < place);
      if (!isInOrder) assertEquals(k, -1, `${dtype}: place ${place} comes after ${before}`);
    });
  }
});

Deno.test("a part that is turned and goes backwards is sorted where it lies", () => {
  const x = new TensorType("float32", [false, false]).makeVariable("x");
  const part = get(dimshuffle(x, 1, 0), new Slice(null, null, -1), new Slice(1));
  const outputs = [sort(part, 0), argsort(part, 1)];
  const program = lowered({ inputs: [x], outputs });
  const random = new Random(9);
  const value = vectorOf("float32", random.list(35, () => random.below(5))).reshape([5, 7]);
  const wanted = evaluate(outputs, new Map([[x, value]]));
  for (const target of allTargets()) {
    assertSame(outcome(target.build(program).executable, [value]), wanted, target.name);
  }
});

Deno.test("the largest and smallest elements are a part of what is sorted", () => {
  const x = new TensorType("float64", [false, false]).makeVariable("x");
  const k = new TensorType("int64", []).makeVariable("k");
  const random = new Random(2);
  const value = vectorOf("float64", random.list(24, () => random.pick([...specials, 2, 3])))
    .reshape([4, 6]);
  for (const axis of [0, -1]) {
    const outputs = topkAndArgtopk(x, k, { axis, sorted: false, idxDtype: "int16" });
    const program = lowered({ inputs: [x, k], outputs });
    assertEquals(program.hosts.length, 0);
    for (const count of [1, 4, -1, -3]) {
      const given = NDArray.scalar(BigInt(count), "int64");
      const wanted = evaluate(outputs, new Map([[x, value], [k, given]]));
      for (const target of allTargets()) {
        const { executable } = target.build(program);
        assertSame(outcome(executable, [value, given]), wanted, `${count} along ${axis}`);
      }
    }
    for (
      const [count, text] of [[0, "zero"], [7, `larger than the size of specified axis ${axis}`]]
    ) {
      const given = NDArray.scalar(BigInt(count!), "int64");
      for (const target of allTargets()) {
        const got = outcome(target.build(program).executable, [value, given]);
        assertEquals(got, `ValueError: topk: kth cannot be ${text}`);
      }
    }
  }
});

Deno.test("a loop sorts at each turn, and a program that sorts can be stored", () => {
  const x = new TensorType("float64", [false, false]).makeVariable("x");
  const outputs = scan((row) => sub(sort(row), row), { sequences: x })[0];
  const program = lowered({ inputs: [x], outputs: [outputs as TensorVariable] });
  assertEquals(program.hosts.length, 0);
  const random = new Random(4);
  const value = vectorOf("float64", random.list(300, () => random.next())).reshape([3, 100]);
  const wanted = evaluate([outputs as TensorVariable], new Map([[x, value]]));
  const target = wasmTarget();
  const { executable, keep } = target.build(program);
  assertSame(outcome(executable, [value]), wanted, "built");
  const stored = keep!()!;
  const meta: unknown = JSON.parse(JSON.stringify(stored.meta));
  const again = wasmTarget().restore({ ...stored, meta });
  assertSame(outcome(again, [value]), wanted, "stored");
});

Deno.test("complex numbers, and axes known at a call, are sorted by the host", () => {
  const z = new TensorType("complex128", [false]).makeVariable("z");
  const x = new TensorType("float64", [false]).makeVariable("x");
  const axis = new TensorType("int64", []).makeVariable("axis");
  assertEquals(lowered({ inputs: [z], outputs: [sort(z)] }).hosts.length, 1);
  const along = sort(x).owner!.op.makeNode(x, axis).outputs;
  assertEquals(lowered({ inputs: [x, axis], outputs: along }).hosts.length, 1);
});
