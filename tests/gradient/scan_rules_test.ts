/** @file Derivatives of loops: what is missing, undefined, zero, or not computed twice. */

import { assertEquals, assertThrows } from "@std/assert";
import { DisconnectedInputError, NullTypeGradError } from "../../core/errors.ts";
import { applyOp } from "../../core/graph/op.ts";
import { whyNull } from "../../core/graph/special_types.ts";
import { ancestors } from "../../core/graph/traverse.ts";
import type { Variable } from "../../core/graph/variable.ts";
import { disconnectedGrad, undefinedGrad } from "../../core/gradient/controls.ts";
import { Lop, Rop } from "../../core/gradient/derivatives.ts";
import { grad } from "../../core/gradient/grad.ts";
import type { ScanNode } from "../../core/gradient/scan_paths.ts";
import { add, cast, mul } from "../../core/ops/arithmetic.ts";
import { padLeft } from "../../core/ops/dimshuffle.ts";
import { dotMatrices } from "../../core/ops/dot.ts";
import { get } from "../../core/ops/indexing.ts";
import { gt } from "../../core/ops/logic.ts";
import { sum } from "../../core/ops/reduce.ts";
import { isScan, Scan } from "../../core/ops/scan_op.ts";
import { shape } from "../../core/ops/shape.ts";
import { slice } from "../../core/ops/subtensor_index.ts";
import { exp, tanh } from "../../core/ops/transcendental.ts";
import { constant, tensor } from "../../core/tensor/constructors.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { messageOf, valueAt } from "./helpers.ts";
import { loop } from "./scan_loops.ts";

function vector(name: string): TensorVariable {
  return tensor("float64", [false], { name });
}

/** The loop among those that compute some variables that goes by a label. */
function loopOf(variables: readonly Variable[], label: string): Scan {
  const nodes = ancestors(variables).flatMap(({ owner }) => owner ? [owner] : []);
  return nodes.filter(isScan).map(({ op }) => op).find(({ form }) => form.label === label)!;
}

/** What is computed inside, in the order of Theano's names. */
function namesInside(op: Scan): string[] {
  const owners = ancestors(op.outputs).flatMap(({ owner }) => owner ? [owner] : []);
  return [...new Set(owners)].map(({ op }) => op.name).sort();
}

Deno.test("grad() of a loop knows what reaches what over the turns", () => {
  const [x, y, s] = [vector("x"), vector("y"), vector("s")];
  const { traces, maps } = loop({
    steps: 2,
    sequences: [s],
    states: [[x, -1], [y, -1]],
    turn: ({ slices: [s], taps: [a, b] }) => ({
      states: [mul(a!, b!), mul(b!, 2)],
      maps: [mul(disconnectedGrad(a!), s!)],
    }),
  });
  const at = [[x, [5]], [y, [3]], [s, [1, 2]]] as const;
  const [first, second] = traces.map((trace) => get(trace, -1));
  // x y · 2y, and 4y.
  assertEquals(grad(first!, [x, y]).map((g) => valueAt(g, at)), [[2 * 9], [5 * 4 * 3]]);
  assertEquals(valueAt(grad(second!, y), at), [4]);
  assertThrows(() => grad(second!, x), DisconnectedInputError);
  assertThrows(() => grad(first!, s), DisconnectedInputError);
  assertThrows(() => grad(sum(maps[0]!), x), DisconnectedInputError);
  assertEquals(valueAt(grad(sum(maps[0]!), s), at), [5, 15]);
});

Deno.test("grad() of a loop is zero by and through integers", () => {
  const [x, n] = [vector("x"), tensor("int64", [false], { name: "n" })];
  const { maps, traces } = loop({
    steps: 2,
    sequences: [x, n],
    states: [[constant([0], { dtype: "int64" }), -1]],
    turn: ({ slices: [x, n], taps: [m] }) => ({
      states: [add(m!, cast(x!, "int64"))],
      maps: [mul(n!, x!), mul(m!, 0.5)],
    }),
  });
  const at = [[x, [2, 3]], [n, [5, 7]]] as const;
  const [byX, byN] = grad(sum(add(maps[0]!, maps[1]!)), [x, n]);
  assertEquals([valueAt(byX!, at), valueAt(byN!, at)], [[5, 7], [0, 0]]);
  assertEquals(valueAt(grad(sum(traces[0]!), x), at), [0, 0]);
  assertEquals(valueAt(Rop(maps[1]!, x, x), at), [0, 0]);
});

