/**
 * @file The types that signatures of the package name, for programs that want to name them too.
 */

export type { ArrayOptions, ShapeLike as ArrayShape } from "../array/build.ts";
export type { Layout } from "../array/convert.ts";
export type { GpuArray } from "../array/gpu_array.ts";
export type { ArrayItem, GetItem, NestedArray } from "../array/ndarray.ts";
export type { Slice } from "../array/slice.ts";
export type { Resident, Storage } from "../array/storage.ts";
export type { Printable as ArrayMemory } from "../array/text.ts";
export type { UseOptions } from "../compile/device.ts";
export type { DebugModeOptions, DebugModePositions } from "../compile/debug_mode.ts";
export type { CopyOptions, CopyPositions, InputValues, Maker } from "../compile/executable.ts";
export type {
  FunctionOptions,
  FunctionPositions,
  GivenFunctionOptions,
} from "../compile/function.ts";
export type { NamedValues, Savable, ValueHolder } from "../formats/files.ts";
export type { GraphOptions, OnUnusedInput } from "../compile/inputs.ts";
export type { InputLike, OutputLike } from "../compile/io.ts";
export type {
  Addition,
  LinkerName,
  linkers,
  ModeOptions,
  Optimizer,
  PassListener,
  Selection,
} from "../compile/mode.ts";
export type {
  Monitor,
  MonitoredCell,
  MonitoredNode,
  MonitorOptions,
  MonitorPositions,
} from "../compile/monitor.ts";
export type { NanGuardOptions, NanGuardPositions } from "../compile/nan_guard.ts";
export type {
  LoopTimes,
  ProfileChoice,
  ProfileOptions,
  ProfileStats,
  SummaryOptions,
  SummaryPositions,
} from "../compile/profile.ts";
export type { DeviceUse, TransferUse } from "../kernel/target.ts";
export type { NoDefaultUpdates, Pairs } from "../tensor/updates.ts";
export type {
  BlasFlags,
  CmoduleFlags,
  CompiledirFlags,
  CompileFlags,
  ConvFlags,
  CtcFlags,
  ExperimentalFlags,
  GccFlags,
  LibFlags,
  MetaoptFlags,
  NumpyFlags,
  OptdbFlags,
  ScanFlags,
  SeterrAction,
  TensorFlags,
  VmFlags,
} from "../config/compile_flags.ts";
export type { Config, FlagChanges } from "../config/config.ts";
export type {
  CheckFlags,
  DebugModeFlags,
  DumpFlags,
  NanGuardModeFlags,
  ProfilingFlags,
  TracebackFlags,
  UnittestsFlags,
  WarnFlags,
} from "../config/debug_flags.ts";
export type { FlagValue } from "../config/flag.ts";
export type { DnnSection, FlagValues } from "../config/flags.ts";
export type { FloatX, GeneralFlags, Reaction, TestValueReaction } from "../config/general_flags.ts";
export type {
  CudaFlags,
  DnnConvFlags,
  DnnFlags,
  DnnRuntimeAlgorithm,
  GpuarrayFlags,
  GpuelemwiseFlags,
  GpuFlags,
  MagmaFlags,
} from "../config/gpu_flags.ts";
export type { DType, Element, TypedArray } from "../dtype/dtype.ts";
export type { DTypeFunction, DTypeRule, Refusal } from "../dtype/promote.ts";
export type { ConnectionPattern } from "../gradient/derivative.ts";
export type {
  GivenOpFromGraphOptions,
  OpFromGraphOptions,
  Override,
  OverrideFunction,
  OverrideItem,
} from "../gradient/from_graph.ts";
export type {
  GivenLopOptions,
  GivenRopOptions,
  LopOptions,
  RopOptions,
} from "../gradient/derivatives.ts";
export type {
  DisconnectedInputs,
  GivenGradOptions,
  GradOptions,
  KnownGrads,
  SubgraphGradOptions,
  SubgraphGrads,
} from "../gradient/grad.ts";
export type { Equivalents, RebuildOptions, Replacements } from "../graph/clone.ts";
export type { Feature } from "../graph/function_graph.ts";
export type { Client, Reason } from "../graph/membership.ts";
export type { AliasMap, InnerGraph, Op as AnyOp } from "../graph/op.ts";
export type { Orderings } from "../graph/traverse.ts";
export type { Constant, FilterOptions, Tag, Type, VariableKind } from "../graph/variable.ts";
export type { TypeLike } from "../ops/custom.ts";
export type {
  CustomCode,
  CustomForm,
  WasmCode,
  WgslArray,
  WgslCode,
  WgslNumber,
} from "../ops/custom_code.ts";
export type { UnaryRecord as ScalarRecord } from "../ops/elementwise.ts";
export type {
  AsOpOptions,
  FromFunctionOp,
  HostFunction,
  HostOp,
  ShapeFunction,
} from "../ops/from_function.ts";
export type { FromGraph, FromGraphParts } from "../ops/from_graph.ts";
export type {
  Facts as ScalarFacts,
  OperandRule,
  Partial as ScalarPartial,
  ScalarOp,
  VariadicPartial,
} from "../ops/scalar_op.ts";
export type { GivenIfElseOptions, IfElseFunction, IfElseOptions } from "../ops/if_else.ts";
export type { InnerMode, InnerProfile } from "../ops/inner_function.ts";
export type { OpKind, Shape, ShapeItem, TensorOp } from "../ops/kind.ts";
export type {
  OutputEntry,
  SequenceEntry,
  SequenceWithTaps,
  StateWithTaps,
  Taps,
} from "../ops/scan_arguments.ts";
export type { CheckpointOptions, GivenCheckpoints } from "../ops/scan_checkpoints.ts";
export type {
  AnyOutput,
  GivenScan,
  NoOutput,
  OneOutput,
  ScanOptions,
  ScanResults,
  SeveralOutputs,
  TurnFunction,
} from "../ops/scan_options.ts";
export type { Turn, TurnUpdates, Until } from "../ops/scan_result.ts";
export type { EqualComputationsOptions, SafeNewOptions } from "../ops/scan_utils.ts";
export type {
  FirstValues,
  FoldOptions,
  GivenFold,
  GivenMap,
  GivenReduce,
  MapOptions,
  ReduceOptions,
  Sequences,
} from "../ops/scan_variants.ts";
export type {
  DebugPrintOptions,
  Printable,
  PrintableFunction,
  Writer,
} from "../printing/debugprint.ts";
export type {
  CallablePrinter,
  Condition,
  OpClass,
  OpFunction,
  PPrinter,
  PrinterProperties,
  UpdatePairs,
} from "../printing/pp.ts";
export type { Printer, PrinterState } from "../printing/printers.ts";
export type { Identified, IdStyle } from "../printing/tree.ts";
export type {
  Builder as ScalarBuilder,
  CallExpr as ScalarCallExpr,
  ConstExpr as ScalarConstExpr,
  Expr as ScalarExpr,
  InputExpr as ScalarInputExpr,
  Operand as ScalarOperand,
  ScalarValue,
} from "../scalar/expr.ts";
export type { Primitive as ScalarPrimitive } from "../scalar/primitive.ts";
export type { MersenneTwister } from "../random/mersenne_twister.ts";
export type {
  ChoiceOptions as HostChoiceOptions,
  NormalOptions as HostNormalOptions,
  Parameter,
  RandintOptions,
  Single,
  Size as HostSize,
  Sized,
  UniformOptions as HostUniformOptions,
} from "../random/parameters.ts";
export type { RandomState } from "../random/random_state.ts";
export type { Seed, StateLike, StateTuple } from "../random/state.ts";
export type { Given } from "../tensor/arguments.ts";
export type { CloneGraphOptions, CloneReplacements, GivenCloneOptions } from "../tensor/clone.ts";
export type { ScalarMaker, TypedConstructor } from "../tensor/constructors.ts";
export type {
  Axes,
  AxisOptions,
  Binary as BinaryMethod,
  IndexItem,
  MeanOptions,
  ProdOptions,
  Reduction as ReductionMethod,
  ShapeLike,
  Size,
  SumOptions,
  TensorLike,
  TensorMethods,
  Transferring,
  Unary as UnaryMethod,
  VarOptions,
} from "../tensor/methods.ts";
export type {
  GetValueOptions,
  GivenShared,
  SetValueOptions,
  SharedOptions,
  SharedVariable,
} from "../tensor/shared.ts";
export type { RandomStateSharedVariable } from "../tensor/shared_random_state.ts";
export type { TensorType } from "../tensor/tensor_type.ts";
export type { EvalInputs, TensorConstant, TensorVariable } from "../tensor/tensor_variable.ts";
export type { GpuArrayType, GpuVariable } from "../tensor/gpu_type.ts";
