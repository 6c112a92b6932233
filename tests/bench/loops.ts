/** @file The rows of loops and choices as this library computes them. */

import * as theano from "@theano/theano";
import { type Prepare, type Rows, uniform32, type Work } from "./protocol.ts";

const { tensor: T } = theano;

type Variable = theano.tensor.TensorVariable;

/** A value that a row reads. */
interface Given {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

type Formula = (...inputs: Variable[]) => Variable;

/** A formula of single precision, of shared values or of typed arrays. */
function work(endToEnd: boolean, givens: readonly Given[], formula: Formula): Work {
  const { floatX } = theano.config;
  theano.config.floatX = "float32";
  const arrays = givens.map(({ data, shape }) => theano.array(data, { shape: [...shape] }));
  const shared = arrays.map((array) => theano.shared(array));
  const symbols = arrays.map(({ ndim }) => T.tensor("float32", Array<boolean>(ndim).fill(false)));
  const f = endToEnd
    ? theano.function(symbols, formula(...symbols))
    : theano.function([], new theano.Out(formula(...shared), { borrow: true }));
  theano.config.floatX = floatX;
  const inputs = endToEnd ? arrays : [];
  const run = (): void => {
    const result = f(...inputs);
    if (endToEnd) void result.data;
  };
  return { run, free: () => f.free() };
}

/** The cost of a recurrent network: the sum of squares of its last state. */
export function networkCost(rows: Variable, weights: Variable): Variable {
  const [states] = theano.scan((row, state) => T.tanh(T.dot(state!, weights).add(row!)), {
    sequences: rows,
    outputsInfo: T.zeros([16, 128], "float32"),
  });
  return T.sqr(states.get(-1)).sum();
}

/** A recurrent network of 128 units on 100 rows for each of 16 samples. */
function network(formula: (rows: Variable, weights: Variable) => Variable): Prepare {
  const givens = [
    { data: uniform32(100 * 16 * 128), shape: [100, 16, 128] },
    { data: uniform32(128 * 128, -0.15, 0.15), shape: [128, 128] },
  ];
  return (endToEnd) => work(endToEnd, givens, (rows, weights) => formula(rows!, weights!));
}

/** The gradient of the network's cost by its weights. */
export function networkSlope(rows: Variable, weights: Variable): Variable {
  return theano.grad(networkCost(rows, weights), weights);
}

/** The manual's first loop: the power of each of ten numbers. */
function power(endToEnd: boolean): Work {
  return work(endToEnd, [{ data: uniform32(10, 0.9, 1), shape: [10] }], (numbers) => {
    const [powers] = theano.scan((before, numbers) => before!.mul(numbers!), {
      outputsInfo: T.onesLike(numbers!),
      nonSequences: numbers!,
      nSteps: 10_000,
    });
    return powers.get(-1);
  });
}

/** The manual's polynomial: its terms in a loop, and their sum. */
function polynomial(endToEnd: boolean): Work {
  const givens = [{ data: uniform32(10_000), shape: [10_000] }, {
    data: Float32Array.of(0.99),
    shape: [],
  }];
  return work(endToEnd, givens, (coefficients, x) => {
    const [terms] = theano.scan((factor, power, x) => factor!.mul(T.pow(x!, power!)), {
      sequences: [coefficients!, T.arange(10_000)],
      nonSequences: x!,
    });
    return terms.sum();
  });
}

/** The manual's choice between the means of two large matrices. */
function choice(choose: (isLess: Variable, x: Variable, y: Variable) => Variable): Prepare {
  const matrix = { data: new Float32Array(1e7).fill(1), shape: [10_000, 1_000] };
  const [low, high] = [0, 1].map((x) => ({ data: Float32Array.of(x), shape: [] }));
  return (endToEnd) =>
    work(
      endToEnd,
      [low!, high!, matrix, matrix],
      (a, b, x, y) => choose(T.lt(a!, b!), x!.mean(), y!.mean()),
    );
}

/** The rows by their names. */
export const loopRows: Rows = {
  network: network(networkCost),
  networkGradient: network(networkSlope),
  power,
  polynomial,
  switch: choice(T.switch),
  ifelse: choice((isLess, x, y) => theano.ifelse(isLess, x, y)),
};
