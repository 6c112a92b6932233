/**
 * @file The numbers of a program's block as code: what kernels, loops and branches are called with.
 */

import { dtypes } from "../dtype/dtype.ts";
import type { Size } from "../kernel/size.ts";
import type { Cells } from "./block.ts";
import type { Around } from "./inner.ts";
import { type Argument, log2 } from "./nest.ts";
import { cellAddress } from "./size_code.ts";
import { add, f64, i32, type Local, type Node, op, shl } from "./tree.ts";

/** Reads the numbers of one program's block. */
export class BlockNumbers implements Around {
  readonly #cells: Cells;

  /**
   * Reads numbers by the cells that hold them.
   *
   * @param cells The cells of the program.
   */
  constructor(cells: Cells) {
    this.#cells = cells;
  }

  /** What is passed for a parameter of a kernel function. */
  argument(argument: Argument, block: Local): Node {
    switch (argument.kind) {
      case "pointer":
        return this.pointer(argument.walk, block);
      case "count":
        return this.count(argument.size, block);
      case "bytes":
        return shl(this.count(argument.size, block), i32(log2(argument.scale)));
      case "wide":
        return this.wide(argument.size, block);
      case "number": {
        const { walk } = argument;
        if (typeof walk === "number") return f64(walk);
        const address = this.pointer(walk, block);
        return walk.dtype === "float64"
          ? op("f64.load", address)
          : op("f64.promote_f32", op("f32.load", address));
      }
    }
  }

  wide(size: Size, block: Local): Node {
    return size.kind === "const"
      ? op("i64.extend_i32_s", i32(size.value))
      : op("i64.load", cellAddress(block, this.#cells.of(size)));
  }

  count(size: Size, block: Local): Node {
    if (size.kind === "const") return i32(size.value);
    return op("i32.load", cellAddress(block, this.#cells.of(size)));
  }

  pointer(
    { buffer, offset, dtype }: { buffer: number; offset: Size; dtype: string },
    block: Local,
  ): Node {
    const start = op("i32.load", cellAddress(block, this.#cells.pointer(buffer)));
    const { bytes } = dtypes[dtype as keyof typeof dtypes];
    return add(start, shl(this.count(offset, block), i32(log2(bytes))));
  }
}

/** The sizes that a parameter of a kernel function is made of. */
export function argumentSizes(argument: Argument): Size[] {
  switch (argument.kind) {
    case "pointer":
      return [argument.walk.offset];
    case "number":
      return typeof argument.walk === "number" ? [] : [argument.walk.offset];
    default:
      return [argument.size];
  }
}
