/**
 * @file The loop-level IR: the closed set of kernel kinds, and what makes one legal.
 *
 * A kernel is a loop nest over symbolic sizes with scalar bodies; it knows buffers, strides and
 * lanes, no tensors. All its operands walk the same loops, each with one stride (in elements) an
 * axis; a stride of zero repeats. Operands of one kernel overlap only where they are equal.
 */

import type { NDArray } from "../array/ndarray.ts";
import type { DType } from "../dtype/dtype.ts";
import type { CustomCode } from "../ops/custom_code.ts";
import { type Expr, inOrder } from "../scalar/expr.ts";
import { isZero, type Size } from "./size.ts";

/** A strided walk over a buffer. */
export interface Operand {
  /** Which buffer. */
  readonly buffer: number;
  /** What its elements are. */
  readonly dtype: DType;
  /** Where the walk starts, in elements. */
  readonly offset: Size;
  /** How far each loop axis goes, in elements. */
  readonly strides: readonly Size[];
}

/**
 * `out[i…] = body(in[i…], …)`, several outputs at once.
 *
 * The bodies' inputs are numbered: operands first, then `params`, integers that are the same for
 * the whole kernel, then `counters`, the loop indices of the axes named. Both are int64, or uint32
 * where the bodies read them so.
 */
export interface MapKernel {
  readonly kind: "map";
  readonly dims: readonly Size[];
  readonly inputs: readonly Operand[];
  readonly params: readonly Size[];
  readonly counters: readonly number[];
  readonly outputs: readonly Operand[];
  readonly bodies: readonly Expr[];
}

/**
 * For each index of the first `kept` axes, accumulates over the rest: accumulators start as
 * `identity`, become `combine(accumulators…, values…)` with `values` the bodies of a map over the
 * inputs, and end in `outputs` as `finish(accumulators…, extras…, params…)`.
 *
 * Where `reassociate` is set the order of accumulation is free, so that lanes may accumulate apart:
 * `combine` is then associative and commutative, and takes accumulators in place of values as well.
 */
export interface ReduceKernel {
  readonly kind: "reduce";
  readonly dims: readonly Size[];
  readonly kept: number;
  readonly inputs: readonly Operand[];
  readonly params: readonly Size[];
  readonly counters: readonly number[];
  readonly values: readonly Expr[];
  readonly identity: readonly Expr[];
  readonly combine: readonly Expr[];
  readonly reassociate: boolean;
  readonly finish: readonly Expr[];
  /** What `finish` reads beside the accumulators. Strides over the kept axes only. */
  readonly extras: readonly Operand[];
  /** Strides over the kept axes only. */
  readonly outputs: readonly Operand[];
}

/**
 * `c = alpha · a·b + beta · c` for each of a batch of matrices of float32 or float64; `c` has unit
 * column stride.
 */
export interface GemmKernel {
  readonly kind: "gemm";
  readonly dtype: "float32" | "float64";
  /** Products, rows, columns, inner length. */
  readonly dims: readonly [batch: Size, m: Size, n: Size, k: Size];
  /** Strides over (batch, m, k). */
  readonly a: Operand;
  /** Strides over (batch, k, n). */
  readonly b: Operand;
  /** Strides over (batch, m, n). */
  readonly c: Operand;
  /** 0-d operands, or numbers known while compiling; the same for the whole batch. */
  readonly alpha: Operand | number;
  readonly beta: Operand | number;
  /** Workspace for packed panels: bytes. */
  readonly scratch: Operand;
}

/** One axis of the source that an index array chooses from. */
export interface IndexedAxis {
  /** The index, walking the loops. */
  readonly index: Operand;
  /** Length of the axis, for checks and negative indices. */
  readonly length: Size;
  /** How far one step of the index goes in the source, in elements. */
  readonly stride: Size;
  /** The axis's number, for the error. */
  readonly axis: number;
  /** Whether an index below zero counts from the end; otherwise it is out of range. */
  readonly wraps: boolean;
}

/**
 * `out[i…] = source[base(i…) + Σ index·stride]`. The indices are checked at each turn of the loops
 * up to the last one along which one of them moves, even where the loops inside have no turn.
 */
export interface GatherKernel {
  readonly kind: "gather";
  readonly dims: readonly Size[];
  /** Its strides cover the loops that do not go through an index. */
  readonly source: Operand;
  readonly indices: readonly IndexedAxis[];
  readonly output: Operand;
}

/**
 * `target[base(i…) + Σ index·stride]` is set to, or increased by, `value[i…]`, in loop order, after
 * all indices have been checked.
 */
export interface ScatterKernel {
  readonly kind: "scatter";
  readonly dims: readonly Size[];
  readonly target: Operand;
  readonly indices: readonly IndexedAxis[];
  readonly value: Operand;
  readonly accumulate: boolean;
}

/**
 * One walk along a row: computes a value at each place, and stores it, or accumulates it, or both.
 */
export interface RowPass {
  /** Its inputs are numbered: operands of the kernel, then the results of earlier passes. */
  readonly value: Expr;
  /** Which output the value is stored in; null for none. */
  readonly store: number | null;
  /** How values become the pass's result: a start, and a body of two; null for no result. */
  readonly accumulate: { readonly identity: Expr; readonly combine: Expr } | null;
}

/**
 * For each row, several walks along it, the later ones knowing what the earlier ones found: softmax
 * and its kin. An operand may be an output that an earlier walk stored.
 */
