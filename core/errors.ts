/**
 * @file Every error the project throws: Theano's classes, and the one helper that words a message.
 *
 * A message says what was attempted, on what, why it failed and what to do, in that order:
 * `Cannot <action>: <why>`, then one indented line for each hint. Where Theano's own text is what
 * users search for, {@linkcode raise} throws exactly that text.
 *
 * `TypeError` is for a wrong dtype, number of dimensions or kind of argument; `RangeError` (and its
 * subclasses {@linkcode ValueError}, {@linkcode IndexError}, {@linkcode KeyError}) for sizes, axes,
 * indices and limits; `SyntaxError` for flags, rc files and formulas.
 */

/** Python's `ValueError`: a value of the right type that cannot be used. */
export class ValueError extends RangeError {
  override readonly name: string = "ValueError";
}

/** Python's `IndexError`: an index outside its axis. */
export class IndexError extends RangeError {
  override readonly name: string = "IndexError";
}

/** Python's `KeyError`: a name or key that is not there, or there twice. */
export class KeyError extends RangeError {
  override readonly name: string = "KeyError";
}

/** Python's `AttributeError`. */
export class AttributeError extends TypeError {
  override readonly name: string = "AttributeError";
}

/** Python's `NotImplementedError`: documented as unsupported. */
export class NotImplementedError extends Error {
  override readonly name: string = "NotImplementedError";
}

/** Python's `RuntimeError`. */
export class RuntimeError extends Error {
  override readonly name: string = "RuntimeError";
}

/** Python's `AssertionError`: a condition the user stated does not hold. */
export class AssertionError extends Error {
  override readonly name: string = "AssertionError";
}

/** A value cannot become a tensor variable. */
export class AsTensorError extends TypeError {
  override readonly name: string = "AsTensorError";
}

/** A root of the graph is neither an input, a constant nor a shared variable. */
export class MissingInputError extends Error {
  override readonly name: string = "MissingInputError";
}

/** An input of a compiled function is not needed to compute its outputs. */
export class UnusedInputError extends Error {
  override readonly name: string = "UnusedInputError";
}

/** A cached constant was found in a graph that must own its constants. */
export class CachedConstantError extends Error {
  override readonly name: string = "CachedConstantError";
}

/** An edit would leave a graph that cannot be run. */
export class InconsistencyError extends Error {
  override readonly name: string = "InconsistencyError";
}

/** A replacement failed to remove nodes it promised to remove. */
export class ReplacementDidntRemovedError extends Error {
  override readonly name: string = "ReplacementDidntRemovedError";
}

/** A feature is already attached to the graph. */
export class AlreadyThere extends Error {
  override readonly name: string = "AlreadyThere";
}

/** An error of DebugMode. */
export class DebugModeError extends Error {
  override readonly name: string = "DebugModeError";
}

/** A rewrite changed a type or a value. */
export class BadOptimization extends DebugModeError {
  override readonly name: string = "BadOptimization";
}

/** Two ways to compute a node give different values. */
export class BadThunkOutput extends DebugModeError {
  override readonly name: string = "BadThunkOutput";
}

/** A node changed an input that its op does not say it overwrites. */
export class BadDestroyMap extends DebugModeError {
  override readonly name: string = "BadDestroyMap";
}

/** A result shares memory with something that its op does not say it is a view of. */
export class BadViewMap extends DebugModeError {
  override readonly name: string = "BadViewMap";
}

/** The same graph was rewritten in two ways. */
export class StochasticOrder extends DebugModeError {
  override readonly name: string = "StochasticOrder";
}

/** A value does not fit its variable's type, or is NaN or infinite. */
export class InvalidValueError extends DebugModeError {
  override readonly name: string = "InvalidValueError";
}

/** A variable has no path to the cost that a gradient could follow. */
export class DisconnectedInputError extends ValueError {
  override readonly name: string = "DisconnectedInputError";
}

/** A gradient went through an op that has none. */
export class NullTypeGradError extends TypeError {
  override readonly name: string = "NullTypeGradError";
}

/** A symbolic gradient disagrees with finite differences. */
export class GradientError extends Error {
  override readonly name: string = "GradientError";
}

/** An op lacks the method that was asked for. */
export class MethodNotDefined extends Error {
  override readonly name: string = "MethodNotDefined";
}

/** The shape of a variable cannot be inferred. */
export class ShapeError extends Error {
  override readonly name: string = "ShapeError";
}

/** A variable is not a constant scalar. */
export class NotScalarConstantError extends Error {
  override readonly name: string = "NotScalarConstantError";
}

/** A constant has no element to take a scalar from. */
export class EmptyConstantError extends NotScalarConstantError {
  override readonly name: string = "EmptyConstantError";
}

/** Two integers were divided while `int_division=raise`. */
export class IntegerDivisionError extends Error {
  override readonly name: string = "IntegerDivisionError";
}

/** An operation is not defined for complex numbers. */
export class ComplexError extends NotImplementedError {
  override readonly name: string = "ComplexError";
}

/** A fault of this library, never of its user. */
export class InternalError extends Error {
  override readonly name: string = "InternalError";
}

const classes = {
  TypeError,
  RangeError,
  SyntaxError,
  ValueError,
  IndexError,
  KeyError,
  AttributeError,
  NotImplementedError,
  RuntimeError,
  AssertionError,
  AsTensorError,
  MissingInputError,
  UnusedInputError,
  CachedConstantError,
  InconsistencyError,
  ReplacementDidntRemovedError,
  AlreadyThere,
  DebugModeError,
  BadOptimization,
  BadThunkOutput,
  BadDestroyMap,
  BadViewMap,
  StochasticOrder,
  InvalidValueError,
  DisconnectedInputError,
  NullTypeGradError,
  GradientError,
  MethodNotDefined,
  ShapeError,
  NotScalarConstantError,
  EmptyConstantError,
  IntegerDivisionError,
  ComplexError,
} as const;

/** The name of an error class a user may meet. */
export type ErrorKind = keyof typeof classes;

/**
 * Throws `Cannot <action>: <why>`, each hint on an indented line of its own.
 *
 * @param kind Name of the error class.
 * @param action What was attempted and on what, without "Cannot".
 * @param why What stood in the way, with the current and the wanted state.
 * @param hints What to do about it, and where the things named were made.
 * @throws {Error} Always, of the class named by `kind`.
 */
export function fail(
  kind: ErrorKind,
  action: string,
  why: string,
  hints: readonly string[] = [],
): never {
  throw new classes[kind]([`Cannot ${action}: ${why}`, ...hints.map((h) => `  ${h}`)].join("\n"));
}

/**
 * Throws a text of Theano's own, unchanged, because users search for it.
 *
 * @param kind Name of the error class.
 * @param text The whole message.
 * @throws {Error} Always, of the class named by `kind`.
 */
export function raise(kind: ErrorKind, text: string): never {
  throw new classes[kind](text);
}

/**
 * Throws an {@linkcode InternalError}: a fault in the stage named, never the user's.
 *
 * @param action What was attempted.
 * @param why What was found instead of what the stage relies on.
 * @param stage The stage, pass or file at fault.
 * @throws {InternalError} Always.
 */
export function internal(action: string, why: string, stage: string): never {
  throw new InternalError(`Cannot ${action}: ${why}; this is a bug in ${stage}`);
}

/** A short text for a value that is not what was wanted. */
export function describe(value: unknown): string {
  if (typeof value === "string") return `"${value}"`;
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return "an array";
  const name = value.constructor?.name;
  return name === undefined || name === "Object" ? "an object" : `a value of class ${name}`;
}
