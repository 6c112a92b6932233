/**
 * @file A loop of a program: its body is run turn after turn without leaving WebAssembly.
 *
 *     for t < turns
 *       body.arguments, body.results = rows of turn t
 *       body.rebind()                  where sizes depend on values
 *       body.run()
 *       if (result[condition]) leave
 *
 * The body is a function of its own, called at each turn, so that the engine can put a faster version
 * of it in place while the loop runs.
 */

import { dtypes } from "../dtype/dtype.ts";
import type { LoopStep, Row } from "../kernel/program.ts";
import { isZero, type Size } from "../kernel/size.ts";
import { type Around, type CodedBody, leaveIfFailed, leaveIfUnbound, rowsOf } from "./inner.ts";
import { cellBytes } from "./layout.ts";
import { log2 } from "./nest.ts";
import { cellAddress, loadInteger } from "./size_code.ts";
import {
  add,
  block as codeBlock,
  br,
  call,
  type Code,
  eq,
  Func,
  i32,
  i64,
  ifElse,
  type Local,
  type Node,
  op,
  shl,
} from "./tree.ts";

/** A loop on its way to code. */
export interface CodedLoop {
  readonly step: LoopStep;
  readonly body: CodedBody;
}

/** The sizes that a loop reads while it runs. */
export function loopSizes({ turns, body }: LoopStep): Size[] {
  return [turns, ...[...body.inputs, ...body.outputs].flatMap((row) => [row.offset, row.stride])];
}

/** A row on its way through the turns. */
interface Moving {
  readonly cell: number;
  /** Where the row of this turn is. */
  readonly at: Local;
  /** Bytes from row to row. */
  readonly step: Node;
  /** Where rows begin again, and where; for rings. */
  readonly ring: { readonly first: Node; readonly end: Node } | undefined;
}

/** The function of a loop: takes the block of the program around it, returns a status as `run`. */
export function loopFunction({ step, body }: CodedLoop, around: Around): Func {
  const func = new Func("loop", ["i32"]);
  const block = func.param("i32", "block");
  const { turns, body: { outputs }, condition, done } = step;
  const { first, base } = body;
  const before: Node[] = [];
  const inside = func.let(before, cellAddress(block, first), "inside") as Node;
  const cellOf = (cell: number): Node => add(inside, i32(cell * cellBytes));
  const moving: Moving[] = [];
  for (const { row, cell } of rowsOf(body)) {
    if (isZero(row.stride)) before.push(op("i32.store", cellOf(cell), around.pointer(row, block)));
    else moving.push(movingRow(func, before, { row, cell, block }, around));
  }
  const last = func.let(before, around.count(turns, block), "turns");
  const t = func.local("i32", "t");
  const flag = condition === null ? undefined : outputs[condition]!;
  const turn: Code = [
    moving.map(({ cell, at }) => op("i32.store", cellOf(cell), at.get)),
    body.rebind
      ? leaveIfUnbound(func, call(body.rebind, inside, op("i32.load", cellAddress(block, base))))
      : [],
    leaveIfFailed(func, call(body.run, inside)),
    moving.map((row) => moved(row)),
  ];
  const loop = codeBlock((leave) =>
    func.for(t, 0, last, 1, [
      turn,
      flag ? ifElse(isSet(flag, around, block), [t.set(add(t, 1)), br(leave)]) : [],
    ])
  );
  const count = done === null ? [] : [
    op(
      "i64.store",
      around.pointer({ buffer: done, offset: noOffset, dtype: "int64" }, block),
      op("i64.extend_i32_u", t.get),
    ),
  ];
  return func.body(before, loop, count, i32(0));
}

const noOffset: Size = { kind: "const", id: 0, value: 0 };

function movingRow(
  func: Func,
  before: Node[],
  { row, cell, block }: { row: Row; cell: number; block: Local },
  around: Around,
): Moving {
  const { stride, phase, ring, dtype } = row;
  const shift = i32(log2(dtypes[dtype].bytes));
  const step = func.let(before, shl(around.count(stride, block), shift));
  const first = func.let(before, around.pointer(row, block));
  const start = ring === null ? phase : phase % ring;
  const at = func.local("i32", `row${cell}`);
  before.push(at.set(start === 0 ? first : add(first, times(start, step))));
  if (ring === null) return { cell, at, step, ring: undefined };
  const end = func.let(before, add(first, times(ring, step)));
  return { cell, at, step, ring: { first, end } };
}

function times(count: number, step: Node): Node {
  return op("i32.mul", step, i32(count));
}

/** Goes on to the row of the next turn. */
function moved({ at, step, ring }: Moving): Code {
  const next = at.set(add(at, step));
  return ring ? [next, ifElse(eq(at.get, ring.end), [at.set(ring.first)])] : next;
}

/** Whether the condition says that the turn was the last one. */
function isSet(row: Row, around: Around, block: Local): Node {
  return op("i64.ne", loadInteger(row.dtype, around.pointer(row, block)), i64(0));
}
