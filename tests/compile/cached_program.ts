/**
 * @file Compiles and calls one function, and prints its result and how many graphs were optimised.
 */

// deno-lint-ignore-file no-console
import * as theano from "@theano/theano";

const { tensor: T, Mode } = theano;

let graphs = 0;
const optimizer = { optimize: () => ++graphs, text: () => "cached_program" };
const x = T.dmatrix("x");
const weights = T.constant([[1.5, 2], [3, 4]]);
const y = T.tanh(T.dot(x, weights)).mul(2).sum({ axis: 0 });
const f = theano.function([x], y, { mode: new Mode({ linker: "vm", optimizer }) });
console.log(JSON.stringify({ result: f([[1, 0], [0, 1]]).toArray(), graphs }));
