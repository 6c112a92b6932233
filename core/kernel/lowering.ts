/**
 * @file The state of lowering: which view holds each variable, and the steps so far.
 *
 * Contract:
 * - Nodes are lowered in the graph's order; every variable gets a {@linkcode View} or, for integer
 *   scalars that are only bookkeeping (sizes, indices, bounds), stays a {@linkcode Size} until
 *   somebody needs it in memory. That is how asking for a shape computes no values.
 * - A view may alias its input's buffer only when it is read-only or the op's `destroyMap` allows
 *   it.
 * - Checks are emitted for everything that is not known to hold; they run before the segment's
 *   kernels.
 */

import type { NDArray } from "../array/ndarray.ts";
import type { DType } from "../dtype/dtype.ts";
import type { ErrorKind } from "../errors.ts";
import { type Apply, isConstant, type Variable } from "../graph/variable.ts";
import { Builder, type Expr } from "../scalar/expr.ts";
import { TensorConstant, type TensorVariable } from "../tensor/tensor_variable.ts";
import { isSizeNode, sizeOfNode } from "./bookkeeping.ts";
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
import { isOne, isZero, type Size, Sizes } from "./size.ts";
import type { HostCall, Target } from "./target.ts";

/** An elementwise computation with one result that has not been given memory. */
export interface PendingMap {
  readonly dtype: DType;
  readonly dims: readonly Size[];
  readonly inputs: readonly Operand[];
  readonly params: readonly Size[];
  /** Inputs are numbered operands first, then params. */
  readonly body: Expr;
}

/** The state of lowering one graph. */
export class Lowering {
  readonly sizes: Sizes = new Sizes();
  readonly buffers: BufferSpec[] = [];
  readonly steps: Step[] = [];
  readonly constants: NDArray[] = [];
  readonly hosts: (Apply | HostCall)[] = [];
  readonly #views = new Map<Variable, View>();
  readonly #known = new Map<Variable, Size>();
  readonly #deferred = new Set<Variable>();
  readonly #repeated = new Map<Variable, Variable>();
  readonly #pending = new Map<Variable, PendingMap>();
  readonly #fresh = new Set<number>();
  readonly #aliased = new Set<number>();
  readonly #uncertain = new Set<Variable>();
  readonly #equal = new EqualSizes(this.sizes);
  #node = 0;
  #onDevice = false;

  readonly #capture: ((constant: TensorConstant) => number) | undefined;
  readonly #isInside: boolean;

  /**
   * Starts with nothing.
   *
   * @param target What will run the program.
   * @param capture For a body: gives a constant to the program around it, which brings it as the
   *   argument with the number that is returned.
   * @param onDevice For a body: whether all of it is meant for the device.
   */
  constructor(
    readonly target: Target,
    capture?: (constant: TensorConstant) => number,
    onDevice: boolean = false,
  ) {
    this.#capture = capture;
    this.#isInside = onDevice;
    this.#onDevice = onDevice;
  }

  /** Says which node of the graph's order is being lowered: steps and failures carry its number. */
  enter(node: number): void {
    this.#node = node;
  }

  /** Says whether the kernels that follow are meant for the device. */
  place(onDevice: boolean): void {
    this.#onDevice = onDevice || this.#isInside;
  }

  /** Whether the kernels that follow are meant for the device. */
  get isPlaced(): boolean {
    return this.#onDevice;
  }

  /** Whether this is a body on the device, whose arguments and results are rows. */
  get isTurn(): boolean {
    return this.#isInside;
  }

