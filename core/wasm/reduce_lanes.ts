/**
 * @file What a reduction does with registers, whatever the order of its loops: a set of
 * accumulators is
 * started, takes values, is folded into its first lane, and finishes.
 */

import { integerInput, type ReduceKernel } from "../kernel/kernel.ts";
import { Builder, type Expr, inOrder } from "../scalar/expr.ts";
import { dtypes } from "../dtype/dtype.ts";
import { loadAlong, moved, storeAlong } from "./access.ts";
import { type Emission, emitExprs } from "./emit.ts";
import { inputsOf, type Pointer, pointerParams } from "./nest.ts";
import { needsTwoLanes } from "./spelling.ts";
import { Func, i32, type Local, type Node, op, shuffle } from "./tree.ts";
import { counterLanes, type Extent, integerLanes, type Lanes, upperHalf } from "./width.ts";

/** One register for each accumulator of the kernel. */
export type Accumulators = readonly Local[];

/** The counter of a loop, and whether the lanes of a register count it. */
export interface Counter {
  readonly index: Node;
  readonly isVector: boolean;
}

/**
 * Where registers of elements are read: an axis, an index along it, and each operand at index 0.
 */
export interface Place {
  readonly extent: Extent;
  readonly axis: number;
  readonly at: readonly Node[];
  readonly index: Node;
  /** Which half of two neighbouring registers this is, where the other half is read as well. */
  readonly half?: Half;
}

/** One of two neighbours: the lower one loads for both what fits into one register. */
export interface Half {
  readonly isUpper: boolean;
  /** What the lower one loaded, by operand. */
  readonly loaded: Map<number, Node>;
}

/** The halves of registers `0, 1, 2, …` that are read one after the other. */
export function halves(count: number): Half[] {
  const loaded = new Map<number, Node>();
  return Array.from({ length: count }, (_, u) => ({ isUpper: u % 2 === 1, loaded }));
}

/** The parameters and registers of one reduction. */
export class ReduceLanes {
  readonly func: Func = new Func("reduce");
  readonly lanes: Lanes;
  /** The loops' lengths. */
  readonly dims: readonly Local[];
  readonly inputs: readonly Pointer[];
  readonly extras: readonly Pointer[];
  readonly outputs: readonly Pointer[];
  readonly #kernel: ReduceKernel;
  readonly #params: readonly Local[];
  readonly #emission: Emission;
  readonly #fused: readonly Expr[];

  /**
   * Declares the parameters.
   *
   * @param kernel The reduction.
   * @param relaxed Whether relaxed multiply-add is there.
   */
  constructor(kernel: ReduceKernel, relaxed: boolean) {
    this.#kernel = kernel;
    const { values, identity, combine, finish } = kernel;
    this.lanes = needsTwoLanes(inOrder([...values, ...identity, ...combine, ...finish])) ? 2 : 4;
    const { func } = this;
    this.dims = kernel.dims.map((_, k) => func.param("i32", `n${k}`));
    this.inputs = kernel.inputs.map((walk, k) => pointerParams(func, walk, `in${k}`));
    this.extras = kernel.extras.map((walk, k) => pointerParams(func, walk, `extra${k}`));
    this.outputs = kernel.outputs.map((walk, k) => pointerParams(func, walk, `out${k}`));
    this.#params = kernel.params.map((_, k) => func.param("i64", `param${k}`));
    this.#emission = { func, lanes: this.lanes, relaxed };
    this.#fused = relaxed ? combine.map(fusedSum) : combine;
  }

  /** New accumulators. */
  accumulators(): Accumulators {
    return this.#kernel.identity.map((_, k) => this.func.local("v128", `acc${k}`));
  }

  /** Sets accumulators to the identity. */
  start(sets: readonly Accumulators[], code: Node[]): void {
    const values = this.#emit(this.#kernel.identity, [], code);
    for (const set of sets) values.forEach((value, k) => code.push(set[k]!.set(value)));
  }

