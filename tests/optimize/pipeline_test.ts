import { assert, assertEquals, assertThrows } from "@std/assert";
import { config } from "../../core/config/config.ts";
import { FunctionGraph } from "../../core/graph/function_graph.ts";
import type { Variable } from "../../core/graph/variable.ts";
import { grad } from "../../core/gradient/grad.ts";
import { abs, add, mul, neg, sub, trueDiv } from "../../core/ops/arithmetic.ts";
import { argmax } from "../../core/ops/argmax.ts";
import { elementsOf } from "../../core/ops/elements.ts";
import { zerosLike } from "../../core/ops/fill.ts";
import { get } from "../../core/ops/indexing.ts";
import { eq } from "../../core/ops/logic.ts";
import { arange } from "../../core/ops/ranges.ts";
import { max, min, sum } from "../../core/ops/reduce.ts";
import { shape } from "../../core/ops/shape.ts";
import { softmax } from "../../core/ops/softmax.ts";
import { erfc } from "../../core/ops/special.ts";
import { mean } from "../../core/ops/statistics.ts";
import { dot } from "../../core/ops/tensordot.ts";
import { exp, expm1, log, pow, sigmoid } from "../../core/ops/transcendental.ts";
import { typedConstructor } from "../../core/tensor/constructors.ts";
import { array } from "../../core/array/build.ts";
import { equilibriumPass, graphPass } from "../../optimize/pass.ts";
import { optimize, order, pipeline, rulesVersion } from "../../optimize/pipeline.ts";
import { hole, on, rule, rules } from "../../optimize/rule.ts";
import { levels, queryOf, selectionOf, selectionText } from "../../optimize/selection.ts";
import { Random } from "../helpers/random.ts";
import { drawn, graphOf, optimized, optimizedText, textOf, valuesOf } from "./rewriting.ts";

const scalar = typedConstructor("float64", []);
const vector = typedConstructor("float64", [false]);
const matrix = typedConstructor("float64", [false, false]);
const labels = typedConstructor("int32", [false]);

const x = vector("x");
const y = vector("y");
const m = matrix("m");

Deno.test("pipeline keeps every fact of its order", () => {
  const places = new Map(pipeline.map((pass, i) => [pass.name, i]));
  for (const [before, after, why] of order) {
    const [first, second] = [places.get(before), places.get(after)];
    assert(first !== undefined, `there is no pass ${before}`);
    assert(second !== undefined, `there is no pass ${after}`);
    assert(first! < second!, `${before} comes before ${after}: ${why}`);
  }
});

Deno.test("pipeline lists passes by position, each name once", () => {
  const names = pipeline.map((pass) => pass.name);
  assertEquals(new Set(names).size, names.length);
  pipeline.slice(1).forEach((pass, i) =>
    assert(pipeline[i]!.position <= pass.position, `${pass.name} stands too late`)
  );
});

Deno.test("pipeline has one rule of a name", () => {
  const known = new Map<string, unknown>();
  for (const rule of pipeline.flatMap((pass) => pass.rules)) {
    assertEquals(known.get(rule.name) ?? rule.apply, rule.apply, rule.name);
    known.set(rule.name, rule.apply);
  }
});

Deno.test("pipeline works in place only behind add_destroy_handler", () => {
  const handler = pipeline.find((pass) => pass.name === "add_destroy_handler")!.position;
  for (const pass of pipeline) {
    const isInplace = pass.tags.includes("inplace") && pass.name !== "add_destroy_handler";
    assertEquals(isInplace && pass.position < handler, false, pass.name);
  }
});

