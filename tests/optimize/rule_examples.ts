// deno-lint-ignore-file camelcase -- rules have Theano's names
/**
 * @file Graphs that rules written as functions must rewrite.
 */

import type { Variable } from "../../core/graph/variable.ts";
import * as a from "../../core/ops/arithmetic.ts";
import { alloc } from "../../core/ops/alloc.ts";
import { maxAndArgmax } from "../../core/ops/argmax.ts";
import {
  crossentropyCategorical1hot,
  CrossentropyCategorical1HotGrad,
  CrossentropySoftmax1HotWithBiasDx,
  crossentropySoftmaxArgmax1hotWithBias,
} from "../../core/ops/crossentropy.ts";
import { dimshuffle } from "../../core/ops/dimshuffle.ts";
import { fill, tensorCopy, zerosLike } from "../../core/ops/fill.ts";
import { call } from "../../core/graph/op.ts";
import { get, incSubtensor } from "../../core/ops/indexing.ts";
import * as l from "../../core/ops/logic.ts";
import { arange } from "../../core/ops/ranges.ts";
import { max, prod, sum } from "../../core/ops/reduce.ts";
import { shapeI } from "../../core/ops/shape.ts";
import { erfc } from "../../core/ops/special.ts";
import { softmax, SoftmaxGrad, softmaxWithBias } from "../../core/ops/softmax.ts";
import * as t from "../../core/ops/transcendental.ts";
import { assertOp, viewOp } from "../../core/ops/view.ts";
import { constant, typedConstructor } from "../../core/tensor/constructors.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";

/** A graph, made afresh each time, and where its inputs are drawn from. */
export interface Example {
  readonly outputs: () => readonly Variable[];
  readonly range?: readonly [number, number];
}

const scalar = typedConstructor("float64", []);
const vector = typedConstructor("float64", [false]);
const column = typedConstructor("float64", [false, true]);
const matrix = typedConstructor("float64", [false, false]);
const integers = typedConstructor("int32", [false]);
const bytes = typedConstructor("int8", [false]);
const bools = typedConstructor("bool", [false]);

function on(...outputs: (() => Variable)[]): Example[] {
  return outputs.map((output) => ({ outputs: () => [output()] }));
}

function above(low: number, ...outputs: (() => Variable)[]): Example[] {
  return outputs.map((output) => ({ outputs: () => [output()], range: [low, low + 2] }));
}

/** Labels 0 to 2. */
function labels(...outputs: (() => Variable[])[]): Example[] {
  return outputs.map((output) => ({ outputs: output, range: [0, 2] }));
}

const x = (): TensorVariable => vector("x");
const y = (): TensorVariable => vector("y");

/** One element of each of three rows. */
function picked(table: TensorVariable, classes: TensorVariable): TensorVariable {
  return get(table, arange(shapeI(classes, 0)), classes);
}

function written(
  table: TensorVariable,
  value: TensorVariable,
  classes: TensorVariable,
): TensorVariable {
  const zeros = zerosLike(table);
  return incSubtensor(picked(zeros, classes), value);
}

