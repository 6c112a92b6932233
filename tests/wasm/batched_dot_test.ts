/**
 * @file Products of batches on every target: packed ones, small ones, strided ones.
 */

import { array } from "../../core/array/build.ts";
import type { DType } from "../../core/dtype/dtype.ts";
import { dimshuffle } from "../../core/ops/dimshuffle.ts";
import { batchedDot } from "../../core/ops/tensordot.ts";
import { constant } from "../../core/tensor/constructors.ts";
import { TensorType } from "../../core/tensor/tensor_type.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { evaluate } from "../helpers/evaluate.ts";
import { Random } from "../helpers/random.ts";
import { allTargets, assertSame, lowered, outcome } from "../helpers/targets.ts";
import type { NDArray } from "../../core/array/ndarray.ts";

type Sizes = readonly [batch: number, m: number, k: number, n: number];

/** Small integers, so that sums are exact in any order. */
function filled(random: Random, shape: readonly number[], dtype: DType): NDArray {
  const size = shape.reduce((a, b) => a * b, 1);
  return array(random.list(size, () => random.below(17) - 8), { dtype }).reshape(shape);
}

function tensor3(dtype: DType): TensorVariable {
  return new TensorType(dtype, [false, false, false]).makeVariable();
}

const cases: readonly Sizes[] = [
  [3, 2, 3, 4],
  [2, 16, 17, 18],
  [3, 3, 40, 40],
  [0, 16, 17, 18],
  [2, 40, 0, 3],
  [1, 20, 20, 20],
  [2, 4, 30, 33],
];

for (const target of allTargets()) {
  for (const dtype of ["float32", "float64", "int32"] as const) {
    Deno.test(`batchedDot() of ${dtype} in one program, of any sizes (${target.features})`, () => {
      const random = new Random(3);
      const [x, y] = [tensor3(dtype), tensor3(dtype)];
      const turned = dimshuffle(y, 0, 2, 1);
      const result = batchedDot(x, turned);
      const { executable } = target.build(lowered({ inputs: [x, y], outputs: [result] }));
      for (const [batch, m, k, n] of cases) {
        const left = filled(random, [batch, m, k], dtype);
        const right = filled(random, [batch, n, k], dtype);
        const wanted = evaluate([result], new Map([[x, left], [y, right]]));
        const text = `${batch} of ${m}×${k}·${k}×${n}`;
        assertSame(outcome(executable, [left, right]), wanted, text);
      }
    });
  }

  Deno.test(`batchedDot() of factors whose sizes are known (${target.features})`, () => {
    for (const [batch, m, k, n] of cases) {
      const random = new Random(5);
      const left = constant(filled(random, [batch, m, k], "float64"));
      const right = constant(filled(random, [batch, k, n], "float64"));
      const result = batchedDot(left, right);
      const { executable } = target.build(lowered({ inputs: [], outputs: [result] }));
      const text = `${batch} of ${m}×${k}·${k}×${n}`;
      assertSame(outcome(executable, []), evaluate([result]), text);
    }
  });
}
