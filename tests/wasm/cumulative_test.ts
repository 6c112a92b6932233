/**
 * @file Running sums and products on every target, beside the reference of the ops, bit by bit.
 */

import { assertEquals } from "@std/assert";
import { Slice } from "../../core/array/slice.ts";
import { allDtypes, dtypes, isComplex, isFloat, toElement } from "../../core/dtype/dtype.ts";
import { add } from "../../core/ops/arithmetic.ts";
import { cumprod, cumsum } from "../../core/ops/cumulative.ts";
import { dimshuffle } from "../../core/ops/dimshuffle.ts";
import { get } from "../../core/ops/indexing.ts";
import { scan } from "../../core/ops/scan.ts";
import { TensorType } from "../../core/tensor/tensor_type.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { evaluate } from "../helpers/evaluate.ts";
import { vectorOf } from "../helpers/kernel_case.ts";
import { Random } from "../helpers/random.ts";
import { randomElement } from "../helpers/random_expr.ts";
import { allTargets, assertSame, lowered, outcome, wasmTarget } from "../helpers/targets.ts";

for (const dtype of allDtypes) {
  Deno.test(`running sums and products of ${dtype} have the reference's bits`, () => {
    const random = new Random(dtypes[dtype].bytes);
    const x = new TensorType(dtype, [false, false, false]).makeVariable("x");
    const sums = [null, 0, 1, 2].map((axis) => cumsum(x, { axis }));
    const products = [null, 0, 1, -1].map((axis) => cumprod(x, { axis }));
    const outputs = isComplex(dtype) ? sums : [...sums, ...products];
    const program = lowered({ inputs: [x], outputs });
    assertEquals(program.hosts.length, 0);
    const executables = allTargets().map((target) => target.build(program).executable);
    const shapes = [[0, 3, 2], [3, 0, 1], [2, 3, 0], [1, 1, 1], [5, 2, 3], [3, 4, 17], [9, 33, 2]];
    for (const shape of shapes) {
      const size = shape.reduce((n, length) => n * length, 1);
      const element = () =>
        isFloat(dtype) ? toElement(random.next() * 2 - 0.9, dtype) : randomElement(random, dtype);
      const given = vectorOf(dtype, random.list(size, element)).reshape(shape);
      const wanted = evaluate(outputs, new Map([[x, given]]));
      for (const executable of executables) {
        assertSame(outcome(executable, [given]), wanted, `(${shape}) of ${dtype}`);
      }
    }
  });
}

Deno.test("sums keep NaN and infinities, and long ones are added in order", () => {
  const x = new TensorType("float32", [false]).makeVariable("x");
  const program = lowered({ inputs: [x], outputs: [cumsum(x)] });
  const random = new Random(3);
  const long = random.list(100_000, () => Math.fround(random.next()));
  for (const list of [[1, Infinity, -Infinity, 2], [-0, -0, 0], [NaN, 1], long]) {
    const given = vectorOf("float32", list);
    const wanted = evaluate([cumsum(x)], new Map([[x, given]]));
    for (const target of allTargets()) {
      assertSame(outcome(target.build(program).executable, [given]), wanted, target.name);
    }
  }
});

Deno.test("a part that is turned and goes backwards is added up as it lies", () => {
  const x = new TensorType("int16", [false, false]).makeVariable("x");
  const part = get(dimshuffle(x, 1, 0), new Slice(null, null, -1), new Slice(1));
  const outputs = [cumsum(part, { axis: 0 }), cumprod(part, { axis: 1 }), cumsum(part)];
  const program = lowered({ inputs: [x], outputs });
  const random = new Random(9);
  const value = vectorOf("int16", random.list(35, () => random.below(50))).reshape([5, 7]);
  const wanted = evaluate(outputs, new Map([[x, value]]));
  for (const target of allTargets()) {
    assertSame(outcome(target.build(program).executable, [value]), wanted, target.name);
  }
});

Deno.test("a loop adds up at each turn without leaving WebAssembly", () => {
  const x = new TensorType("float64", [false, false]).makeVariable("x");
  const [sums] = scan((row) => add(cumsum(row), row), { sequences: x });
  const outputs = [sums as TensorVariable];
  const program = lowered({ inputs: [x], outputs });
  assertEquals(program.hosts.length, 0);
  const random = new Random(4);
  const value = vectorOf("float64", random.list(30, () => random.next())).reshape([3, 10]);
  const { executable, keep } = wasmTarget().build(program);
  assertSame(outcome(executable, [value]), evaluate(outputs, new Map([[x, value]])), "built");
  assertEquals(Object.keys(keep!()!.sections), ["wasm"]);
});

Deno.test("products of complex numbers are the host's", () => {
  const z = new TensorType("complex64", [false]).makeVariable("z");
  assertEquals(lowered({ inputs: [z], outputs: [cumprod(z)] }).hosts.length, 1);
});
