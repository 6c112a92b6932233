/**
 * @file Compiles one function with code in WebAssembly, in a loop too, and prints what it gives and how
 * many graphs were optimised.
 */

// deno-lint-ignore-file no-console
import * as theano from "@theano/theano";
import { Scaled } from "./wasm_code.ts";

const { tensor: T, Mode } = theano;

let graphs = 0;
const optimizer = { optimize: () => ++graphs, text: () => "stored_code" };
const x = T.dvector("x");
const op = new Scaled(3);
const [rows] = theano.scan((v: theano.TensorVariable) => op.call(v), {
  outputsInfo: x,
  nSteps: 2,
});
const f = theano.function([x], rows, { mode: new Mode({ linker: "vm", optimizer }) });
console.log(JSON.stringify({ results: f([1, 2]).toArray(), graphs }));
