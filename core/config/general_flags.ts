// deno-lint-ignore-file camelcase -- flags keep the names that Theano's users type
/**
 * @file The flags without a section: dtypes, devices, modes, what to do about errors.
 */

import type { FlagValue, Rows } from "./flag.ts";
import { bool, choice, inCacheKey, int, readOnly, text } from "./rows.ts";

/** The dtypes `floatX` may name. */
export type FloatX = "float64" | "float32" | "float16";

/** What to do about something suspicious. `pdb` is Theano's word; here it is a `debugger` stop. */
export type Reaction = "ignore" | "warn" | "raise" | "pdb";

/** When test values are computed while a graph is built. */
export type TestValueReaction = "off" | "ignore" | "warn" | "raise" | "pdb";

/** The flags without a section. */
export type GeneralFlags = {
  floatX: FloatX;
  cast_policy: "custom" | "numpy+floatX";
  int_division: "int" | "raise" | "floatX";
  warn_float64: Reaction;
  deterministic: "default" | "more";
  readonly device: string;
  readonly force_device: boolean;
  readonly init_gpu_device: string;
  readonly contexts: string;
  readonly print_active_device: boolean;
  assert_no_cpu_op: Reaction;
  mode: string | object;
  linker: "cvm" | "c|py" | "py" | "c" | "c|py_nogc" | "vm" | "vm_nogc" | "cvm_nogc";
  allow_gc: boolean;
  optimizer:
    | "o4"
    | "o3"
    | "o2"
    | "o1"
    | "unsafe"
    | "fast_run"
    | "fast_compile"
    | "merge"
    | "None";
  readonly optimizer_including: string;
  readonly optimizer_excluding: string;
  readonly optimizer_requiring: string;
  optimizer_verbose: boolean;
  on_opt_error: "warn" | "raise" | "pdb" | "ignore";
  on_shape_error: "warn" | "raise";
  on_unused_input: "raise" | "warn" | "ignore";
  check_stack_trace: "off" | "log" | "warn" | "raise";
  cycle_detection: "regular" | "fast";
  openmp: boolean;
  openmp_elemwise_minsize: number;
  exception_verbosity: "low" | "high";
  compute_test_value: TestValueReaction;
  compute_test_value_opt: TestValueReaction;
  print_test_value: boolean;
  pickle_test_value: boolean;
  unpickle_function: boolean;
  reoptimize_unpickled_function: boolean;
  print_global_stats: boolean;
  check_input: boolean;
  cache_optimizations: boolean;
  nocleanup: boolean;
  cxx: string;
  profile: boolean;
  profile_memory: boolean;
  profile_optimizer: boolean;
};

/** Theano's short forms of the values of `floatX`. */
function wholeFloatX(value: FlagValue): FlagValue {
  return value === "64" || value === "32" || value === "16" ? `float${value}` : value;
}

const frozenKey = { inCacheKey: true, readOnly: true } as const;

