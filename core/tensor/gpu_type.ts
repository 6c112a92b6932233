/**
 * @file The type of tensors that lie on a device.
 */

import type { DType } from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import type { Variable } from "../graph/variable.ts";
import { knot } from "./knot.ts";
import { patternText, TensorType } from "./tensor_type.ts";
import { TensorVariable } from "./tensor_variable.ts";

/** A tensor that lies on a device. Ops of the graph take it as the tensor on the host that it is. */
export class GpuVariable extends TensorVariable {
  /** Its type. */
  declare readonly type: GpuArrayType;

  /** The context whose device it lies on; null for the only one there is. */
  get contextName(): string | null {
    return this.type.contextName;
  }
}

/**
 * A dtype and a broadcast pattern, on a device. Equal types are one object.
 *
 * Theano: `theano.gpuarray.GpuArrayType`.
 */
export class GpuArrayType extends TensorType {
  /**
   * Makes, or finds, the type.
   *
   * @param dtype The dtype.
   * @param broadcastable One boolean an axis.
   */
  constructor(dtype: DType, broadcastable: readonly boolean[]) {
    super(dtype, broadcastable, "gpu");
  }

  /** The context whose device it is about; null for the only one there is. */
  get contextName(): string | null {
    return null;
  }

  /** A new root variable of this type. */
  override makeVariable(name?: string): GpuVariable {
    return new GpuVariable(this, name);
  }

  /** Refuses: constants are on the host. */
  override makeConstant(): never {
    return raise("TypeError", "Constants are on the host: a device copies them when it needs them");
  }

  /** The variable on the device, if it has the dtype and pattern. */
  override convertVariable(variable: Variable): TensorVariable | undefined {
    if (variable.type === this) return variable as TensorVariable;
    const onHost = new TensorType(this.dtype, this.broadcastable).convertVariable(variable);
    return onHost && knot().gpuFromHost(onHost);
  }

  /** Theano's text: `GpuArrayType<None>(float32, matrix)`. */
  override toString(): string {
    return `GpuArrayType<None>(${this.dtype}, ${patternText(this.broadcastable)})`;
  }
}
