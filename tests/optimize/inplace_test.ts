import { assert, assertEquals } from "@std/assert";
import { DestroyHandler, Supervisor } from "../../core/graph/destroy.ts";
import { FunctionGraph } from "../../core/graph/function_graph.ts";
import { viewRoot } from "../../core/graph/traverse.ts";
import type { Variable } from "../../core/graph/variable.ts";
import { add, mul, neg } from "../../core/ops/arithmetic.ts";
import { dotMatrices } from "../../core/ops/dot.ts";
import { get, inc, set } from "../../core/ops/indexing.ts";
import { sum } from "../../core/ops/reduce.ts";
import { exp, tanh } from "../../core/ops/transcendental.ts";
import { optimize } from "../../optimize/pipeline.ts";
import { selectionOf } from "../../optimize/selection.ts";
import { Random } from "../helpers/random.ts";
import { randomGraph, real } from "./random_graphs.ts";
import { assertClose, textOf, valuesOf } from "./rewriting.ts";

/** A graph as `function` makes it, after all passes; `updates` pairs outputs with inputs. */
function compiled(
  inputs: readonly Variable[],
  outputs: readonly Variable[],
  updates: readonly (readonly [output: number, input: number])[] = [],
): FunctionGraph {
  const graph = new FunctionGraph(inputs, outputs, {
    features: [new DestroyHandler()],
    updateMapping: new Map(updates),
  });
  const updated = new Set(updates.map(([, input]) => input));
  graph.attachFeature(new Supervisor(graph.inputs.filter((_, i) => !updated.has(i))));
  optimize(graph, selectionOf("fast_run"));
  return graph;
}

/** Walks the graph in its order: nothing is read after it was overwritten, nothing kept is lost. */
function assertNothingLost(graph: FunctionGraph, kept: readonly Variable[]): void {
  const lost = new Set<Variable>();
  for (const node of graph.toposort()) {
    for (const input of node.inputs) assert(!lost.has(viewRoot(input)), `${node} reads ${input}`);
    for (const index of node.op.destroyMap?.values() ?? []) lost.add(viewRoot(node.inputs[index]!));
  }
  for (const v of [...kept, ...graph.outputs]) assert(!lost.has(viewRoot(v)), `${v} is lost`);
}

Deno.test("inplace_elemwise_opt overwrites what nobody reads later", () => {
  const [x, y] = [real(2, "x"), real(2, "y")];
  const graph = compiled([x, y], [neg(dotMatrices(x, y))]);
  assertEquals(graph.outputs[0]!.owner!.op.name, "Dot22Scalar");
  const product = compiled([x, y], [tanh(dotMatrices(x, y))]);
  assertEquals(product.outputs[0]!.owner!.op.name, "Elemwise{Tanh}[(0, 0)]");
});

Deno.test("inplace_elemwise_opt keeps inputs that the caller keeps", () => {
  const x = real(1, "x");
  assertEquals(textOf(compiled([x], [tanh(x)])), "tanh(x)");
});

Deno.test("inplace_elemwise_opt writes an update over what it updates", () => {
  const [x, w] = [real(1, "x"), real(1, "w")];
  const graph = compiled([x, w], [add(exp(x), w)], [[0, 1]]);
  assertEquals(graph.outputs[0]!.owner!.op.destroyMap, new Map([[0, 1]]));
});

Deno.test("inplace_elemwise_opt lets a reader run before what overwrites", () => {
  const [x, y] = [real(2, "x"), real(2, "y")];
  const product = dotMatrices(x, y);
  const graph = compiled([x, y], [tanh(product), dotMatrices(product, y)]);
  assertEquals(graph.outputs[0]!.owner!.op.destroyMap, new Map([[0, 0]]));
  assertNothingLost(graph, graph.inputs);
  const order = graph.toposort().map(({ op }) => op.name);
  assert(order.indexOf("Elemwise{Tanh}[(0, 0)]") === order.length - 1, String(order));
});

Deno.test("inplace_elemwise_opt leaves alone what only a reduction reads", () => {
  const [x, y] = [real(2, "x"), real(2, "y")];
  const graph = compiled([x, y], [sum(tanh(dotMatrices(x, y)), { axis: 0 })]);
  const [, node] = graph.toposort();
  assertEquals(node!.op.name, "Elemwise{tanh,no_inplace}");
});