  /** Takes one register of elements of every input. `counters` has one for each loop. */
  accumulate(set: Accumulators, place: Place, counters: readonly Counter[], code: Node[]): void {
    const { values } = this.#kernel;
    const loaded = this.#load(this.inputs, values, 0, place, code);
    const first = loaded.length + this.#params.length;
    const counts = this.#kernel.counters.map((axis, k) => {
      const { index, isVector } = counters[axis]!;
      const dtype = integerInput(values, first + k);
      return this.func.let(code, counterLanes(dtype, index, isVector));
    });
    const inputs = [...loaded, ...this.#paramLanes(values, loaded.length), ...counts];
    // A set that waits for its own last turn is added to sooner than multiplied.
    const combine = place.half ? this.#fused : this.#kernel.combine;
    this.#combine(combine, set, this.#emit(values, inputs, code), code);
  }

  /** Combines other accumulators into a set. */
  combine(set: Accumulators, others: readonly Node[], code: Node[]): void {
    this.#combine(this.#kernel.combine, set, others, code);
  }

  #combine(
    combine: readonly Expr[],
    set: Accumulators,
    values: readonly Node[],
    code: Node[],
  ): void {
    const inputs = [...set.map((x) => x.get), ...values];
    const results = this.#emit(combine, inputs, code);
    results.forEach((value, k) => code.push(set[k]!.set(value)));
  }

  /** Combines other sets into a set. */
  merge(first: Accumulators, others: readonly Accumulators[], code: Node[]): void {
    for (const set of others) this.combine(first, set.map((x) => x.get), code);
  }

  /** Combines the lanes of a set into its first lane. */
  fold(first: Accumulators, code: Node[]): void {
    for (let keep = this.lanes / 2; keep >= 1; keep /= 2) {
      const upper = first.map((x, k) => {
        const { dtype } = this.#kernel.identity[k]!;
        return this.func.let(code, upperHalf(this.lanes, dtype, x.get, keep));
      });
      this.combine(first, upper, code);
    }
  }

  /** Stores what a set ends in. `at` has the extras, then the outputs. */
  finish(set: Accumulators, place: Place, code: Node[]): void {
    const { finish } = this.#kernel;
    const extras = this.#load(this.extras, finish, set.length, place, code);
    const params = this.#paramLanes(finish, set.length + extras.length);
    const results = this.#emit(finish, [...set.map((x) => x.get), ...extras, ...params], code);
    results.forEach((value, k) => {
      const base = place.at[this.extras.length + k]!;
      const { extent, axis, index } = place;
      code.push(...storeAlong(this.lanes, extent, this.outputs[k]!, axis, base, index, value));
    });
  }

  /** A register of each operand that the expressions read; their inputs start at `first`. */
  #load(
    operands: readonly Pointer[],
    exprs: readonly Expr[],
    first: number,
    { extent, axis, at, index, half }: Place,
    code: Node[],
  ): Node[] {
    const used = inputsOf(exprs);
    return operands.map((p, k) => {
      if (!used.has(first + k)) return i32(0);
      const shares = half !== undefined && this.lanes === 2 && dtypes[p.dtype].bytes === 4 &&
        p.steps[axis] === "unit";
      if (!shares) {
        return this.func.let(code, loadAlong(this.lanes, extent, p, axis, at[k]!, index));
      }
      if (half.isUpper) return this.func.let(code, upperDwords(half.loaded.get(k)!));
      const both = this.func.let(code, op("v128.load", moved(p, axis, at[k]!, index)));
      half.loaded.set(k, both);
      return both;
    });
  }

  #paramLanes(exprs: readonly Expr[], first: number): Node[] {
    return this.#params.map((p, k) =>
      this.func.constant(integerLanes(integerInput(exprs, first + k), p.get))
    );
  }

  #emit(exprs: readonly Expr[], inputs: readonly Node[], code: Node[]): Node[] {
    return emitExprs(this.#emission, exprs, inputs, code);
  }
}

/**
 * A sum in double as a fused product with 1, which is the same number: converting to double and
 * adding share units of the processor, and those that multiply are free.
 */
function fusedSum(e: Expr): Expr {
  if (e.kind !== "call" || e.primitive !== "add" || e.dtype !== "float64") return e;
  const s = new Builder();
  const [x, y] = e.args.map((arg) => s.substitute(arg, (i) => s.input(i.index, i.dtype)));
  return s.mulAdd(y!, 1, x!);
}

/** The upper two of four 32-bit lanes, as the lower two. */
function upperDwords(x: Node): Node {
  return shuffle(x, x, [2, 3, 2, 3]);
}
