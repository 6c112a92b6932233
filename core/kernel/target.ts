/**
 * @file What lies between a program and the machine: a target builds programs and runs them.
 */

import type { NDArray } from "../array/ndarray.ts";
import type { Storage } from "../array/storage.ts";
import type { DType } from "../dtype/dtype.ts";
import type { CustomForm } from "../ops/custom_code.ts";
import type { Failure, Program } from "./program.ts";
import type { Sizes } from "./size.ts";

/** Computes the results of a node on the host. */
export type HostCall = (inputs: readonly NDArray[]) => readonly NDArray[];

/** A graph as a program, with what a program as plain data cannot hold. */
export interface Lowered {
  readonly program: Program;
  /** Where the program's sizes were made. */
  readonly sizes: Sizes;
  /** The values of the constant buffers. */
  readonly constants: readonly NDArray[];
  /** What the host steps compute, in order. */
  readonly hosts: readonly HostCall[];
}

/** Values that went to a device or came from it. */
export interface TransferUse {
  /** How many. Units: bytes. */
  readonly bytes: number;
  /** Time of moving them. Units: seconds. */
  readonly seconds: number;
}

/** What a call of a program did on a device. */
export interface DeviceUse {
  /** How often the device was given commands. */
  readonly submits: number;
  /** How long kernels ran there. Units: seconds. */
  readonly kernelSeconds: number;
  /** Whether the device's own clock says so; without one it is how long the host waited for it. */
  readonly isByDeviceClock: boolean;
  /** What was written there. */
  readonly toDevice: TransferUse;
  /** What was read from there. */
  readonly fromDevice: TransferUse;
}

/** A program that can be run. */
export interface Executable {
  /**
   * Runs the program once. A call that fails changes no shared variable.
   *
   * @param args The arguments, dense, of the dtypes and numbers of axes that the program states.
   * @param shared The shared variables.
   * @returns The results; borrowed ones are views that the next call overwrites.
   * @throws {ProgramError} If a check fails or an index is out of range.
   * @throws {RangeError} If the call needs more memory than there is.
   */
  run(args: readonly NDArray[], shared: readonly Storage[]): NDArray[];
  /** The same without blocking while a device computes, where the target has one. */
  runLater?(args: readonly NDArray[], shared: readonly Storage[]): Promise<NDArray[]>;
  /**
   * Measures each call from now on, which then waits until the device is done; absent where the
   * program uses none.
   *
   * @param told Is told what a call did there, at its end.
   */
  measure?(told: (use: DeviceUse) => void): void;
  /** Bytes of intermediate values in the last call. */
  readonly workspaceBytes: number;
  /** Gives back all memory; the next call takes it again. */
  free(): void;
}

/** What can be kept of a build and turned into an executable again. */
export interface StoredBuild {
  /** Code, by name. */
  readonly sections: Readonly<Record<string, Uint8Array<ArrayBuffer>>>;
  /** The rest, as JSON. */
  readonly meta: unknown;
}

/** A program that a target has made runnable. */
export interface Build {
  readonly executable: Executable;
  /** What can be kept of it; undefined where nothing can. It is put together when it is asked for. */
  readonly keep?: () => StoredBuild | undefined;
}

/** One way to look at what a target makes of a program. */
export interface Artifact {
  /** The name of a file for it. */
  readonly name: string;
  /** Text to read, or bytes as the machine gets them. */
  readonly content: string | Uint8Array<ArrayBuffer>;
}

/** Bytes of workspace that a sort wants: some in all, and some a column. */
export interface SortScratch {
  readonly bytes: number;
  readonly bytesPerColumn: number;
}

/** A machine that runs programs. */
export interface Target {
  /** Its name in tests and profiles. */
  readonly name: string;
  /** Canonical text of the engine's features, part of the cache key. */
  readonly features: string;
  /** Bytes of workspace that matrix products are content with, whatever their size. */
  readonly productScratch: Readonly<Record<"float32" | "float64", number>>;
  /** Workspace that a sort of elements of a dtype wants, with or without their places. */
  sortScratch(dtype: DType, hasPlaces: boolean): SortScratch;
  /** The forms in which it runs code of users' ops that is not meant for a device. */
  readonly customForms: readonly CustomForm[];
  /** Makes a program runnable. */
  build(lowered: Lowered): Build;
  /**
   * Makes a stored build runnable.
   *
   * @throws {Error} If it is damaged, or does not fit what the machine is like now.
   */
  restore(stored: StoredBuild): Executable;
  /** What it makes of a program, to be looked at. */
  describe?(lowered: Lowered): readonly Artifact[];
}

/**
 * A check of a program that failed: caught by the compiled function, which adds the node's context.
 */
export class ProgramError extends Error {
  /**
   * Makes the error.
   *
   * @param failure What was checked.
   * @param message The text, sizes filled in.
   */
  constructor(readonly failure: Failure, message: string) {
    super(message);
  }
}

/** The error of a body, as that of the node that it belongs to. */
export function insideError(error: ProgramError, body: Program, node: number): ProgramError {
  return new ProgramError({ ...error.failure, node }, insideText(error, body));
}

/** What the error of a body says, with the node inside that caused it. */
export function insideText({ message, failure }: ProgramError, body: Program): string {
  return `${message}\nApply node that caused the error: ${body.nodes[failure.node]}`;
}
