/**
 * @file What `bind` or `run` found when they gave up, in the words of the step that failed.
 */

import { failureText } from "../kernel/plan.ts";
import {
  bodiesOf,
  type BranchStep,
  type CheckStep,
  type LoopStep,
  type Program,
  type RunStep,
} from "../kernel/program.ts";
import type { SizeInputs } from "../kernel/size.ts";
import { insideError, ProgramError } from "../kernel/target.ts";
import type { Arena } from "./arena.ts";
import type { BlockLayout, BodyPlace } from "./block.ts";
import { cellBytes, cellIndex, fault } from "./layout.ts";
import { readInteger } from "./memory.ts";

/** A program that ran, and where its numbers are. */
export interface Failed {
  readonly program: Program;
  readonly layout: BlockLayout;
  readonly arena: Arena;
}

/** A program, or a body, and its block. */
interface Place {
  readonly program: Program;
  readonly layout: Pick<BlockLayout, "pointers" | "dims" | "bodies">;
  readonly block: number;
}

/**
 * The error of a step that failed.
 *
 * @param failed The program.
 * @param block Where its block is.
 * @param which The number of the failure in the layout's list.
 */
export function failureAt(
  { program, layout, arena }: Failed,
  block: number,
  which: number,
): ProgramError {
  const { inside, step } = layout.failures[which]!;
  let place: Place = { program, layout, block };
  for (const body of inside) place = insideBody(place, body);
  const failed = place.program.steps[step] as CheckStep | RunStep;
  const failure = failed.failure!;
  const text = failed.kind === "check"
    ? failureText(failure.text, failure.sizes, inputsOf(arena, place))
    : faultText(arena, failure.text);
  const error = new ProgramError(failure, text);
  if (inside.length === 0) return error;
  const { node } = program.steps[inside[0]!.step] as LoopStep | BranchStep;
  return insideError(error, place.program, node);
}

function insideBody({ program, layout, block }: Place, { step, index }: BodyPlace): Place {
  const body = layout.bodies.find((b) => b.step === step && b.index === index)!;
  return {
    program: bodiesOf(program.steps[step]!)[index]!.program,
    layout: body,
    block: block + body.first * cellBytes,
  };
}

function inputsOf(arena: Arena, { program, layout, block }: Place): SizeInputs {
  return {
    dim: (buffer, axis) => Number(arena.heap.i64[cellIndex(block, layout.dims[buffer]![axis]!)]),
    value: (buffer) => {
      const address = arena.heap.u32[(block + layout.pointers[buffer]! * cellBytes) >>> 2]!;
      return Number(readInteger(arena, address, program.buffers[buffer]!.dtype));
    },
  };
}

function faultText(arena: Arena, text: string): string {
  const { i64, i32 } = arena.heap;
  return text
    .replace("{index}", `${i64[fault.index / 8]}`)
    .replace("{size}", `${i64[fault.size / 8]}`)
    .replace("{axis}", `${i32[fault.axis / 4]}`);
}
