/**
 * @file What the engine checks of a replacement before it goes in: that it can stand where the old
 * variable stood, and that it does not contain it.
 */

import { BadOptimization } from "../core/errors.ts";
import type { Apply, Variable } from "../core/graph/variable.ts";
import { cast } from "../core/ops/arithmetic.ts";
import { dimshuffle } from "../core/ops/dimshuffle.ts";
import { Elementwise } from "../core/ops/elementwise.ts";
import { second } from "../core/ops/fill.ts";
import { patternbroadcast } from "../core/ops/view.ts";
import { TensorVariable } from "../core/tensor/tensor_variable.ts";

/**
 * The replacement as a variable of exactly the old one's type.
 *
 * A scalar constant or a broadcast result in place of an elementwise result is repeated over the
 * shape of the inputs; elsewhere a pattern that knows more is taken back, one that knows less is
 * checked at run time.
 *
 * Shapes: the old variable's.
 * Dtypes: the old variable's; a cast is made only if the rule allows it.
 *
 * @param old What is replaced.
 * @param replacement By what.
 * @param mayCast Whether the dtype may be converted.
 * @returns A variable of the old one's type; the replacement itself if it is of no tensor type.
 * @throws {BadOptimization} If it cannot be one.
 */
export function fitted(old: Variable, replacement: Variable, mayCast: boolean): Variable {
  if (replacement.type.equals(old.type)) return replacement;
  if (!(old instanceof TensorVariable) || !(replacement instanceof TensorVariable)) {
    return old.type.convertVariable(replacement) ?? refuse(old, replacement);
  }
  if (replacement.dtype !== old.dtype && !mayCast) refuse(old, replacement);
  const typed = cast(replacement, old.dtype);
  const { owner } = old;
  const isElementwise = owner !== null && owner.op instanceof Elementwise;
  const whole = isElementwise ? repeatedOver(owner, old, typed) : typed;
  if (whole.ndim !== old.ndim) refuse(old, replacement);
  return whole.type.equals(old.type) ? whole : patternbroadcast(whole, old.broadcastable);
}

/** The replacement repeated over the inputs that make the old variable's axes long. */
function repeatedOver(
  node: Apply,
  old: TensorVariable,
  replacement: TensorVariable,
): TensorVariable {
  let result = padded(replacement, old.ndim);
  for (const input of node.inputs as TensorVariable[]) {
    const adds = old.broadcastable.some((one, axis) =>
      !one && result.broadcastable[axis]! && !input.broadcastable[axis]!
    );
    if (adds) result = second(input, result);
  }
  return result;
}

function padded(x: TensorVariable, ndim: number): TensorVariable {
  if (x.ndim >= ndim) return x;
  return dimshuffle(x, ...new Array<"x">(ndim - x.ndim).fill("x"), ...x.broadcastable.keys());
}

function refuse(old: Variable, replacement: Variable): never {
  throw new BadOptimization(
    "The type of the replacement must be the same as the type of the original Variable. " +
      `(${old}: ${old.type}, ${replacement}: ${replacement.type})`,
  );
}

/** Whether a variable is computed from a node through nodes that no graph has yet. */
export function containsNode(variable: Variable, node: Apply): boolean {
  const seen = new Set<Apply>();
  const waiting = [variable];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { owner } = next;
    if (owner === null || seen.has(owner)) continue;
    if (owner === node) return true;
    seen.add(owner);
    if (owner.graph === null) waiting.push(...owner.inputs);
  }
  return false;
}
