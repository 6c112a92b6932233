/**
 * @file A lazy choice of a program: one of two bodies is bound and run.
 *
 *     if (condition) body = then else body = otherwise
 *     body.arguments, body.results = their buffers
 *     body.bind()
 *     body.run()
 */

import type { BranchStep } from "../kernel/program.ts";
import type { Size } from "../kernel/size.ts";
import {
  type Around,
  bodySizes,
  type CodedBody,
  leaveIfFailed,
  leaveIfUnbound,
  rowsOf,
  storeLengths,
} from "./inner.ts";
import { cellAddress, loadInteger } from "./size_code.ts";
import { call, type Code, Func, i32, i64, ifElse, type Local, op } from "./tree.ts";

/** A choice on its way to code. */
export interface CodedBranch {
  readonly step: BranchStep;
  readonly bodies: readonly CodedBody[];
}

/** The sizes that a choice reads while it runs. */
export function branchSizes({ step, bodies }: CodedBranch): Size[] {
  const rows = step.bodies.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]);
  return [
    step.condition.offset,
    ...rows.map((row) => row.offset),
    ...bodies.flatMap(bodySizes),
  ];
}

/** The function of a choice: takes the block of the program around it, returns a status as `run`. */
export function branchFunction({ step, bodies }: CodedBranch, around: Around): Func {
  const func = new Func("branch", ["i32"]);
  const block = func.param("i32", "block");
  const { condition } = step;
  const value = loadInteger(condition.dtype, around.pointer(condition, block));
  const [then, otherwise] = bodies.map((body) => taken(func, body, block, around));
  return func.body(ifElse(op("i64.ne", value, i64(0)), then!, otherwise!), i32(0));
}

function taken(func: Func, body: CodedBody, block: Local, around: Around): Code {
  const inside = cellAddress(block, body.first);
  const base = op("i32.load", cellAddress(block, body.base));
  return [
    rowsOf(body).map(({ row, cell }) =>
      op("i32.store", cellAddress(block, body.first + cell), around.pointer(row, block))
    ),
    storeLengths(body, block, (size) => around.wide(size, block)),
    leaveIfUnbound(func, call(body.bind, inside, base)),
    leaveIfFailed(func, call(body.run, inside)),
  ];
}
