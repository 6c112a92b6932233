/** @file The functions whose kernels `deno task replay` compares: one or more of every kernel kind. */

import * as theano from "@theano/theano";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";

const { tensor: T } = theano;

type Formula = (x: TensorVariable, y: TensorVariable, i: TensorVariable) => TensorVariable;

/** Formulas of two matrices and an integer, by name. */
const formulas: Readonly<Record<string, Formula>> = {
  add: (x, y) => x.add(y),
  chain: (x) => T.tanh(x).mul(x).add(T.exp(x)),
  logistic: (x) => T.div(1, T.add(1, T.exp(x.neg()))),
  softplus: (x) => T.log(T.add(1, T.exp(x))),
  power: (x) => x.pow(2).add(x.pow(3)).add(x.pow(0.5)),
  compare: (x, y) => T.switch(x.gt(y), x, T.clip(y, -1, 1)),
  integers: (x, y) => T.intDiv(T.cast(x, "int32"), T.cast(y, "int32")),
  special: (x) => T.erf(x).add(T.gammaln(x)).add(T.sin(x)),
  column: (x, y) => x.add(y.get(":", "0:1")),
  transposed: (x, y) => x.T.add(y),
  sum: (x) => x.sum(),
  sumOfRows: (x) => x.sum(1),
  sumOfColumns: (x) => x.sum(0),
  mean: (x) => x.mul(2).mean(0),
  largest: (x) => x.max(1).add(x.argmax(1)),
  deviation: (x) => T.std(x, 1),
  dot: (x, y) => T.dot(x, y),
  dotTransposed: (x, y) => T.dot(x.T, y),
  matrixVector: (x, y) => T.dot(x, y.get(0)),
  scaled: (x, y) => T.dot(x, y).mul(0.5).add(x),
  softmax: (x) => T.nnet.softmax(x),
  logsoftmax: (x) => T.nnet.logsoftmax(x),
  part: (x, _, i) => x.get(T.slice(i, i.add(2)), "::-1"),
  taken: (x) => x.get([0, 2, 1, 0]),
  set: (x, y) => x.set(["1:"], y.get("1:")),
  increased: (x) => x.inc([[0, 0, 1]], 1),
  join: (x, y) => T.join(1, x, y),
  reshape: (x) => x.reshape([-1]).mul(2),
  arange: (_, __, i) => T.arange(i).mul(3),
  gradient: (x) => theano.grad(T.tanh(x).sum(), x) as TensorVariable,
  losses: (x) => T.nnet.categoricalCrossentropy(T.nnet.softmax(x), T.arange(x.shape.get(0))),
};

for (const dtype of ["float32", "float64"] as const) {
  for (const [name, formula] of Object.entries(formulas)) {
    const [x, y] = [T.matrix("x", { dtype }), T.matrix("y", { dtype })];
    const i = T.lscalar("i");
    theano.function([x, y, i], formula(x, y, i), {
      name: `${name}_${dtype}`,
      onUnusedInput: "ignore",
    });
  }
}
