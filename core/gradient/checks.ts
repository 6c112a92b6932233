/**
 * @file What is checked of the gradients that a rule returns. Users' rules may be wrong in many ways.
 */

import { isDiscrete, isFloat } from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import { isDisconnected } from "../graph/special_types.ts";
import type { Apply, Variable } from "../graph/variable.ts";
import { warn } from "../host/warn.ts";
import { constantValue } from "../ops/constant_value.ts";
import { TensorVariable } from "../tensor/tensor_variable.ts";
import type { ConnectionPattern, Gradient } from "./derivative.ts";
import { hasOwnPattern } from "./own.ts";
import { isUsersOp } from "./rules.ts";

/** What is known of a node when its gradients arrive. */
export interface Expected {
  /** For each input, whether its gradient will be used. */
  readonly wanted: readonly boolean[];
  /** For each output, whether the cost depends on it. */
  readonly reached: readonly boolean[];
  /** Which inputs reach which outputs. */
  readonly pattern: ConnectionPattern;
}

/**
 * Checks the gradients of a node's inputs: Theano's rules and texts.
 *
 * @param node The node.
 * @param terms The gradients.
 * @param expected What is known of the node.
 * @throws {ValueError} If there are not as many as inputs, or one has another number of axes, or is
 *   not zero though it came through integers only.
 * @throws {TypeError} If one is not a float, or contradicts the connection pattern.
 */
export function checkTerms(node: Apply, terms: readonly Gradient[], expected: Expected): void {
  const { name } = node.op;
  if (terms.length !== node.inputs.length) {
    raise("ValueError", `${name} returned the wrong number of gradient terms.`);
  }
  terms.forEach((term, i) => {
    if (term === undefined || isDisconnected(term)) {
      if (expected.wanted[i]) reportGap(node, i);
      return;
    }
    checkTerm(node, term, i);
    if (!isUsersOp(node.op)) return;
    if (!expected.pattern[i]!.some((joined, k) => joined && expected.reached[k])) {
      raise(
        "TypeError",
        `${name}.grad returned ${term} of type ${term.type} for input ${i}. Expected ` +
          "DisconnectedType instance based on the output of the op's connection_pattern method.",
      );
    }
    checkZero(node, term, i, expected);
  });
}

function checkTerm(node: Apply, term: Variable, i: number): void {
  if (!(term instanceof TensorVariable)) return;
  const { name } = node.op;
  if (!isFloat(term.dtype)) {
    raise(
      "TypeError",
      `${name}.grad illegally returned an integer-valued variable. ` +
        `(Input index ${i}, dtype ${term.dtype})`,
    );
  }
  const input = node.inputs[i];
  if (input instanceof TensorVariable && term.ndim !== input.ndim) {
    raise(
      "ValueError",
      `${name}.grad returned a term with ${term.ndim} dimensions, but ${input.ndim} are required.`,
    );
  }
}

/** A gradient that comes through integers only must be zero, and be seen to be. */
function checkZero(node: Apply, term: Variable, i: number, { reached, pattern }: Expected): void {
  const outputs = node.outputs.filter((_, k) => pattern[i]![k] && reached[k]);
  const areIntegers = outputs.every((y) => y instanceof TensorVariable && isDiscrete(y.dtype));
  if (!areIntegers || !(term instanceof TensorVariable)) return;
  const value = constantValue(term, {});
  if (value !== undefined && Number(value.item()) === 0) return;
  const start = `${node.op.name}.grad returned ${term} of type ${term.type} for input ${i}. `;
  raise(
    "ValueError",
    value === undefined
      ? `${start}This input's only connections to the cost through this op are via ` +
        "integer-valued outputs so it should be NullType, DisconnectedType, or some form of " +
        "zeros. It is not NullType or DisconnectedType and theano can't simplify it to a " +
        "constant, so it's not verifiably zeros."
      : `${start}Since this input is only connected to integer-valued outputs, it should ` +
        `evaluate to zeros, but it evaluates to ${value.item()}.`,
  );
}

/** A wanted gradient that a user's rule left out contradicts the pattern that promised it. */
function reportGap(node: Apply, i: number): void {
  if (!isUsersOp(node.op)) return;
  const text = `${node.op.name}.grad returned DisconnectedType for input ${i}.`;
  if (hasOwnPattern(node.op)) {
    raise("TypeError", `${text} Its connection_pattern method does not allow this.`);
  }
  warn("UserWarning", `${text} You may want to implement a connection_pattern method for it.`);
}