/** What FAST_RUN makes of formulas, as Theano prints it. */
const verified: readonly [formula: string, outputs: () => Variable[], text: string][] = [
  ["log(1 + x)", () => [log(add(1, x))], "log1p(x)"],
  ["log(1 + exp(x))", () => [log(add(1, exp(x)))], "softplus(x)"],
  ["log(sigmoid(x))", () => [log(sigmoid(x))], "Composite{(-scalar_softplus((-i0)))}(x)"],
  ["1 / (1 + exp(-x))", () => [trueDiv(1, add(1, exp(neg(x))))], "sigmoid(x)"],
  ["exp(x) - 1", () => [sub(exp(x), 1)], "expm1(x)"],
  ["x / |x|", () => [trueDiv(x, abs(x))], "sgn(x)"],
  [
    "exp(m) / sum(exp(m))",
    () => [trueDiv(exp(m), sum(exp(m), { axis: 1, keepdims: true }))],
    "Softmax(m)",
  ],
  [
    "softmax(dot(m, w) + b)",
    () => [softmax(add(dot(m, matrix("w")), vector("b")))],
    "SoftmaxWithBias(Dot22(m, w), b)",
  ],
  ["log(softmax(m))", () => [log(softmax(m))], "LogSoftmax(m)"],
  ["min(m)", () => [min(m)], "Reduce{minimum}(m)"],
  ["max(m, 0)", () => [max(m, 0)], "Reduce{maximum}{0}(m)"],
  ["argmax(m, 0)", () => [argmax(m, 0)], "Argmax{axis=(0,)}(m)"],
  ["eq(x, x)", () => [eq(x, x)], "Alloc({(1,) of True}, Shape_i{0}(x))"],
  ["x - x", () => [sub(x, x)], "Alloc({(1,) of 0.0}, Shape_i{0}(x))"],
  ["0 x · 2 + 1", () => [add(mul(zerosLike(x), 2), 1)], "Alloc({(1,) of 1.0}, Shape_i{0}(x))"],
  ["sum(2 x)", () => [sum(mul(2, x))], "Mul[(0, 1)]({2.0}, Sum{acc_dtype=float64}(x))"],
  ["(x + 1).shape[0]", () => [get(shape(add(x, 1)), 0)], "Shape_i{0}(x)"],
  [
    "2 x / (4 y)",
    () => [trueDiv(mul(2, x), mul(4, y))],
    "Composite{((i0 * i1) / i2)}({(1,) of 0.5}, x, y)",
  ],
  ["x³", () => [pow(x, 3)], "Composite{(sqr(i0) * i0)}(x)"],
  [
    "grad(x²)",
    () => {
      const s = scalar("s");
      return [grad(pow(s, 2), s) as Variable];
    },
    "mul({2.0}, s)",
  ],
  [
    "grad(sum(sigmoid(x)))",
    () => [grad(sum(sigmoid(x)), x) as Variable],
    "Composite{(scalar_sigmoid(i0) * (i1 - scalar_sigmoid(i0)))}(x, {(1,) of 1.0})",
  ],
];

for (const [formula, outputs, text] of verified) {
  Deno.test(`optimize() makes ${text} of ${formula}`, () => {
    assertEquals(optimizedText(outputs()), text);
  });
}

/** The loss of a softmax regression and what its step needs. */
function regression(): readonly Variable[] {
  const [w, b, k] = [matrix("w"), vector("b"), labels("k")];
  const p = softmax(add(dot(m, w), b));
  const loss = neg(mean(get(log(p), arange(get(shape(k), 0)), k)));
  return [loss, ...grad(loss, [w, b]) as Variable[]];
}

Deno.test("optimize() computes loss and gradient of a softmax regression by one op each", () => {
  const { graph } = optimized(regression());
  const names = graph.toposort().map((node) => node.op.name);
  assertEquals(names.filter((name) => name.includes("oftmax")).sort(), [
    "CrossentropySoftmax1HotWithBiasDx",
    "CrossentropySoftmaxArgmax1HotWithBias",
  ]);
  assertEquals(names.filter((name) => name.includes("Subtensor")), []);
});

Deno.test("optimize() keeps the values of a softmax regression", () => {
  const outputs = regression();
  const plain = graphOf(...outputs);
  const random = new Random(7);
  const values = plain.inputs.map((input) => {
    const shapes: Record<string, number[]> = { m: [4, 3], w: [3, 5], b: [5], k: [4] };
    const { dtype } = (input as typeof x).type;
    return drawn(random, shapes[input.name!]!, dtype, dtype === "int32" ? [0, 4] : [-1, 1]);
  });
  const { graph } = optimized(outputs);
  const wanted = valuesOf(plain, values).flatMap((value) => elementsOf(value).map(Number));
  const found = valuesOf(graph, values).flatMap((value) => elementsOf(value).map(Number));
  found.forEach((value, i) => assert(Math.abs(value - wanted[i]!) < 1e-14));
});

Deno.test("optimize() makes the gradient of a logistic regression finite where p saturates", () => {
  const [w, b, t] = [vector("w"), scalar("b"), vector("t")];
  const p = trueDiv(1, add(1, exp(sub(neg(dot(m, w)), b))));
  const loss = sub(mul(neg(t), log(p)), mul(sub(1, t), log(sub(1, p))));
  const cost = add(mean(loss), mul(0.01, sum(pow(w, 2))));
  const gradients = grad(cost, [w, b]) as Variable[];
  const inputs = [m, w, b, t];
  const values = [
    array([[1, 0], [-1, 0], [0, 1], [0, -1]], { dtype: "float64" }),
    array([1e3, 800], { dtype: "float64" }),
    array(0.5, { dtype: "float64" }),
    array([1, 0, 0, 1], { dtype: "float64" }),
  ];
  const graph = new FunctionGraph(inputs, [...gradients, loss]);
  optimize(graph, selectionOf("fast_run"));
  const [gw, gb, losses] = valuesOf(graph, values).map((value) => elementsOf(value).map(Number));
  assertEquals(gw, [20, 16 + 0.5]);
  assertEquals(gb, [0]);
  assertEquals(losses, [0, 0, 800.5, 799.5]);
});

