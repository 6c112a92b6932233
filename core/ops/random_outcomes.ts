/**
 * @file Outcomes by uniform numbers: which of several events a number in (0, 1) stands for.
 */

import type { NDArray } from "../array/ndarray.ts";
import { type DType, isFloat } from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import { gradUndefined } from "../graph/special_types.ts";
import { Apply, type Variable } from "../graph/variable.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { zerosLike } from "./fill.ts";
import { arrayOf, numbersOf } from "./elements.ts";
import type { Shape } from "./kind.ts";
import { sizeItem } from "./shape_item.ts";
import { StructuralOp } from "./structural.ts";

/** Rows of probabilities, the uniform numbers (draw after draw, row by row), how many draws. */
abstract class OutcomesFromUniform extends StructuralOp {
  readonly kind = "library";

  /**
   * Makes the op.
   *
   * @param dtype The dtype of the result; `"auto"` for that of the probabilities.
   */
  constructor(readonly dtype: DType | "auto") {
    super();
  }

  /** The result for rows of probabilities. */
  abstract override perform(node: Apply, inputs: readonly NDArray[]): NDArray[];

  /** The dtype of the result. */
  protected abstract resultDType(pvals: TensorVariable): DType;

  makeNode(pvals: TensorVariable, unis: TensorVariable, n: TensorVariable): Apply {
    if (pvals.ndim !== 2) raise("NotImplementedError", `pvals ndim should be 2: ${pvals.ndim}`);
    if (unis.ndim !== 1) raise("NotImplementedError", `unis ndim should be 1: ${unis.ndim}`);
    if (n.ndim !== 0) raise("TypeError", `the number of samples must be a scalar, not ${n.type}`);
    const type = new TensorType(this.resultDType(pvals), this.#pattern(pvals));
    return new Apply(this, [pvals, unis, n], [type.makeVariable()]);
  }

  /** Which axes of the result have length one because those of the probabilities do. */
  #pattern(pvals: TensorVariable): readonly boolean[] {
    return [pvals.broadcastable[0]!, this.keepsOutcomes && pvals.broadcastable[1]!];
  }

  /** Whether the result has a column an outcome, rather than one a draw. */
  protected abstract readonly keepsOutcomes: boolean;

  inferShape(node: Apply, [pvals]: readonly Shape[]): readonly Shape[] {
    return [[pvals![0]!, this.keepsOutcomes ? pvals![1]! : sizeItem(node.inputs[2])]];
  }

  /** The outcome of a uniform number changes in steps: nothing has a gradient of use. */
  lop(node: Apply): readonly Variable[] {
    const [pvals, unis, n] = node.inputs as TensorVariable[];
    return [
      gradUndefined(this, 0, pvals!, "No gradient defined through outcomes of probabilities"),
      zerosLike(unis!, { dtype: isFloat(unis!.dtype) ? unis!.dtype : "floatX" }),
      gradUndefined(this, 2, n!, "No gradient defined through a number of samples"),
    ];
  }

  /** No tangent either. */
  rop(): readonly null[] {
    return [null];
  }
}

/** Draws one outcome: the first whose running sum is above the number; −1 if rounding has none. */
function outcomeOf(chances: readonly number[], uniform: number): number {
  let sum = 0;
  return chances.findIndex((chance) => (sum += chance) > uniform);
}

/** The rows of a matrix. */
function rowsOf(x: NDArray): number[][] {
  const [rows, columns] = x.shape as [number, number];
  const elements = numbersOf(x);
  return Array.from({ length: rows }, (_, i) => elements.slice(i * columns, (i + 1) * columns));
}

function checkCount(unis: NDArray, rows: number, samples: number): void {
  if (unis.size === rows * samples) return;
  raise(
    "ValueError",
    `unis.shape[0] != pvals.shape[0] * n_samples (${unis.size}, ${rows}, ${samples})`,
  );
}

/** How often each outcome occurs. Theano: `MultinomialFromUniform`. */
export class MultinomialFromUniform extends OutcomesFromUniform {
  protected readonly keepsOutcomes = true;

  get name(): string {
    return `MultinomialFromUniform{${this.dtype}}`;
  }

  protected resultDType(pvals: TensorVariable): DType {
    return this.dtype === "auto" ? pvals.dtype : this.dtype;
  }

  perform(node: Apply, [pvals, unis, n]: readonly NDArray[]): NDArray[] {
    const rows = rowsOf(pvals!);
    const uniform = numbersOf(unis!);
    const samples = Number(n!.item());
    checkCount(unis!, rows.length, samples);
    const counts = rows.map((chances, i) => {
      const count = new Array<number>(chances.length).fill(0);
      for (let c = 0; c < samples; c++) {
        const outcome = outcomeOf(chances, uniform[c * rows.length + i]!);
        if (outcome >= 0) count[outcome]!++;
      }
      return count;
    });
    const { dtype } = node.outputs[0] as TensorVariable;
    return [arrayOf(counts.flat(), pvals!.shape, dtype)];
  }
}

/** Which outcomes occur, none twice. Theano: `ChoiceFromUniform`. */
export class ChoiceFromUniform extends OutcomesFromUniform {
  protected readonly keepsOutcomes = false;

  get name(): string {
    return `ChoiceFromUniform{${this.dtype}}`;
  }

  protected resultDType(): DType {
    return this.dtype === "auto" ? "int64" : this.dtype;
  }

  perform(node: Apply, [pvals, unis, n]: readonly NDArray[]): NDArray[] {
    const rows = rowsOf(pvals!);
    const uniform = numbersOf(unis!);
    const samples = Number(n!.item());
    if (samples > pvals!.shape[1]!) {
      raise(
        "ValueError",
        "Cannot sample without replacement n samples bigger than the size of the distribution.",
      );
    }
    checkCount(unis!, rows.length, samples);
    const chosen = rows.map((given, i) => {
      let chances: readonly number[] = given;
      return Array.from({ length: samples }, (_, c) => {
        const outcome = outcomeOf(chances, uniform[c * rows.length + i]!);
        chances = withoutOutcome(chances, outcome);
        return outcome;
      });
    });
    const { dtype } = node.outputs[0] as TensorVariable;
    return [arrayOf(chosen.flat(), [rows.length, samples], dtype)];
  }
}

/** The probabilities of the outcomes that are left. */
function withoutOutcome(chances: readonly number[], outcome: number): readonly number[] {
  const left = chances.map((chance, k) => k === outcome ? 0 : chance);
  const sum = left.reduce((total, chance) => total + chance, 0);
  return left.map((chance) => chance / sum);
}