/** The examples of each rule. */
export const examples: Readonly<Record<string, readonly Example[]>> = {
  local_useless_elemwise: [
    ...on(
      () => a.add(x()),
      () => a.mul(x()),
      () => tensorCopy(x()),
      () => l.and(bools("b"), true),
      () => l.and(integers("i"), 0),
      () => l.or(integers("i"), 0),
      () => l.or(bools("b"), true),
    ),
    ...on(() => {
      const i = integers("i");
      return l.xor(i, i);
    }, () => {
      const v = x();
      return l.eq(v, v);
    }, () => {
      const v = x();
      return l.neq(v, v);
    }),
  ],
  local_useless_elemwise_comparison: on(
    ...[l.lt, l.le, l.gt, l.ge, a.maximum, a.minimum].map((compare) => () => {
      const v = x();
      return compare(v, v);
    }),
    ...[l.lt, l.ge, a.maximum, a.minimum].map((compare) => () => compare(shapeI(x(), 0), 0)),
    () => l.gt(0, a.add(shapeI(x(), 0), shapeI(y(), 0))),
    () => l.eq(shapeI(x(), 0), -1),
  ),
  local_useless_fill: on(() => fill(x(), y())),
  local_useless_switch: on(
    () => l.switch_(1, x(), y()),
    () => l.switch_(0, x(), scalar("s")),
    () => {
      const v = y();
      return l.switch_(x(), v, v);
    },
    () => {
      const n = shapeI(x(), 0);
      return l.switch_(l.le(n, 0), 0, n);
    },
  ),
  local_useless_reduce: on(() => sum(scalar("s")), () => sum(x(), { axis: [] })),
  local_view_op: on(() => call(viewOp, x())),
  local_fill_sink: on(
    () => t.exp(fill(x(), scalar("s"))),
    () => a.add(fill(x(), 1.5), fill(matrix("m"), 2.5)),
  ),
  local_mul_zero: on(() => a.mul(x(), 0), () => a.mul(matrix("m"), y(), fill(x(), 0))),
  local_zero_div: above(1, () => a.trueDiv(0, x()), () => a.intDiv(0, integers("i"))),
  local_intdiv_by_one: on(() => a.intDiv(bytes("i"), 1)),
  local_cast_cast: on(
    () => a.cast(a.cast(bytes("i"), "int32"), "int8"),
    () => a.cast(a.cast(bytes("i"), "int16"), "float64"),
  ),
  local_func_inv: [
    ...on(
      () => a.neg(a.neg(x())),
      () => t.log(t.exp(x())),
      () => t.deg2rad(t.rad2deg(x())),
      () => t.rad2deg(t.deg2rad(x())),
      () => t.arctanh(t.tanh(x())),
      () => t.sinh(t.arcsinh(x())),
      () => t.arcsinh(t.sinh(x())),
      () => t.arccosh(t.cosh(x())),
    ),
    ...above(1, () => t.cosh(t.arccosh(x())), () => a.inv(a.inv(x()))),
    { outputs: () => [t.tanh(t.arctanh(x()))], range: [-0.9, 0.9] },
  ],
  local_upcast_elemwise_constant_inputs: on(() => a.add(x(), 1), () => a.sub(2, x())),
  local_dimshuffle_lift: on(
    () => dimshuffle(t.exp(matrix("m")), 1, 0),
    () => dimshuffle(dimshuffle(matrix("m"), 1, 0), 1, "x", 0),
    () => dimshuffle(x(), 0),
  ),
  local_add_canonizer: on(
    () => a.sub(a.add(x(), 2), 3),
    () => {
      const v = x();
      return a.sub(v, v);
    },
    () => {
      const v = x();
      return a.sub(a.add(v, y()), v);
    },
    () => {
      const v = x();
      return a.add(y(), a.sub(matrix("m"), a.add(v, 3)), a.neg(a.sub(1, v)));
    },
    () => {
      const v = integers("i");
      return a.sub(a.add(v, bytes("b"), 2), v);
    },
  ),
  local_mul_canonizer: above(
    0.5,
    () => {
      const v = x();
      return a.trueDiv(v, v);
    },
    () => {
      const v = x();
      return a.trueDiv(a.mul(v, y()), v);
    },
    () => {
      const v = x();
      return a.trueDiv(a.trueDiv(v, y()), v);
    },
    () => a.trueDiv(a.mul(2, x()), a.mul(4, y())),
    () => a.trueDiv(a.mul(2, x()), 2),
    () => {
      const [v, w] = [x(), y()];
      return a.mul(a.trueDiv(v, w), a.trueDiv(w, scalar("s")), a.trueDiv(scalar("u"), v));
    },
    () => {
      const v = x();
      return a.trueDiv(v, a.abs(v));
    },
    () => {
      const power = t.exp(matrix("m"));
      return a.trueDiv(power, sum(power, { axis: 1, keepdims: true }));
    },
    () => {
      const v = integers("i");
      return a.trueDiv(a.mul(v, 3), v);
    },
  ),
  local_abs_lift: on(() => a.abs(a.mul(x(), y()))),
  local_greedy_distributor: above(
    0.5,
    () => {
      const [u, v] = [scalar("u"), scalar("v")];
      return a.mul(a.add(a.trueDiv(scalar("a"), u), a.trueDiv(scalar("b"), v)), u, v);
    },
    () => {
      const v = x();
      return a.mul(a.add(a.trueDiv(y(), v), 3), v);
    },
    () => {
      const e = a.add(1, x());
      return a.trueDiv(y(), a.mul(a.sub(1, a.trueDiv(1, e)), e));
    },
  ),
  local_merge_switch_same_cond: on(() => {
    const c = l.gt(x(), 0);
    return a.add(l.switch_(c, x(), y()), l.switch_(c, y(), scalar("s")));
  }),
  local_mul_switch_sink: on(
    () => a.mul(x(), l.switch_(l.gt(y(), 0), 0, y())),
    () => a.mul(x(), l.switch_(l.gt(y(), 0), y(), 0), scalar("s")),
  ),
  local_div_switch_sink: above(1, () => a.trueDiv(l.switch_(l.gt(y(), 2), 0, y()), x())),
  local_op_of_op: on(
    () => sum(sum(matrix("m"), 0)),
    () => prod(prod(matrix("m"), 1), 0),
    () => sum(sum(typedConstructor("float64", [false, false, false])("m"), 1), 1),
  ),
  local_sum_prod_all_to_none: on(() => sum(matrix("m"), { axis: [0, 1] })),
  local_reduce_broadcastable: on(
    () => sum(column("c"), { axis: [1] }),
    () => sum(column("c")),
    () => max(column("c"), { axis: [0, 1] }),
    () => sum(dimshuffle(bytes("i"), 0, "x"), { axis: [1] }),
  ),
  local_sum_prod_div_dimshuffle: above(
    0.5,
    () => sum(a.trueDiv(matrix("m"), dimshuffle(x(), 0, "x")), 1),
    () => sum(a.trueDiv(matrix("m"), x()), 0),
    () => prod(a.trueDiv(matrix("m"), x()), 0),
    () => sum(a.trueDiv(matrix("m"), x())),
  ),
  local_log1p: above(
    0.1,
    () => t.log(a.add(1, x())),
    () => t.log(a.add(0.25, x(), 0.75, y())),
    () => t.log(a.sub(1, a.neg(x()))),
  ),
  local_log_sum_exp: on(
    () => t.log(sum(t.exp(matrix("m")), 1)),
    () => t.log(sum(t.exp(matrix("m")))),
    () => t.log(sum(t.exp(matrix("m")), { axis: 0, keepdims: true })),
  ).map(({ outputs }) => ({ outputs })),
  local_exp_over_1_plus_exp: on(
    () => {
      const e = t.exp(x());
      return a.trueDiv(e, a.add(1, e));
    },
    () => a.trueDiv(y(), a.add(t.exp(x()), 1)),
    () => {
      const e = t.exp(x());
      return a.trueDiv(a.mul(e, y()), a.mul(a.add(1, e), a.add(1, e)));
    },
  ),
  local_inv_1_plus_exp: on(
    () => a.inv(a.add(1, t.exp(x()))),
    () => t.pow(a.add(1, t.exp(x())), -1),
  ),
  local_sigm_times_exp: on(
    () => {
      const v = x();
      return a.mul(t.exp(v), t.sigmoid(a.neg(v)), y());
    },
    () => {
      const v = x();
      return a.mul(t.exp(a.mul(-1, v)), t.sigmoid(v));
    },
    () => {
      const v = x();
      return a.mul(t.sigmoid(a.neg(v)), a.sub(a.mul(y(), t.exp(v)), scalar("s")));
    },
  ),
  local_grad_log_erfc_neg: on(() => {
    const v = x();
    return a.trueDiv(a.mul(y(), t.exp(a.neg(a.sqr(v)))), erfc(v));
  }, () => {
    const v = x();
    return a.trueDiv(t.exp(a.mul(-1, t.pow(v, 2))), a.mul(erfc(v), 3));
  }),
  local_add_specialize: on(
    () => a.add(x(), 0),
    () => a.add(0, x(), y()),
    () => a.add(fill(x(), 0), 0),
  ),
  local_mul_specialize: on(
    () => a.mul(-1, x()),
    () => a.mul(1, x(), y()),
    () => a.mul(a.neg(x()), a.neg(y())),
    () => a.mul(a.neg(x()), y(), scalar("s")),
    () => a.mul(x(), 0),
  ),
  local_neg_div_neg: above(
    0.5,
    () => a.neg(a.trueDiv(a.neg(x()), y())),
    () => a.neg(a.trueDiv(2.5, y())),
  ),
  local_remove_useless_assert: on(
    () => assertOp.call(x(), constant(true)) as TensorVariable,
    () => assertOp.call(x(), l.lt(scalar("s"), 10), constant(true)) as TensorVariable,
  ),
  local_remove_all_assert: on(() => assertOp.call(x(), l.lt(scalar("s"), 10)) as TensorVariable),
  local_sum_prod_mul_by_scalar: on(
    () => sum(a.mul(2, x())),
    () => sum(a.mul(scalar("s"), matrix("m"), y()), 0),
    () => sum(a.neg(x())),
    () => prod(a.mul(scalar("s"), matrix("m")), 1),
  ),
  local_abs_merge: on(() => a.mul(a.abs(x()), a.abs(y())), () => a.mul(a.abs(x()), 2, a.abs(y()))),
  local_max_and_argmax: on(
    () => maxAndArgmax(matrix("m"), 0)[0],
    () => maxAndArgmax(matrix("m"), 1)[1],
  ),
  local_max_to_min: on(() => a.neg(max(a.neg(matrix("m")), 0))),
  local_softmax_with_bias: on(() => softmax(a.add(matrix("m"), x(), y()))),
  local_logsoftmax: on(() => t.log(softmax(matrix("m")))),
  local_logsoftmax_grad: above(0.5, () => {
    const s = softmax(matrix("m"));
    return call(new SoftmaxGrad(), a.trueDiv(matrix("g"), s), s);
  }),
  crossentropy_to_crossentropy_with_softmax_with_bias: labels(() => {
    const p = softmaxWithBias(matrix("m"), x());
    return [crossentropyCategorical1hot(p, integers("k")), p];
  }),
  local_crossentropy_to_crossentropy_with_softmax: labels(() => {
    const p = softmax(matrix("m"));
    return [crossentropyCategorical1hot(p, integers("k")), p];
  }, () => [crossentropyCategorical1hot(softmax(a.add(matrix("m"), x())), integers("k"))]),
  local_softmax_grad_to_crossentropy_with_softmax_grad: labels(() => {
    const [p, k] = [softmax(matrix("m")), integers("k")];
    return [call(new SoftmaxGrad(), call(new CrossentropyCategorical1HotGrad(), x(), p, k), p)];
  }),
  local_advanced_indexing_crossentropy_onehot: labels(
    () => [picked(t.log(softmax(matrix("m"))), integers("k"))],
    () => [t.log(picked(softmaxWithBias(matrix("m"), x()), integers("k")))],
    () => [t.log(picked(softmax(a.add(matrix("m"), x())), integers("k")))],
  ),
  local_advanced_indexing_crossentropy_onehot_grad: labels(() => {
    const [p, k] = [softmax(matrix("m")), integers("k")];
    return [call(new SoftmaxGrad(), a.trueDiv(written(p, x(), k), p), p)];
  }, () => {
    const [p, k] = [softmax(matrix("m")), integers("k")];
    return [call(new SoftmaxGrad(), a.mul(-2, a.trueDiv(written(p, constant(2.5), k), p)), p)];
  }, () => {
    const [p, k] = [softmax(matrix("m")), integers("k")];
    const rows = arange(shapeI(k, 0));
    const value = a.trueDiv(x(), get(p, rows, k));
    return [call(new SoftmaxGrad(), incSubtensor(get(zerosLike(p), rows, k), value), p)];
  }),
  graph_merge_softmax_with_crossentropy_softmax: labels(() => {
    const [m, b, k] = [matrix("m"), x(), integers("k")];
    return [...crossentropySoftmaxArgmax1hotWithBias(m, b, k), softmaxWithBias(m, b)];
  }),
  local_argmax_pushdown: on(
    () => maxAndArgmax(softmax(matrix("m")), 1)[1],
    () => maxAndArgmax(softmaxWithBias(matrix("m"), x()), 1)[1],
    () => maxAndArgmax(t.tanh(matrix("m")), 0)[1],
  ),
  local_useless_crossentropy_softmax_1hot_with_bias_dx_alloc: labels(() => {
    const [p, k] = [softmax(matrix("m")), integers("k")];
    const g = alloc(scalar("s"), shapeI(k, 0));
    return [call(new CrossentropySoftmax1HotWithBiasDx(), g, p, k)];
  }),
};
