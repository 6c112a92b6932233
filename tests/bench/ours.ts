/** @file The rows as this library computes them. */

import * as theano from "@theano/theano";
import { loopRows } from "./loops.ts";
import {
  fullDoubles,
  type Prepare,
  type Rows,
  serve,
  uniform,
  uniform32,
  type Work,
} from "./protocol.ts";

const { tensor: T } = theano;

type Expression = (...inputs: theano.tensor.TensorVariable[]) => theano.tensor.TensorVariable;
type Floats = Float32Array | Float64Array;

/** Inputs that are shared and a result that is borrowed, or typed arrays in and out. */
function work(
  endToEnd: boolean,
  inputs: readonly (readonly [Floats, readonly number[]])[],
  formula: Expression,
): Work {
  const arrays = inputs.map(([data, shape]) => theano.array(data, { shape: [...shape] }));
  if (!endToEnd) {
    const shared = arrays.map((array) => theano.shared(array));
    const f = theano.function([], new theano.Out(formula(...shared), { borrow: true }));
    return {
      run: () => void f(),
      values: () => f().data as Floats,
      free: () => f.free(),
    };
  }
  const symbols = arrays.map(({ dtype, ndim }) =>
    T.tensor(dtype, Array<boolean>(ndim).fill(false))
  );
  const f = theano.function(symbols, formula(...symbols));
  return { run: () => void f(...arrays).data, free: () => f.free() };
}

function withoutValues({ run, free }: Work): Work {
  return free ? { run, free } : { run };
}

function product(size: number, make: typeof uniform | typeof uniform32): Prepare {
  return (endToEnd: boolean): Work => {
    const shape = [size, size];
    const [a, b] = [make(size * size), make(size * size, -1, 1, 99)];
    return withoutValues(work(endToEnd, [[a, shape], [b, shape]], (x, y) => T.dot(x!, y!)));
  };
}

function batch(endToEnd: boolean): Work {
  const shape = [64, 128, 128];
  const [a, b] = [uniform32(64 * 128 * 128), uniform32(64 * 128 * 128, -1, 1, 99)];
  return withoutValues(work(endToEnd, [[a, shape], [b, shape]], (x, y) => T.batchedDot(x!, y!)));
}

/** Numbers that are drawn, lent or the caller's own. */
function drawn(make: () => theano.tensor.TensorVariable): Prepare {
  return (endToEnd: boolean): Work => {
    const numbers = make();
    const f = endToEnd
      ? theano.function([], numbers)
      : theano.function([], new theano.Out(numbers, { borrow: true }));
    return { run: () => void f().data, free: () => f.free() };
  };
}

function ofDoubles(formula: Expression): Prepare {
  return (endToEnd: boolean): Work =>
    withoutValues(work(endToEnd, [[fullDoubles(1e6), [1e6]]], formula));
}

function of1000(formula: Expression): Prepare {
  return (endToEnd: boolean): Work =>
    withoutValues(work(endToEnd, [[uniform32(1e6), [1000, 1000]]], formula));
}

/** One step of gradient descent on 400 samples of 784 features. */
function regression(endToEnd: boolean): Work {
  const [samples, features] = [400, 784];
  theano.config.floatX = "float32";
  const data = theano.array(uniform32(samples * features), { shape: [samples, features] });
  const targets = uniform32(samples, 0, 1).map(Math.round);
  const x = endToEnd ? T.fmatrix("x") : theano.shared(data);
  const y = endToEnd ? T.fvector("y") : theano.shared(targets);
  const w = theano.shared(uniform32(features, -0.01, 0.01), "w");
  const b = theano.shared(theano.float32(0), "b");
  const p = T.div(1, T.add(1, T.exp(T.dot(x, w).neg().sub(b))));
  const losses = y.neg().mul(T.log(p)).sub(T.sub(1, y).mul(T.log(T.sub(1, p))));
  const cost = losses.mean().add(T.sqr(w).sum().mul(0.01));
  const [gw, gb] = theano.grad(cost, [w, b]);
  const inputs = endToEnd ? [x, y] : [];
  const step = theano.function(inputs, cost, {
    updates: [[w, w.sub(gw!.mul(0.1))], [b, b.sub(gb!.mul(0.1))]],
  });
  theano.config.floatX = "float64";
  return { run: endToEnd ? () => void +step(data, targets) : () => void +step() };
}

function scalar(endToEnd: boolean): Work {
  const x = endToEnd ? T.dscalar("x") : theano.shared(theano.float64(2));
  const f = endToEnd ? theano.function([x], x.add(1)) : theano.function([], x.add(1));
  return { run: endToEnd ? () => void f(2).item() : () => void f() };
}

const table: Rows = {
  ...Object.fromEntries(
    [256, 512, 1024, 2048].flatMap((size) => [
      [`matmul_float32_${size}`, product(size, uniform32)],
      [`matmul_float64_${size}`, product(size, uniform)],
    ]),
  ),
  chain: (endToEnd) =>
    withoutValues(
      work(endToEnd, [[uniform32(1e6), [1e6]]], (a) => T.tanh(a!).mul(a!).add(T.exp(a!))),
    ),
  exp: (endToEnd) => work(endToEnd, [[uniform(230_400, -2, 2), [230_400]]], (a) => T.exp(a!)),
  sum0: of1000((a) => a!.sum(0)),
  sum1: of1000((a) => a!.sum(1)),
  softmax: of1000((a) => T.nnet.softmax(a!)),
  sort: ofDoubles((a) => T.sort(a!)),
  argsort: ofDoubles((a) => T.argsort(a!)),
  cumsum: of1000((a) => T.cumsum(a!, { axis: 1 })),
  batch,
  mrg: drawn(() => new T.MRG_RandomStreams(1).uniform([1e7], { dtype: "float32" })),
  twister: drawn(() => new T.RandomStreams(1).uniform([1e7], { dtype: "float64" })),
  normals: drawn(() => new T.RandomStreams(1).normal([1e7], { dtype: "float64" })),
  regression,
  ...loopRows,
  scalar,
};

await serve(table);