Deno.test("grad() of a loop says why it is undefined, where it is", () => {
  const [x, y, s, w] = [
    vector("x"),
    vector("y"),
    vector("s"),
    tensor("float64", [], { name: "w" }),
  ];
  const { traces, maps } = loop({
    steps: 2,
    sequences: [s],
    states: [[x, -1], [y, -1]],
    fixed: [w],
    turn: ({ slices: [s], taps: [a, b], fixed: [w] }) => ({
      states: [mul(undefinedGrad(a!), w!), mul(b!, s!)],
      maps: [mul(a!, w!)],
    }),
  });
  const cost = add(sum(traces[0]!), sum(traces[1]!));
  const why = "This variable is Null because the grad method for input 0 (<TensorType(float64, " +
    "scalar)>) of the UndefinedGrad op is mathematically undefined. ";
  assertEquals(
    messageOf(() => grad(cost, x)),
    `tensor.grad encountered a NaN. ${why}`,
  );
  assertThrows(() => grad(cost, w), NullTypeGradError);
  assertThrows(() => grad(sum(maps[0]!), w), NullTypeGradError);
  const grads = grad(cost, [x, y, s, w], { nullGradients: "return" });
  assertEquals(grads.map((g: Variable) => whyNull(g) !== undefined), [true, false, false, true]);
  const at = [[x, [1]], [y, [2]], [s, [3, 5]], [w, 7]] as const;
  // y, s₀ y and s₁ s₀ y are added.
  assertEquals(valueAt(grads[1]!, at), [1 + 3 + 15]);
  assertEquals(valueAt(grads[2]!, at), [2 + 10, 6]);
});

Deno.test("grad() of a loop reads what was computed, and computes again only what is not there", () => {
  const [x, w] = [tensor("float64", [false, false], { name: "x" }), vector("w")];
  const { traces } = loop({
    steps: 3,
    states: [[x, -1]],
    fixed: [w],
    turn: ({ taps: [h], fixed: [w] }) => ({ states: [tanh(mul(h!, w!))] }),
  });
  const backwards = loopOf(grad(sum(traces[0]!), [x, w]), "grad_of_scan_fn");
  assertEquals(backwards.name, "for{cpu,grad_of_scan_fn}");
  assertEquals(namesInside(backwards).filter((name) => name.includes("tanh")), []);
  assertEquals(backwards.form, {
    sequences: 3,
    states: [],
    maps: [],
    carried: 2,
    hasCondition: false,
    truncate: -1,
    label: "grad_of_scan_fn",
    inner: null,
  });
  assertEquals(loopOf([grad(sum(traces[0]!), x)], "grad_of_scan_fn").form.carried, 1);
});

Deno.test("grad() of a loop keeps carried values as states, if it reads them", () => {
  const [x, w] = [tensor("float64", [], { name: "x" }), tensor("float64", [], { name: "w" })];
  const { carried } = loop({
    steps: 3,
    carried: [x],
    fixed: [w],
    turn: ({ carried: [c], fixed: [w] }) => ({ carried: [exp(mul(c!, w!))] }),
  });
  const grads = grad(carried[0]!, [x, w]);
  const forwards = loopOf(grads, "scan_fn");
  assertEquals([forwards.form.states, forwards.form.carried], [[{ taps: [-1], keep: null }], 0]);
  assertEquals(namesInside(forwards), ["Elemwise{exp,no_inplace}", "Elemwise{mul,no_inplace}"]);
  assertEquals(
    namesInside(loopOf(grads, "grad_of_scan_fn")).includes("Elemwise{exp,no_inplace}"),
    false,
  );
});

Deno.test("grad() of a loop keeps what rests on products, if it has one shape at every turn", () => {
  const [h, w] = ["h", "w"].map((name) => tensor("float64", [false, false], { name }));
  const gated = (length: (turn: TensorVariable) => TensorVariable): TensorVariable => {
    const { traces } = loop({
      steps: 3,
      sequences: [constant([1, 2, 3], { dtype: "int64" })],
      states: [[padLeft(h!, 3), -1]],
      fixed: [w!],
      turn: ({ slices: [n], taps: [h], fixed: [w] }) => {
        const part = get(w!, slice(null, length(n!)));
        const gate = exp(dotMatrices(h!, get(w!, slice(null, null))));
        return { states: [mul(gate, sum(exp(dotMatrices(part, w!))))] };
      },
    });
    return get(traces[0]!, -1);
  };
  const keptOf = (cost: TensorVariable): number =>
    loopOf(grad(sum(cost), [h!, w!]), "scan_fn").form.maps.length;
  // The gate, and the power and the sum of the part of w where that is as long in every turn.
  assertEquals(keptOf(gated(() => constant(2, { dtype: "int64" }))), 3);
  assertEquals(keptOf(gated((turn) => turn)), 2);
});

