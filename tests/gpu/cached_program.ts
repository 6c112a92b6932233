/**
 * @file Compiles and calls a function on the device that the flags ask for, and prints its result and
 * how many graphs were optimised.
 */

// deno-lint-ignore-file no-console
import * as theano from "@theano/theano";
import { counting } from "./counting.ts";

const { tensor: T } = theano;

const { mode, count } = counting("cached_program");
const [x, y] = T.fvectors("x", "y");
const f = theano.function([x!, y!], [x!.add(y!), x!.mul(y!).sum()], { mode });
const results = f([1, 2, 3], [4, 5, 6]) as theano.NDArray[];
console.log(JSON.stringify({ results: results.map((z) => z.toArray()), graphs: count() }));
