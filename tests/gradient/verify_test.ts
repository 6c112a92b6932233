/** @file `numericGrad` and `verifyGrad`: values, tolerances, texts. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { array } from "../../core/array/build.ts";
import { NDArray } from "../../core/array/ndarray.ts";
import {
  AssertionError,
  GradientError as GradientErrorBase,
  NotImplementedError,
  ValueError,
} from "../../core/errors.ts";
import { call } from "../../core/graph/op.ts";
import { Apply, type Variable } from "../../core/graph/variable.ts";
import { NumericGrad, numericGrad } from "../../core/gradient/numeric.ts";
import { type Compile, GradientError, verifyGradWith } from "../../core/gradient/verify.ts";
import { add, mul } from "../../core/ops/arithmetic.ts";
import type { Shape, TensorOp } from "../../core/ops/kind.ts";
import { sum } from "../../core/ops/reduce.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { evaluate } from "../helpers/evaluate.ts";

const compiled: { isReference: boolean; mode: unknown }[] = [];

const compile: Compile = (inputs, outputs, { isReference, mode }) => {
  compiled.push({ isReference, mode });
  return (...values) =>
    evaluate(
      outputs,
      new Map<Variable, NDArray>(inputs.map((x, i) => [x, values[i]!.astype(x.dtype)])),
    );
};
const verifyGrad = verifyGradWith(compile);

/** Numbers in [0, 1), the same each time. */
class Source {
  #state = 1;
  rand(...shape: number[]): NDArray {
    const size = shape.reduce((a, b) => a * b, 1);
    const data = Float64Array.from({ length: size }, () => {
      this.#state = (this.#state * 16807) % 2147483647;
      return this.#state / 2147483647;
    });
    return NDArray.of(data, shape, "float64");
  }
}

function source(): Source {
  return new Source();
}

/** `x²`, with a gradient that is off by a factor. */
class Square implements TensorOp {
  readonly kind = "custom";
  readonly name = "Square";
  readonly key: string;
  constructor(readonly factor: number) {
    this.key = `Square{${factor}}`;
  }
  makeNode(x: TensorVariable): Apply {
    return new Apply(this, [x], [x.type.makeVariable()]);
  }
  inferShape(_: Apply, shapes: readonly Shape[]): readonly Shape[] {
    return shapes;
  }
  perform(_: Apply, [x]: readonly NDArray[]): NDArray[] {
    const data = Float64Array.from(x!.data as Float64Array, (v) => v * v);
    return [NDArray.of(data, x!.shape, "float64")];
  }
  grad([x]: readonly TensorVariable[], [g]: readonly TensorVariable[]): TensorVariable[] {
    return [mul(g!, x!, this.factor)];
  }
}

function square(factor: number): (x: TensorVariable) => TensorVariable {
  return (x) => call(new Square(factor), x) as TensorVariable;
}

Deno.test("numericGrad() measures the gradient by each argument", () => {
  const f = (x: NDArray, y: NDArray): number => Number(x.get(0)) ** 2 * Number(y.get(1));
  const { gf } = numericGrad(f, [array([2, 3.5]), array([5, 7.25])]);
  const [dx, dy] = gf as readonly NDArray[];
  const close = (a: NDArray, b: number[]): boolean =>
    b.every((v, k) => Math.abs(Number(a.data[k]) - v) < 1e-4);
  assert(close(dx!, [2 * 2 * 7.25, 0]));
  assert(close(dy!, [0, 4]));
});

Deno.test("numericGrad() takes a bare point, a step, and works in the most precise dtype", () => {
  const f = (x: NDArray): number => 3 * Number(x.get(1));
  const one = numericGrad(f, array([1, 2], { dtype: "float32" }), 0.5);
  const bare = one.gf as NDArray;
  assertEquals([bare.dtype, bare.toArray()], ["float32", [0, 3]]);
  const seen: string[] = [];
  const g = (x: NDArray, y: NDArray): number => {
    seen.push(`${x.dtype} ${y.dtype}`);
    return 0;
  };
  numericGrad(g, [array([1], { dtype: "float32" }), array([1], { dtype: "float64" })]);
  assertEquals(new Set(seen), new Set(["float64 float64"]));
});

