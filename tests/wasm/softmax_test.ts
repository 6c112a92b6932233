/**
 * @file Softmax of rows on every target, beside its reference in double.
 */

import { assert, assertEquals } from "@std/assert";
import { array } from "../../core/array/build.ts";
import {
  crossentropyCategorical1hot,
  CrossentropyCategorical1HotGrad,
  crossentropySoftmax1hotWithBias,
  CrossentropySoftmax1HotWithBiasDx,
} from "../../core/ops/crossentropy.ts";
import { logsoftmax, softmax, SoftmaxGrad, softmaxWithBias } from "../../core/ops/softmax.ts";
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

/** Everything of float16 rows, classes and a vector. */
function halfResults(
  [x, bias, classes, each]: readonly [
    TensorVariable,
    TensorVariable,
    TensorVariable,
    TensorVariable,
  ],
): TensorVariable[] {
  const p = softmax(x);
  const [losses, likely] = crossentropySoftmax1hotWithBias(x, bias, classes);
  return [
    ...Object.values(forms).map((form) => form(x, bias)),
    losses,
    likely,
    crossentropyCategorical1hot(p, classes),
    new SoftmaxGrad().call(x, p) as TensorVariable,
    new CrossentropySoftmax1HotWithBiasDx().call(each, p, classes) as TensorVariable,
    new CrossentropyCategorical1HotGrad().call(each, p, classes) as TensorVariable,
  ];
}

/** What a result may be off: a unit of its own in the last place, or of 1, as terms may cancel. */
const halfBound = 2 ** -10;

for (const target of allTargets()) {
  Deno.test(`softmax and losses of float16 are kernels, and right (${target.features})`, () => {
    const random = new Random(3);
    const inputs = [[false, false], [false], [false], [false]].map((pattern, k) =>
      new TensorType(k === 2 ? "int64" : "float16", pattern).makeVariable()
    ) as [TensorVariable, TensorVariable, TensorVariable, TensorVariable];
    const outputs = halfResults(inputs);
    const program = lowered({ inputs, outputs });
    assert(program.program.steps.every((step) => step.kind !== "host"));
    const { executable } = target.build(program);
    const halves = (n: number) => random.list(n, () => random.next() * 4 - 2);
    for (const columns of [1, 3, 8, 33]) {
      const values = [
        array(random.list(4, () => halves(columns)), { dtype: "float16" }),
        array(halves(columns), { dtype: "float16" }),
        array(random.list(4, () => random.below(columns)), { dtype: "int64" }),
        array(halves(4), { dtype: "float16" }),
      ];
      const wanted = evaluate(outputs, new Map(inputs.map((x, k) => [x, values[k]!])));
      executable.run(values, []).forEach((got, k) => {
        assertEquals([got.dtype, got.shape], ["float16", wanted[k]!.shape]);
        got.data.forEach((value, i) => {
          const want = Number(wanted[k]!.data[i]);
          const lost = Math.abs(Number(value) - want);
          const text = `output ${k}, element ${i} of ${columns} columns: ${value}, not ${want}`;
          assert(lost <= halfBound * Math.max(1, Math.abs(want)), text);
        });
      });
    }
  });
}
