/** @file Where the host runs a turn or a branch, what fails inside is an error of its own class. */

import { assertStringIncludes, assertThrows } from "@std/assert";
import * as theano from "@theano/theano";

const { tensor: T } = theano;
const [x, y] = [T.dvector("x"), T.dvector("y")];
const mismatch = "Input dimension mis-match. (input[0].shape[0] = 2, input[1].shape[0] = 3)";

/** What a call with vectors of different lengths says. */
function refusal(f: theano.CompiledFunction): string {
  return assertThrows(() => f([1, 2], [1, 2, 3]), theano.errors.ValueError, mismatch).message;
}

Deno.test("a failing check in a turn that the host runs names the node inside, and the loop", () => {
  const [trace] = theano.scan((row, other) => T.cumsum(row!).add(other!), {
    outputsInfo: x,
    nonSequences: y,
    nSteps: 3,
  });
  const text = refusal(theano.function([x, y], trace));
  assertStringIncludes(text, "Apply node that caused the error: Elemwise{Add}[(0, 0)](CumOp{");
  assertStringIncludes(text, "Apply node that caused the error: for{cpu,scan_fn}(");
});

Deno.test("a failing check in a branch that the host runs names the node inside, and the choice", () => {
  const choice = theano.ifelse(x.sum().gt(0), T.cumsum(x.add(y)), x);
  const text = refusal(theano.function([x, y], choice));
  assertStringIncludes(text, "Apply node that caused the error: Elemwise{add,no_inplace}(x, y)");
  assertStringIncludes(text, "Apply node that caused the error: if{}(");
});