Deno.test("numericGrad() compares gradients and finds the worst element", () => {
  assertEquals(NumericGrad.absRelErr(3, 1), [2, 0.5]);
  assertEquals(NumericGrad.absRelErr(0, 0), [0, 0]);
  const measured = numericGrad((x: NDArray) => Number(sumOf(x)), [array([1.5, 2, 3])], 0.5);
  assertEquals(measured.absRelErrors([array([1, 1, 2.0])])[0]![2], [1, 1 / 3]);
  const [arg, position, absError] = measured.maxErr([array([1, 3, 1.5])], 1e-4, 1e-4);
  assertEquals([arg, position, absError], [0, 1, 2]);
  assertThrows(() => measured.absRelErrors([]), ValueError, "wrong number of elements 0");
  assertThrows(() => measured.absRelErrors([array([1])]), ValueError, "wrong shape ((1), (3))");
  assertThrows(() => measured.maxErr([array([1, NaN, 1])], 1, 1), ValueError, "abs_err not finite");
});

function sumOf(x: NDArray): number {
  return Array.from(x.data as Float64Array).reduce((a, b) => a + b, 0);
}

Deno.test("verifyGrad() accepts right gradients, by several arguments, in every dtype", () => {
  verifyGrad(square(2), [[[1.5, -2], [0.25, 3]]], { rng: source() });
  verifyGrad((x, y) => sum(mul(x!, y!), 0), [[[1, 2]], [[3.5, 4]]], 2, source());
  for (const dtype of ["float16", "float32"] as const) {
    const p = array([0.5, 1.25], { dtype });
    verifyGrad((x) => add(mul(x!, x!), x!), [p], { rng: source() });
    verifyGrad((x) => mul(x!, x!), [p], { rng: source(), castToOutputType: true, nTests: 1 });
  }
});

Deno.test("verifyGrad() compiles the value, the cost as reference, and the gradient", () => {
  compiled.length = 0;
  verifyGrad(square(2), [[1.5]], { rng: source(), mode: "FAST_RUN", nTests: 3 });
  assertEquals(compiled.map((c) => c.isReference), [false, true, false]);
  assertEquals(new Set(compiled.map((c) => c.mode)), new Set(["FAST_RUN"]));
  compiled.length = 0;
  verifyGrad(square(2), [[1.5]], { rng: source(), noDebugRef: false });
  assertEquals(compiled.map((c) => c.isReference), [false, false, false]);
});

Deno.test("verifyGrad() says where a wrong gradient differs, and by how much", () => {
  const rng = { rand: () => array([0.5, 0.5]) };
  const error = assertThrows(
    () => verifyGrad(square(3), [[1, 2]], { rng, eps: 0.001 }),
    GradientError,
  );
  assert(error instanceof GradientErrorBase);
  assertEquals(error.name, "GradientError");
  assertEquals(
    error.message,
    `GradientError: numeric gradient and analytic gradient exceed tolerance:
        At position 1 of argument 0 with shape (2,),
            val1 = 6.000000      ,  val2 = 4.001000
            abs. error = 1.999000,  abs. tolerance = 0.000100
            rel. error = 0.199880,  rel. tolerance = 0.000100
Exception args: \nThe error happened with the following inputs:, [[1. 2.]], \n` +
      "The value of eps is:, 0.001, \nThe out_type is:, None, \nTest number:, 0",
  );
  assertEquals(error.mismatch.errPos, 1);
  verifyGrad(square(3), [[1, 2]], { rng, absTol: 3 });
});

Deno.test("verifyGrad() refuses what it cannot check", () => {
  const rng = source();
  assertThrows(
    () => verifyGrad(square(2), [array([1], { dtype: "int32" })], { rng }),
    TypeError,
    'verify_grad can work only with floating point inputs, but input 0 has dtype "int32".',
  );
  assertThrows(
    () => verifyGrad(square(2), [[1.5]]),
    TypeError,
    "rng should be a valid instance of numpy.random.RandomState.",
  );
  assertThrows(
    () => verifyGrad((x) => [x!, x!], [[1.5]], { rng }),
    NotImplementedError,
    "cant (yet) autotest gradient of fun with multiple outputs",
  );
  assertThrows(
    () => verifyGrad(square(2), array([1.5]) as unknown as unknown[], { rng }),
    AssertionError,
  );
  assertThrows(
    () => verifyGrad(square(2), [[1.5]], { rng, outType: "complex64" }),
    NotImplementedError,
    "We do not support grad/Rop/Lop/verify_grad on complex.",
  );
});
