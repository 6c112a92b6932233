/**
 * @file Integer expressions as i64 code.
 */

import { type DType, dtypes } from "../dtype/dtype.ts";
import type { Program } from "../kernel/program.ts";
import { type Size, type SizeOp, sizesInOrder } from "../kernel/size.ts";
import { cellBytes } from "./layout.ts";
import {
  add,
  and,
  divS,
  eq,
  eqz,
  type Func,
  i32,
  i64,
  leS,
  type Local,
  ltS,
  mul,
  type Node,
  op,
  type OpName,
  remS,
  select,
  sub,
  xor,
} from "./tree.ts";

/** Where the numbers that sizes are made of lie in a block. */
export interface SizeCells {
  /** The cell that holds a buffer's address. */
  pointer(buffer: number): number;
  /** The cell that holds the length of an axis. */
  dim(buffer: number, axis: number): number;
}

/** The address of a cell. */
export function cellAddress(block: Local, cell: number): Node {
  return add(block, i32(cell * cellBytes));
}

/**
 * Code for sizes, each computed once.
 *
 * @param func The function.
 * @param program Whose sizes they are.
 * @param cells Where its numbers lie.
 * @param block The address of the block.
 * @param wanted The sizes.
 * @param code What computes them is appended here.
 * @returns Each size's value, cheap to repeat.
 */
export function emitSizes(
  func: Func,
  program: Program,
  cells: SizeCells,
  block: Local,
  wanted: Iterable<Size>,
  code: Node[],
): Map<Size, Node> {
  const values = new Map<Size, Node>();
  for (const size of sizesInOrder(wanted)) {
    values.set(size, func.let(code, sizeNode(size, program, cells, block, values)));
  }
  return values;
}

function sizeNode(
  size: Size,
  program: Program,
  cells: SizeCells,
  block: Local,
  values: ReadonlyMap<Size, Node>,
): Node {
  switch (size.kind) {
    case "const":
      return i64(size.value);
    case "dim":
      return op("i64.load", cellAddress(block, cells.dim(size.buffer, size.axis)));
    case "value": {
      const address = op("i32.load", cellAddress(block, cells.pointer(size.buffer)));
      return loadInteger(program.buffers[size.buffer]!.dtype, address);
    }
    case "call":
      return operations[size.op](...size.args.map((a) => values.get(a)!) as [Node, Node, Node]);
  }
}

/** An integer of any dtype as i64. */
export function loadInteger(dtype: DType, address: Node): Node {
  const { bytes, kind } = dtypes[dtype];
  if (bytes === 8) return op("i64.load", address);
  return op(`i64.load${bytes * 8}_${kind === "int" ? "s" : "u"}` as OpName, address);
}

const wide = (condition: Node): Node => op("i64.extend_i32_u", condition);

/** Floored quotient; 0 for a zero divisor. Sizes are far from the limits, so −1 needs no guard. */
function floorDiv(x: Node, y: Node): Node {
  const divisor = select(eqz(y), i64(1), y);
  const quotient = divS(x, divisor);
  const inexact = xor(eqz(remS(x, divisor)), i32(1));
  const lower = wide(and(inexact, ltS(xor(x, divisor), i64(0))));
  return select(eqz(y), i64(0), sub(quotient, lower));
}

const operations: Readonly<Record<SizeOp, (x: Node, y: Node, z: Node) => Node>> = {
  add: (x, y) => add(x, y),
  sub: (x, y) => sub(x, y),
  mul: (x, y) => mul(x, y),
  floorDiv,
  floorMod: (x, y) => select(eqz(y), i64(0), sub(x, mul(floorDiv(x, y), y))),
  min: (x, y) => select(ltS(x, y), x, y),
  max: (x, y) => select(ltS(x, y), y, x),
  lt: (x, y) => wide(ltS(x, y)),
  le: (x, y) => wide(leS(x, y)),
  eq: (x, y) => wide(eq(x, y)),
  select: (c, x, y) => select(eqz(c), y, x),
};
