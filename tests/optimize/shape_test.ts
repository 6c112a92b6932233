import { assert, assertEquals, assertThrows } from "@std/assert";
import { FunctionGraph } from "../../core/graph/function_graph.ts";
import type { Variable } from "../../core/graph/variable.ts";
import { add, cast, mul, sub } from "../../core/ops/arithmetic.ts";
import { dotMatrices as dot } from "../../core/ops/dot.ts";
import { elementsOf } from "../../core/ops/elements.ts";
import { get, set } from "../../core/ops/indexing.ts";
import { join } from "../../core/ops/join.ts";
import type { Shape } from "../../core/ops/kind.ts";
import { nonzero } from "../../core/ops/nonzero.ts";
import { sum } from "../../core/ops/reduce.ts";
import { reshape } from "../../core/ops/reshape.ts";
import { shape, shapeI, specifyShape } from "../../core/ops/shape.ts";
import { itemVariable } from "../../core/ops/shape_item.ts";
import { exp, pow, tanh } from "../../core/ops/transcendental.ts";
import { debugprint } from "../../core/printing/debugprint.ts";
import { constant, tensor } from "../../core/tensor/constructors.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { ShapeFeature, shapesOf } from "../../optimize/shape_feature.ts";
import { evaluate } from "../helpers/evaluate.ts";
import { Random } from "../helpers/random.ts";
import { randomGraph, real } from "./random_graphs.ts";
import { graphOf, optimized, optimizedText, samples, valuesOf } from "./rewriting.ts";

const [x, y, v] = [real(2, "x"), real(2, "y"), real(1, "v")];

function printed(...outputs: readonly Variable[]): string {
  return String(debugprint(optimized(outputs).graph, { file: "str" }));
}

Deno.test("local_shape_to_shape_i asks for the lengths of x, not for x**2", () => {
  assertEquals(
    printed(shape(pow(x, 2))),
    `MakeVector{dtype='int64'} [id A] ''   2
 |Shape_i{0} [id B] ''   1
 | |x [id C]
 |Shape_i{1} [id D] ''   0
   |x [id C]
`,
  );
});

Deno.test("local_shape_to_shape_i adds the lengths of what is joined", () => {
  assertEquals(
    printed(shape(join(0, x, y))),
    `MakeVector{dtype='int64'} [id A] ''   4
 |Elemwise{Add}[(0, 0)] [id B] ''   3
 | |Shape_i{0} [id C] ''   2
 | | |x [id D]
 | |Shape_i{0} [id E] ''   1
 |   |y [id F]
 |Shape_i{1} [id G] ''   0
   |x [id D]
`,
  );
});

Deno.test("local_shape_to_shape_i gives a wrong sum no error, and none is hidden without it", () => {
  const joined = shape(join(0, x, y));
  const given = samples(new Random(1), [x, y], [0, 1]);
  const narrow = [given[0]!, given[1]!.get(":", "1:")];
  assertEquals(
    elementsOf(valuesOf(optimized([joined]).graph, narrow)[0]!).map(Number),
    [6, 3],
  );
  for (const changes of [{ excluding: ["local_shape_to_shape_i"] }, { level: "fast_compile" }]) {
    const { graph } = optimized([joined], changes);
    assert(graph.toposort().some(({ op }) => op.name === "Join"));
    assertThrows(() => valuesOf(graph, narrow), RangeError);
  }
});

Deno.test("a specified shape is a constant", () => {
  assertEquals(
    optimizedText([shape(pow(specifyShape(x, [2, 2]), 2))]),
    "{(2,) of 2}",
  );
});

