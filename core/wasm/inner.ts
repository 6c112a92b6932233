/**
 * @file Programs inside programs: what loops and branches share.
 *
 * A body has a block of its own inside the block around it. Whoever runs it puts the addresses of its
 * rows there.
 */

import type { Body } from "../kernel/program.ts";
import type { Size } from "../kernel/size.ts";
import type { BodyLayout } from "./block.ts";
import { cellAddress } from "./size_code.ts";
import {
  add,
  call,
  type Callee,
  type Code,
  f64,
  type Func,
  ifElse,
  type Local,
  type Node,
  op,
  ret,
  sub,
} from "./tree.ts";

/** The functions of a body, and where its numbers lie in its block. */
export interface WrittenBody extends Omit<BodyLayout, "step" | "index" | "first"> {
  readonly bind: Callee;
  /** What of binding depends on values, where it is apart from the rest. */
  readonly rebind: Callee | undefined;
  readonly run: Callee;
  /** Cells of its block. */
  readonly cells: number;
  /** Bytes from the base of the workspace around it to its own. */
  readonly offset: Size;
}

/** A body with its place in the block around it. */
export interface CodedBody extends WrittenBody {
  readonly body: Body;
  /** The first cell of its block. */
  readonly first: number;
  /** The cell with the base of its workspace. */
  readonly base: number;
}

/** How the program around a body gives its numbers. */
export interface Around {
  /** A size. */
  count(size: Size, block: Local): Node;
  /** A size as i64. */
  wide(size: Size, block: Local): Node;
  /** The address of an element of a buffer. */
  pointer(walk: { buffer: number; offset: Size; dtype: string }, block: Local): Node;
}

/** The sizes that binding a body needs. */
export function bodySizes({ offset, body }: CodedBody): Size[] {
  return [offset, ...body.inputs.flatMap((row) => row.shape)];
}

/** Tells a body the lengths of its arguments. */
export function storeLengths(
  { body, dims, first }: CodedBody,
  block: Local,
  valueOf: (size: Size) => Node,
): Code {
  return body.program.buffers.map(({ role, index }, buffer) => {
    if (role !== "argument") return [];
    const { shape } = body.inputs[index]!;
    return dims[buffer]!.map((cell, axis) =>
      op("i64.store", cellAddress(block, first + cell), valueOf(shape[axis]!))
    );
  });
}

/** Tells a body where its workspace is. */
export function storeBase(
  func: Func,
  { base: cell, offset }: CodedBody,
  { block, base, valueOf }: {
    readonly block: Local;
    readonly base: Local;
    readonly valueOf: (size: Size) => Node;
  },
): { readonly code: Code; readonly own: Node } {
  const code: Node[] = [];
  const own = func.let(code, add(base, op("i32.wrap_i64", valueOf(offset))));
  code.push(op("i32.store", cellAddress(block, cell), own));
  return { code, own };
}

/** Binds a body inside a function that binds: a failure is its failure. */
export function boundInside(func: Func, body: CodedBody, block: Local, base: Node): Code {
  const code: Node[] = [];
  const status = func.let(code, call(body.bind, cellAddress(block, body.first), base));
  return [code, ifElse(op("f64.lt", status, f64(0)), [ret(status)])];
}

/** Leaves a function that runs with a failure of binding, if there is one. */
export function leaveIfUnbound(func: Func, status: Node): Code {
  const code: Node[] = [];
  const kept = func.let(code, status);
  const failed = op("i32.trunc_sat_f64_s", sub(f64(0), kept));
  return [code, ifElse(op("f64.lt", kept, f64(0)), [ret(failed)])];
}

/** Leaves a function that runs with the status of another, where that is not zero. */
export function leaveIfFailed(func: Func, status: Node): Code {
  const code: Node[] = [];
  const kept = func.let(code, status);
  return [code, ifElse(kept, [ret(kept)])];
}

/** For each buffer of a body that is brought, its row and the cell of its address. */
export function rowsOf({ body: { program, inputs, outputs }, pointers }: CodedBody): {
  readonly row: Body["inputs"][number];
  readonly cell: number;
}[] {
  return program.buffers.flatMap(({ role, index }, buffer) => {
    const row = role === "argument" ? inputs[index] : role === "borrowed" ? outputs[index] : null;
    return row ? [{ row, cell: pointers[buffer]! }] : [];
  });
}