  /** Declares a variable whose value the caller brings, contiguous. */
  declare(variable: TensorVariable, role: BufferRole, index: number): View {
    const buffer = this.#add({
      role,
      dtype: variable.dtype,
      index,
      shape: null,
      ndim: variable.ndim,
    });
    const view = this.#whole(buffer, variable);
    this.#views.set(variable, view);
    return view;
  }

  /** A contiguous view of a buffer whose shape is known at a call. */
  #whole(buffer: number, variable: TensorVariable): View {
    const shape = variable.broadcastable.map((one, axis) =>
      one ? this.sizes.const(1) : this.sizes.dim(buffer, axis)
    );
    return this.#contiguous(buffer, variable.dtype, shape);
  }

  #contiguous(buffer: number, dtype: DType, shape: readonly Size[]): View {
    const strides = contiguousStrides(this.sizes, shape);
    return { buffer, dtype, offset: this.sizes.const(0), shape, strides };
  }

  #add(spec: BufferSpec): number {
    this.buffers.push(spec);
    return this.buffers.length - 1;
  }

  /** New contiguous space for a result. */
  allocate(dtype: DType, shape: readonly Size[], role: BufferRole = "workspace", index = 0): View {
    const buffer = this.#add({ role, dtype, index, shape, ndim: shape.length });
    this.#fresh.add(buffer);
    return this.#contiguous(buffer, dtype, shape);
  }

  /** A buffer that a host step fills, of a shape known afterwards. */
  allocateUnknown(variable: TensorVariable): View {
    const { dtype, ndim } = variable;
    const buffer = this.#add({ role: "workspace", dtype, index: 0, shape: null, ndim });
    return this.#whole(buffer, variable);
  }

  /** Says where the value of a variable is. */
  set(variable: Variable, view: View): void {
    this.#views.set(variable, view);
  }

  /**
   * Protects memory that a node's result shares with an input although the graph holds it for a
   * copy, such as a value repeated by standing still: the graph would let one be overwritten while
   * the other is still needed.
   */
  protect({ op, inputs, outputs }: Apply): void {
    outputs.forEach((output, k) => {
      const buffer = this.#views.get(output)?.buffer;
      const allowed = op.destroyMap?.get(k) ?? op.viewMap?.get(k);
      const isShared = inputs.some((input, i) =>
        i !== allowed && this.#views.get(input)?.buffer === buffer
      );
      if (buffer !== undefined && isShared) this.#aliased.add(buffer);
    });
  }

  /** Says that an integer scalar is a size. */
  setSize(variable: Variable, size: Size): void {
    this.#known.set(variable, size);
  }

  /** Puts off an integer scalar until it is known whether it is needed in memory. */
  defer(variable: Variable): void {
    this.#deferred.add(variable);
  }

  /** Says that a variable is an integer scalar that was put off. */
  alias(variable: Variable, scalar: Variable): void {
    this.defer(variable);
    this.setSize(variable, this.size(scalar));
  }

  /** Says that a variable is an integer scalar, put off, with axes of length one. */
  repeat(variable: Variable, scalar: Variable): void {
    this.#repeated.set(variable, this.#repeated.get(scalar) ?? scalar);
  }

  /** The scalar that was put off and that a variable repeats, if there is one. */
  deferredScalar(variable: Variable): Variable | undefined {
    const scalar = this.#repeated.get(variable) ?? variable;
    return this.#deferred.has(scalar) && !this.#views.has(scalar) ? scalar : undefined;
  }

  /** Puts off an elementwise computation, so that its only reader may do it on the way. */
  pend(variable: Variable, map: PendingMap): void {
    this.#pending.set(variable, map);
  }

  /** Takes over a computation that was put off. */
  takePending(variable: Variable): PendingMap | undefined {
    const map = this.#pending.get(variable);
    this.#pending.delete(variable);
    return map;
  }

  /** Does every elementwise computation that was put off, before something is overwritten. */
  flush(): void {
    for (const variable of [...this.#pending.keys()]) this.view(variable);
  }

  /** Where the value of a variable is; computes it now if it was put off. */
  view(variable: Variable): View {
    const view = this.#unified(this.#views.get(variable) ?? this.#computed(variable));
    this.#views.set(variable, view);
    return view;
  }

  /** The view with one length for all that are known to be equal; itself if nothing changes. */
  #unified(view: View): View {
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

  #computed(variable: Variable): View {
    if (variable instanceof TensorConstant) return this.#constant(variable);
    const pending = this.takePending(variable);
    if (pending) {
      const view = this.allocate(pending.dtype, pending.dims);
      this.map(pending.dims, pending.inputs, [view], [pending.body], pending.params);
      return view;
    }
    const scalar = this.#repeated.get(variable);
    if (!scalar) return this.#store(variable as TensorVariable);
    const view = this.view(scalar);
    const ones = (variable as TensorVariable).broadcastable.map(() => this.sizes.const(1));
    return { ...view, shape: ones, strides: ones.map(() => this.sizes.const(0)) };
  }

  #constant(variable: TensorConstant): View {
    const { data } = variable;
    const shape = data.shape.map((n) => this.sizes.const(n));
    const own = this.#capture === undefined;
    const index = this.#capture?.(variable) ?? this.constants.push(data) - 1;
    const role = own ? "constant" as const : "argument" as const;
    const spec = { role, dtype: data.dtype, index, shape, ndim: data.ndim };
    return this.#contiguous(this.#add(spec), data.dtype, shape);
  }

  /** Stores a size in memory. */
  #store(variable: TensorVariable): View {
    const view = this.allocate(variable.dtype, []);
    const s = new Builder();
    this.map([], [], [view], [s.convert(s.input(0, "int64"), variable.dtype)], [
      this.size(variable),
    ]);
    return view;
  }

  /** The integer scalar as a size, if it is one already without reading memory. */
  pureSize(variable: Variable): Size | undefined {
    const known = this.#known.get(variable);
    if (known) return known;
    const found = this.#derivedSize(variable);
    if (found) this.#known.set(variable, found);
    return found;
  }

  #derivedSize(variable: Variable): Size | undefined {
    if (isConstant(variable)) return this.sizes.const(Number((variable.data as NDArray).item()));
    const view = this.#views.get(variable);
    const callers = ["argument", "shared"];
    if (view) {
      return callers.includes(this.buffers[view.buffer]!.role) ? this.#read(view) : undefined;
    }
    const { owner } = variable;
    if (!owner || !this.#deferred.has(variable)) return undefined;
    return sizeOfNode(this.sizes, owner, owner.inputs.map((x) => this.size(x)));
  }

  #read(view: View): Size | undefined {
    const spec = this.buffers[view.buffer]!;
    return spec.ndim === 0 ? this.sizes.value(view.buffer) : undefined;
  }

  /** The integer scalar as a size; one that a kernel computes ends the segment. */
  size(variable: Variable): Size {
    const pure = this.pureSize(variable);
    if (pure) return pure;
    const size = this.readSize(this.view(variable));
    this.#known.set(variable, size);
    return size;
  }

  /** The value of a 0-d view as a size: ends the segment that computes it. */
  readSize(view: View): Size {
    const whole = this.allocate("int64", []);
    const body = new Builder();
    const isPlaced = this.#onDevice;
    // The host computes with sizes.
    this.place(false);
    this.map([], [operand(view)], [whole], [body.convert(body.input(0, view.dtype), "int64")]);
    this.place(isPlaced);
    return this.valueNow(whole.buffer);
  }

  /** Whether an elementwise node on integer scalars can be a size. */
  isBookkeeping(node: Apply): boolean {
    return isSizeNode(node) &&
      node.inputs.every((x) => this.#deferred.has(x) || this.pureSize(x) !== undefined);
  }

  /** Adds a node that the host computes: by its op, unless something else is said. */
  host(node: Apply, inputs: readonly View[], outputs: readonly number[], call?: HostCall): void {
    this.hosts.push(call ?? node);
    this.steps.push({ kind: "host", node: this.#node, inputs, outputs });
  }

  /**
   * The memory of a variable that its last reader may overwrite: only what this call computed, so
   * that a call that fails later has changed nothing.
   */
  overwritable(variable: Variable): View | undefined {
    const view = this.view(variable);
    const repeats = view.strides.some((s, axis) => isZero(s) && !isOne(view.shape[axis]!));
    const isOwn = this.buffers[view.buffer]!.role === "workspace" &&
      !this.#aliased.has(view.buffer);
    return isOwn && !repeats ? view : undefined;
  }

  /** Where a step comes from, and where it is meant to run. */
  get #origin(): Pick<RunStep, "node" | "onDevice"> {
    return { node: this.#node, ...this.#onDevice && { onDevice: true } };
  }

  /** Adds a kernel. */
  run(kernel: Kernel, failure?: Failure): void {
    this.steps.push({
      kind: "run",
      kernel,
      ...this.#origin,
      ...failure && { failure },
    });
  }

  /** Adds a loop. */
  loop(parts: Omit<LoopStep, "kind" | "node" | "onDevice">): void {
    this.steps.push({ kind: "loop", ...this.#origin, ...parts });
  }

  /** Adds a choice between bodies. */
  branch(parts: Omit<BranchStep, "kind" | "node" | "onDevice">): void {
    this.steps.push({ kind: "branch", ...this.#origin, ...parts });
  }

  /** Says that a variable has a value only where its branch was taken. */
  markUncertain(variable: Variable): void {
    this.#uncertain.add(variable);
  }

  /** Whether a variable has a value only where its branch was taken. */
  isUncertain(variable: Variable): boolean {
    return this.#uncertain.has(variable);
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
      isContiguous(this.sizes, this.#unified(view));
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
