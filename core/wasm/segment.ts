/**
 * @file The two functions of a segment: `bind`, which computes its sizes, makes its checks and places its
 * buffers, and `run`, which calls its kernels, loops and branches.
 */

import type { Segment } from "../kernel/plan.ts";
import type { Program } from "../kernel/program.ts";
import { type Size, sizesInOrder } from "../kernel/size.ts";
import type { Cells } from "./block.ts";
import { argumentSizes, BlockNumbers } from "./block_numbers.ts";
import { branchFunction, branchSizes, type CodedBranch } from "./branch.ts";
import { bodySizes, boundInside, leaveIfFailed, storeBase, storeLengths } from "./inner.ts";
import { type CodedLoop, loopFunction, loopSizes } from "./loop.ts";
import type { KernelCode } from "./nest.ts";
import { cellAddress, emitSizes } from "./size_code.ts";
import {
  add,
  call,
  type Callee,
  type Code,
  eqz,
  f64,
  Func,
  i32,
  i64,
  ifElse,
  type Node,
  op,
  ret,
  sequence,
} from "./tree.ts";

/** A step that runs, on its way to code. */
export type CodedStep =
  | { readonly kind: "kernel"; readonly place: number; readonly code: KernelCode }
  | { readonly kind: "loop" } & CodedLoop
  | { readonly kind: "branch" } & CodedBranch;

/** The sizes that a step reads while it runs. */
export function readBy(step: CodedStep): Size[] {
  switch (step.kind) {
    case "kernel":
      return step.code.args.flatMap(argumentSizes);
    case "loop":
      return loopSizes(step.step);
    case "branch":
      return branchSizes(step);
  }
}

/** The sizes that placing a step's bodies needs. */
function placedBy(step: CodedStep): Size[] {
  if (step.kind === "loop") return bodySizes(step.body);
  return step.kind === "branch" ? step.bodies.map(({ offset }) => offset) : [];
}

/** Gives bodies their workspace; those of loops are bound, those of branches when they are taken. */
function placeBodies(
  func: Func,
  step: CodedStep,
  binding: Parameters<typeof storeBase>[2],
): Node[] {
  if (step.kind === "branch") {
    return step.bodies.map((body) => sequence(storeBase(func, body, binding).code));
  }
  if (step.kind !== "loop") return [];
  const { block, valueOf } = binding;
  const { code, own } = storeBase(func, step.body, binding);
  return [
    sequence(storeLengths(step.body, block, valueOf)),
    sequence(code, boundInside(func, step.body, block, own)),
  ];
}

/** One segment on its way to code. */
export interface SegmentParts {
  readonly segment: Segment;
  readonly runs: readonly CodedStep[];
  readonly checks: readonly { readonly condition: Size; readonly id: number }[];
  /** What kernels, loops and JavaScript read. */
  readonly wanted: ReadonlySet<Size>;
  readonly owned: readonly (readonly [buffer: number, bytes: Size])[];
  /** Whether it is a body, whose workspace is part of that around it. */
  readonly isBody: boolean;
}

/** What a part of binding computes: all of it, what is known without values, or the rest. */
export type Part = "all" | "known" | "values";

/** Whether sizes are computed by a part of binding; several go together. */
function isPartOf(part: Part, ...sizes: readonly Size[]): boolean {
  return part === "all" || dependOnValues(sizes) === (part === "values");
}

/** Whether not all of some sizes are known before integers have their values. */
function dependOnValues(sizes: Iterable<Size>): boolean {
  return sizesInOrder(sizes).some(({ kind }) => kind === "value");
}

/** Whether not all of a segment can be bound before integers have their values. */
export function readsValues(parts: SegmentParts): boolean {
  return dependOnValues(rootsOf(parts, "all"));
}

/** What a part of binding has to compute. */
function rootsOf(parts: SegmentParts, part: Part): Set<Size> {
  const { segment, runs, checks, wanted, owned, isBody } = parts;
  const placed = runs.map(placedBy).filter((sizes) => isPartOf(part, ...sizes)).flat();
  const all = [
    ...checks.map((c) => c.condition),
    ...wanted,
    ...segment.offsets.values(),
    ...owned.map(([, bytes]) => bytes),
    ...(isBody ? [] : [segment.bytes]),
  ];
  return new Set([...all.filter((size) => isPartOf(part, size)), ...placed]);
}

/**
 * The function that binds a segment, or a part of it: takes the block and the base of the workspace,
 * returns the bytes of workspace, or −1 − k for failure k.
 */
export function bindFunction(
  parts: SegmentParts,
  part: Part,
  { program, cells }: { readonly program: Program; readonly cells: Cells },
): Func {
  const { segment, runs, checks, wanted, owned } = parts;
  const func = new Func("bind", ["f64"]);
  const block = func.param("i32", "block");
  const base = func.param("i32", "base");
  const code: Node[] = [];
  const values = emitSizes(func, program, cells, block, rootsOf(parts, part), code);
  const valueOf = (size: Size): Node => values.get(size)!;
  const store = (cell: number, size: Size): void => {
    code.push(op("i64.store", cellAddress(block, cell), valueOf(size)));
  };
  for (const { condition, id } of checks) {
    if (!isPartOf(part, condition)) continue;
    code.push(ifElse(eqz(valueOf(condition)), [ret(f64(-1 - id))]));
  }
  for (const size of wanted) {
    if (size.kind !== "const" && isPartOf(part, size)) store(cells.of(size), size);
  }
  for (const [buffer, bytes] of owned) store(cells.bytes(buffer), bytes);
  for (const [buffer, offset] of segment.offsets) {
    if (!isPartOf(part, offset)) continue;
    const pointer = add(base, op("i32.wrap_i64", valueOf(offset)));
    code.push(op("i32.store", cellAddress(block, cells.pointer(buffer)), pointer));
  }
  for (const run of runs) {
    if (!isPartOf(part, ...placedBy(run))) continue;
    code.push(...placeBodies(func, run, { block, base, valueOf }));
  }
  const bytes = values.get(segment.bytes) ?? i64(0);
  return func.body(code, op("f64.convert_i64_s", bytes));
}

/** What running a segment needs of the module around it. */
export interface Calls {
  /** The function of a kernel. */
  kernel(code: KernelCode): Callee;
  /** Adds a function to the module. */
  add(func: Func): Callee;
  /** Numbers a step that may fail. */
  failure(step: number): number;
}

/** The function that runs a segment: takes the block, returns 0, or 1 + k for failure k. */
export function runFunction({ runs }: SegmentParts, cells: Cells, calls: Calls): Func {
  const func = new Func("run", ["i32"]);
  const block = func.param("i32", "block");
  const numbers = new BlockNumbers(cells);
  const kernelCall = (code: KernelCode, place: number): Code => {
    const callee = calls.kernel(code);
    const result = call(callee, ...code.args.map((a) => numbers.argument(a, block)));
    if (callee.results.length === 0) return result;
    return ifElse(result, [ret(i32(1 + calls.failure(place)))]);
  };
  const callOf = (inner: Func): Code => leaveIfFailed(func, call(calls.add(inner), block));
  const body = runs.map((run): Code => {
    switch (run.kind) {
      case "kernel":
        return kernelCall(run.code, run.place);
      case "loop":
        return callOf(loopFunction(run, numbers));
      case "branch":
        return callOf(branchFunction(run, numbers));
    }
  });
  return func.body(body, i32(0));
}