Deno.test("grad() of a loop starts from the last row of a trace where no other is read", () => {
  const x = tensor("float64", [false, false], { name: "x" });
  const { traces } = loop({
    steps: 3,
    states: [[x, -1]],
    turn: ({ taps: [h] }) => ({ states: [tanh(h!)] }),
  });
  const sequencesOf = (cost: TensorVariable): number =>
    loopOf([grad(sum(cost), x)], "grad_of_scan_fn").form.sequences;
  assertEquals(sequencesOf(get(traces[0]!, -1)), 1);
  assertEquals(sequencesOf(get(get(traces[0]!, "1:"), -1)), 1);
  for (const index of [0, -2, "-1:"]) assertEquals(sequencesOf(get(traces[0]!, index)), 2);
  assertEquals(sequencesOf(get(traces[0]!, -1, 0)), 2);
});

Deno.test("grad() of a loop that nothing smooth leads through is that of its first rows", () => {
  const x = vector("x");
  const { traces } = loop({
    steps: 2,
    states: [[x, -2]],
    turn: ({ taps: [a] }) => ({ states: [cast(gt(a!, 0), "float64")] }),
  });
  const at = [[x, [2, 3]]] as const;
  assertEquals(valueAt(grad(sum(mul(traces[0]!, [1, 10, 100, 1000])), x), at), [1, 10]);
  assertEquals(valueAt(Rop(traces[0]!, x, x), at), [2, 3, 0, 0]);
});

Deno.test("grad() refuses a loop that keeps its last turns only", () => {
  const x = vector("x");
  const { traces } = loop({
    steps: 2,
    states: [[x, -1]],
    turn: ({ taps: [a] }) => ({ states: [mul(a!, a!)] }),
  });
  const { op, inputs } = traces[0]!.owner as ScanNode;
  const short = new Scan({ ...op.form, states: [{ taps: [-1], keep: 1 }] }, op.inputs, op.outputs);
  const last = applyOp(short, inputs).out as TensorVariable;
  assertEquals(
    messageOf(() => grad(sum(last), x)),
    "Cannot differentiate for{cpu,scan_fn}: it has been optimised and keeps its last turns only\n" +
      "  Take gradients of the graph that is compiled, not of the compiled one",
  );
  assertEquals(valueAt(Rop(last, x, x), [[x, [3]]]), [3 * 4 * 27]);
});

Deno.test("Rop() of a loop leaves what does not move alone", () => {
  const [x, y, s] = [vector("x"), vector("y"), vector("s")];
  const { traces, maps } = loop({
    steps: 2,
    sequences: [s],
    states: [[x, -1], [y, -1]],
    turn: ({ slices: [s], taps: [a, b] }) => ({
      states: [mul(a!, s!), mul(b!, a!)],
      maps: [mul(s!, 2)],
    }),
  });
  const tangent = Rop(traces[1]!, y, y);
  const at = [[x, [5]], [y, [3]], [s, [1, 2]]] as const;
  assertEquals(valueAt(tangent, at), [3, 15, 75]);
  const { form } = loopOf([tangent], "rop_of_scan_fn");
  assertEquals([form.sequences, form.states.length, form.maps], [1, 3, []]);
  assertEquals(valueAt(Rop(maps[0]!, y, y, { disconnectedOutputs: "ignore" }), at), [0, 0]);
});

Deno.test("Rop() of a loop counts tangents that do not exist as zero in the turns after", () => {
  const [x, y] = [vector("x"), vector("y")];
  const { traces, maps, carried } = loop({
    steps: 2,
    states: [[x, -1], [y, -1]],
    carried: [x],
    turn: ({ taps: [a, b], carried: [c] }) => ({
      states: [undefinedGrad(a!), mul(b!, b!)],
      maps: [mul(a!, 2), shape(b!)],
      carried: [undefinedGrad(c!)],
    }),
  });
  const points = [constant([1]), constant([1])].map((point) => cast(point, "float64"));
  const at = [[x, [1]], [y, [3]]] as const;
  const moved = [...traces, maps[0]!].map((z) => valueAt(Rop(z, [x, y], points), at));
  assertEquals(moved, [[[1], [0], [0]].flat(), [1, 6, 108], [2, 0]]);
  assertThrows(() => Rop(maps[1]!, [x, y], points), DisconnectedInputError);
  assertThrows(() => Rop(carried[0]!, [x, y], points), DisconnectedInputError);
});

Deno.test("Rop() and Lop() of a loop in float32 are float32", () => {
  const x = tensor("float32", [false], { name: "x" });
  const { traces } = loop({
    steps: 2,
    states: [[x, -1]],
    turn: ({ taps: [a] }) => ({ states: [mul(a!, a!)] }),
  });
  assertEquals(Rop(traces[0]!, x, x).dtype, "float32");
  const back = Lop(traces[0]!, x, constant([1, 1, 1], { dtype: "float32" }));
  assertEquals(back.dtype, "float32");
  assertEquals(valueAt(back, [[x, [3]]]), [1 + 6 + 4 * 27]);
});