Deno.test("local_inplace_setsubtensor overwrites a tensor that was computed here", () => {
  const [x, y] = [real(2, "x"), real(1, "y")];
  const graph = compiled([x, y], [set(tanh(x), [0], y)]);
  assertEquals(graph.outputs[0]!.owner!.op.name, "IncSubtensor{InplaceSet;int64}");
  const kept = compiled([x, y], [set(x, [0], y)]);
  assertEquals(kept.outputs[0]!.owner!.op.name, "IncSubtensor{Set;int64}");
});

Deno.test("local_inplace_setsubtensor does not write to a tensor that the value lies in", () => {
  const x = real(2, "x");
  const t = tanh(x);
  const graph = compiled([x], [set(t, [0], get(t, 1))]);
  const [node] = graph.toposort().filter(({ op }) => op.name.startsWith("IncSubtensor"));
  assertEquals(node!.op.name, "IncSubtensor{Set;int64}");
});

Deno.test("local_inplace_incsubtensor1 overwrites rows and elements in place", () => {
  const [x, y] = [real(2, "x"), real(2, "y")];
  const rows = compiled([x, y], [inc(exp(x), [[0, 2]], y)]);
  assertEquals(rows.outputs[0]!.owner!.op.name, "AdvancedIncSubtensor1{inplace,inc}");
  const places = compiled([x], [set(exp(x), [[0, 1], [1, 0]], 2)]);
  assertEquals(
    places.outputs[0]!.owner!.op.name,
    "AdvancedIncSubtensor{inplace=True,  set_instead_of_inc=True}",
  );
});

Deno.test("InplaceBlasOpt gives every product memory of its own", () => {
  const [x, v] = [real(2, "x"), real(1, "v")];
  const products = [dotMatrices(x, v), dotMatrices(x, exp(v))];
  const graph = compiled([x, v], products);
  const names = graph.outputs.map(({ owner }) => owner!.op.name);
  assertEquals(names, ["Gemv{inplace}", "Gemv{inplace}"]);
  assertNothingLost(graph, graph.inputs);
});

Deno.test("the passes in place are off with the tag inplace", () => {
  const [x, y] = [real(2, "x"), real(2, "y")];
  const graph = new FunctionGraph([x, y], [tanh(dotMatrices(x, y))]);
  optimize(graph, { ...selectionOf("fast_run"), excluding: ["inplace"] });
  assert(graph.toposort().every(({ op }) => (op.destroyMap?.size ?? 0) === 0));
});

Deno.test("the passes in place lose nothing on random graphs with updates", () => {
  let overwriting = 0;
  for (let seed = 0; seed < 150; seed++) {
    const random = new Random(seed);
    const { inputs, outputs, values } = randomGraph(random, 4 + random.below(16));
    const wanted = valuesOf(new FunctionGraph(inputs, outputs), values);
    const updates = outputs.flatMap((output, k) => {
      const input = inputs.findIndex((x) => x.type === output.type);
      return random.chance(0.5) ? [[k, input] as const] : [];
    }).filter(([, input], k, all) => all.findIndex(([, other]) => other === input) === k);
    const graph = compiled(inputs, outputs, updates);
    const updated = new Set(updates.map(([, input]) => input));
    assertNothingLost(graph, graph.inputs.filter((_, i) => !updated.has(i)));
    overwriting += graph.toposort().filter(({ op }) => op.destroyMap?.size).length;
    valuesOf(graph, values).forEach((value, k) =>
      assertClose(value, wanted[k]!, 1e-9, `seed ${seed}, output ${k}`)
    );
  }
  assert(overwriting > 150, `only ${overwriting} nodes overwrite anything`);
});

Deno.test("a product with a sum overwrites the weights that it updates", () => {
  const [w, a, b] = [real(2, "w"), real(2, "a"), real(2, "b")];
  const step = add(w, mul(-0.1, dotMatrices(a, b)));
  const graph = compiled([w, a, b], [step], [[0, 0]]);
  assertEquals(textOf(graph), "Gemm{inplace}(w, {-0.1}, a, b, {1.0})");
});
