/**
 * @file A program in the making: its buffers, and the steps so far.
 *
 * Checks are added for everything that is not known to hold; they run before the segment's kernels.
 */

import type { DType } from "../dtype/dtype.ts";
import type { ErrorKind } from "../errors.ts";
import type { Apply } from "../graph/variable.ts";
import { Builder, type Expr } from "../scalar/expr.ts";
import { EqualSizes } from "./equal_sizes.ts";
import { collapse, contiguousStrides, isContiguous, operand, parts } from "./index_map.ts";
import type { Kernel, Operand } from "./kernel.ts";
import type {
  BranchStep,
  BufferRole,
  BufferSpec,
  Failure,
  LoopStep,
  RunStep,
  Step,
  View,
} from "./program.ts";
import { type Size, Sizes } from "./size.ts";
import type { HostCall } from "./target.ts";

/** The buffers and steps of a program that is being made. */
export class Steps {
  readonly sizes: Sizes = new Sizes();
  readonly buffers: BufferSpec[] = [];
  readonly steps: Step[] = [];
  readonly hosts: (Apply | HostCall)[] = [];
  readonly #fresh = new Set<number>();
  readonly #equal = new EqualSizes(this.sizes);
  /** Whether this is a body on the device, whose arguments and results are rows. */
  readonly isTurn: boolean;
  #node = 0;
  #onDevice: boolean;

  /**
   * Starts with nothing.
   *
   * @param isTurn Whether it is a body on the device: then all of it is meant for the device.
   */
  constructor(isTurn: boolean) {
    this.isTurn = isTurn;
    this.#onDevice = isTurn;
  }

  /** Says which node of the graph's order is being lowered: steps and failures carry its number. */
  enter(node: number): void {
    this.#node = node;
  }

  /** Says whether the kernels that follow are meant for the device. */
  place(onDevice: boolean): void {
    this.#onDevice = onDevice || this.isTurn;
  }

  /** Whether the kernels that follow are meant for the device. */
  get isPlaced(): boolean {
    return this.#onDevice;
  }

  /** A contiguous view of a buffer. */
  contiguousView(buffer: number, dtype: DType, shape: readonly Size[]): View {
    const strides = contiguousStrides(this.sizes, shape);
    return { buffer, dtype, offset: this.sizes.const(0), shape, strides };
  }

  /** Adds a buffer; returns its number. */
  addBuffer(spec: BufferSpec): number {
    this.buffers.push(spec);
    return this.buffers.length - 1;
  }

  /** New contiguous space for a result. */
  allocate(dtype: DType, shape: readonly Size[], role: BufferRole = "workspace", index = 0): View {
    const buffer = this.addBuffer({ role, dtype, index, shape, ndim: shape.length });
    this.#fresh.add(buffer);
    return this.contiguousView(buffer, dtype, shape);
  }

