/**
 * @file What the errors of a program or of a body in it say of where they are from.
 */

import type { Failure, Program } from "../core/kernel/program.ts";
import { insideError, ProgramError } from "../core/kernel/target.ts";

/** What an error in a body names besides: the body's own nodes, and the node of the loop or choice. */
export interface Inside {
  readonly program: Program;
  readonly node: number;
}

/** The error of a step, of a body's where one is given. */
export function errorOf(failure: Failure, text: string, inside: Inside | undefined): ProgramError {
  const error = new ProgramError(failure, text);
  return inside ? insideError(error, inside.program, inside.node) : error;
}
