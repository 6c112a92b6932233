/**
 * @file The logistic function of every element of a matrix, its slope, and several results at once.
 *
 * `deno run examples/logistic_function.ts` needs no permission.
 */

// deno-lint-ignore-file no-console
import * as theano from "@theano/theano";

const { tensor: T } = theano;
const points = [[0, 1], [-1, -2]];

// 1 / (1 + exp(−x)), element by element.
const x = T.dmatrix("x");
const s = T.div(1, T.add(1, T.exp(x.neg())));
const logistic = theano.function([x], s);
console.log(String(logistic(points)));

// The hyperbolic tangent gives the same function.
const viaTanh = T.div(T.add(1, T.tanh(x.div(2))), 2);
const logistic2 = theano.function([x], viaTanh);
console.log(String(logistic2(points)));

// Its slope: the sum makes a scalar of it, which is what can be differentiated.
const slope = theano.function([x], theano.grad(s.sum(), x));
console.log(String(slope(points)));

// Differences, their absolute values and their squares in one function: common parts are computed
// once.
const [a, b] = T.dmatrices("a", "b");
const difference = T.sub(a!, b!);
const compare = theano.function([a!, b!], [difference, T.abs(difference), difference.pow(2)]);
for (const result of compare([[1, 1], [1, 1]], [[0, 1], [2, 3]])) console.log(String(result));
