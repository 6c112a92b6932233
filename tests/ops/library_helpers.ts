/**
 * @file The check of a library op's own gradient against central differences.
 */

import { assert } from "@std/assert";
import { array } from "../../core/array/build.ts";
import type { NDArray } from "../../core/array/ndarray.ts";
import { elementsOf } from "../../core/ops/elements.ts";
import type { LibraryOp } from "../../core/ops/library.ts";
import { TensorType } from "../../core/tensor/tensor_type.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { evaluate } from "../helpers/evaluate.ts";
import type { Bench } from "./subtensor_helpers.ts";

/**
 * Asserts that the gradient of a weighted sum of an output by its first input is what central
 * differences give. The step is 2⁻¹⁰, so that linear ops lose nothing but rounding.
 *
 * @param bench The values of the inputs, float64.
 * @param output The only output of a library op.
 */
export function checkGradient(bench: Bench, output: TensorVariable): void {
  const node = output.owner!;
  const op = node.op as LibraryOp;
  const value = bench.run(output);
  const weights = value.map((_, k) => Math.sin(3 * k + 1), "float64");
  const gradient = new TensorType("float64", output.broadcastable).makeVariable();
  bench.values.set(gradient, weights);
  const found = bench.run(op.lop!(node, [gradient])[0]!);
  const [x, ...others] = node.inputs as TensorVariable[];
  const at = bench.run(x!);
  const cost = (moved: NDArray): number => {
    const values = new Map(others.map((other) => [other, bench.run(other)]));
    const [result] = evaluate([output], new Map([...values, [x!, moved]]));
    return elementsOf(result!).reduce<number>(
      (sum, e, k) => sum + Number(e) * Number(weights.data[k]),
      0,
    );
  };
  assert(String(found.shape) === String(at.shape), `shape (${found.shape}) for (${at.shape})`);
  at.data.forEach((_, k) => {
    const step = 2 ** -10;
    const moved = (by: number): NDArray =>
      array(at.map((e, i) => i === k ? e + by : e).toArray(), { dtype: "float64" });
    const slope = (cost(moved(step)) - cost(moved(-step))) / (2 * step);
    const own = Number(found.data[k]);
    assert(Math.abs(own - slope) < 1e-9, `element ${k}: ${own}, by differences ${slope}`);
  });
}
