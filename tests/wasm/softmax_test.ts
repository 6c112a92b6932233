/**
 * @file Softmax of rows on every target, beside its reference in double.
 */

import { assert } from "@std/assert";
import { array } from "../../core/array/build.ts";
import { logsoftmax, softmax, softmaxWithBias } from "../../core/ops/softmax.ts";
import { TensorType } from "../../core/tensor/tensor_type.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { evaluate } from "../helpers/evaluate.ts";
import { Random } from "../helpers/random.ts";
import { allTargets, lowered } from "../helpers/targets.ts";
import { ulpError, unitOf } from "../helpers/ulp.ts";

type FloatDType = "float32" | "float64";

/** From 0 down to where powers are subnormal and further to where they vanish. */
const lowest: Readonly<Record<FloatDType, number>> = { float32: -160, float64: -1200 };

const specials = [NaN, Infinity, -Infinity, -0, 0, 3e38];

/** Logits whose distances are exact, so that what is measured is not their own rounding. */
function rowsOf(random: Random, columns: number, dtype: FloatDType): number[][] {
  const plain = random.list(4, (k) => {
    const range = k === 0 ? 4 : -lowest[dtype];
    return random.list(columns, () => -Math.round(random.next() * range * 4) / 4);
  });
  const special = random.list(
    3,
    () => random.list(columns, () => random.chance(0.3) ? random.pick(specials) : 1),
  );
  return [...plain, ...special, random.list(columns, () => -Infinity)];
}

const forms: Readonly<
  Record<string, (x: TensorVariable, bias: TensorVariable) => TensorVariable>
> = {
  softmax: (x) => softmax(x),
  logsoftmax: (x) => logsoftmax(x),
  softmaxWithBias: (x, bias) => softmaxWithBias(x, bias),
};

/**
 * An error in units in the last place; that of a logarithm in those of 1 where it is near 0, since
 * its terms are not.
 */
function errorOf(name: string, got: number, want: number, dtype: FloatDType): number {
  const error = ulpError(got, want, dtype);
  return name === "logsoftmax" && Math.abs(want) < 1
    ? error * unitOf(want, dtype) / unitOf(1, dtype)
    : error;
}

/** Sums round once an element, the reference's among them. */
function boundOf(columns: number): number {
  return 6 + columns / 16;
}

const columnCounts = [1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33, 100, 785];

for (const target of allTargets()) {
  for (const [name, form] of Object.entries(forms)) {
    for (const dtype of ["float32", "float64"] as const) {
      Deno.test(`${name}() of ${dtype} rows is what its reference is (${target.features})`, () => {
        const random = new Random(7);
        const [x, bias] = [[false, false], [false]].map((pattern) =>
          new TensorType(dtype, pattern).makeVariable()
        ) as [TensorVariable, TensorVariable];
        const result = form(x, bias);
        const { executable } = target.build(lowered({ inputs: [x, bias], outputs: [result] }));
        for (const columns of columnCounts) {
          const rows = array(rowsOf(random, columns, dtype), { dtype });
          const shift = array(random.list(columns, () => random.below(4)), { dtype });
          const [wanted] = evaluate([result], new Map([[x, rows], [bias, shift]]));
          const [got] = executable.run([rows, shift], []);
          const values = got!.toArray<number[][]>().flat();
          wanted!.toArray<number[][]>().flat().forEach((want, k) => {
            const error = errorOf(name, values[k]!, want, dtype);
            const text = `${error} ulp: ${values[k]}, not ${want}, in ${columns} columns`;
            assert(error <= boundOf(columns), text);
          });
        }
      });
    }
  }
}