/** The records of {@linkcode GeneralFlags}. */
export const generalRows: Rows<GeneralFlags> = {
  floatX: choice(
    ["float64", "float32", "float16"],
    "The dtype of constructors without a prefix, of fractions in formulas and of defaults such " +
      "as those of zeros and eye. 64, 32 and 16 are short for the three.",
    { inCacheKey: true, convert: wholeFloatX },
  ),
  cast_policy: choice(
    ["custom", "numpy+floatX"],
    "How numbers written in formulas are typed: custom takes the smallest dtype that holds them, " +
      "numpy+floatX follows NumPy but replaces float64 by floatX.",
    inCacheKey,
  ),
  int_division: choice(
    ["int", "raise", "floatX"],
    "What dividing an integer by an integer with / gives: int is floor division, raise an error, " +
      "floatX a fraction.",
  ),
  warn_float64: choice(
    ["ignore", "warn", "raise", "pdb"],
    "What to do when a float64 tensor variable is made: GPUs have no float64 here.",
  ),
  deterministic: choice(
    ["default", "more"],
    "more avoids implementations whose result depends on timing, such as atomic additions on " +
      "GPUs, where there is another one.",
    inCacheKey,
  ),
  device: {
    type: "device",
    default: "cpu",
    doc:
      "Where functions run by default: cpu, webgpu, or webgpu0, webgpu1, … for one of several. " +
      "gpu*, cuda* and opencl* are other words for webgpu*. Lower case only.",
    ...frozenKey,
  },
  force_device: bool(
    false,
    "Raise an error where the device cannot be used, instead of falling back to the CPU; with " +
      "device=cpu, use no GPU at all.",
    readOnly,
  ),
  init_gpu_device: {
    type: "device",
    default: "",
    doc: "Open this GPU without moving anything to it; only with device=cpu. For tests of one GPU.",
    readOnly: true,
  },
  contexts: {
    type: "contexts",
    default: "",
    doc:
      "Names for GPUs, as name->device;name->device: dev0->webgpu0;dev1->webgpu0. WebGPU shows " +
      "a program one GPU, to which all names are mapped. " +
      "A name must not be a device's: cpu, webgpu*, gpu*, cuda*, opencl*.",
    ...frozenKey,
  },
  print_active_device: bool(true, "Print a line about the GPU when it is opened.", readOnly),
  assert_no_cpu_op: choice(
    ["ignore", "warn", "raise", "pdb"],
    "What to do when a function for the GPU computes something on the CPU.",
    inCacheKey,
  ),
  mode: {
    type: "mode",
    default: "Mode",
    doc: "The mode of functions that name none: Mode combines the flags linker and optimizer.",
    inCacheKey: true,
  },
  linker: choice(
    ["cvm", "c|py", "py", "c", "c|py_nogc", "vm", "vm_nogc", "cvm_nogc"],
    "How functions run when mode=Mode: py evaluates node by node with the reference " +
      "implementations, every other word runs compiled kernels; _nogc keeps temporaries.",
    inCacheKey,
  ),
  allow_gc: bool(
    true,
    "Give the memory of temporaries back during a call: less memory, some time.",
    inCacheKey,
  ),
  optimizer: choice(
    ["o4", "o3", "o2", "o1", "unsafe", "fast_run", "fast_compile", "merge", "None"],
    "Which rewrites mode=Mode applies: o4 (fast_run) all, down to o1 (fast_compile), merge, " +
      "None; unsafe also drops checks that a correct program never fails.",
    inCacheKey,
  ),
  optimizer_including: text(
    "",
    "Tags or names of rewrites the default mode adds, separated by ':'.",
    frozenKey,
  ),
  optimizer_excluding: text(
    "",
    "Tags or names of rewrites the default mode leaves out, separated by ':'.",
    frozenKey,
  ),
  optimizer_requiring: text(
    "",
    "Tags every rewrite of the default mode must have, separated by ':'.",
    frozenKey,
  ),
  optimizer_verbose: bool(false, "Print each rewrite as it is applied."),
  on_opt_error: choice(
    ["warn", "raise", "pdb", "ignore"],
    "What to do when a rewrite fails: warn and go on without it, raise, stop, or go on silently.",
  ),
  on_shape_error: choice(
    ["warn", "raise"],
    "What to do when an op cannot infer its shape: warn and compute the value for it, or raise.",
  ),
  on_unused_input: choice(
    ["raise", "warn", "ignore"],
    "What to do when an input of a function is not used by its outputs.",
  ),
  check_stack_trace: choice(
    ["off", "log", "warn", "raise"],
    "What to do when a rewrite makes a variable without a record of where it comes from.",
    inCacheKey,
  ),
  cycle_detection: choice(
    ["regular", "fast"],
    "How working in place is checked against cycles: regular allows more of it, fast compiles " +
      "sooner.",
    inCacheKey,
  ),
  openmp: bool(
    false,
    "Let large elementwise ops, products and convolutions use several CPU cores.",
    inCacheKey,
  ),
  openmp_elemwise_minsize: int(
    200000,
    "With openmp: the number of elements from which elementwise ops use several cores.",
    inCacheKey,
  ),
  exception_verbosity: choice(
    ["low", "high"],
    "high adds the whole graph of the failing node to run-time errors.",
  ),
  compute_test_value: choice(
    ["off", "ignore", "warn", "raise", "pdb"],
    "Evaluate each op on the tag test_value of its inputs while the graph is built, and what to " +
      "do where an input has none.",
  ),
  compute_test_value_opt: choice(
    ["off", "ignore", "warn", "raise", "pdb"],
    "The same for nodes made by rewrites.",
    inCacheKey,
  ),
  print_test_value: bool(false, "Print a variable's test value where it would print its name."),
  pickle_test_value: bool(true, "Keep test values when a graph is saved."),
  unpickle_function: bool(true, "Load saved functions; if not, each one loads as nothing."),
  reoptimize_unpickled_function: bool(false, "Rewrite the graph of a function again at loading."),
  print_global_stats: bool(false, "Print the total times of all functions at the end."),
  check_input: bool(
    true,
    "Check values against the types of ops inside compiled code.",
    inCacheKey,
  ),
  cache_optimizations: bool(false, "Theano's unfinished cache of rewrites; no effect here."),
  nocleanup: bool(false, "Keep generated files of a failed compilation."),
  cxx: text("", "Theano's C++ compiler. No effect: none is needed here."),
  profile: bool(false, "Collect times of every function and print them at the end."),
  profile_memory: bool(false, "With profile: collect and print the memory of every function too."),
  profile_optimizer: bool(false, "With profile: collect and print the time of each rewrite too."),
};
