import { assertThrows } from "@std/assert";
import * as theano from "@theano/theano";

const { tensor: T } = theano;

// NumPy fails by the length of the axis searched, whether or not there is a result to be found.
Deno.test("argmax() fails along an empty axis in every mode, results or none", () => {
  const x = T.dmatrix("x");
  for (const mode of ["FAST_RUN", "FAST_COMPILE", new theano.Mode("py")]) {
    const f = theano.function([x], T.argmax(x, 0), { mode });
    for (const shape of [[0, 0], [0, 2]]) {
      const text = "attempt to get argmax of an empty sequence";
      assertThrows(() => f(theano.zeros(shape)), theano.errors.ValueError, text);
    }
  }
});
