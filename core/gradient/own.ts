/**
 * @file Derivatives that ops bring along: those of library ops, and those of users' ops.
 *
 * A library op has `lop(node, outputGrads)` and `rop(node, points)`. A user's op follows Theano:
 * `grad(inputs, outputGrads)` or `lop(inputs, outputs, outputGrads)`, `rop(inputs, evalPoints)`,
 * and `connectionPattern(node)`. Its gradients are variables, of `DisconnectedType` where there is
 * no path and of `NullType` where there is no derivative.
 */

import { raise } from "../errors.ts";
import { disconnectedType, isDisconnected } from "../graph/special_types.ts";
import type { Op } from "../graph/op.ts";
import { type Apply, Variable } from "../graph/variable.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import {
  allConnected,
  type ConnectionPattern,
  type Derivative,
  type Gradient,
  type OutputGradient,
  type Tangent,
} from "./derivative.ts";
import { filledTangents } from "./structural.ts";

/** What an op of the kind `library` may carry. */
interface LibraryRules extends Op {
  lop?(node: Apply, grads: readonly OutputGradient[]): readonly (Variable | null | undefined)[];
  rop?(
    node: Apply,
    points: readonly (TensorVariable | undefined)[],
  ): readonly (TensorVariable | null | undefined)[];
  connectionPattern?(node: Apply): ConnectionPattern;
}

/** What a user's op may carry. */
interface CustomRules extends Op {
  grad?(inputs: readonly Variable[], grads: readonly Variable[]): unknown;
  lop?(
    inputs: readonly Variable[],
    outputs: readonly Variable[],
    grads: readonly Variable[],
  ): unknown;
  rop?(inputs: readonly Variable[], points: readonly Variable[]): readonly unknown[];
  rOp?(inputs: readonly Variable[], points: readonly Variable[]): readonly unknown[];
  connectionPattern?(node: Apply): ConnectionPattern;
}

/** Derivatives of library ops. */
export const library: Derivative = {
  lop: (node, grads) => {
    const op: LibraryRules = node.op;
    if (!op.lop) refuseGrad(op);
    return op.lop(node, grads).map((g) => g ?? undefined);
  },
  rop: (node, points) => {
    const op: LibraryRules = node.op;
    if (!op.rop) refuseRop(op);
    return op.rop(node, points);
  },
  connectionPattern: ownPattern,
};

/** Derivatives of users' ops. */
export const custom: Derivative = { lop: customLop, rop: customRop, connectionPattern: ownPattern };

/** Whether an op says itself which inputs reach which outputs. */
export function hasOwnPattern(op: Op): boolean {
  return "connectionPattern" in op;
}

function ownPattern(node: Apply): ConnectionPattern {
  const op: LibraryRules | CustomRules = node.op;
  return op.connectionPattern?.(node) ?? allConnected(node);
}

function customLop(node: Apply, grads: readonly OutputGradient[]): readonly Gradient[] {
  const op: CustomRules = node.op;
  const given = grads.map((g) => g ?? disconnectedType.makeVariable());
  if (op.lop) return checkedTerms(op, op.lop(node.inputs, node.outputs, given));
  if (op.grad) return checkedTerms(op, op.grad(node.inputs, given));
  return refuseGrad(op);
}

function checkedTerms(op: Op, terms: unknown): readonly Gradient[] {
  if (!Array.isArray(terms)) {
    raise("TypeError", `${op.name}.grad returned ${kindOf(terms)}, expected iterable.`);
  }
  return terms.map((term: unknown) => {
    if (term === null || term === undefined) {
      raise(
        "TypeError",
        `${op.name}.grad returned None for a gradient term, this is prohibited. Instead of None,` +
          "return zeros_like(input), disconnected_type(), or a NullType variable such as those " +
          "made with the grad_undefined or grad_unimplemented helper functions.",
      );
    }
    if (!(term instanceof Variable)) {
      raise("TypeError", `${op.name}.grad returned ${kindOf(term)}, expected Variable instance.`);
    }
    return isDisconnected(term) ? undefined : term;
  });
}

function kindOf(value: unknown): string {
  return typeof value === "object" && value !== null
    ? value.constructor?.name ?? "Object"
    : String(value);
}

function customRop(
  node: Apply,
  points: readonly (TensorVariable | undefined)[],
): readonly Tangent[] {
  const op: CustomRules = node.op;
  const given = filledTangents(node, points);
  const tangents = op.rop?.(node.inputs, given) ?? op.rOp?.(node.inputs, given) ?? refuseRop(op);
  return tangents.map((tangent) => (tangent ?? null) as Tangent);
}

/**
 * Refuses to differentiate an op.
 *
 * @throws {AttributeError} Always: Theano's text.
 */
export function refuseGrad(op: Op): never {
  return raise("AttributeError", `'${op.constructor.name}' object has no attribute 'grad'`);
}

/**
 * Refuses to push a tangent through an op.
 *
 * @throws {NotImplementedError} Always: Theano's text.
 */
export function refuseRop(op: Op): never {
  return raise(
    "NotImplementedError",
    `${op.name} of class ${op.constructor.name} does not implement R_op. If this is a theano op, ` +
      "write to the theano-dev mailing list for assistance. If it is your own op, implement the " +
      "R_op method.",
  );
}