  /** Adds a node that the host computes: by its op, unless something else is said. */
  host(node: Apply, inputs: readonly View[], outputs: readonly number[], call?: HostCall): void {
    this.hosts.push(call ?? node);
    this.steps.push({ kind: "host", node: this.#node, inputs, outputs });
  }

  /** Where a step comes from, and where it is meant to run. */
  get #origin(): Pick<RunStep, "node" | "onDevice"> {
    return { node: this.#node, ...this.#onDevice && { onDevice: true } };
  }

  /** Adds a kernel. */
  run(kernel: Kernel, failure?: Failure): void {
    this.steps.push({ kind: "run", kernel, ...this.#origin, ...failure && { failure } });
  }

  /** Adds a loop. */
  loop(parts: Omit<LoopStep, "kind" | "node" | "onDevice">): void {
    this.steps.push({ kind: "loop", ...this.#origin, ...parts });
  }

  /** Adds a choice between bodies. */
  branch(parts: Omit<BranchStep, "kind" | "node" | "onDevice">): void {
    this.steps.push({ kind: "branch", ...this.#origin, ...parts });
  }

  /** The view with one length for all that are known to be equal; itself if nothing changes. */
  unifiedView(view: View): View {
    const [offset, shape, strides] = [
      this.unified(view.offset),
      view.shape.map((n) => this.unified(n)),
      view.strides.map((n) => this.unified(n)),
    ];
    const isSame = offset === view.offset && shape.every((n, k) => n === view.shape[k]) &&
      strides.every((n, k) => n === view.strides[k]);
    return isSame ? view : { ...view, offset, shape, strides };
  }

  /** One length among all that checks have made equal to it. */
  unified(size: Size): Size {
    return this.#equal.unified(size);
  }

  /** The value of a 0-d view as a size: ends the segment that computes it. */
  readSize(view: View): Size {
    const whole = this.allocate("int64", []);
    const body = new Builder();
    const { isPlaced } = this;
    // The host computes with sizes.
    this.place(false);
    this.map([], [operand(view)], [whole], [body.convert(body.input(0, view.dtype), "int64")]);
    this.place(isPlaced);
    return this.valueNow(whole.buffer);
  }

  /** The value of a 0-d integer buffer that a step before has written: ends the segment. */
  valueNow(buffer: number): Size {
    this.steps.push({ kind: "cut" });
    return this.sizes.value(buffer);
  }

  /** Fails the call unless two sizes are equal. */
  checkEqual(x: Size, y: Size, kind: ErrorKind, text: string, sizes: readonly Size[]): void {
    this.check(this.sizes.call("eq", this.unified(x), this.unified(y)), kind, text, sizes);
    this.#equal.add(x, y);
  }

  /** Fails the call unless a condition holds. */
  check(condition: Size, kind: ErrorKind, text: string, sizes: readonly Size[]): void {
    if (condition.kind === "const" && condition.value === 1) return;
    const known = this.steps.some((s) => s.kind === "check" && s.condition === condition);
    if (!known) {
      this.steps.push({ kind: "check", condition, failure: this.failure(kind, text, sizes) });
    }
  }

  /** An error at the node being lowered. */
  failure(kind: ErrorKind, text: string, sizes: readonly Size[] = []): Failure {
    return { kind, text, sizes, node: this.#node };
  }

  /**
   * Adds a map kernel over dims, collapsed.
   *
   * @param dims The loops.
   * @param inputs Operands of the bodies.
   * @param outputs Views of the loops' shape, one a body.
   * @param bodies What is stored; inputs are numbered operands first, then `params`.
   * @param params Integers that are the same for the whole kernel.
   */
  map(
    dims: readonly Size[],
    inputs: readonly Operand[],
    outputs: readonly View[],
    bodies: readonly Expr[],
    params: readonly Size[] = [],
  ): void {
    const loops = collapse(this.sizes, {
      dims,
      operands: [...inputs, ...outputs.map((o) => operand(o))],
    });
    this.run({
      kind: "map",
      dims: loops.dims,
      inputs: loops.operands.slice(0, inputs.length),
      params,
      counters: [],
      outputs: loops.operands.slice(inputs.length),
      bodies,
    });
  }

  /**
   * Adds a map kernel without operands whose bodies know their place: params first, then the
   * counter of each axis, all int64.
   */
  counted(
    dims: readonly Size[],
    outputs: readonly View[],
    bodies: readonly Expr[],
    params: readonly Size[],
  ): void {
    this.run({
      kind: "map",
      dims,
      inputs: [],
      params,
      counters: dims.map((_, axis) => axis),
      outputs: outputs.map((o) => operand(o)),
      bodies,
    });
  }

  /** Copies one view into another of the same shape and dtype. */
  copy(from: View, to: View): void {
    const [source, target] = [parts(this.sizes, from), parts(this.sizes, to)];
    const body = new Builder().input(0, source.dtype);
    this.map(target.shape, [operand(source)], [target], [body]);
  }

  /** The values in a new contiguous buffer. */
  copied(view: View, role: BufferRole = "workspace", index = 0): View {
    const fresh = this.allocate(view.dtype, view.shape, role, index);
    this.copy(view, fresh);
    return fresh;
  }

  /** The view itself if it is contiguous, else a copy. */
  contiguous(view: View): View {
    return isContiguous(this.sizes, view) ? view : this.copied(view);
  }

  /** Whether a view is all of a buffer that this program made, so that it may change hands. */
  ownsWhole(view: View): boolean {
    const spec = this.buffers[view.buffer]!;
    return this.#fresh.has(view.buffer) && spec.role === "workspace" && spec.shape !== null &&
      spec.shape.length === view.shape.length &&
      spec.shape.every((n, i) => this.unified(n) === this.unified(view.shape[i]!)) &&
      isContiguous(this.sizes, this.unifiedView(view));
  }

  /** Says that a buffer must not become a result: that is copied from it. */
  keepApart(buffer: number): void {
    this.#fresh.delete(buffer);
  }

  /** Changes what a buffer is for. */
  rededicate(buffer: number, role: BufferRole, index: number): void {
    this.buffers[buffer] = { ...this.buffers[buffer]!, role, index };
  }
}
