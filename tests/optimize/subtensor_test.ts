import { assert, assertEquals } from "@std/assert";
import { Slice } from "../../core/array/slice.ts";
import type { NDArray } from "../../core/array/ndarray.ts";
import type { FunctionGraph } from "../../core/graph/function_graph.ts";
import { call } from "../../core/graph/op.ts";
import { alloc } from "../../core/ops/alloc.ts";
import { add, mul, sqr } from "../../core/ops/arithmetic.ts";
import { dimshuffle } from "../../core/ops/dimshuffle.ts";
import { dotMatrices as dot } from "../../core/ops/dot.ts";
import { arrayOf, elementsOf } from "../../core/ops/elements.ts";
import { fill } from "../../core/ops/fill.ts";
import { get, inc, set, setSubtensor } from "../../core/ops/indexing.ts";
import { join } from "../../core/ops/join.ts";
import { makeVector } from "../../core/ops/make_vector.ts";
import { arange } from "../../core/ops/ranges.ts";
import { max, sum } from "../../core/ops/reduce.ts";
import { reshape } from "../../core/ops/reshape.ts";
import { shapeI } from "../../core/ops/shape.ts";
import { split } from "../../core/ops/split.ts";
import { indexConstant, knownIndex } from "../../core/ops/subtensor_index.ts";
import { topkAndArgtopk } from "../../core/ops/topk.ts";
import { exp } from "../../core/ops/transcendental.ts";
import { addbroadcast, Rebroadcast, unbroadcast } from "../../core/ops/view.ts";
import { constant, tensor } from "../../core/tensor/constructors.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { type Item, knownSlice } from "../../optimize/index_items.ts";
import { ShapeFeature } from "../../optimize/shape_feature.ts";
import { mergedItems } from "../../optimize/slice_merge.ts";
import * as tables from "../../optimize/structural_tables.ts";
import { Random } from "../helpers/random.ts";
import { randomGraph, real } from "./random_graphs.ts";
import { assertClose, graphOf, optimized, samples, settle, textOf, valuesOf } from "./rewriting.ts";

const [x, y] = [real(2, "x"), real(2, "y")];
const [v, w] = [real(1, "v"), real(1, "w")];
const [s, t] = [real(0, "s"), real(0, "t")];
const i = tensor("int64", [], "i");
const row = tensor("float64", [true, false], "row");
const [rowsX, rowsY] = [constant([0, 2]), constant([[1.5, 2, 3], [4, 5, 6]])];
const zeros = fill(x, constant(0, { dtype: "float64" }));

const allRules = new Map(
  [
    ...tables.structuralUseless.rules,
    ...tables.structuralCanonical.rules,
    ...tables.structuralSpecial.rules,
    ...tables.structuralUncanonical.rules,
  ].map((rule) => [rule.name, rule]),
);

/** A graph whose shapes are known, before and after one rule. */
function withRule(name: string, output: TensorVariable): { graph: FunctionGraph; fired: number } {
  const graph = graphOf(output);
  graph.attachFeature(new ShapeFeature());
  return { graph, fired: settle(graph, allRules.get(name)!) };
}

type Example = readonly [rule: string, output: TensorVariable, text: string];

const part = (...ends: readonly (number | null)[]): Slice<number> =>
  new Slice(ends[0] ?? null, ends[1] ?? null, ends[2] ?? null);