export interface RowsKernel {
  readonly kind: "rows";
  /** Rows and columns. */
  readonly dims: readonly [rows: Size, columns: Size];
  /** Strides over rows and columns. */
  readonly inputs: readonly Operand[];
  readonly passes: readonly RowPass[];
  readonly outputs: readonly Operand[];
  /** One number a row, from the results of the passes. Strides over rows. */
  readonly ends: readonly { readonly value: Expr; readonly output: Operand }[];
}

/**
 * What is drawn: numbers uniform in (0, 1) of MRG31k3p; numbers uniform in [0, 1), or of the standard
 * normal distribution, of the Mersenne Twister.
 */
export type RandomDraw = "mrgUniform" | "uniform" | "normal";

/**
 * `output[i]` is the next number of stream `i mod streams`, for `i < count`; `next` becomes the state
 * afterwards. A state is the words of all streams: six of MRG31k3p each, or the words of one twister
 * (`core/random/words.ts`). The operands are contiguous and have no strides; numbers are made in
 * double, or in single where MRG31k3p does so, and rounded to the dtype of the output.
 */
export interface RandomKernel {
  readonly kind: "random";
  readonly draw: RandomDraw;
  readonly dims: readonly [count: Size, streams: Size];
  readonly state: Operand;
  readonly next: Operand;
  readonly output: Operand;
}

/**
 * Along each row, what has been combined so far: `out[…, 0] = in[…, 0]`, and `out[…, k]` is
 * `combine(out[…, k − 1], in[…, k])`. A device may group otherwise: `combine` is associative, but
 * for rounding.
 */
export interface CumulativeKernel {
  readonly kind: "cumulative";
  /** Loops over the rows, and the columns last. */
  readonly dims: readonly Size[];
  readonly input: Operand;
  readonly output: Operand;
  readonly combine: Expr;
}

/**
 * Each row in order: ascending, NaN last; what is equal, both zeros and all NaN among themselves,
 * keeps its order.
 */
export interface SortKernel {
  readonly kind: "sort";
  /** Loops over the rows, and the columns last. */
  readonly dims: readonly Size[];
  readonly input: Operand;
  /** The elements in order, where they are wanted; a NaN may have other bits. */
  readonly values: Operand | null;
  /** The column that each of them comes from, int64, where they are wanted. */
  readonly places: Operand | null;
  /** Workspace: bytes. */
  readonly scratch: Operand;
}

/** An operand with its own shape, for code that walks it by itself. */
export interface WholeOperand extends Operand {
  readonly shape: readonly Size[];
}

/**
 * Code of a user's own, which reads the inputs and writes the outputs; it may end in a failure. The
 * outputs are contiguous, and no two operands lie in one buffer of which one is an output.
 */
export interface CustomKernel {
  readonly kind: "custom";
  /** What it is called. */
  readonly name: string;
  /** It makes its loops itself. */
  readonly dims: readonly [];
  readonly inputs: readonly WholeOperand[];
  readonly outputs: readonly WholeOperand[];
  /** In at least one form. */
  readonly code: CustomCode;
  /** Workspace for the numbers that the code is called with: bytes. */
  readonly scratch: Operand;
  /** What the code computes, by the host. */
  readonly perform: (inputs: readonly NDArray[]) => readonly NDArray[];
}

/** A kernel. */
export type Kernel =
  | MapKernel
  | ReduceKernel
  | RowsKernel
  | GemmKernel
  | GatherKernel
  | ScatterKernel
  | RandomKernel
  | CumulativeKernel
  | SortKernel
  | CustomKernel;

/** The kinds of kernel. */
export type KernelKind = Kernel["kind"];

/** The dtype in which expressions read a numbered input that is a param or counter. */
export function integerInput(roots: readonly Expr[], index: number): "int64" | "uint32" {
  const isNarrow = inOrder(roots).some((e) =>
    e.kind === "input" && e.index === index && e.dtype === "uint32"
  );
  return isNarrow ? "uint32" : "int64";
}

/** How many loops there are up to the last one along which an index moves. */
export function indexedLoops(indices: readonly IndexedAxis[]): number {
  return Math.max(
    0,
    ...indices.map(({ index }) => index.strides.findLastIndex((s) => !isZero(s)) + 1),
  );
}

/** The operands a kernel reads, and those it writes. */
export function operandsOf(kernel: Kernel): { reads: Operand[]; writes: Operand[] } {
  switch (kernel.kind) {
    case "map":
      return { reads: [...kernel.inputs], writes: [...kernel.outputs] };
    case "reduce":
      return { reads: [...kernel.inputs, ...kernel.extras], writes: [...kernel.outputs] };
    case "rows":
      return {
        reads: [...kernel.inputs],
        writes: [...kernel.outputs, ...kernel.ends.map((e) => e.output)],
      };
    case "gemm": {
      const scalars = [kernel.alpha, kernel.beta].filter((x) => typeof x !== "number");
      const reads = [kernel.a, kernel.b, ...scalars];
      return { reads: kernel.beta === 0 ? reads : [...reads, kernel.c], writes: [kernel.c] };
    }
    case "gather":
      return {
        reads: [kernel.source, ...kernel.indices.map((x) => x.index)],
        writes: [kernel.output],
      };
    case "scatter":
      return {
        reads: [kernel.value, kernel.target, ...kernel.indices.map((x) => x.index)],
        writes: [kernel.target],
      };
    case "random":
      return { reads: [kernel.state], writes: [kernel.next, kernel.output] };
    case "cumulative":
      return { reads: [kernel.input], writes: [kernel.output] };
    case "sort": {
      const { input, values, places } = kernel;
      return { reads: [input], writes: [values, places].filter((o) => o !== null) };
    }
    case "custom":
      return { reads: [...kernel.inputs], writes: [...kernel.outputs] };
  }
}
