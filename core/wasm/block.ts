/**
 * @file A program's block: the numbers of a call in linear memory, one to a cell of 8 bytes.
 */

import type { Size } from "../kernel/size.ts";
import type { SizeCells } from "./size_code.ts";

/** Where a program's numbers lie in its block, as plain data. */
export interface BlockLayout {
  /** Number of cells. */
  readonly cells: number;
  /** For each buffer: the cell of its address. */
  readonly pointers: readonly number[];
  /** Whether sizes depend on the values of integer scalars, so that each call must bind. */
  readonly readsValues: boolean;
  /** For each buffer that the caller or a host step brings: the cells of its lengths. */
  readonly dims: readonly (readonly number[])[];
  /** For each result and commit: the cell, or the number, of each length. */
  readonly shapes: readonly (readonly CellOrNumber[])[];
  /** For each result and commit: the cell, or the number, of its offset in elements. */
  readonly offsets: readonly CellOrNumber[];
  /** For each host step: its inputs, in the same form. */
  readonly hosts: readonly HostLayout[];
  /** For each segment, the host step that ends it (−1: none), and what it places. */
  readonly segments: readonly SegmentLayout[];
  /** The blocks of bodies. */
  readonly bodies: readonly BodyLayout[];
  /** What went wrong, by the number that `bind` and `run` return. */
  readonly failures: readonly FailurePlace[];
}

/** Which body of which step. */
export interface BodyPlace {
  /** The step, in the program around the body. */
  readonly step: number;
  readonly index: number;
}

/** Where the numbers of a body lie, as plain data. */
export interface BodyLayout extends BodyPlace {
  /** The first cell of the body's block, in the block around it. */
  readonly first: number;
  readonly pointers: readonly number[];
  readonly dims: readonly (readonly number[])[];
  readonly bodies: readonly BodyLayout[];
}

/** A step that may fail. */
export interface FailurePlace {
  /** The bodies around it, from the outside in. */
  readonly inside: readonly BodyPlace[];
  readonly step: number;
}

/** One segment, as plain data. */
export interface SegmentLayout {
  readonly host: number;
  /** The update and borrowed buffers it writes first, each with the cell of the bytes it needs. */
  readonly owned: readonly (readonly [buffer: number, cell: number])[];
}

/** A strided input of a host step. */
export interface HostLayout {
  readonly inputs: readonly {
    readonly shape: readonly CellOrNumber[];
    readonly strides: readonly CellOrNumber[];
    readonly offset: CellOrNumber;
  }[];
}

/** A number known while compiling, or the cell that holds it at a call. */
export type CellOrNumber = { readonly cell: number } | { readonly number: number };

/** Numbers the cells of a block. */
export class Cells implements SizeCells {
  readonly #pointers: number[] = [];
  readonly #dims = new Map<number, number[]>();
  readonly #sizes = new Map<Size, number>();
  readonly #bytes = new Map<number, number>();
  /** Cells taken so far. */
  count = 0;

  /** Takes a cell for a buffer's address. */
  addPointer(buffer: number): void {
    this.#pointers[buffer] = this.count++;
  }

  /** Takes a cell for each length of a buffer. */
  addDims(buffer: number, ndim: number): void {
    this.#dims.set(buffer, Array.from({ length: ndim }, () => this.count++));
  }

  /** The cell with the bytes a buffer needs, taken on first use. */
  bytes(buffer: number): number {
    const known = this.#bytes.get(buffer);
    if (known !== undefined) return known;
    this.#bytes.set(buffer, this.count);
    return this.count++;
  }

  /** Takes neighbouring cells; returns the first one. */
  reserve(count: number): number {
    this.count += count;
    return this.count - count;
  }

  pointer(buffer: number): number {
    return this.#pointers[buffer]!;
  }

  dim(buffer: number, axis: number): number {
    return this.#dims.get(buffer)![axis]!;
  }

  /** The cells of a buffer's lengths; none if they are not brought. */
  dims(buffer: number): readonly number[] {
    return this.#dims.get(buffer) ?? [];
  }

  /** The cell of a size, taken on first use. */
  of(size: Size): number {
    const known = this.#sizes.get(size);
    if (known !== undefined) return known;
    this.#sizes.set(size, this.count);
    return this.count++;
  }
}
