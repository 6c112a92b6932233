/**
 * @file Copies between the host and a device.
 */

import type { NDArray } from "../array/ndarray.ts";
import { isComplex } from "../dtype/dtype.ts";
import { fail, raise } from "../errors.ts";
import { call } from "../graph/op.ts";
import { Apply, type Variable } from "../graph/variable.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import { GpuArrayType, GpuVariable } from "../tensor/gpu_type.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import type { Shape, TensorOp } from "./kind.ts";

/** What copies have in common. */
abstract class Transfer implements TensorOp {
  readonly kind = "transfer";
  abstract readonly name: string;
  abstract makeNode(x: TensorVariable): Apply;

  /** Canonical text. */
  get key(): string {
    return this.name;
  }

  inferShape(_: Apply, shapes: readonly Shape[]): readonly Shape[] {
    return shapes;
  }

  perform(_: Apply, [x]: readonly NDArray[]): NDArray[] {
    return [x!.copy()];
  }
}

/** A tensor copied to the device. Theano: `GpuFromHost`. */
export class GpuFromHost extends Transfer {
  readonly name = "GpuFromHost<None>";

  makeNode(x: TensorVariable): Apply {
    const { dtype, broadcastable } = x.type;
    return new Apply(this, [x], [new GpuArrayType(dtype, broadcastable).makeVariable()]);
  }
}

/** A tensor copied from the device. Theano: `HostFromGpu`. */
export class HostFromGpu extends Transfer {
  readonly name = "HostFromGpu(gpuarray)";

  makeNode(x: TensorVariable): Apply {
    if (!(x.type instanceof GpuArrayType)) raise("TypeError", `${x}: it is on the host already`);
    const { dtype, broadcastable } = x.type;
    return new Apply(this, [x], [new TensorType(dtype, broadcastable).makeVariable()]);
  }
}

const toDevice = new GpuFromHost();
const toHost = new HostFromGpu();

/** The tensor on the device; itself if it is there, or what it was copied from. */
export function gpuFromHost(x: Variable): GpuVariable {
  if (x instanceof GpuVariable) return x;
  return (x.owner?.op instanceof HostFromGpu
    ? x.owner.inputs[0]
    : call(toDevice, x)) as GpuVariable;
}

/** The tensor on the host; itself if it is there, or what it was copied from. */
export function hostFromGpu(x: Variable): TensorVariable {
  if (!(x instanceof GpuVariable)) return x as TensorVariable;
  return (x.owner?.op instanceof GpuFromHost
    ? x.owner.inputs[0]
    : call(toHost, x)) as TensorVariable;
}

/** Which contexts there are, and whether they have float16; set where a device is opened. */
let contexts: ReadonlySet<string> = new Set();
let hasFloat16 = false;

/** Says which names of targets mean a device, and whether that has float16. */
export function setContexts(names: Iterable<string>, float16: boolean = false): void {
  contexts = new Set(names);
  hasFloat16 = float16;
}

/**
 * The tensor on another device, or on the host.
 *
 * Shapes: unchanged.
 * Dtypes: unchanged; a device has no float64, complex numbers or integers of 8, 16 and 64 bits, and
 * not every device has float16.
 * Theano: `theano.tensor.transfer`.
 *
 * @param x The tensor.
 * @param target `"cpu"`, or null or `"gpu"` for the open device.
 * @returns The tensor there; `x` itself if it is there already.
 * @throws {ValueError} If there is no such target.
 * @throws {TypeError} If the device has no such numbers.
 */
export function transfer(x: unknown, target: "cpu"): TensorVariable;
export function transfer(x: unknown, target: "gpu" | null): GpuVariable;
export function transfer(x: unknown, target: string | null): TensorVariable;
export function transfer(x: unknown, target: string | null): TensorVariable {
  const variable = x instanceof GpuVariable ? x : asTensorVariable(x);
  if (target === "cpu") return hostFromGpu(variable);
  if (!contexts.has(target ?? "gpu")) {
    const hints = contexts.size > 0
      ? [`Targets are "cpu" and ${[...contexts].map((name) => `"${name}"`).join(", ")}`]
      : ['No device is open: set THEANO_FLAGS=device=webgpu or await theano.gpu.use("webgpu")'];
    raise("ValueError", [`Can't transfer to target ${target}`, ...hints].join("\n  "));
  }
  const { dtype } = variable;
  const isOther = dtype === "float16" ? !hasFloat16 : isComplex(dtype) || /64|16|8/.test(dtype);
  if (isOther) {
    const machine = dtype === "float16" ? "it" : "WebGPU";
    fail("TypeError", `transfer ${variable} to the device`, `${machine} has no ${dtype}`, [
      "Cast it first, to float32, int32, uint32 or bool",
    ]);
  }
  return gpuFromHost(variable);
}
