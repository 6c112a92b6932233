/**
 * @file The manual's pages on loops, and those on derivatives that need one: programs and what they
 * print.
 */

import { assertThrows } from "@std/assert";
import * as theano from "@theano/theano";
import { loopPrograms } from "./loop_programs.ts";

const { tensor: T } = theano;

// Each program, compiled with most passes and with least.
for (const { name, run } of loopPrograms) {
  for (const mode of ["FAST_RUN", "FAST_COMPILE"]) {
    Deno.test(`loop ${name} (${mode})`, () => {
      run(mode);
    });
  }
}

Deno.test("loop 42: along its elements, a vector does not depend on what it is computed from", () => {
  const x = T.dvector("x");
  const y = x.pow(2);
  assertThrows(
    () => theano.scan((element, x) => T.grad(element, x), { sequences: y, nonSequences: x }),
    theano.errors.DisconnectedInputError,
    "grad method was asked to compute the gradient with respect to a variable that is not part of " +
      "the computational graph of the cost, or is used only by a non-differentiable operator: x",
  );
});
