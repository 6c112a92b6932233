/**
 * @file The namespace `gof`: the graph.
 */

export { Apply, isConstant, Variable } from "../graph/variable.ts";
export { applyOp, call } from "../graph/op.ts";
export { HostConstant, HostSharedVariable, HostType as Type } from "../tensor/host_type.ts";
export { CustomOp as Op } from "../ops/custom.ts";
export { FunctionGraph } from "../graph/function_graph.ts";
export { checkIntegrity } from "../graph/integrity.ts";
export { DestroyHandler, Supervisor } from "../graph/destroy.ts";
export {
  NodeFinder,
  NoOutputFromInplace,
  PreserveVariableAttributes,
  PrintListener,
} from "../graph/features.ts";
export { clone, cloneGetEquiv } from "../graph/clone.ts";
export { equalComputations, isSameGraph } from "../graph/equal.ts";
export {
  ancestors,
  inputs,
  ioConnectionPattern,
  ioToposort,
  isInAncestors,
  ops,
  orphans,
  stackSearch,
  variables,
  variablesAndOrphans,
  viewRoots,
} from "../graph/traverse.ts";
export { AlreadyThere, InconsistencyError, MissingInputError } from "../errors.ts";
