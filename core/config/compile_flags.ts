// deno-lint-ignore-file camelcase -- flags keep the names that Theano's users type
/**
 * @file Flags of sections about compiling: tensors, loops, rewrites, numbers, the compile cache.
 */

import { joinPath } from "../host/files.ts";
import type { Row, Rows } from "./flag.ts";
import {
  bool,
  choice,
  float,
  inCacheKey,
  int,
  isLevel,
  isNotNegative,
  isPositive,
  path,
  readOnly,
  text,
} from "./rows.ts";
import { compiledirKeys, compiledirName, defaultBaseCompiledir } from "./compiledir.ts";

/** The section `tensor`. */
export type TensorFlags = {
  readonly cmp_sloppy: number;
  local_elemwise_fusion: boolean;
  insert_inplace_optimizer_validate_nb: number;
};

/** The records of {@linkcode TensorFlags}. */
export const tensorRows: Rows<TensorFlags> = {
  cmp_sloppy: int(
    0,
    "How far values may differ and count as close in DebugMode and tests: 0, 1 or 2, wider each.",
    { readOnly: true, isValid: isLevel },
  ),
  local_elemwise_fusion: bool(true, "Join elementwise ops into one kernel.", inCacheKey),
  insert_inplace_optimizer_validate_nb: int(
    -1,
    "Check the graph after this many changes to working in place; -1 is 1 below 500 nodes, " +
      "else 10.",
    inCacheKey,
  ),
};

/** The section `scan`. */
export type ScanFlags = {
  allow_gc: boolean;
  allow_output_prealloc: boolean;
  debug: boolean;
};

/** The records of {@linkcode ScanFlags}. */
export const scanRows: Rows<ScanFlags> = {
  allow_gc: bool(
    false,
    "Give memory back between the turns of a loop; no effect: all of them use the same.",
    inCacheKey,
  ),
  allow_output_prealloc: bool(
    true,
    "Write each turn straight into the outputs; no effect: they always are.",
    inCacheKey,
  ),
  debug: bool(false, "Theano's prints while loops are made; no effect here."),
};

/** The section `conv`. */
export type ConvFlags = {
  assert_shape: boolean;
};

/** The records of {@linkcode ConvFlags}. */
export const convRows: Rows<ConvFlags> = {
  assert_shape: bool(false, "Check the shapes given to convolutions at each call.", inCacheKey),
};

/** The section `experimental`. */
export type ExperimentalFlags = {
  local_alloc_elemwise: boolean;
  local_alloc_elemwise_assert: boolean;
  unpickle_gpu_on_cpu: boolean;
};

/** The records of {@linkcode ExperimentalFlags}. */
export const experimentalRows: Rows<ExperimentalFlags> = {
  local_alloc_elemwise: bool(
    true,
    "Must stay True; optimizer_excluding=local_alloc_elemwise switches the rewrite off.",
    { isValid: (value) => value === true },
  ),
  local_alloc_elemwise_assert: bool(
    true,
    "Check at each call that what local_alloc_elemwise removed had the right shape.",
    inCacheKey,
  ),
  unpickle_gpu_on_cpu: bool(false, "Load arrays saved from a GPU as arrays of the CPU."),
};

/** The section `optdb`. */
export type OptdbFlags = {
  position_cutoff: number;
  max_use_ratio: number;
};

/** The records of {@linkcode OptdbFlags}. */
export const optdbRows: Rows<OptdbFlags> = {
  position_cutoff: float(Infinity, "Stop before the pass at this position.", inCacheKey),
  max_use_ratio: float(
    8,
    "Stop applying a rewrite after this many times the number of nodes.",
    inCacheKey,
  ),
};

/** The section `metaopt`. */
export type MetaoptFlags = {
  verbose: number;
  optimizer_including: string;
  optimizer_excluding: string;
};

/** The records of {@linkcode MetaoptFlags}. */
export const metaoptRows: Rows<MetaoptFlags> = {
  verbose: int(0, "How much to print when several implementations are timed: 0, 1 or 2."),
  optimizer_including: text("", "Tags of implementations to time, separated by ':'.", inCacheKey),
  optimizer_excluding: text(
    "",
    "Tags of implementations not to time, separated by ':'.",
    inCacheKey,
  ),
};

/** The section `vm`. */
export type VmFlags = {
  lazy: boolean | null;
};

/** The records of {@linkcode VmFlags}. */
export const vmRows: Rows<VmFlags> = {
  lazy: {
    type: "lazy",
    default: null,
    doc: "Compute only the branches that are needed: None where a graph has any, True, False.",
    inCacheKey: true,
  },
};

/** What NumPy does about an arithmetic error. */
export type SeterrAction = "ignore" | "warn" | "raise" | "call" | "print" | "log" | "None";

/** The section `numpy`. */
export type NumpyFlags = {
  readonly seterr_all: SeterrAction;
  readonly seterr_divide: SeterrAction;
  readonly seterr_over: SeterrAction;
  readonly seterr_under: SeterrAction;
  readonly seterr_invalid: SeterrAction;
};

