/**
 * @file The namespace `errors`: every class of error a user may want to catch.
 */

export {
  AlreadyThere,
  AssertionError,
  AsTensorError,
  AttributeError,
  BadOptimization,
  CachedConstantError,
  ComplexError,
  DebugModeError,
  DisconnectedInputError,
  EmptyConstantError,
  GradientError,
  InconsistencyError,
  IndexError,
  IntegerDivisionError,
  InternalError,
  KeyError,
  MethodNotDefined,
  MissingInputError,
  NotImplementedError,
  NotScalarConstantError,
  NullTypeGradError,
  ReplacementDidntRemovedError,
  RuntimeError,
  ShapeError,
  UnusedInputError,
  ValueError,
} from "../errors.ts";
