import * as theano from "@theano/theano";
import { assertAgrees } from "../fuzz/compare.ts";

const { tensor: T } = theano;

Deno.test("a value repeated by standing still is not overwritten in place", () => {
  const x = T.ivector("x");
  const negated = T.neg(x);
  const sorted = T.sort(T.add(-1, negated.dimshuffle(0, "x")), { axis: 1 });
  assertAgrees(
    [sorted, T.tile(negated, [2])],
    new Map([[x, theano.array([1], { dtype: "int32" })]]),
  );
});

Deno.test("a part of a value that is also repeated is set in a copy", () => {
  const x = T.fmatrix("x");
  const tangent = T.tan(x);
  assertAgrees(
    [tangent.set(["1:", "-2:"], 1), T.repeat(tangent, 2, 0)],
    new Map([[x, theano.array([[6], [2]], { dtype: "float32" })]]),
  );
});
