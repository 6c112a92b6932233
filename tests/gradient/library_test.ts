/** @file Derivatives that ops of the kinds `library` and `custom` bring along. */

import { assertEquals, assertThrows } from "@std/assert";
import { array } from "../../core/array/build.ts";
import { NDArray } from "../../core/array/ndarray.ts";
import { AttributeError, DisconnectedInputError, NotImplementedError } from "../../core/errors.ts";
import { applyOp, call } from "../../core/graph/op.ts";
import { Apply, type Variable } from "../../core/graph/variable.ts";
import { Rop } from "../../core/gradient/derivatives.ts";
import { grad } from "../../core/gradient/grad.ts";
import { setWarningListener } from "../../core/host/warn.ts";
import { mul } from "../../core/ops/arithmetic.ts";
import type { OpKind, Shape, TensorOp } from "../../core/ops/kind.ts";
import { sum } from "../../core/ops/reduce.ts";
import { tensor } from "../../core/tensor/constructors.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { evaluate } from "../helpers/evaluate.ts";

/** Gives its first input scaled by the second, and the second: `(x · s, s)`. */
class Scaling implements TensorOp {
  readonly name = "Scaling";
  readonly key = "Scaling";
  constructor(readonly kind: OpKind) {}
  makeNode(x: TensorVariable, s: TensorVariable): Apply {
    return new Apply(this, [x, s], [x.type.makeVariable(), s.type.makeVariable()]);
  }
  inferShape(_: Apply, shapes: readonly Shape[]): readonly Shape[] {
    return shapes;
  }
  perform(_: Apply, [x, s]: readonly NDArray[]): NDArray[] {
    const data = Float64Array.from(x!.data as Float64Array, (v) => v * Number(s!.item()));
    return [NDArray.of(data, x!.shape, "float64"), s!];
  }
}

function valueAt(x: Variable, pairs: readonly (readonly [Variable, unknown])[]): unknown {
  const givens = new Map<Variable, NDArray>(
    pairs.map(([v, value]) => [v, array(value, { dtype: "float64" })]),
  );
  return evaluate([x], givens)[0]!.toArray();
}

const x = tensor("float64", [false], { name: "x" });
const s = tensor("float64", [], { name: "s" });
const at = [[x, [1, 2]], [s, 5]] as const;

function outputsOf(op: TensorOp): TensorVariable[] {
  return applyOp(op, [x, s]).outputs as TensorVariable[];
}

Deno.test("a library op is asked once, for all its outputs, and may leave inputs out", () => {
  const asked: string[] = [];
  const op = Object.assign(new Scaling("library"), {
    lop: ({ inputs }: Apply, grads: readonly (TensorVariable | undefined)[]) => {
      asked.push(grads.map((g) => g ? "g" : "-").join(""));
      return [mul(grads[0]!, inputs[1] as TensorVariable), null];
    },
    rop: (node: Apply, [point]: readonly (TensorVariable | undefined)[]) => [
      point && mul(point, node.inputs[1] as TensorVariable),
      null,
    ],
  });
  const [y, t] = outputsOf(op);
  assertEquals(valueAt(grad(sum(y!), x), at), [5, 5]);
  assertEquals(valueAt(grad(mul(sum(y!), t!), x), at), [25, 25]);
  assertEquals(asked, ["g-", "gg"]);
  const heard: string[] = [];
  const before = setWarningListener((_, text) => heard.push(text));
  assertThrows(() => grad(sum(y!), s), DisconnectedInputError);
  setWarningListener(before);
  assertEquals(heard, []);
  assertEquals(valueAt(Rop(y!, x, [1, 10]), at), [5, 50]);
  assertThrows(() => Rop(t!, x, [1, 10]), DisconnectedInputError);
});

Deno.test("an op's connectionPattern decides what counts as connected", () => {
  const op = Object.assign(new Scaling("custom"), {
    connectionPattern: () => [[true, false], [false, true]],
    lop: (_inputs: Variable[], _outputs: Variable[], [g, h]: Variable[]) => [g, h],
  });
  const [y, t] = outputsOf(op);
  assertThrows(() => grad(sum(y!), s), DisconnectedInputError);
  assertThrows(() => grad(t!, x), DisconnectedInputError);
  const short = Object.assign(new Scaling("custom"), { connectionPattern: () => [[true, true]] });
  const error = assertThrows(() => grad(sum(outputsOf(short)[0]!), x), RangeError);
  assertEquals(error.message, "Scaling.connection_pattern should have 2 rows but has 1.");
  const flat = Object.assign(new Scaling("custom"), { connectionPattern: () => [true, false] });
  assertThrows(() => grad(sum(outputsOf(flat as unknown as TensorOp)[0]!), x), TypeError);
});

Deno.test("an op without rules refuses to be differentiated", () => {
  for (const kind of ["library", "custom", "gemm"] as const) {
    const [y] = outputsOf(new Scaling(kind));
    const error = assertThrows(() => grad(sum(y!), x), AttributeError);
    assertEquals(error.message, "'Scaling' object has no attribute 'grad'");
    assertThrows(() => Rop(y!, x, x), NotImplementedError, "does not implement R_op");
  }
});

Deno.test("a wrong number of R-op terms is an error", () => {
  const op = Object.assign(new Scaling("library"), { rop: () => [] });
  const y = call(Object.assign(op, { defaultOutput: 0 }), x, s) as TensorVariable;
  const error = assertThrows(() => Rop(y, x, x), RangeError);
  assertEquals(error.message, "Scaling returned the wrong number of R_op terms.");
});
