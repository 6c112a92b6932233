/**
 * Theano for Deno: symbolic expressions, their gradients, and functions compiled to WebAssembly.
 *
 * This file joins what knows nothing of each other: the passes, the target and the modes; and it binds
 * the fluent methods. Everything else is re-exported from where it is documented.
 *
 * @module
 */

import { defaultStore } from "./core/cache/store.ts";
import { bindKnot } from "./core/tensor/knot.ts";
import { bindMethods } from "./core/tensor/tensor_variable.ts";
import { flagStore } from "./core/config/config.ts";
import { setTraceLimit } from "./core/graph/trace.ts";
import { bindBackend } from "./core/compile/backend.ts";
import { bindDeviceOpener, flagsAskForDevice, useFlags } from "./core/compile/device.ts";
import { innerFunction } from "./core/compile/inner.ts";
import { bindFormula } from "./core/formula/expr.ts";
import { bindInnerFunctions } from "./core/ops/inner_function.ts";
import { stack } from "./core/ops/join.ts";
import { gpuFromHost, hostFromGpu } from "./core/ops/transfer.ts";
import { patternbroadcast } from "./core/ops/view.ts";
import { methodTable } from "./core/surface/methods.ts";
import * as tensor from "./core/surface/tensor.ts";
import { WasmTarget } from "./core/wasm/target.ts";
import { cacheText, optimize } from "./optimize/pipeline.ts";
import { checkoutStamp } from "./core/host/checkout.ts";

let stamp: string | undefined;
const host = new WasmTarget();

bindBackend({
  optimizer: {
    optimize,
    text: cacheText,
  },
  target: host,
  state: () => stamp ??= checkoutStamp(import.meta.url, ["core", "gpu", "optimize"]),
});
bindDeviceOpener(async (name, { tune }) => {
  const { openTarget } = await import("./gpu/open.ts");
  return openTarget(name, { host, profiles: defaultStore().profiles, tune });
});
flagStore.onChange((name, value) => {
  if (name === "traceback.limit") setTraceLimit(value as number);
});
bindKnot({ stack, patternbroadcast, hostFromGpu, gpuFromHost });
bindMethods(methodTable());
bindInnerFunctions(innerFunction);
bindFormula(tensor);
if (flagsAskForDevice()) await useFlags();

export { compileFunction as function } from "./core/compile/function.ts";
export { shared } from "./core/tensor/shared.ts";
export { In, In as Param, Out } from "./core/compile/io.ts";
export { OrderedUpdates } from "./core/tensor/ordered_updates.ts";
export type { CompiledFunction } from "./core/compile/executable.ts";
export { Mode } from "./core/compile/mode.ts";
export { changeFlags, config } from "./core/config/config.ts";
export { version } from "./core/config/version.ts";
export { clone } from "./core/tensor/clone.ts";
export { grad, subgraphGrad } from "./core/gradient/grad.ts";
export { Lop, Lop as lop, Rop, Rop as rop } from "./core/gradient/derivatives.ts";
export { OpFromGraph } from "./core/gradient/from_graph.ts";
export { CustomOp as Op } from "./core/ops/custom.ts";
export { asOp } from "./core/ops/from_function.ts";
export { Apply, Variable } from "./core/graph/variable.ts";
export { FunctionGraph } from "./core/graph/function_graph.ts";
export { TensorSharedVariable } from "./core/tensor/shared.ts";
export { debugprint as dprint } from "./core/printing/debugprint.ts";
export { pp } from "./core/printing/pp.ts";
export { dot } from "./core/ops/tensordot.ts";
export { ifelse } from "./core/ops/if_else.ts";
export { scan } from "./core/ops/scan.ts";
export { scanCheckpoints } from "./core/ops/scan_checkpoints.ts";
export { foldl, foldr, map, reduce } from "./core/ops/scan_variants.ts";
export { arange, array, empty, eye, full, ones, zeros } from "./core/array/build.ts";
export { NDArray } from "./core/array/ndarray.ts";
export { Complex } from "./core/dtype/dtype.ts";
export {
  complex128,
  complex64,
  float16,
  float32,
  float64,
  int16,
  int32,
  int64,
  int8,
  uint16,
  uint32,
  uint64,
  uint8,
} from "./core/tensor/scalars.ts";
/** Symbolic tensors: variables, and functions of them. */
export * as tensor from "./core/surface/tensor.ts";
/** Derivatives, and what controls them. */
export * as gradient from "./core/surface/gradient.ts";
/** The graph: variables, nodes, and what walks and edits them. */
export * as gof from "./core/surface/gof.ts";
/** An op that fails when it runs. */
export * as raiseOp from "./core/surface/raise_op.ts";
/** Rewrites of a user's own. */
export * as opt from "./optimize/surface.ts";
/** Loops. */
export * as scanModule from "./core/surface/scan_module.ts";
/** Graphs as text and pictures. */
export * as printing from "./core/surface/printing.ts";
/** What functions are made with. */
export * as compile from "./core/surface/compile.ts";
/** Dtypes and how they combine, and elementwise ops of a user's own. */
export * as scalar from "./core/surface/scalar.ts";
export { load, save } from "./core/formats/files.ts";
/** Random numbers on the host, NumPy's bit by bit. */
export * as random from "./core/surface/random.ts";
/** Computing on a graphics card. */
export * as gpu from "./core/surface/gpu.ts";
/** What Theano keeps in its sandbox: streams for GPUs. */
export * as sandbox from "./core/surface/sandbox.ts";
/** Every class of error that a program may want to catch. */
export * as errors from "./core/surface/errors.ts";
/** Updates as an ordered map. */
export * as updates from "./core/surface/updates.ts";
export type * from "./core/surface/types.ts";
