/**
 * @file Ops whose nodes run on a device: the same op, under Theano's name for it there.
 */

import type { NDArray } from "../array/ndarray.ts";
import type { AliasMap, InnerGraph } from "../graph/op.ts";
import { Apply, type Variable } from "../graph/variable.ts";
import { GpuArrayType } from "../tensor/gpu_type.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { Elementwise, isComposite } from "./elementwise.ts";
import { IfElse } from "./if_else.ts";
import { isTensorOp, type OpKind, type Shape, type TensorOp } from "./kind.ts";
import { MrgUniform } from "./random_mrg.ts";
import { Reduce } from "./reduce.ts";
import { Scan } from "./scan_op.ts";

/** An op on a device. Its class has Theano's name: `GpuElemwise`, `GpuGemv`, …. */
export class DeviceOp implements TensorOp {
  readonly kind: OpKind;
  readonly name: string;
  readonly key: string;
  readonly viewMap?: AliasMap;
  readonly destroyMap?: AliasMap;
  readonly innerGraph?: InnerGraph;

  /**
   * Makes the op; use {@linkcode onDevice}.
   *
   * @param inner What is computed.
   */
  constructor(readonly inner: TensorOp) {
    this.kind = inner.kind;
    this.name = deviceName(inner);
    this.key = `gpu ${inner.key}`;
    if (inner.viewMap) this.viewMap = inner.viewMap;
    if (inner.destroyMap) this.destroyMap = inner.destroyMap;
    if (inner.innerGraph) this.innerGraph = inner.innerGraph;
  }

  makeNode(...inputs: Variable[]): Apply {
    const { outputs } = this.inner.makeNode(...inputs.map(hostTwin));
    return new Apply(this, inputs, outputs.map(({ type }) => deviceType(type).makeVariable()));
  }

  inferShape(node: Apply, shapes: readonly Shape[]): readonly (Shape | null)[] {
    return this.inner.inferShape(this.hostNode(node), shapes);
  }

  perform(node: Apply, inputs: readonly NDArray[]): NDArray[] {
    return this.inner.perform(this.hostNode(node), inputs);
  }

  /** A node as one of the op inside: with the same inputs and outputs. */
  hostNode(node: Apply): Apply {
    return Object.create(node, { op: { value: this.inner } });
  }
}

/** A variable of the type that a variable has on the host, or itself. */
function hostTwin(x: Variable): Variable {
  const { type } = x;
  if (!(type instanceof GpuArrayType)) return x;
  return new TensorType(type.dtype, type.broadcastable).makeVariable();
}

function deviceType(type: Variable["type"]): Variable["type"] {
  return type instanceof TensorType ? new GpuArrayType(type.dtype, type.broadcastable) : type;
}

/** Theano's text of an op on a device. */
function deviceName(op: TensorOp): string {
  const { name } = op;
  if (op instanceof Reduce) {
    const axes = op.axis === null ? "" : `{${op.axis.join(", ")}}`;
    return `GpuCAReduceCuda{${op.record.scalar.name}}${axes}`;
  }
  if (op instanceof Elementwise && !name.startsWith("Elemwise") && !isComposite(op.scalar)) {
    return `GpuElemwise{${op.scalar.name},no_inplace}`;
  }
  if (op instanceof Scan) return name.replace("{cpu,", "{gpu,");
  if (op instanceof IfElse) return name === "if{}" ? "if{gpu}" : name.replace("}", ",gpu}");
  if (op instanceof MrgUniform) {
    return `GPUA_${name.replace("TensorType", "GpuArrayType<None>")}`;
  }
  return /^Inplace[A-Z]/.test(name)
    ? name.replace("Inplace", "InplaceGpu")
    : `Gpu${name.replace("{inplace}", "{inplace=True}").replace(/^[a-z]/, (x) => x.toUpperCase())}`;
}

/** Theano's names of classes that are not ours with `Gpu` before them. */
const classNames: Readonly<Record<string, string>> = {
  Elementwise: "GpuElemwise",
  Reduce: "GpuCAReduceCuda",
  Scan: "Scan",
  IfElse: "IfElse",
};

const classes = new Map<string, typeof DeviceOp>();

/**
 * The op that runs on a device.
 *
 * @param op What is computed.
 * @returns The op, of a class named as Theano names it.
 */
export function onDevice(op: TensorOp): DeviceOp {
  const own = op.constructor.name;
  const name = classNames[own] ?? `Gpu${own}`;
  const known = classes.get(name);
  if (known) return new known(op);
  const made = { [name]: class extends DeviceOp {} }[name]!;
  classes.set(name, made);
  return new made(op);
}

/** The op that a node computes, wherever it does. */
export function hostOp(op: Apply["op"]): TensorOp | undefined {
  if (op instanceof DeviceOp) return op.inner;
  return isTensorOp(op) ? op : undefined;
}

/** A variable for a result that stays on the device. */
export function deviceVariable(x: TensorVariable): Variable {
  const made = deviceType(x.type).makeVariable(x.name);
  Object.assign(made.tag, x.tag);
  return made;
}
