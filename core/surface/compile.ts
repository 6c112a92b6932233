/**
 * @file The namespace `compile`: what functions are made with.
 */

export { In, In as SymbolicInput, Out, Out as SymbolicOutput } from "../compile/io.ts";
export { DebugMode } from "../compile/debug_mode.ts";
export { Mode } from "../compile/mode.ts";
export { getDefaultMode, getMode, registerMode } from "../compile/modes.ts";
export { detectNan, MonitorMode } from "../compile/monitor.ts";
export { NanGuardMode } from "../compile/nan_guard.ts";
export { ProfileStats } from "../compile/profile.ts";
export { isShared, shared, TensorSharedVariable } from "../tensor/shared.ts";
export { asOp, FromFunctionOp } from "../ops/from_function.ts";
export { OpFromGraph } from "../gradient/from_graph.ts";
export { DeepCopyOp, deepCopyOp, Rebroadcast, ViewOp, viewOp } from "../ops/view.ts";
export { Shape, shape, ShapeI, SpecifyShape, specifyShape } from "../ops/shape.ts";
export { UnusedInputError } from "../errors.ts";