// deno-fmt-ignore
const examples: readonly Example[] = [
  ["local_subtensor_lift", get(exp(x), 0),                         "exp(Subtensor{int64}(x, 0))"],
  ["local_subtensor_lift", get(add(x, row), 1),                    "add(Subtensor{int64}(x, 1), ds{1}(row))"],
  ["local_subtensor_lift", get(mul(x, dimshuffle(s, "x", "x")), part(1)), "mul(Subtensor{int64::}(x, 1), ds{x,x}(s))"],
  ["local_subtensor_lift", get(unbroadcast(row, 0), 0),            "Subtensor{int64}(row, 0)"],
  ["local_subtensor_merge", get(get(x, part(1)), part(0, -1)),     "Subtensor{int64:int64:}(x, 1, -1)"],
  ["local_subtensor_merge", get(get(x, part(null, null, -1)), 0),  "Subtensor{int64}(x, -1)"],
  ["local_subtensor_merge", get(get(x, ":", 1), i),                "Subtensor{int64, int64}(x, i, 1)"],
  ["local_subtensor_of_dot", get(dot(x, y), 0, part(1)),           "dot(Subtensor{int64}(x, 0), Subtensor{::, int64::}(y, 1))"],
  ["local_subtensor_of_dot", get(dot(x, v), 2),                    "dot(Subtensor{int64}(x, 2), v)"],
  ["local_subtensor_of_alloc", get(alloc(s, 3, 4), 1, 2),          "s"],
  ["local_subtensor_of_alloc", get(alloc(v, 5, 3), 1),             "Alloc(v, {3})"],
  ["local_subtensor_of_alloc", get(alloc(v, 5, 3), ":", 1),        "Alloc(Subtensor{int64}(v, 1), {5})"],
  ["local_subtensor_make_vector", get(makeVector([s, t]), 1),      "t"],
  ["local_subtensor_make_vector", get(makeVector([s, t, s]), part(0, 2)), "MakeVector{dtype='float64'}(s, t)"],
  ["local_subtensor_make_vector", get(makeVector([s, t, s]), part(null, null, -2)), "MakeVector{dtype='float64'}(s, s)"],
  ["local_subtensor_make_vector", get(makeVector([s, t, s]), [2, 1]), "MakeVector{dtype='float64'}(s, t)"],
  ["local_subtensor_inc_subtensor", get(set(x, [0, 1], s), 0, 1),  "s"],
  ["local_subtensor_inc_subtensor", get(set(v, [part(0, 3)], w), part(0, 3)), "Alloc(w, minimum({3}, Shape_i{0}(v)))"],
  ["local_subtensor_remove_broadcastable_index", get(row, 0),      "ds{1}(row)"],
  ["local_useless_slice", get(x, 0, ":"),                          "Subtensor{int64}(x, 0)"],
  ["local_useless_slice", get(v, part(0, 2, 1)),                   "Subtensor{:int64:}(v, 2)"],
  ["local_useless_slice", get(x, ":", "0:"),                       "x"],
  ["local_useless_subtensor", get(x, part(0), ":"),                "x"],
  ["local_useless_subtensor", get(row, part(0, 5)),                "row"],
  ["local_useless_subtensor", get(v, arange(shapeI(v, 0))),        "v"],
  ["local_useless_inc_subtensor", set(x, [":"], exp(x)),           "exp(x)"],
  ["local_useless_inc_subtensor", inc(zeros, ["::-1"], x),         "Subtensor{::int64}(x, -1)"],
  ["local_set_to_inc_subtensor", setSubtensor(get(x, rowsX), add(get(x, rowsX), rowsY)), "AdvancedIncSubtensor1{no_inplace,inc}(x, {[[1.5 2.  .. 5.  6. ]]}, {[0 2]})"],
  ["local_incsubtensor_of_zeros", inc(x, [0], 0),                  "x"],
  ["local_incsubtensor_of_zeros_to_setsubtensor", inc(zeros, [0], v), "IncSubtensor{Set;int64}(second(x, ds{x,x}({0.0})), v, 0)"],
  ["local_setsubtensor_of_constants", set(fill(x, 2), [0], 2),     "second(x, ds{x,x}({2}))"],
  ["local_useless_inc_subtensor_alloc", set(x, [0], alloc(s, shapeI(x, 1))), "IncSubtensor{Set;int64}(x, s, 0)"],
  ["local_IncSubtensor_serialize", add(inc(x, [0], v), inc(y, [1], w)), "IncSubtensor{Inc;int64}(IncSubtensor{Inc;int64}(add(x, y), v, 0), w, 1)"],
  ["local_join_empty", join(0, v, constant([] as number[])),        "v"],
  ["local_join_make_vector", join(0, makeVector([s]), makeVector([t]), v), "Join({0}, MakeVector{dtype='float64'}(s, t), v)"],
  ["local_reduce_join", max(join(0, dimshuffle(v, "x", 0), dimshuffle(w, "x", 0)), { axis: 0 }), "maximum(v, w)"],
  ["local_reduce_join", sum(join(0, dimshuffle(v, "x", 0), dimshuffle(w, "x", 0), dimshuffle(v, "x", 0)), { axis: 0 }), "add(v, w, v)"],
  ["local_useless_alloc", alloc(x, shapeI(x, 0), shapeI(x, 1)),    "x"],
  ["local_canonicalize_alloc", alloc(x, 1, 1, shapeI(x, 0), shapeI(x, 1)), "ds{x,x,0,1}(x)"],
  ["local_merge_alloc", alloc(alloc(s, 3), 4, 3),                  "Alloc(s, {4}, {3})"],
  ["local_alloc_unary", exp(alloc(s, 2, 3)),                       "Alloc(exp(s), {2}, {3})"],
  ["local_elemwise_alloc", mul(x, alloc(s, shapeI(x, 0), shapeI(x, 1))), "mul(x, ds{x,x}(s))"],
  ["local_opt_alloc", sum(alloc(constant(2.5, { dtype: "float64" }), 3, 4)),             "mul({2.5}, Cast{float64}(mul({3}, {4})))"],
  ["local_fill_to_alloc", fill(x, s),                              "Alloc(ds{x,x}(s), Shape_i{0}(x), Shape_i{1}(x))"],
  ["local_alloc_dimshuffle", alloc(dimshuffle(v, "x", 0), 5, 3),   "Alloc(v, {5}, {3})"],
  ["local_dimshuffle_alloc", dimshuffle(alloc(s, 3), "x", 0),      "Alloc(s, {1}, {3})"],
  ["local_reshape_dimshuffle", reshape(dimshuffle(v, 0, "x"), [3]), "Reshape{1}(v, {(1,) of 3})"],
  ["local_useless_dimshuffle_in_reshape", reshape(dimshuffle(row, 1, 0), [3, 1]), "Reshape{2}(row, {[3 1]})"],
  ["local_dimshuffle_subtensor", dimshuffle(get(row, ":", part(1)), 1), "Subtensor{int64, int64::}(row, 0, 1)"],
  ["local_lift_transpose_through_dot", dimshuffle(dot(x, y), 1, 0), "dot(ds{1,0}(y), ds{1,0}(x))"],
  ["local_reshape_chain", reshape(reshape(x, [9]), [3, 3]),        "Reshape{2}(x, {(2,) of 3})"],
  ["local_reshape_lift", reshape(exp(x), [9]),                     "exp(Reshape{1}(x, {(1,) of 9}))"],
  ["local_useless_reshape", reshape(v, [-1]),                      "v"],
  ["local_useless_reshape", reshape(x, [shapeI(x, 0), -1]),        "x"],
  ["local_reshape_to_dimshuffle", reshape(v, [1, 3]),              "ds{x,0}(Reshape{1}(v, {(1,) of 3}))"],
  ["local_useless_rebroadcast", call(new Rebroadcast([0, true], [1, false]), row) as TensorVariable, "row"],
  ["local_rebroadcast_lift", addbroadcast(unbroadcast(row, 0), 0), "Rebroadcast{1}(row)"],
  ["local_rebroadcast_lift", unbroadcast(exp(row), 0),             "exp(Rebroadcast{0}(row))"],
  ["local_0_dot_x", dot(constant([[0, 0, 0]], { dtype: "float64" }), x), "Alloc(Assert{msg='The inner sizes of a product with zeros differ'}({0.0}, eq({3}, Shape_i{0}(x))), {1}, Shape_i{1}(x))"],
  ["local_sumsqr2dot", sum(sqr(mul(dimshuffle(x, "x", 0, 1), dimshuffle(y, 0, "x", 1))), { axis: [1, 2] }), "dot(sqr(y), Sum{axis=[0], acc_dtype=float64}(sqr(x)))"],
];