Deno.test("optimize() is accurate where plain formulas lose every digit", () => {
  const cases: [Variable, at: number, value: number][] = [
    [log(add(1, x)), 1e-20, 1e-20],
    [sub(exp(x), 1), 1e-20, 1e-20],
    [log(add(1, exp(x))), 800, 800],
    [log(sub(1, sigmoid(x))), 800, -800],
    [log(sum(exp(x))), 1000, 1000],
    [log(erfc(x)), 40, -1604.2615566532737],
  ];
  for (const [output, at, value] of cases) {
    const [found] = valuesOf(optimized([output]).graph, [array([at], { dtype: "float64" })]);
    const number = Number(elementsOf(found!)[0]);
    assert(Math.abs(number / value - 1) < 1e-14, `${output}: ${number}, not ${value}`);
  }
});

Deno.test("Selection excludes rules and passes by name, and rules by tag", () => {
  const outputs = [log(add(1, x))];
  assertEquals(optimizedText(outputs, { excluding: ["local_log1p"] }).includes("log1p"), false);
  assertEquals(
    optimizedText(outputs, { excluding: ["stabilize", "specialize"] }).includes("log1p"),
    false,
  );
  const branch = [sum(m, { axis: [] })];
  assertEquals(optimizedText(branch, { level: "fast_compile" }), "m");
  const excluding = ["local_cut_useless_reduce"];
  assertEquals(optimizedText(branch, { level: "fast_compile", excluding }).includes("Sum"), true);
});

Deno.test("Selection includes what is off, and requires tags", () => {
  const query = queryOf({ ...selectionOf("fast_run"), including: ["unsafe"] });
  const removal = pipeline.flatMap((pass) => pass.rules)
    .find((rule) => rule.name === "local_remove_all_assert")!;
  assertEquals(query.selects(removal.name, removal.tags), true);
  assertEquals(queryOf(selectionOf("fast_run")).selects(removal.name, removal.tags), false);
  assertEquals(queryOf(selectionOf("unsafe")).selects(removal.name, removal.tags), true);
  const strict = queryOf({ ...selectionOf("fast_run"), requiring: ["canonicalize"] });
  assertEquals(strict.selects("local_x", ["fast_run", "canonicalize"]), true);
  assertEquals(strict.selects("local_x", ["fast_run", "specialize"]), false);
});

Deno.test("levels are Theano's", () => {
  const outputs = [add(expm1(mul(x, y)), 1)];
  const passes = (level: string | null): string[] => {
    const { report } = optimized(outputs, { level });
    return report.passes.map((pass) => pass.name);
  };
  assertEquals(passes(null), []);
  assertEquals(passes("None"), []);
  assertEquals(passes("merge").every((name) => name.startsWith("merge")), true);
  assertEquals(passes("o1"), passes("fast_compile"));
  assertEquals(passes("o4"), passes("fast_run"));
  assertEquals(passes("o1").includes("specialize"), false);
  assertEquals(passes("o1").includes("canonicalize"), true);
  assertEquals(passes("o2").includes("elemwise_fusion"), true);
  assertEquals(passes("o3").some((name) => name.includes("inplace")), false);
  assertEquals(passes("o4").includes("inplace_elemwise_opt"), true);
  assertEquals(passes("stabilize").at(-1), "stabilize");
  assertEquals(Object.keys(levels).length, 11);
  const error = assertThrows(() => queryOf(selectionOf("o5")));
  assert(error instanceof RangeError);
  assertEquals(
    error.message.split("\n")[0],
    'Cannot use the optimizer "o5": there is no such level',
  );
});

Deno.test("optdb.position_cutoff stops before a position", () => {
  const before = config.optdb.position_cutoff;
  config.optdb.position_cutoff = 1;
  try {
    const { report } = optimized([exp(x)]);
    assertEquals(report.passes.at(-1)!.name, "pre_local_IncSubtensor_serialize");
  } finally {
    config.optdb.position_cutoff = before;
  }
});

Deno.test("selectionText() says what is on, whatever the order", () => {
  const selection = { ...selectionOf("o4"), including: ["b", "a"], excluding: ["c"] };
  assertEquals(selectionText(selection), "o4+a:b-c&*8");
  assertEquals(selectionText({ ...selection, including: ["a", "b", "a"] }), "o4+a:b-c&*8");
  assertEquals(selectionText({ ...selection, verbose: true }), selectionText(selection));
  assertEquals(rulesVersion(), rulesVersion());
  assertEquals(/^[0-9a-f]{16}$/.test(rulesVersion()), true);
});

Deno.test("optimize() runs added passes where their position says, and tells of each pass", () => {
  const seen: string[] = [];
  const additions = [
    graphPass(1.3, "mine", ["fast_run"], (graph) => void seen.push(textOf(graph))),
    equilibriumPass(1.4, "my_rules", ["fast_run"], [
      rules("mine", [rule("exp_twice", on(exp, hole("x")), ({ x }) => expm1(x))]),
    ]),
  ];
  const graph = graphOf(exp(add(x, 0)));
  const names: string[] = [];
  optimize(graph, selectionOf("fast_run"), { additions, onPass: (name) => void names.push(name) });
  assertEquals(seen, ["exp(x)"]);
  assertEquals(textOf(graph), "expm1(x)");
  assertEquals(names.indexOf("mine"), names.indexOf("merge1.2") + 1);
});