function seterr(error: string): Row<SeterrAction> {
  return choice(
    ["None", "ignore", "warn", "raise", "call", "print", "log"],
    `What reference implementations do about ${error}; None leaves it to numpy.seterr_all.`,
    readOnly,
  );
}

/** The records of {@linkcode NumpyFlags}. */
export const numpyRows: Rows<NumpyFlags> = {
  seterr_all: choice(
    ["ignore", "warn", "raise", "call", "print", "log", "None"],
    "What reference implementations do about errors of floating-point arithmetic.",
    readOnly,
  ),
  seterr_divide: seterr("division by zero"),
  seterr_over: seterr("overflow"),
  seterr_under: seterr("underflow"),
  seterr_invalid: seterr("invalid operations"),
};

/** The section `blas`. */
export type BlasFlags = {
  ldflags: string;
  check_openmp: boolean;
};

/** The records of {@linkcode BlasFlags}. */
export const blasRows: Rows<BlasFlags> = {
  ldflags: text(
    "",
    "The BLAS library to use for products where calling it is permitted, as for a linker: " +
      "-lopenblas, -L/folder -lblas. Empty: our own kernels.",
  ),
  check_openmp: bool(
    true,
    "Check a BLAS library for Theano's clash of OpenMP versions; no effect.",
  ),
};

/** The section `compile`: the lock of the compile directory. */
export type CompileFlags = {
  readonly wait: number;
  readonly timeout: number;
};

/** The records of {@linkcode CompileFlags}. */
export const compileRows: Rows<CompileFlags> = {
  wait: int(5, "Seconds between two attempts to get the lock of the compile directory.", {
    readOnly: true,
    isValid: isPositive,
  }),
  timeout: int(
    (get) => Number(get("compile.wait")) * 24,
    "Seconds after which a lock is taken from an owner that did not renew it.",
    { readOnly: true, isValid: isNotNegative },
  ),
};

/** The section `cmodule`: the compile cache. */
export type CmoduleFlags = {
  readonly age_thresh_use: number;
  readonly preload_cache: boolean;
  warn_no_version: boolean;
  debug: boolean;
  remove_gxx_opt: boolean;
  compilation_warning: boolean;
};

/** The records of {@linkcode CmoduleFlags}. */
export const cmoduleRows: Rows<CmoduleFlags> = {
  age_thresh_use: int(
    60 * 60 * 24 * 24,
    "Seconds after its last use from which a stored function is compiled again; 7 days later it " +
      "is deleted.",
    readOnly,
  ),
  preload_cache: bool(false, "Read the whole cache at the start; no effect here.", readOnly),
  warn_no_version: bool(false, "Warn of ops whose compiled form cannot be stored."),
  debug: bool(false, "Compile with more checks.", inCacheKey),
  remove_gxx_opt: bool(false, "Theano's g++ without -O; no effect here.", inCacheKey),
  compilation_warning: bool(false, "Theano's warnings of g++; no effect here."),
};

/** The section `gcc`. */
export type GccFlags = {
  cxxflags: string;
};

/** The records of {@linkcode GccFlags}. */
export const gccRows: Rows<GccFlags> = {
  cxxflags: text("", "Theano's options for g++. No effect: none is needed here."),
};

/** The section `lib`. */
export type LibFlags = {
  amdlibm: boolean;
};

/** The records of {@linkcode LibFlags}. */
export const libRows: Rows<LibFlags> = {
  amdlibm: bool(false, "Theano's use of AMD's libm; no effect here."),
};

/** The section `ctc`. */
export type CtcFlags = {
  readonly root: string;
};

/** The records of {@linkcode CtcFlags}. */
export const ctcRows: Rows<CtcFlags> = {
  root: path("", "Theano's folder of warp-ctc. No effect: the loss is built in.", readOnly),
};

/** Where the compile cache lies: flags without a section. */
export type CompiledirFlags = {
  readonly base_compiledir: string;
  readonly compiledir_format: string;
  readonly compiledir: string;
};

/** The records of {@linkcode CompiledirFlags}. */
export const compiledirRows: Rows<CompiledirFlags> = {
  base_compiledir: path(
    defaultBaseCompiledir,
    "The folder that holds compile directories, whatever the machine.",
    readOnly,
  ),
  compiledir_format: text(
    "compiledir_deno-%(short_platform)s-%(processor)s-%(deno_version)s-%(v8_version)s",
    `The name of the compile directory below base_compiledir, from: ${compiledirKeys.join(", ")}.`,
    readOnly,
  ),
  compiledir: path(
    (get) => {
      const base = String(get("base_compiledir"));
      return base === "" ? "" : joinPath(base, compiledirName(get));
    },
    "The compile directory: where compiled functions are stored. Empty: in memory only.",
    readOnly,
  ),
};