for (const [name, output, text] of examples) {
  Deno.test(`${name} makes ${text} of ${output}`, () => {
    const { graph, fired } = withRule(name, output);
    assert(fired > 0, "it did not fire");
    assertEquals(textOf(graph).replaceAll(/Constant\{(-?\d+)\}/g, "$1"), text);
    const values = samplesFor(graph);
    const wanted = valuesOf(graphOf(output), values);
    assertClose(valuesOf(graph, values)[0]!, wanted[0]!, 1e-12, name);
  });
}

/** Random values of the inputs of a graph: 3 along each axis, and 1 for a symbolic index. */
function samplesFor(graph: FunctionGraph): NDArray[] {
  const drawn = samples(new Random(5), graph.inputs, [-2, 2]);
  return graph.inputs.map((input, k) =>
    input.name === "i" ? arrayOf([1n], [], "int64") : drawn[k]!
  );
}

Deno.test("local_subtensor_merge takes what two indices take, or leaves them", () => {
  const ends = [null, -2, 0, 1, 3];
  const slices = ends.flatMap((start) =>
    [null, -1, 0, 2, 4].flatMap((stop) =>
      [null, 2, -1].map((step) => new Slice<number>(start, stop, step))
    )
  );
  const lists = [0, 1, 2, 3, 5, 6].map((n) =>
    arrayOf([...new Array<number>(n).keys()], [n], "int64")
  );
  let merged = 0;
  for (const first of slices) {
    for (const second of [...slices, -2, -1, 0, 1, 3]) {
      const [item] = mergedItems([symbolic(first)], [symbolic(second)]) ?? [];
      if (item === undefined) continue;
      merged++;
      const once = item instanceof Slice ? knownSlice(item)! : Number(knownIndex(item));
      for (const list of lists) {
        const wanted = taken(list, first, second);
        assertEquals(taken(list, once), wanted, `[${first}][${second}] of ${list.size}`);
      }
    }
  }
  assert(merged > 500, `only ${merged} were merged`);
});

