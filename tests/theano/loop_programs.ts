/**
 * @file The manual's programs with loops: what they compute, in the precision of `floatX`.
 */

import { assertEquals } from "@std/assert";
import * as theano from "@theano/theano";
import { assertPrinted, numbers } from "./helpers.ts";

const { tensor: T } = theano;

/** A program of the manual. */
export interface LoopProgram {
  readonly name: string;
  /** Compiles it, checks what it computes, and gives what was compiled. */
  readonly run: (mode: string) => theano.CompiledFunction;
}

/** The programs, in the manual's order. */
export const loopPrograms: LoopProgram[] = [];

function program(name: string, run: (mode: string) => theano.CompiledFunction): void {
  loopPrograms.push({ name, run });
}

/** A matrix with `diagonal` above its own diagonal, and zeros. */
function aboveDiagonal(diagonal: readonly number[]): number[][] {
  const n = diagonal.length + 1;
  return Array.from(
    { length: n },
    (_, i) => Array.from({ length: n }, (_, j) => j === i + 1 ? diagonal[i]! : 0),
  );
}

program("41: a Jacobian, row after row", (mode) => {
  const x = T.vector("x");
  const y = x.pow(2);
  const [jacobian, updates] = theano.scan((i, y, x) => T.grad(y.get(i), x), {
    sequences: T.arange(y.shape.get(0)),
    nonSequences: [y, x],
  });
  const f = theano.function([x], jacobian, { updates, mode });
  assertEquals(f([4, 4]).toArray(), [[8, 0], [0, 8]]);
  return f;
});

program("43: a Hessian, row after row", (mode) => {
  const x = T.vector("x");
  const cost = x.pow(2).sum();
  const gy = T.grad(cost, x);
  const [hessian, updates] = theano.scan((i, gy, x) => T.grad(gy.get(i), x), {
    sequences: T.arange(gy.shape.get(0)),
    nonSequences: [gy, x],
  });
  const f = theano.function([x], hessian, { updates, mode });
  assertEquals(f([4, 4]).toArray(), [[2, 0], [0, 2]]);
  return f;
});

program("49: tanh(x(t).dot(W) + b)", (mode) => {
  const [X, W] = [T.matrix("X"), T.matrix("W")];
  const b = T.vector("b_sym");
  const [results] = theano.scan((v) => T.tanh(T.dot(v, W).add(b)), { sequences: X });
  const computeElementwise = theano.function([X, W, b], results, { mode });
  const row = [0.96402758, 0.99505475];
  assertPrinted(
    computeElementwise([[1, 0], [0, 1]], [[1, 1], [1, 1]], [1, 2]),
    [2, 2],
    [...row, ...row],
  );
  return computeElementwise;
});

program("50: x(t) = tanh(x(t - 1).dot(W) + y(t).dot(U) + p(T - t).dot(V))", (mode) => {
  const X = T.vector("X");
  const [W, U, Y, V, P] = ["W", "U", "Y", "V", "P"].map((name) => T.matrix(name));
  const [results] = theano.scan(
    (y, p, before) => T.tanh(T.add(T.dot(before, W!), T.dot(y, U!), T.dot(p, V!))),
    { sequences: [Y!, P!.get("::-1")], outputsInfo: [X] },
  );
  const computeSeq = theano.function([X, W!, Y!, U!, P!, V!], results, { mode });
  const ones = [[1, 1], [1, 1]];
  const rows = (first: number): number[][] => [first, 1, 1, 1, 1].map((v) => [v, v]);
  assertPrinted(
    computeSeq([0, 1], ones, rows(-3), ones, rows(3), ones),
    [5, 2],
    [-0.99505475, 0.96471973, 0.99998585, 0.99998771, 1].flatMap((x) => [x, x]),
  );
  return computeSeq;
});

program("51: the norms of lines", (mode) => {
  const X = T.matrix("X");
  const [results] = theano.scan((row) => T.sqrt(row.pow(2).sum()), { sequences: [X] });
  const norms = theano.function([X], results, { mode });
  assertEquals(norms(aboveDiagonal([1, 2, 3, 4, 5])).toArray(), [1, 2, 3, 4, 5, 0]);
  return norms;
});

program("52: the norms of columns", (mode) => {
  const X = T.matrix("X");
  const [results] = theano.scan((column) => T.sqrt(column.pow(2).sum()), { sequences: [X.T] });
  const norms = theano.function([X], results, { mode });
  assertEquals(norms(aboveDiagonal([1, 2, 3, 4, 5])).toArray(), [0, 1, 2, 3, 4, 5]);
  return norms;
});

program("53: the trace of a matrix, in single precision", (mode) => {
  const X = T.matrix("X");
  const [results] = theano.scan((i, j, trace) => T.cast(X.get(i, j).add(trace), "float32"), {
    sequences: [T.arange(X.shape.get(0)), T.arange(X.shape.get(1))],
    outputsInfo: theano.float32(0),
  });
  const computeTrace = theano.function([X], results.get(-1), { mode });
  const x = theano.eye(5).toArray() as number[][];
  x[0] = [0, 1, 2, 3, 4];
  const trace = computeTrace(x);
  assertEquals([trace.item(), trace.dtype], [4, "float32"]);
  return computeTrace;
});

