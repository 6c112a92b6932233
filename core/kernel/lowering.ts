/**
 * @file The state of lowering: which view holds each variable, on top of the program in the making.
 *
 * Contract:
 * - Nodes are lowered in the graph's order; every variable gets a {@linkcode View} or, for integer
 *   scalars that are only bookkeeping (sizes, indices, bounds), stays a {@linkcode Size} until
 *   somebody needs it in memory. That is how asking for a shape computes no values.
 * - A view may alias its input's buffer only when it is read-only or the op's `destroyMap` allows
 *   it.
 */

import type { NDArray } from "../array/ndarray.ts";
import type { DType } from "../dtype/dtype.ts";
import { type Apply, isConstant, type Variable } from "../graph/variable.ts";
import { Builder, type Expr } from "../scalar/expr.ts";
import { TensorConstant, type TensorVariable } from "../tensor/tensor_variable.ts";
import { isSizeNode, sizeOfNode } from "./bookkeeping.ts";
import type { Operand } from "./kernel.ts";
import type { BufferRole, View } from "./program.ts";
import { isOne, isZero, type Size } from "./size.ts";
import { Steps } from "./steps.ts";
import type { Target } from "./target.ts";

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
export class Lowering extends Steps {
  readonly constants: NDArray[] = [];
  readonly #views = new Map<Variable, View>();
  readonly #known = new Map<Variable, Size>();
  readonly #deferred = new Set<Variable>();
  readonly #repeated = new Map<Variable, Variable>();
  readonly #pending = new Map<Variable, PendingMap>();
  readonly #aliased = new Set<number>();
  readonly #uncertain = new Set<Variable>();
  readonly #capture: ((constant: TensorConstant) => number) | undefined;

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
    super(onDevice);
    this.#capture = capture;
  }

  /** Declares a variable whose value the caller brings, contiguous. */
  declare(variable: TensorVariable, role: BufferRole, index: number): View {
    const buffer = this.addBuffer({
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
    return this.contiguousView(buffer, variable.dtype, shape);
  }

  /** A buffer that a host step fills, of a shape known afterwards. */
  allocateUnknown(variable: TensorVariable): View {
    const { dtype, ndim } = variable;
    const buffer = this.addBuffer({ role: "workspace", dtype, index: 0, shape: null, ndim });
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
    const view = this.unifiedView(this.#views.get(variable) ?? this.#computed(variable));
    this.#views.set(variable, view);
    return view;
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
    return this.contiguousView(this.addBuffer(spec), data.dtype, shape);
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

  /** Whether an elementwise node on integer scalars can be a size. */
  isBookkeeping(node: Apply): boolean {
    return isSizeNode(node) &&
      node.inputs.every((x) => this.#deferred.has(x) || this.pureSize(x) !== undefined);
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

  /** Says that a variable has a value only where its branch was taken. */
  markUncertain(variable: Variable): void {
    this.#uncertain.add(variable);
  }

  /** Whether a variable has a value only where its branch was taken. */
  isUncertain(variable: Variable): boolean {
    return this.#uncertain.has(variable);
  }
}