function symbolic(item: number): TensorVariable;
function symbolic(item: Slice<number> | number): Item;
function symbolic(item: Slice<number> | number): Item {
  if (typeof item === "number") return indexConstant(item);
  const end = (value: number | null): TensorVariable | null =>
    value === null ? null : symbolic(value);
  return new Slice(end(item.start), end(item.stop), end(item.step));
}

/** What indices take one after the other, as text; the name of the error if one is out of bounds. */
function taken(list: NDArray, ...indices: readonly (Slice<number> | number)[]): string {
  try {
    return String(elementsOf(indices.reduce<NDArray>((part, index) => part.get(index), list)));
  } catch (error) {
    return (error as Error).name;
  }
}

Deno.test("local_useless_split passes on the only part", () => {
  const { graph, fired } = withRule("local_useless_split", split(v, [3], 1)[0]!);
  assertEquals(fired, 1);
  const values = samplesFor(graph);
  assertEquals(elementsOf(valuesOf(graph, values)[0]!), elementsOf(values[0]!));
});

Deno.test("local_useless_topk computes only what is read", () => {
  for (const k of [0, 1]) {
    const output = topkAndArgtopk(v, 2, { sorted: false })[k]!;
    const { graph, fired } = withRule("local_useless_topk", output);
    assertEquals([fired, graph.toposort().at(-1)!.outputs.length], [1, 1]);
    const values = samplesFor(graph);
    assertEquals(
      elementsOf(valuesOf(graph, values)[0]!),
      elementsOf(valuesOf(graphOf(output), values)[0]!),
    );
  }
});

Deno.test("local_set_to_inc_subtensor and local_adv_sub1_adv_inc_sub1 want different rows", () => {
  const values = real(2, "values");
  for (const rows of [constant([0, 2]), constant([0, 0])]) {
    const isFine = rows.data.get(1).item() === 2;
    const rowsOfX = get(x, rows);
    const written = setSubtensor(rowsOfX, add(rowsOfX, values));
    const read = get(setSubtensor(rowsOfX, values), rows);
    assertEquals(withRule("local_set_to_inc_subtensor", written).fired, isFine ? 1 : 0);
    assertEquals(withRule("local_adv_sub1_adv_inc_sub1", read).fired, isFine ? 1 : 0);
    for (const [name, output] of [["set", written], ["read", read]] as const) {
      const { graph } = optimized([output]);
      const given = [
        ...samples(new Random(7), [x], [-2, 2]),
        arrayOf([1, 2, 3, 4, 5, 6], [2, 3], "float64"),
      ];
      const before = graphOf(output);
      const ordered = before.inputs.map(({ name }) => given[name === "x" ? 0 : 1]!);
      assertClose(valuesOf(graph, ordered)[0]!, valuesOf(before, ordered)[0]!, 1e-12, name);
    }
  }
});

Deno.test("local_subtensor_inc_subtensor repeats a value that the part was longer than", () => {
  const output = get(set(x, [part(0, 2)], w), part(0, 2));
  const { graph } = optimized([output]);
  const values = [samples(new Random(9), [x], [0, 1])[0]!, arrayOf([7], [1], "float64")];
  assertEquals(elementsOf(valuesOf(graph, values)[0]!), [7, 7, 7, 7, 7, 7]);
});

Deno.test("increments of parts of one tensor become a chain that works in place", () => {
  const total = add(
    inc(zeros, [0], get(x, 0)),
    inc(zeros, [1], get(x, 1)),
    inc(zeros, [2], get(x, 2)),
  );
  const { graph } = optimized([total]);
  const names = graph.toposort().map(({ op }) => op.name);
  assert(!names.some((name) => name.startsWith("Elemwise")), String(names));
  assertEquals(names.filter((name) => name.startsWith("IncSubtensor{Inplace")).length, 3);
});

Deno.test("the pipeline keeps the values of random graphs", () => {
  for (let seed = 0; seed < 300; seed++) {
    const random = new Random(1000 + seed);
    const { inputs, outputs, values } = randomGraph(random, 3 + random.below(20));
    const before = graphOf(...outputs);
    const roots = before.inputs.map(({ name }) => inputs.findIndex((input) => input.name === name));
    const given = roots.map((k) => values[k]!);
    const { graph } = optimized(outputs);
    const wanted = valuesOf(before, given);
    valuesOf(graph, given).forEach((value, k) =>
      assertClose(value, wanted[k]!, 1e-9, `seed ${seed}, output ${k}`)
    );
  }
});
