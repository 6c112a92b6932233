/**
 * @file A function with a memory: a shared variable that each call updates.
 *
 * `deno run examples/accumulator.ts` needs no permission.
 */

// deno-lint-ignore-file no-console
import * as theano from "@theano/theano";

const { tensor: T } = theano;

const state = theano.shared(0, "state");
const inc = T.iscalar("inc");

// The result is the old value: all results are computed before anything is stored.
const accumulate = theano.function([inc], state, { updates: [[state, state.add(inc)]] });
console.log(`the state is ${state.getValue()}`);
console.log(`accumulate(1) = ${accumulate(1)}, the state is ${state.getValue()}`);
console.log(`accumulate(300) = ${accumulate(300)}, the state is ${state.getValue()}`);

// It can be set, and several functions can use it.
state.setValue(-1);
console.log(`accumulate(3) = ${accumulate(3)}, the state is ${state.getValue()}`);
const decrement = theano.function([inc], state, { updates: [[state, state.sub(inc)]] });
console.log(`decrement(2) = ${decrement(2)}, the state is ${state.getValue()}`);

// `givens` replaces a part of a formula in one function: here the state, which then stays as it is.
const formula = state.mul(2).add(inc);
const foo = T.scalar({ dtype: state.dtype });
const skipShared = theano.function([inc, foo], formula, { givens: [[state, foo]] });
console.log(`skipShared(1, 3) = ${skipShared(1, 3)}, the state is ${state.getValue()}`);

// A copy of the function can work on another variable, without compiling again.
const other = theano.shared(0, "other");
const second = accumulate.copy({ swap: [[state, other]] });
second(100);
console.log(`after second(100): ${other.getValue()}, the state is ${state.getValue()}`);
