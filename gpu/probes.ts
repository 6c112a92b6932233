/**
 * @file The kernels that schedules are measured on.
 */

import type { Kernel, Operand } from "../core/kernel/kernel.ts";
import { evaluateSize, type Size, Sizes } from "../core/kernel/size.ts";
import { Builder, type Expr } from "../core/scalar/expr.ts";
import type { SizeOf } from "./code.ts";

/** A kernel with sizes, which are known at a call only, as those of most programs are. */
export interface Probe {
  /** What it is called in tables. */
  readonly name: string;
  readonly kernel: Kernel;
  readonly sizeOf: SizeOf;
  /** How many float32 each buffer has; the last one is written. */
  readonly lengths: readonly number[];
  /** What its time grows with. */
  readonly work: number;
}

/** Rows, columns and inner length. */
export type ProductDims = readonly [m: number, n: number, k: number];

/** Sizes that stand for numbers. */
class Numbers {
  readonly sizes = new Sizes();
  readonly #numbers: number[] = [];

  /** A number that kernels do not know. */
  size(value: number): Size {
    return this.sizes.value(this.#numbers.push(value) - 1);
  }

  readonly sizeOf = (size: Size): number =>
    evaluateSize(size, { dim: () => 0, value: (buffer) => this.#numbers[buffer]! });

  /** A buffer from its first element on. */
  operand(buffer: number, ...strides: readonly Size[]): Operand {
    return { buffer, dtype: "float32", offset: this.sizes.const(0), strides };
  }
}

/** A product of matrices that lie row by row. */
export function productProbe([m, n, k]: ProductDims): Probe {
  const numbers = new Numbers();
  const [rows, columns, inner] = [numbers.size(m), numbers.size(n), numbers.size(k)];
  const [zero, one] = [numbers.sizes.const(0), numbers.sizes.const(1)];
  return {
    name: `${m} × ${n} × ${k}`,
    kernel: {
      kind: "gemm",
      dtype: "float32",
      dims: [one, rows, columns, inner],
      a: numbers.operand(0, zero, inner, one),
      b: numbers.operand(1, zero, columns, one),
      c: numbers.operand(2, zero, columns, one),
      alpha: 1,
      beta: 0,
      scratch: { ...numbers.operand(3), dtype: "uint8" },
    },
    sizeOf: numbers.sizeOf,
    lengths: [m * k, k * n, m * n],
    work: m * n * k,
  };
}

/** Sums of a matrix that lies row by row: of its rows, or of its columns. */
export function sumProbe(of: "rows" | "columns", [m, n]: readonly [number, number]): Probe {
  const numbers = new Numbers();
  const s = new Builder();
  const [rows, columns] = [numbers.size(m), numbers.size(n)];
  const one = numbers.sizes.const(1);
  const isRows = of === "rows";
  const [x, y] = [s.input(0, "float32"), s.input(1, "float32")];
  return {
    name: `${of} of ${m} × ${n}`,
    kernel: {
      kind: "reduce",
      dims: isRows ? [rows, columns] : [columns, rows],
      kept: 1,
      inputs: [isRows ? numbers.operand(0, columns, one) : numbers.operand(0, one, columns)],
      params: [],
      counters: [],
      values: [x],
      identity: [s.const(0, "float32")],
      combine: [s.add(x, y)],
      reassociate: true,
      finish: [x],
      extras: [],
      outputs: [numbers.operand(1, one)],
    },
    sizeOf: numbers.sizeOf,
    lengths: [m * n, isRows ? m : n],
    work: m * n,
  };
}

/** Rows from which their mean is taken, twice over, as normalising does. */
export function normalisedProbe([m, n]: readonly [number, number]): Probe {
  const numbers = new Numbers();
  const s = new Builder();
  const [rows, columns] = [numbers.size(m), numbers.size(n)];
  const row = [columns, numbers.sizes.const(1)];
  const input = (k: number): Expr => s.input(k, "float32");
  const [x, sum, squares] = [input(0), input(1), input(2)];
  const accumulate = { identity: s.const(0, "float32"), combine: s.add(x, sum) };
  const away = s.sub(x, s.mul(sum, 1 / n));
  return {
    name: `normalised rows of ${m} × ${n}`,
    kernel: {
      kind: "rows",
      dims: [rows, columns],
      inputs: [numbers.operand(0, ...row)],
      passes: [
        { value: x, store: null, accumulate },
        { value: s.mul(away, away), store: null, accumulate },
        { value: s.mul(away, s.add(squares, 1)), store: 0, accumulate: null },
      ],
      outputs: [numbers.operand(1, ...row)],
      ends: [],
    },
    sizeOf: numbers.sizeOf,
    lengths: [m * n, m * n],
    work: 3 * m * n,
  };
}
