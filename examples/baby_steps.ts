/**
 * @file Adding two numbers, then two matrices.
 *
 * `deno run examples/baby_steps.ts` needs no permission.
 */

// deno-lint-ignore-file no-console
import * as theano from "@theano/theano";

const { tensor: T } = theano;

// A symbol is not a number: `z` is the formula x + y, and nothing is computed yet.
const x = T.dscalar("x");
const y = T.dscalar("y");
const z = x.add(y);
console.log(`z = ${theano.pp(z)}`);

// Compiling it gives an ordinary function.
const f = theano.function([x, y], z);
console.log(`f(2, 3) = ${f(2, 3)}`);
console.log(`f(16.3, 12.1) = ${f(16.3, 12.1)}`);

// The same for matrices, given as nested arrays.
const a = T.dmatrix("a");
const b = T.dmatrix("b");
const add = theano.function([a, b], a.add(b));
console.log(String(add([[1, 2], [3, 4]], [[10, 20], [30, 40]])));

// A formula can be evaluated without compiling a function by hand.
console.log(`z = ${z.eval([[x, 16.3], [y, 12.1]])}`);

// And it can be differentiated: the derivative is again a formula.
const slope = theano.function([x], theano.grad(x.pow(2), x));
console.log(`the slope of x² at 94.2 is ${slope(94.2)}`);
