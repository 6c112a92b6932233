/**
 * @file Matching patterns against graphs.
 *
 * Operands of commutative ops are tried in every order, with full backtracking. A number in a pattern
 * matches whatever is known to be that number everywhere: a constant of any dtype, scalar or repeated,
 * also through dimshuffles, fills and allocations.
 */

import type { Apply, Variable } from "../core/graph/variable.ts";
import { type Elementwise, isComposite } from "../core/ops/elementwise.ts";
import { isTensorOp } from "../core/ops/kind.ts";
import { Complex, type Element, isComplex } from "../core/dtype/dtype.ts";
import { TensorConstant } from "../core/tensor/tensor_variable.ts";
import { isTrackedBy, type OpPattern, type Pattern } from "./pattern.ts";

/** What holes matched, by name. */
export type Bindings = Record<string, Variable>;

/**
 * Matches a pattern against a node.
 *
 * @param pattern The pattern.
 * @param node The node that computes what is matched.
 * @returns What the holes matched, or undefined.
 */
export function matchNode(pattern: OpPattern<string>, node: Apply): Bindings | undefined {
  if (!isTrackedBy(pattern.op, node.op)) return undefined;
  const bindings: Bindings = {};
  return matchInputs(pattern, node, bindings, accept) ? bindings : undefined;
}

function accept(): boolean {
  return true;
}

type Next = () => boolean;

function matchInputs(
  pattern: OpPattern<string>,
  node: Apply,
  bindings: Bindings,
  next: Next,
): boolean {
  const { args } = pattern;
  const { inputs } = node;
  if (args.length !== inputs.length || node.outputs.length !== 1) return false;
  if (pattern.commutative && args.length > 1) {
    return matchAnyOrder(args, inputs, bindings, 0, next);
  }
  return matchInOrder(args, inputs, 0, bindings, next);
}

function matchInOrder(
  args: readonly Pattern<string>[],
  inputs: readonly Variable[],
  at: number,
  bindings: Bindings,
  next: Next,
): boolean {
  if (at === args.length) return next();
  return matchVariable(
    args[at]!,
    inputs[at]!,
    bindings,
    () => matchInOrder(args, inputs, at + 1, bindings, next),
  );
}

/** Gives each pattern one of the inputs that are left; `used` has a bit for each taken. */
function matchAnyOrder(
  args: readonly Pattern<string>[],
  inputs: readonly Variable[],
  bindings: Bindings,
  used: number,
  next: Next,
  at: number = 0,
): boolean {
  if (at === args.length) return next();
  for (let i = 0; i < inputs.length; i++) {
    const bit = 1 << i;
    if ((used & bit) !== 0) continue;
    const rest = (): boolean => matchAnyOrder(args, inputs, bindings, used | bit, next, at + 1);
    if (matchVariable(args[at]!, inputs[i]!, bindings, rest)) return true;
  }
  return false;
}

function matchVariable(
  pattern: Pattern<string>,
  variable: Variable,
  bindings: Bindings,
  next: Next,
): boolean {
  if (typeof pattern === "number") return scalarValue(variable) === pattern && next();
  if (pattern.form === "op") {
    const { owner } = variable;
    if (owner === null || !isTrackedBy(pattern.op, owner.op)) return false;
    return matchInputs(pattern, owner, bindings, next);
  }
  const { name } = pattern;
  const bound = bindings[name];
  if (bound !== undefined) return isSame(bound, variable) && next();
  if (pattern.form === "constant" && scalarElement(variable) === undefined) return false;
  bindings[name] = variable;
  if (next()) return true;
  delete bindings[name];
  return false;
}

function isSame(x: Variable, y: Variable): boolean {
  if (x === y) return true;
  return x instanceof TensorConstant && y instanceof TensorConstant && x.equals(y);
}

const uniform = new WeakMap<TensorConstant, Element | null>();

/** The one number that a variable is known to be everywhere, as a double; undefined for others. */
export function scalarValue(variable: Variable): number | undefined {
  const element = scalarElement(variable);
  if (element === undefined || element instanceof Complex) return undefined;
  const value = Number(element);
  return typeof element === "bigint" && !Number.isSafeInteger(value) ? undefined : value;
}

/** The one element that a variable is known to be everywhere. */
export function scalarElement(variable: Variable): Element | undefined {
  const source = repeated(variable);
  return source instanceof TensorConstant ? uniformElement(source) : undefined;
}

/** The constant that a variable repeats, or that it has more axes than; else the variable. */
export function repeated(variable: Variable): Variable {
  let inner = variable;
  for (;;) {
    const { owner } = inner;
    if (owner === null || !isTensorOp(owner.op)) return inner;
    const { op } = owner;
    if (op.kind === "dimshuffle" || op.kind === "alloc" || op.kind === "rebroadcast") {
      inner = owner.inputs[0]!;
    } else if (op.kind === "elementwise" && isFill(op as Elementwise)) {
      inner = owner.inputs[1]!;
    } else return inner;
  }
}

function isFill({ scalar }: Elementwise): boolean {
  return !isComposite(scalar) && scalar.name === "second";
}

/** The element of a constant that is the same everywhere. Large arrays are compared in place. */
function uniformElement(constant: TensorConstant): Element | undefined {
  const known = uniform.get(constant);
  if (known !== undefined) return known ?? undefined;
  const { data } = constant;
  const found = data.size > 0 && isUniform(constant) ? firstElement(constant) : null;
  uniform.set(constant, found);
  return found ?? undefined;
}

function isUniform({ data, dtype }: TensorConstant): boolean {
  if (data.size === 1) return true;
  const values = data.data;
  const step = isComplex(dtype) ? 2 : 1;
  for (let k = 0; k < values.length; k++) {
    if (!Object.is(values[k], values[k % step])) return false;
  }
  return true;
}

function firstElement({ data }: TensorConstant): Element {
  return data.size === 1
    ? data.item<Element>()
    : data.get(...data.shape.map(() => 0)).item<Element>();
}
