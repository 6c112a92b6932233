/**
 * @file The op that steps MRG31k3p: states of streams in, their next states and uniform numbers out.
 */

import { NDArray } from "../array/ndarray.ts";
import { sizeOf } from "../array/shape.ts";
import { type DType, makeStorage, setElement } from "../dtype/dtype.ts";
import { fail, raise } from "../errors.ts";
import { applyOp } from "../graph/op.ts";
import { gradUndefined } from "../graph/special_types.ts";
import { Apply, type Variable } from "../graph/variable.ts";
import { fractionOf, modulus1, stateSize, step } from "../random/mrg.ts";
import { shared, type TensorSharedVariable } from "../tensor/shared.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { knownNumber, tryVectorItems } from "./constant_value.ts";
import { numbersOf } from "./elements.ts";
import type { Shape } from "./kind.ts";
import type { Extent } from "./random_size.ts";
import { sizeItem } from "./shape_item.ts";
import { StructuralOp } from "./structural.ts";

/** The type of the states of streams: six words a row. */
function streamStatesType(): TensorType {
  return new TensorType("int32", [false, false]);
}

/**
 * Uniform numbers in (0, 1): element `k` is the next of stream `k mod n`. Theano: `mrg_uniform`.
 */
export class MrgUniform extends StructuralOp {
  readonly kind = "random";
  readonly #fraction: (drawn: number) => number;

  /**
   * Makes the op; its inputs are the states and the size.
   *
   * @param output The type of the numbers.
   * @throws {ValueError} If their dtype is no float.
   */
  constructor(readonly output: TensorType) {
    super();
    const { dtype } = output;
    if (dtype !== "float16" && dtype !== "float32" && dtype !== "float64") {
      fail("ValueError", `draw uniform numbers of ${dtype}`, "they are fractions", [
        "Use a float dtype and cast the result",
      ]);
    }
    this.#fraction = fractionOf(dtype);
  }

  get name(): string {
    return `mrg_uniform{${this.output},no_inplace}`;
  }

  makeNode(states: TensorVariable, size: TensorVariable): Apply {
    if (!states.type.equals(streamStatesType())) {
      raise("TypeError", `mrg_uniform: the states must be an int32 matrix, not ${states.type}`);
    }
    if (size.ndim !== 1 || size.dtype !== "int64") {
      raise("TypeError", `mrg_uniform: the size must be an int64 vector, not ${size.type}`);
    }
    return new Apply(this, [states, size], [
      states.type.makeVariable(),
      this.output.makeVariable(),
    ]);
  }

  inferShape(node: Apply, shapes: readonly Shape[]): readonly (Shape | null)[] {
    const sizes = tryVectorItems(node.inputs[1] as TensorVariable);
    if (!sizes || sizes.length !== this.output.ndim) return [shapes[0]!, null];
    return [shapes[0]!, sizes.map((size) => knownNumber(size) ?? sizeItem(size))];
  }

  perform(_: Apply, [states, size]: readonly NDArray[]): NDArray[] {
    const { dtype, ndim } = this.output;
    const shape = numbersOf(size!);
    if (shape.length !== ndim) {
      raise("ValueError", `size must have length ${ndim} (not ${shape.length})`);
    }
    const count = sizeOf(shape);
    if (count > modulus1) {
      raise("ValueError", "rng_mrg does not support more then (2**31 -1) samples");
    }
    const words = (states!.data as Int32Array).slice();
    const streams = words.length / stateSize;
    if (streams === 0 && count > 0) raise("ValueError", "rng_mrg: there are no streams");
    const out = makeStorage(dtype, count);
    for (let k = 0; k < count; k++) {
      const fraction = this.#fraction(step(words, (k % streams) * stateSize));
      if (dtype === "float16") setElement(out, k, fraction, dtype);
      else out[k] = fraction;
    }
    return [NDArray.of(words, states!.shape, "int32"), NDArray.of(out, shape, dtype)];
  }

  /** Random nodes stay: their numbers are not those of the next call. */
  doConstantFolding(): boolean {
    return false;
  }

  /** There is no gradient through random numbers. */
  lop(node: Apply): readonly Variable[] {
    return node.inputs.map((x, i) =>
      gradUndefined(this, i, x, "No gradient defined through random sampling op")
    );
  }

  /** No tangent either. */
  rop(node: Apply): readonly null[] {
    return node.outputs.map(() => null);
  }
}

/** A variable that is drawn from streams, before it is scaled. */
export type MrgVariable = TensorVariable & {
  /** The states that it is drawn from. */
  readonly rstate: TensorSharedVariable;
  /** The states, and what they become. */
  readonly update: readonly [states: TensorSharedVariable, next: TensorVariable];
};

/**
 * A variable of uniform numbers in (0, 1), with streams of its own.
 *
 * Shapes: `→ extent`; no axis is known to have length one.
 * Dtypes: the one given.
 *
 * @param first The first states of the streams.
 * @param extent How many numbers.
 * @param how Their dtype, and the device to keep the states on.
 */
export function drawUniform(
  first: NDArray,
  { size, ndim }: Extent,
  { dtype, target }: { readonly dtype: DType; readonly target: string | undefined },
): MrgVariable {
  const states = shared(first, { borrow: true, ...(target !== undefined && { target }) });
  const type = new TensorType(dtype, Array(ndim).fill(false));
  const { outputs } = applyOp(new MrgUniform(type), [states, size]);
  const [next, sample] = outputs as [TensorVariable, TensorVariable];
  states.defaultUpdate = next;
  states.tag.isRng = true;
  return Object.assign(sample, { rstate: states, update: [states, next] as const });
}
