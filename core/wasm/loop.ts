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
import type { BodyLayout } from "./block.ts";
import { cellBytes } from "./layout.ts";
import { log2 } from "./nest.ts";
import { cellAddress, loadInteger } from "./size_code.ts";
import {
  add,
  block as codeBlock,
  br,
  call,
  type Callee,
  type Code,
  eq,
  f64,
  Func,
  i32,
  i64,
  ifElse,
  type Local,
  type Node,
  op,
  ret,
  shl,
  sub,
} from "./tree.ts";

/** The functions of a body, and where its numbers lie in its block. */
export interface WrittenBody extends Omit<BodyLayout, "step" | "first"> {
  readonly bind: Callee;
  readonly rebind: Callee | undefined;
  readonly run: Callee;
  /** Cells of its block. */
  readonly cells: number;
  /** Bytes from the base of the workspace around it to its own. */
  readonly offset: Size;
}

/** A loop on its way to code. */
export interface CodedLoop {
  readonly step: LoopStep;
  readonly body: WrittenBody;
  /** The first cell of the body's block. */
  readonly first: number;
  /** The cell with the base of the body's workspace. */
  readonly base: number;
}

/** How the program around a loop gives its numbers. */
export interface Around {
  /** A size. */
  count(size: Size, block: Local): Node;
  /** The address of an element of a buffer. */
  pointer(walk: { buffer: number; offset: Size; dtype: string }, block: Local): Node;
}

/** The sizes that a loop reads while it runs. */
export function loopSizes({ turns, body }: LoopStep): Size[] {
  return [turns, ...[...body.inputs, ...body.outputs].flatMap((row) => [row.offset, row.stride])];
}

/** The sizes that binding a body needs. */
export function bodySizes({ step, body }: CodedLoop): Size[] {
  return [body.offset, ...step.body.inputs.flatMap((row) => row.shape)];
}

/** Leaves a function with the status of another, where that is not zero. */
export function leaveIfFailed(func: Func, status: Node): Code {
  const code: Node[] = [];
  const kept = func.let(code, status);
  return [code, ifElse(kept, [ret(kept)])];
}

/** The parts of the function that binds a program. */
interface Binding {
  readonly block: Local;
  readonly base: Local;
  readonly values: ReadonlyMap<Size, Node>;
}

/** Tells a body the lengths of its arguments and where its workspace is, and binds it. */
export function bindBody(
  func: Func,
  { step, body, first, base: baseCell }: CodedLoop,
  { block, base, values }: Binding,
): Code {
  const code: Node[] = [];
  step.body.program.buffers.forEach(({ role, index }, buffer) => {
    if (role !== "argument") return;
    body.dims[buffer]!.forEach((cell, axis) => {
      const length = values.get(step.body.inputs[index]!.shape[axis]!)!;
      code.push(op("i64.store", cellAddress(block, first + cell), length));
    });
  });
  const own = func.let(code, add(base, op("i32.wrap_i64", values.get(body.offset)!)));
  code.push(op("i32.store", cellAddress(block, baseCell), own));
  const status = func.let(code, call(body.bind, cellAddress(block, first), own));
  return [code, ifElse(op("f64.lt", status, f64(0)), [ret(status)])];
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
export function loopFunction({ step, body, first, base }: CodedLoop, around: Around): Func {
  const func = new Func("loop", ["i32"]);
  const block = func.param("i32", "block");
  const { turns, body: { program, inputs, outputs }, condition, done } = step;
  const before: Node[] = [];
  const inside = func.let(before, cellAddress(block, first), "inside") as Node;
  const cellOf = (cell: number): Node => add(inside, i32(cell * cellBytes));
  const moving: Moving[] = [];
  program.buffers.forEach(({ role, index }, buffer) => {
    const row = role === "argument" ? inputs[index] : role === "borrowed" ? outputs[index] : null;
    if (!row) return;
    const cell = body.pointers[buffer]!;
    if (isZero(row.stride)) {
      before.push(op("i32.store", cellOf(cell), around.pointer(row, block)));
    } else moving.push(movingRow(func, before, { row, cell, block }, around));
  });
  const last = func.let(before, around.count(turns, block), "turns");
  const t = func.local("i32", "t");
  const flag = condition === null ? undefined : outputs[condition]!;
  const turn: Code = [
    moving.map(({ cell, at }) => op("i32.store", cellOf(cell), at.get)),
    body.rebind
      ? rebound(func, call(body.rebind, inside, op("i32.load", cellAddress(block, base))))
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

/** A failure of binding as a status. */
function rebound(func: Func, status: Node): Code {
  const code: Node[] = [];
  const kept = func.let(code, status);
  const failed = op("i32.trunc_sat_f64_s", sub(f64(0), kept));
  return [code, ifElse(op("f64.lt", kept, f64(0)), [ret(failed)])];
}

/** Whether the condition says that the turn was the last one. */
function isSet(row: Row, around: Around, block: Local): Node {
  return op("i64.ne", loadInteger(row.dtype, around.pointer(row, block)), i64(0));
}
