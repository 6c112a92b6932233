import { assertEquals } from "@std/assert";
import * as theano from "@theano/theano";

const { tensor: T } = theano;

Deno.test("a constant of a dtype is not rounded to floatX first", () => {
  theano.config.changeFlags({ floatX: "float32" }, () => {
    assertEquals(T.constant(1 / 3, { dtype: "float64" }).data.item(), 1 / 3);
    assertEquals(T.constant(1 / 3).dtype, "float32");
    const x = T.dvector("x");
    const f = theano.function([x], [T.div(x, 3), T.log2(x)]);
    assertEquals(f([6, 3]).map((y) => y.toArray()), [[2, 1], [Math.log2(6), Math.log2(3)]]);
  });
});
