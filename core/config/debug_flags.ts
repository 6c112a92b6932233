// deno-lint-ignore-file camelcase -- flags keep the names that Theano's users type
/**
 * @file Flags of sections about finding errors: DebugMode, NanGuardMode, profiling, test values,
 * traces, checks between stages, and Theano's warnings about results of its own old versions.
 */

import type { FlagReader, FlagValue, Rows } from "./flag.ts";
import { bool, choice, int, isLevel, isNotNegative, isPositive, readOnly, text } from "./rows.ts";

/** The section `DebugMode`. */
export type DebugModeFlags = {
  patience: number;
  check_c: boolean;
  check_py: boolean;
  check_finite: boolean;
  check_strides: number;
  warn_input_not_reused: boolean;
  check_preallocated_output: string;
  check_preallocated_output_ndim: number;
};

const preallocations = "initial previous c_contiguous f_contiguous strided wrong_size ALL";

function arePreallocations(value: FlagValue): boolean {
  const known = ["", ...preallocations.split(" ")];
  return String(value).split(":").every((word) => known.includes(word));
}

/** The records of {@linkcode DebugModeFlags}. */
export const debugModeRows: Rows<DebugModeFlags> = {
  patience: int(10, "Rewrite each graph this often and compare the results.", {
    isValid: isPositive,
  }),
  check_c: bool(true, "Run compiled kernels where there are any."),
  check_py: bool(true, "Run reference implementations where there are any."),
  check_finite: bool(true, "Complain about NaN and infinite results."),
  check_strides: int(
    0,
    "What to do when kernel and reference give different strides: 0 ignore, 1 warn, 2 raise.",
    { isValid: isLevel },
  ),
  warn_input_not_reused: bool(
    true,
    "Warn when an op says that it works in place and then does not.",
  ),
  check_preallocated_output: text(
    "",
    `Run each op on outputs allocated beforehand, of these kinds separated by ':': ` +
      `${preallocations.replaceAll(" ", ", ")}.`,
    { isValid: arePreallocations },
  ),
  check_preallocated_output_ndim: int(
    4,
    "With strided outputs allocated beforehand: over how many of the last axes the strides vary.",
    { isValid: isPositive },
  ),
};

/** The section `NanGuardMode`. */
export type NanGuardModeFlags = {
  nan_is_error: boolean;
  inf_is_error: boolean;
  big_is_error: boolean;
  action: "raise" | "warn" | "pdb";
};

/** The records of {@linkcode NanGuardModeFlags}. */
export const nanGuardModeRows: Rows<NanGuardModeFlags> = {
  nan_is_error: bool(true, "Report values that are not a number."),
  inf_is_error: bool(true, "Report infinities."),
  big_is_error: bool(true, "Report absolute values above 1e10."),
  action: choice(["raise", "warn", "pdb"], "What to do about a value to be reported."),
};

/** The section `profiling`. */
export type ProfilingFlags = {
  time_thunks: boolean;
  n_apply: number;
  n_ops: number;
  output_line_width: number;
  min_memory_size: number;
  min_peak_memory: boolean;
  destination: string;
  debugprint: boolean;
  ignore_first_call: boolean;
};

/** The records of {@linkcode ProfilingFlags}. */
export const profilingRows: Rows<ProfilingFlags> = {
  time_thunks: bool(true, "Time each node by itself."),
  n_apply: int(20, "How many nodes to print.", { isValid: isPositive }),
  n_ops: int(20, "How many ops to print.", { isValid: isPositive }),
  output_line_width: int(512, "The longest line to print, in characters.", {
    isValid: isPositive,
  }),
  min_memory_size: int(1024, "Leave nodes out of the memory profile below this many bytes.", {
    isValid: isNotNegative,
  }),
  min_peak_memory: bool(false, "Look for the order of nodes that needs the least memory."),
  destination: text("stderr", "Where the profile goes: stderr, stdout, or a file's name."),
  debugprint: bool(false, "Print the graph of each profiled function too."),
  ignore_first_call: bool(false, "Leave the first call of each function out."),
};

/** The section `traceback`. */
export type TracebackFlags = {
  limit: number;
  compile_limit: number;
};

/** The records of {@linkcode TracebackFlags}. */
export const tracebackRows: Rows<TracebackFlags> = {
  limit: int(8, "How many stack frames a variable keeps of where it was made; -1 for all."),
  compile_limit: int(0, "The same for variables made during compilation; -1 for all."),
};

/** The section `unittests`. */
export type UnittestsFlags = {
  rseed: string;
};

/** The records of {@linkcode UnittestsFlags}. */
export const unittestsRows: Rows<UnittestsFlags> = {
  rseed: text("666", "Seed of tests with random numbers, or random for another one each time.", {
    isValid: (value) => value === "random" || /^\s*[+-]?\d+\s*$/.test(String(value)),
  }),
};

