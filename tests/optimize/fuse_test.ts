import { assert, assertEquals } from "@std/assert";
import { FunctionGraph } from "../../core/graph/function_graph.ts";
import type { Variable } from "../../core/graph/variable.ts";
import { add, cast, mul, sub } from "../../core/ops/arithmetic.ts";
import { dotMatrices as dot } from "../../core/ops/dot.ts";
import { type Elementwise, isComposite } from "../../core/ops/elementwise.ts";
import { sum } from "../../core/ops/reduce.ts";
import { exp, tanh } from "../../core/ops/transcendental.ts";
import { tensor } from "../../core/tensor/constructors.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { Rewriter } from "../../optimize/engine.ts";
import { flattenSums, fuseElementwise } from "../../optimize/fuse.ts";
import { Random } from "../helpers/random.ts";
import { randomGraph, real } from "./random_graphs.ts";
import { assertClose, graphOf, optimized, valuesOf } from "./rewriting.ts";

function rewriter(graph: FunctionGraph): Rewriter {
  return new Rewriter(graph, { verbose: false, maxUseRatio: 8 });
}

/** A graph after fusion alone, and the names of its nodes in order. */
function fused(...outputs: readonly Variable[]): { graph: FunctionGraph; names: string[] } {
  const graph = graphOf(...outputs);
  fuseElementwise(graph, rewriter(graph));
  return { graph, names: graph.toposort().map(({ op }) => op.name) };
}

const [x, y] = [real(1, "x"), real(1, "y")];

Deno.test("composite_elemwise_fusion numbers inputs from left to right", () => {
  const { names } = fused(mul(x, tanh(add(y, x))));
  assertEquals(names, ["Elemwise{Composite{(i0 * tanh((i1 + i0)))}}"]);
});

Deno.test("composite_elemwise_fusion computes once what several steps read", () => {
  const t = tanh(x);
  const { graph, names } = fused(mul(add(t, y), sub(t, y)));
  assertEquals(names, ["Elemwise{Composite{((tanh(i0) + i1) * (tanh(i0) - i1))}}"]);
  const { scalar } = graph.outputs[0]!.owner!.op as Elementwise;
  assert(isComposite(scalar) && scalar.steps.length === 4);
});

Deno.test("composite_elemwise_fusion gives every result that others read", () => {
  const t = tanh(x);
  const { graph, names } = fused(mul(t, y), t);
  assertEquals(names, ["Elemwise{Composite{tanh(i0), (tanh(i0) * i1)}}"]);
  assertEquals(graph.outputs.map(({ index }) => index), [1, 0]);
});

Deno.test("composite_elemwise_fusion makes no cycle", () => {
  const m = real(2, "m");
  const t = tanh(m);
  const { names } = fused(mul(dot(t, m), t), add(t, m));
  assertEquals(names.length, 3);
  assert(names.includes("Elemwise{mul,no_inplace}"), String(names));
});

Deno.test("composite_elemwise_fusion makes no cycle through another fused node", () => {
  const m = real(2, "m");
  const a = exp(m);
  const b = tanh(a);
  const c = dot(b, m);
  const d = mul(add(c, a), tanh(dot(add(c, m), b)));
  const graph = graphOf(d, add(b, a));
  fuseElementwise(graph, rewriter(graph));
  assertEquals(graph.toposort().length, graph.applyNodes.size);
});

Deno.test("composite_elemwise_fusion does not compute a short operand for every row", () => {
  const m = real(2, "m");
  const { names } = fused(add(m, tanh(x)));
  assertEquals(names, [
    "Elemwise{tanh,no_inplace}",
    "InplaceDimShuffle{x,0}",
    "Elemwise{add,no_inplace}",
  ]);
  const row = tensor("float64", [true, false], "row");
  assertEquals(fused(add(m, tanh(row))).names.length, 2);
});

Deno.test("composite_elemwise_fusion leaves lengths, complex numbers and bodiless records alone", () => {
  const [n, k] = [tensor("int64", [], "n"), tensor("int64", [], "k")];
  assertEquals(fused(add(mul(n, k), n)).names.length, 2);
  assertEquals(fused(cast(add(n, k), "float64")).names.length, 2);
  const c = tensor("complex128", [false], "c");
  assertEquals(fused(add(mul(c, c), c)).names.length, 2);
});

Deno.test("composite_elemwise_fusion leaves a reduction its only operand", () => {
  const t = tanh(x);
  const { names } = fused(sum(mul(t, y)), t);
  assertEquals(names.slice(0, 2), ["Elemwise{tanh,no_inplace}", "Elemwise{mul,no_inplace}"]);
  assertEquals(fused(sum(mul(tanh(x), y))).names[0], "Elemwise{Composite{(tanh(i0) * i1)}}");
});

Deno.test("composite_elemwise_fusion stops at a text that nobody can read", () => {
  let t: TensorVariable = x;
  for (let k = 0; k < 40; k++) t = mul(add(t, y), t);
  const { graph, names } = fused(t);
  assert(names.length > 2 && names.every((name) => name.length < 4000));
  assertEquals(graph.toposort().length, names.length);
});

Deno.test("composite_elemwise_fusion keeps names", () => {
  const z = mul(2, tanh(x));
  z.name = "z";
  assertEquals(optimized([z]).graph.outputs[0]!.name, "z");
});

Deno.test("local_add_mul_fusion makes one sum of sums of one dtype and pattern", () => {
  const graph = graphOf(add(add(x, y), add(x, x)));
  flattenSums(graph, rewriter(graph));
  assertEquals(graph.toposort().map(({ inputs }) => inputs.length), [4]);
  const m = real(2, "m");
  const mixed = graphOf(add(m, tensor("float32", [false, false], "f")), add(m, add(x, y)));
  flattenSums(mixed, rewriter(mixed));
  assertEquals(mixed.applyNodes.size, 4);
});

Deno.test("elemwise_fusion is off without its names", () => {
  const z = mul(x, tanh(add(y, x)));
  for (const name of ["fusion", "elemwise_fusion", "composite_elemwise_fusion"]) {
    const { graph } = optimized([z], { excluding: [name, "inplace"] });
    assertEquals(graph.applyNodes.size, 3);
  }
});

Deno.test("elemwise_fusion keeps the values of random graphs and leaves nothing to fuse", () => {
  let made = 0;
  for (let seed = 0; seed < 150; seed++) {
    const random = new Random(seed);
    const steps = random.pick(["elementwise", "all"] as const);
    const { inputs, outputs, values } = randomGraph(random, 3 + random.below(20), steps);
    const before = new FunctionGraph(inputs, outputs);
    const graph = new FunctionGraph(inputs, outputs);
    const first = rewriter(graph);
    flattenSums(graph, first);
    fuseElementwise(graph, first);
    made += first.firings.get("composite_elemwise_fusion") ?? 0;
    const wanted = valuesOf(before, values);
    valuesOf(graph, values).forEach((value, k) =>
      assertClose(value, wanted[k]!, 1e-9, `seed ${seed}, output ${k}`)
    );
    const again = rewriter(graph);
    fuseElementwise(graph, again);
    assertEquals(again.changes, 0, `seed ${seed}: fused again`);
  }
  assert(made > 100, `only ${made} nodes were fused`);
});
