/** @file A product that turns need themselves is what they computed, not almost the same. */

import { assertEquals } from "@std/assert";
import * as theano from "@theano/theano";

const { tensor: T } = theano;

Deno.test("a result of a loop and what a turn makes of it come from one product", () => {
  const [h, w] = [T.dvector("h"), T.dmatrix("w")];
  const [[, products, largest]] = theano.scan((before) => {
    const product = T.dot(before, w);
    return [T.tanh(product), product, T.max(product)];
  }, { outputsInfo: [h, null, null], nSteps: 40 });
  const same = T.eq(T.max(products!, { axis: 1 }), largest!).sum();
  const f = theano.function([h, w], same);
  const rows = Array.from(
    { length: 9 },
    (_, i) => Array.from({ length: 9 }, (_, k) => Math.sin(1.7 * i + 0.3 * k * k + 1)),
  );
  assertEquals(f(rows[0], rows).item(), 40);
});