/** The section `check`, which Theano does not have. */
export type CheckFlags = {
  stages: boolean;
};

/** The records of {@linkcode CheckFlags}. */
export const checkRows: Rows<CheckFlags> = {
  stages: bool(
    false,
    "Check every stage of a compilation: the graph after each pass, the kernels, the bytes.",
    { inCacheKey: true },
  ),
};

/** The section `dump`, which Theano does not have. */
export type DumpFlags = {
  dir: string;
  filter: string;
};

/** The records of {@linkcode DumpFlags}. */
export const dumpRows: Rows<DumpFlags> = {
  dir: text("", "Write every stage of each compilation into a folder of its own below this one."),
  filter: text("", "Write only functions whose name contains this text."),
};

/** The section `warn`: results of old versions that were wrong. */
export type WarnFlags = {
  readonly ignore_bug_before: string;
  argmax_pushdown_bug: boolean;
  gpusum_01_011_0111_bug: boolean;
  sum_sum_bug: boolean;
  sum_div_dimshuffle_bug: boolean;
  subtensor_merge_bug: boolean;
  gpu_set_subtensor1: boolean;
  vm_gc_bug: boolean;
  signal_conv2d_interface: boolean;
  reduce_join: boolean;
  inc_set_subtensor1: boolean;
  round: boolean;
  inc_subtensor1_opt: boolean;
  identify_1pexp_bug: boolean;
};

/** Whether to warn of what was wrong before a version: the default of the flags of `warn`. */
function unlessIgnored(version: string): (get: FlagReader) => boolean {
  return (get) => {
    const ignored = String(get("warn.ignore_bug_before"));
    if (ignored === "None" || ignored === "all") return ignored === "None";
    return isBefore(ignored, version);
  };
}

function isBefore(version: string, other: string): boolean {
  const [a, b] = [version, other].map((text) => text.split(".").map(Number));
  for (let i = 0; i < Math.max(a!.length, b!.length); i++) {
    const difference = (a![i] ?? -1) - (b![i] ?? -1);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** The records of {@linkcode WarnFlags}. */
export const warnRows: Rows<WarnFlags> = {
  ignore_bug_before: choice(
    // deno-fmt-ignore
    ["0.9", "None", "all", "0.3", "0.4", "0.4.1", "0.5", "0.6", "0.7", "0.8", "0.8.1", "0.8.2",
      "0.10", "1.0", "1.0.1", "1.0.2", "1.0.3", "1.0.4"],
    "Warn of what Theano got wrong after this version; None warns of everything, all of nothing. " +
      "It sets the default of the other flags of this section.",
    readOnly,
  ),
  argmax_pushdown_bug: bool(
    unlessIgnored("0.3"),
    "Warn where local_argmax_pushdown was wrong before 27 May 2010.",
  ),
  gpusum_01_011_0111_bug: bool(
    unlessIgnored("0.3"),
    "Warn where sums on GPUs over the patterns 01, 011 and 0111 were wrong before 31 May 2010.",
  ),
  sum_sum_bug: bool(
    unlessIgnored("0.3"),
    "Warn where a sum of a sum was wrong before 2 August 2010.",
  ),
  sum_div_dimshuffle_bug: bool(
    unlessIgnored("0.3"),
    "Warn where a sum of a quotient by a dimshuffle was wrong before 3 August 2010.",
  ),
  subtensor_merge_bug: bool(
    unlessIgnored("0.5"),
    "Warn where indexing a slice with a negative step was wrong before version 0.5.",
  ),
  gpu_set_subtensor1: bool(
    unlessIgnored("0.6"),
    "Warn where setting rows by a vector of indices on a GPU was wrong before version 0.6.",
  ),
  vm_gc_bug: bool(
    false,
    "Warn where giving memory back in the lazy linker was wrong in July 2012.",
  ),
  signal_conv2d_interface: bool(
    unlessIgnored("0.7"),
    "Warn where the arguments of signal.conv2d changed in version 0.7.",
  ),
  reduce_join: bool(
    unlessIgnored("0.7"),
    "Warn where a reduction of a join along another axis was wrong before version 0.7.",
  ),
  inc_set_subtensor1: bool(
    unlessIgnored("0.7"),
    "Warn where setting or adding to rows by an array of indices was wrong before version 0.7.",
  ),
  round: bool(
    unlessIgnored("0.9"),
    "Warn where round is used with its default mode, which became half_to_even in version 0.9.",
  ),
  inc_subtensor1_opt: bool(
    unlessIgnored("0.10"),
    "Warn where adding to rows of zeros by an array with repeated indices was wrong before 0.10.",
  ),
  identify_1pexp_bug: bool(
    unlessIgnored("0.4.1"),
    "Warn where 1 + exp(x) was recognised wrongly before version 0.4.1.",
  ),
};
