// deno-lint-ignore-file camelcase -- flags keep the names that Theano's users type
/**
 * @file Flags of sections about GPUs. Those of CUDA's libraries are accepted without effect.
 */

import { joinPath } from "../host/files.ts";
import { raise } from "../errors.ts";
import { type FlagValue, pythonText, type Row, type Rows } from "./flag.ts";
import { bool, choice, float, inCacheKey, path, readOnly, text } from "./rows.ts";

/** The section `gpu`. */
export type GpuFlags = {
  local_elemwise_fusion: boolean;
};

/** The records of {@linkcode GpuFlags}. */
export const gpuRows: Rows<GpuFlags> = {
  local_elemwise_fusion: bool(true, "Join elementwise ops on a GPU into one kernel.", inCacheKey),
};

/** The section `gpuarray`. */
export type GpuarrayFlags = {
  readonly preallocate: number;
  readonly sync: boolean;
  readonly cache_path: string;
  sched: "default" | "multi" | "single";
  single_stream: boolean;
};

function deprecatedSync(value: FlagValue): boolean {
  if (value !== false && value !== "False" && value !== "") {
    raise(
      "RuntimeError",
      "Flag gpuarray.sync is deprecated and will be removed in next Theano release.",
    );
  }
  return false;
}

/** The records of {@linkcode GpuarrayFlags}. */
export const gpuarrayRows: Rows<GpuarrayFlags> = {
  preallocate: float(
    0,
    "Memory of the GPU to take at the start: below 0 keep none for later, 0 to 1 a fraction, " +
      "above 1 megabytes.",
    readOnly,
  ),
  sync: bool(false, "Deprecated: setting it is an error.", {
    readOnly: true,
    filter: deprecatedSync,
  }),
  cache_path: path(
    (get) => {
      const folder = String(get("compiledir"));
      return folder === "" ? "" : joinPath(folder, "gpuarray_kernels");
    },
    "Theano's folder of compiled GPU kernels. No effect: they are stored with their function.",
    readOnly,
  ),
  sched: choice(
    ["default", "multi", "single"],
    "How the CPU waits for a GPU: single spins, multi sleeps.",
    inCacheKey,
  ),
  single_stream: bool(true, "Use one queue of commands; no effect: WebGPU has one."),
};

/** The section `gpuelemwise`. */
export type GpuelemwiseFlags = {
  sync: boolean;
};

/** The records of {@linkcode GpuelemwiseFlags}. */
export const gpuelemwiseRows: Rows<GpuelemwiseFlags> = {
  sync: bool(true, "Wait for each function on the GPU and check for its errors."),
};

/** The section `cuda`. */
export type CudaFlags = {
  root: string;
  include_path: string;
};

/** The records of {@linkcode CudaFlags}. */
export const cudaRows: Rows<CudaFlags> = {
  root: path("", "Theano's folder of CUDA. No effect: WebGPU needs none."),
  include_path: path("", "Theano's folder of CUDA's headers. No effect: WebGPU needs none."),
};

/** The section `magma`. */
export type MagmaFlags = {
  enabled: boolean;
  include_path: string;
  library_path: string;
};

/** The records of {@linkcode MagmaFlags}. */
export const magmaRows: Rows<MagmaFlags> = {
  enabled: bool(false, "Theano's use of MAGMA for matrices on CUDA; no effect here."),
  include_path: path("", "Theano's folder of MAGMA's headers; no effect here."),
  library_path: path("", "Theano's folder of MAGMA's library; no effect here."),
};

/** The section `dnn`. */
export type DnnFlags = {
  enabled: "auto" | "True" | "False" | "no_check";
  base_path: string;
  include_path: string;
  library_path: string;
  bin_path: string;
};

/** The records of {@linkcode DnnFlags}. */
export const dnnRows: Rows<DnnFlags> = {
  enabled: choice(
    ["auto", "True", "False", "no_check"],
    "Theano's use of cuDNN; no effect here.",
    { convert: (value) => typeof value === "boolean" ? pythonText(value) : value },
  ),
  base_path: path("", "Theano's folder of cuDNN; no effect here."),
  include_path: path("", "Theano's folder of cuDNN's headers; no effect here."),
  library_path: path("", "Theano's folder of cuDNN's library; no effect here."),
  bin_path: path("", "Theano's folder of cuDNN's library at run time; no effect here."),
};

/** Algorithms of cuDNN that are chosen at run time. */
export type DnnRuntimeAlgorithm =
  | "guess_once"
  | "guess_on_shape_change"
  | "time_once"
  | "time_on_shape_change";

/** The section `dnn.conv`. */
export type DnnConvFlags = {
  algo_fwd:
    | "small"
    | "none"
    | "large"
    | "fft"
    | "fft_tiling"
    | "winograd"
    | "winograd_non_fused"
    | DnnRuntimeAlgorithm;
  algo_bwd_data:
    | "none"
    | "deterministic"
    | "fft"
    | "fft_tiling"
    | "winograd"
    | "winograd_non_fused"
    | DnnRuntimeAlgorithm;
  algo_bwd_filter:
    | "none"
    | "deterministic"
    | "fft"
    | "small"
    | "winograd_non_fused"
    | "fft_tiling"
    | DnnRuntimeAlgorithm;
  precision: "as_input_f32" | "as_input" | "float16" | "float32" | "float64";
  readonly workmem: string;
  readonly workmem_bwd: string;
  readonly algo_bwd: string;
};

function removed(name: string, instead: string): Row<string> {
  return text("", `Removed: setting it is an error. ${instead}`, {
    readOnly: true,
    filter: (value) => {
      if (value === "") return value;
      raise(
        "RuntimeError",
        `The option \`${name}\` has been removed and should not be used anymore. ${instead}`,
      );
    },
  });
}

const bwdInstead =
  "Please use the options `dnn.conv.algo_bwd_filter` and `dnn.conv.algo_bwd_data` instead.";

/** The records of {@linkcode DnnConvFlags}. */
export const dnnConvRows: Rows<DnnConvFlags> = {
  algo_fwd: choice(
    // deno-fmt-ignore
    ["small", "none", "large", "fft", "fft_tiling", "winograd", "winograd_non_fused",
      "guess_once", "guess_on_shape_change", "time_once", "time_on_shape_change"],
    "Theano's choice of cuDNN's algorithm for convolutions; no effect here.",
  ),
  algo_bwd_data: choice(
    // deno-fmt-ignore
    ["none", "deterministic", "fft", "fft_tiling", "winograd", "winograd_non_fused",
      "guess_once", "guess_on_shape_change", "time_once", "time_on_shape_change"],
    "Theano's choice of cuDNN's algorithm for gradients of inputs; no effect here.",
  ),
  algo_bwd_filter: choice(
    // deno-fmt-ignore
    ["none", "deterministic", "fft", "small", "winograd_non_fused", "fft_tiling",
      "guess_once", "guess_on_shape_change", "time_once", "time_on_shape_change"],
    "Theano's choice of cuDNN's algorithm for gradients of filters; no effect here.",
  ),
  precision: choice(
    ["as_input_f32", "as_input", "float16", "float32", "float64"],
    "Theano's choice of the precision of cuDNN's convolutions; no effect here.",
  ),
  workmem: removed(
    "dnn.conv.workmem",
    "Please use the option `dnn.conv.algo_fwd` instead.",
  ),
  workmem_bwd: removed("dnn.conv.workmem_bwd", bwdInstead),
  algo_bwd: removed("dnn.conv.algo_bwd", bwdInstead),
};
