/** @file Derivatives of softmax and of losses on classes. */

import { assertThrows } from "@std/assert";
import { NotImplementedError, NullTypeGradError } from "../../core/errors.ts";
import { Rop } from "../../core/gradient/derivatives.ts";
import { grad } from "../../core/gradient/grad.ts";
import { cast } from "../../core/ops/arithmetic.ts";
import {
  crossentropyCategorical1hot,
  crossentropySoftmaxArgmax1hotWithBias,
} from "../../core/ops/crossentropy.ts";
import { fill } from "../../core/ops/fill.ts";
import { sum } from "../../core/ops/reduce.ts";
import { constant, tensor } from "../../core/tensor/constructors.ts";

Deno.test("grad() of a loss by the classes is undefined, its prediction is no path", () => {
  const x = tensor("float64", [false, false], { name: "x" });
  const y = tensor("int64", [false], { name: "y" });
  const loss = sum(crossentropyCategorical1hot(x, y));
  assertThrows(() => grad(loss, y), NullTypeGradError);
  const predicted = crossentropySoftmaxArgmax1hotWithBias(x, constant([0.1, -0.2, 0.3]), y)[2];
  const cost = sum(fill(predicted, cast(predicted, "float64")));
  grad(cost, x);
  assertThrows(() => Rop(loss, x, x), NotImplementedError);
});
