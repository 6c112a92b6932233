/**
 * @file Running sums and products along an axis.
 */

import { isComplex } from "../dtype/dtype.ts";
import type { Apply } from "../graph/variable.ts";
import { add, mul } from "../ops/arithmetic.ts";
import type { CumOp } from "../ops/cumulative.ts";
import { lane } from "../ops/scalar_op.ts";
import { Builder } from "../scalar/expr.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { collapseRows, operand, parts } from "./index_map.ts";
import { lowerOnHost } from "./lower_host.ts";
import type { Lowering } from "./lowering.ts";
import type { View } from "./program.ts";

/**
 * Running sums and products. The parts of complex numbers are added up apart; their products are
 * the host's.
 */
export function lowerCumulative(l: Lowering, node: Apply): void {
  const { axis, mode } = node.op as CumOp;
  const [x] = node.inputs as [TensorVariable];
  if (isComplex(x.dtype) && mode === "mul") return lowerOnHost(l, node);
  const given = axis === null ? flat(l, l.view(x)) : l.view(x);
  const along = axis === null ? 0 : axis < 0 ? axis + x.ndim : axis;
  const result = l.allocate(x.dtype, given.shape);
  const { sizes } = l;
  const [from, to] = [given, result].map((view) => parts(sizes, view)) as [View, View];
  const order = [...[...from.shape.keys()].filter((k) => k !== along), along];
  const loops = collapseRows(sizes, {
    dims: order.map((k) => from.shape[k]!),
    operands: [from, to].map((view) => operand(view, order.map((k) => view.strides[k]!))),
  });
  const s = new Builder();
  const { dtype } = from;
  const { record } = mode === "add" ? add : mul;
  l.run({
    kind: "cumulative",
    dims: loops.dims,
    input: loops.operands[0]!,
    output: loops.operands[1]!,
    combine: lane(s, record, [s.input(0, dtype), s.input(1, dtype)], dtype),
  });
  l.set(node.outputs[0]!, result);
}

/** All elements in C order, as a vector. */
function flat(l: Lowering, view: View): View {
  const whole = l.contiguous(view);
  return { ...whole, shape: [l.sizes.product(view.shape)], strides: [l.sizes.const(1)] };
}