program("54: a sequence that reads its last two values", (mode) => {
  const [X, W, U, V] = ["X", "W", "U", "V"].map((name) => T.matrix(name));
  const b = T.vector("b_sym");
  const n = T.iscalar("n_sym");
  const [results] = theano.scan(
    (two, one) => T.add(T.dot(two, U!), T.dot(one, V!), T.tanh(T.dot(one, W!).add(b))),
    { nSteps: n, outputsInfo: [{ initial: X!, taps: [-2, -1] }] },
  );
  const computeSeq = theano.function([X!, U!, V!, W!, b, n], results, { mode });
  const half = [[0.5, 0.5], [0.5, 0.5]];
  const across = [[0, 0.5], [0.5, 0]];
  // deno-fmt-ignore
  assertPrinted(computeSeq([[0, 0], [0, 1]], across, half, half, [1, 1], 10), [10, 2], [
    1.40514825, 1.40514825, 2.88898899, 2.38898899, 4.34018291, 4.34018291,
    6.53463142, 6.78463142, 9.82972243, 9.82972243, 14.22203814, 14.09703814,
    20.07439936, 20.07439936, 28.12291843, 28.18541843, 39.1913681, 39.1913681,
    54.28407732, 54.25282732,
  ]);
  return computeSeq;
});

program("55: the Jacobian of tanh(v.dot(A)) by v", (mode) => {
  const v = T.vector();
  const A = T.matrix();
  const y = T.tanh(T.dot(v, A));
  const [results] = theano.scan((i) => T.grad(y.get(i), v), {
    sequences: [T.arange(y.shape.get(0))],
  });
  const jacobian = theano.function([A, v], results, { allowInputDowncast: true, mode });
  const w = theano.eye(5, 3).toArray() as number[][];
  w[2] = [1, 1, 1];
  // deno-fmt-ignore
  assertPrinted(jacobian(w, [1, 0, 0, 0, 0]), [3, 5], [
    0.41997434, 0, 0.41997434, 0, 0,
    0, 1, 1, 0, 0,
    0, 0, 1, 0, 0,
  ]);
  return jacobian;
});

program("56: counting the turns of a loop", (mode) => {
  const k = theano.shared(0);
  const n = T.iscalar("n_sym");
  const [results, updates] = theano.scan(() => ({ updates: [[k, k.add(1)]] }), { nSteps: n });
  assertEquals(results, null);
  const accumulator = theano.function([n], [], { updates, allowInputDowncast: true, mode });
  assertEquals(k.getValue().item(), 0);
  assertEquals(accumulator(5), []);
  assertEquals(k.getValue().item(), 5);
  return accumulator;
});

program("57: tanh(v.dot(W) + b) * d, where d is drawn in every turn", (mode) => {
  const [X, W] = [T.matrix("X"), T.matrix("W")];
  const b = T.vector("b_sym");
  const trng = new T.sharedRandomstreams.RandomStreams(1234);
  const d = trng.binomial({ size: W.get(1).shape });
  const [results, updates] = theano.scan((v) => T.tanh(T.dot(v, W).add(b)).mul(d), {
    sequences: X,
  });
  const noisy = theano.function([X, W, b], results, { updates, allowInputDowncast: true, mode });
  const [a, c] = [0.96402758, 0.76159416];
  // deno-fmt-ignore
  assertPrinted(noisy(theano.eye(10, 2), [[1, 1], [1, 1]], [1, 1]), [10, 2], [
    a, 0, 0, a, 0, 0, c, c, c, 0, 0, c, 0, c, 0, c, 0, 0, c, c,
  ]);
  return noisy;
});

program("57, its note: a variable that is passed along is drawn once", (mode) => {
  const X = T.matrix("X");
  const d = new T.RandomStreams(1234).uniform([2]);
  const [results, updates] = theano.scan((v, d) => v.mul(d), { sequences: X, nonSequences: d });
  const f = theano.function([X], results, { updates, mode });
  const [first, second] = f([[1, 1], [1, 1]]);
  assertEquals(numbers(first!), numbers(second!));
  assertEquals(numbers(f([[1, 1]])).includes(numbers(first!)[0]!), false);
  return f;
});

program("58: the k-th power of a vector", (mode) => {
  const k = T.iscalar("k");
  const A = T.vector("A");
  const [result, updates] = theano.scan((prior, b) => prior.mul(b), {
    outputsInfo: T.onesLike(A),
    nonSequences: A,
    nSteps: k,
  });
  const power = theano.function([A, k], result.get(-1), { updates, mode });
  assertEquals(power([...Array(10).keys()], 2).toArray(), [0, 1, 4, 9, 16, 25, 36, 49, 64, 81]);
  return power;
});

program("59: a polynomial, as long as its coefficients", (mode) => {
  const coefficients = T.vector("coefficients");
  const x = T.scalar("x");
  const [components] = theano.scan((coefficient, power, x) => coefficient.mul(x.pow(power)), {
    outputsInfo: null,
    sequences: [coefficients, T.arange(10000)],
    nonSequences: x,
  });
  const polynomial = theano.function([coefficients, x], components.sum(), { mode });
  assertEquals(polynomial(new Float32Array([1, 0, 2]), 3).item(), 19);
  return polynomial;
});

program("60: a polynomial whose terms the loop adds", (mode) => {
  const coefficients = T.vector("coefficients");
  const x = T.scalar("x");
  const [sums] = theano.scan(
    (coefficient, power, sum, x) => sum.add(coefficient.mul(x.pow(power))),
    {
      sequences: [coefficients, T.arange(10000)],
      outputsInfo: theano.float64(0),
      nonSequences: x,
    },
  );
  const polynomial = theano.function([coefficients, x], sums.get(-1), { mode });
  assertEquals(polynomial(new Float32Array([1, 0, 2]), 3).item(), 19);
  return polynomial;
});
