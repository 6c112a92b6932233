/**
 * @file Derivatives of the identities, some of which exist only for what their gradient does.
 */

import { gradUndefined } from "../graph/special_types.ts";
import type { Apply } from "../graph/variable.ts";
import { mul } from "../ops/arithmetic.ts";
import { clip } from "../ops/logic.ts";
import { DisconnectedGrad, GradClip, GradScale, UndefinedGrad, ZeroGrad } from "../ops/view.ts";
import {
  allConnected,
  type ConnectionPattern,
  type Derivative,
  type Gradient,
  noneConnected,
  type OutputGradient,
  type Tangent,
} from "./derivative.ts";
import { tensorInputs } from "./structural.ts";
import { zerosFor } from "./values.ts";

/** Derivatives of `ViewOp` and those made of it. */
export const view: Derivative = { lop, rop, connectionPattern };

function lop(node: Apply, [g]: readonly OutputGradient[]): readonly Gradient[] {
  const { op } = node;
  const x = tensorInputs(node)[0]!;
  if (op instanceof DisconnectedGrad) return [undefined];
  if (op instanceof ZeroGrad) return [zerosFor(x)];
  if (op instanceof UndefinedGrad) return [gradUndefined(op, 0, x)];
  if (op instanceof GradClip) return [clip(g!, op.lower, op.upper)];
  if (op instanceof GradScale) return [mul(op.multiplier, g!)];
  return [g];
}

function rop(node: Apply, [point]: readonly (Tangent | undefined)[]): readonly Tangent[] {
  const { op } = node;
  if (op instanceof DisconnectedGrad || op instanceof UndefinedGrad) return [null];
  return [op instanceof ZeroGrad ? undefined : point];
}

function connectionPattern(node: Apply): ConnectionPattern {
  return node.op instanceof DisconnectedGrad ? noneConnected(node) : allConnected(node);
}