// deno-fmt-ignore
const lengths: readonly (readonly [what: string, output: TensorVariable, text: string])[] = [
  ["of a sum with a number",   get(shape(add(x, 1)), 0),            "Shape_i{0}(x)"],
  ["of a product",             shape(dot(x, y)),                    "MakeVector{dtype='int64'}(Shape_i{0}(x), Shape_i{1}(y))"],
  ["of what was written to",   shape(set(x, [0], 1)),               "MakeVector{dtype='int64'}(Shape_i{0}(x), Shape_i{1}(x))"],
  ["of a sum along an axis",   shapeI(sum(exp(x), { axis: 0 }), 0), "Shape_i{1}(x)"],
  ["of a transposed matrix",   shapeI(tanh(x.type.makeVariable("t")), 1), "Shape_i{1}(t)"],
  ["of a constant",            shape(constant([[1, 2, 3]])),        "{[1 3]}"],
  ["of a known reshape",       shape(reshape(x, [3, 4])),           "{[3 4]}"],
  ["of a product of lengths",  shapeI(reshape(x, [-1]), 0),         "mul(Shape_i{0}(x), Shape_i{1}(x))"],
];

for (const [what, output, text] of lengths) {
  Deno.test(`ShapeOpt knows the length ${what}`, () => {
    assertEquals(optimizedText([output], { excluding: ["inplace"] }), text);
  });
}

Deno.test("ShapeFeature leaves a length that depends on data to the data", () => {
  const [places] = nonzero(v) as unknown as [TensorVariable];
  const { graph } = optimized([shapeI(add(places, 1), 0)]);
  const names = graph.toposort().map(({ op }) => op.name);
  assert(!names.some((name) => name.startsWith("Elemwise")), String(names));
  const [value] = samples(new Random(3), [v], [1, 2]);
  assertEquals(elementsOf(valuesOf(graph, [value!])[0]!).map(Number), [3]);
});

Deno.test("local_track_shape_i follows what was put in place of a variable", () => {
  const [places] = nonzero(add(v, mul(0, v))) as unknown as [TensorVariable];
  const { graph } = optimized([shapeI(cast(places, "int32"), 0), places]);
  const [length, other] = graph.outputs;
  const read = length!.owner!.inputs[0]!;
  assertEquals(read, other, "the length is that of the same nodes");
});

Deno.test("sameShape() compares what lengths are computed from", () => {
  const graph = graphOf(add(x, y));
  graph.attachFeature(new ShapeFeature());
  const shapes = shapesOf(graph)!;
  const [a, b] = graph.inputs as [TensorVariable, TensorVariable];
  assert(!shapes.sameShape(a, b));
  assert(shapes.sameShape(a, tanh(a)));
  assert(shapes.sameShape(a, add(a, b), 1, 1));
  assert(!shapes.sameShape(a, a, 0, 1));
  assert(shapes.sameShape(get(a, 0), get(a, 1)));
  assert(shapes.sameShape(join(0, a, b), sub(join(0, a, b), 1)));
});

Deno.test("ShapeFeature is attached once and does nothing until it is asked", () => {
  const graph = graphOf(tanh(x));
  const first = new ShapeFeature();
  graph.attachFeature(first);
  graph.attachFeature(new ShapeFeature());
  assertEquals(shapesOf(graph), first);
  assertEquals(graph.applyNodes.size, 1);
  const row = tensor("float64", [true, false], "row");
  assertEquals(first.shapeOf(row)[0], 1);
});

Deno.test("ShapeFeature says the lengths that values have, on random graphs", () => {
  for (let seed = 0; seed < 100; seed++) {
    const random = new Random(seed);
    const { inputs, outputs, values } = randomGraph(random, 3 + random.below(12));
    const graph = new FunctionGraph(inputs, outputs);
    graph.attachFeature(new ShapeFeature());
    const givens = new Map(graph.inputs.map((input, i) => [input, values[i]!]));
    const shapes = shapesOf(graph)!;
    for (const node of graph.toposort()) {
      const output = node.outputs[0] as TensorVariable;
      const [value] = evaluate([output], givens);
      assertEquals(known(shapes.shapeOf(output), givens), value!.shape, `seed ${seed}: ${node}`);
    }
  }
});

function known(items: Shape, givens: Parameters<typeof evaluate>[1]): number[] {
  return items.map((item) => Number(evaluate([itemVariable(item)], givens)[0]!.item()));
}
