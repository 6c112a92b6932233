import { assert, assertEquals } from "@std/assert";
import { add, mul, neg, sub } from "../../core/ops/arithmetic.ts";
import { dotMatrices as dot, outer } from "../../core/ops/dot.ts";
import { dimshuffle } from "../../core/ops/dimshuffle.ts";
import { tensor } from "../../core/tensor/constructors.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { Random } from "../helpers/random.ts";
import { real } from "./random_graphs.ts";
import { assertClose, graphOf, optimized, optimizedText, samples, valuesOf } from "./rewriting.ts";

const [x, y, z] = [real(2, "x"), real(2, "y"), real(2, "z")];
const [v, w, s] = [real(1, "v"), real(1, "w"), real(0, "s")];

const keep = { excluding: ["inplace", "fusion"] };

/** The text after all passes but those in place; the values are those of the graph before them. */
function checked(output: TensorVariable): string {
  const before = graphOf(output);
  const { graph } = optimized([output], keep);
  const values = samples(new Random(1), before.inputs, [-2, 2]);
  const [found, wanted] = [valuesOf(graph, values)[0]!, valuesOf(before, values)[0]!];
  assertClose(found, wanted, 1e-12, String(output));
  return optimizedText([output], keep);
}

// deno-fmt-ignore
const examples: readonly (readonly [what: string, output: TensorVariable, text: string])[] = [
  ["local_dot_to_dot22 takes a product of matrices",           dot(x, y),                        "Dot22(x, y)"],
  ["gemm_optimizer takes z + 2·xy",                            add(z, mul(2, dot(x, y))),        "Gemm{no_inplace}(z, {2.0}, x, y, {1.0})"],
  ["gemm_optimizer takes s·z − xy",                            sub(mul(s, z), dot(x, y)),        "Gemm{no_inplace}(z, {-1.0}, x, y, s)"],
  ["gemm_optimizer takes −(z − 3·xy)",                         neg(sub(z, mul(3, dot(x, y)))),   "Gemm{no_inplace}(z, {3.0}, x, y, {-1.0})"],
  ["gemm_optimizer leaves the other terms of a sum",           add(z, dot(x, y), mul(v, x)),     "add(mul(ds{x,0}(v), x), Gemm{no_inplace}(z, {1.0}, x, y, {1.0}))"],
  ["local_dot22_to_dot22scalar takes 2·xy",                    mul(2, dot(x, y)),                "Dot22Scalar(x, y, {2.0})"],
  ["local_dot22_to_dot22scalar takes s·xy·z",                  mul(s, dot(x, y), z),             "mul(Dot22Scalar(x, y, s), z)"],
  ["local_gemm_to_ger takes x + vw'",                          add(x, outer(v, w)),              "Ger{non-destructive}(x, {1.0}, v, w)"],
  ["local_gemm_to_gemv takes vx + w",                          add(dot(v, x), w),                "Gemv{no_inplace}(w, {1.0}, ds{1,0}(x), v, {1.0})"],
  ["local_gemm_to_gemv takes w − s·xv",                        sub(w, mul(s, dot(x, v))),        "Gemv{no_inplace}(w, neg(s), x, v, {1.0})"],
  ["local_dot22_to_ger_or_gemv takes a product with a vector", dot(x, v),                        "Gemv{no_inplace}(AllocEmpty{dtype='float64'}(Shape_i{0}(x)), {1.0}, x, v, {0.0})"],
  ["local_dot22_to_ger_or_gemv takes an outer product",        outer(v, w),                      "Ger{non-destructive}(Alloc({0.0}, Shape_i{0}(v), Shape_i{0}(w)), {1.0}, v, w)"],
  ["gemm_optimizer leaves a row that is added alone",          add(dot(x, y), v),                "add(Dot22(x, y), ds{x,0}(v))"],
];

for (const [what, output, text] of examples) {
  Deno.test(what, () => assertEquals(checked(output), text));
}

Deno.test("gemm_optimizer takes no product that somebody else reads", () => {
  const product = dot(x, y);
  const { graph } = optimized([add(z, product), product], keep);
  assertEquals(graph.toposort().map(({ op }) => op.name).sort(), [
    "Dot22",
    "Elemwise{add,no_inplace}",
  ]);
});

Deno.test("gemm_optimizer takes no product of another dtype than the sum", () => {
  const [a, b] = [tensor("float32", [false, false], "a"), tensor("float32", [false, false], "b")];
  assertEquals(checked(add(z, dot(a, b))), "add(z, Dot22(a, b))");
});

Deno.test("gemm_optimizer counts an integer factor in the product's dtype", () => {
  const k = tensor("int8", [], "k");
  assertEquals(
    checked(sub(z, mul(k, dot(x, y)))),
    "Gemm{no_inplace}(z, neg(Cast{float64}(k)), x, y, {1.0})",
  );
});

Deno.test("gemm_optimizer adds the factors of equal matrices", () => {
  const text = checked(add(z, dot(x, y), mul(s, z)));
  assert(text.startsWith("Gemm{no_inplace}(z, {1.0}, x, y, add("), text);
});

Deno.test("BlasOpt leaves integers and mixed dtypes to dot", () => {
  const k = tensor("int32", [false, false], "k");
  assertEquals(checked(dot(k, k)), "dot(k, k)");
  assertEquals(checked(dot(x, k)), "dot(x, k)");
});

Deno.test("BlasOpt is off without its name, and its parts without theirs", () => {
  const sum = add(z, dot(x, y));
  assertEquals(optimizedText([sum], { excluding: ["BlasOpt", "inplace"] }), "add(z, dot(x, y))");
  const noGemm = { excluding: ["gemm_optimizer", "inplace"] };
  assertEquals(optimizedText([sum], noGemm), "add(z, Dot22(x, y))");
});

Deno.test("BlasOpt keeps the values of random linear combinations", () => {
  let found = 0;
  for (let seed = 0; seed < 100; seed++) {
    const random = new Random(seed);
    const leaf = (): TensorVariable =>
      random.pick([
        () => random.pick([x, y, z]),
        () => dot(random.pick([x, y]), random.pick([y, z])),
        () => outer(random.pick([v, w]), v),
        () => dimshuffle(dot(v, x), "x", 0),
      ])();
    const combination = (depth: number): TensorVariable => {
      if (depth === 0) return leaf();
      const inner = (): TensorVariable => combination(depth - 1);
      return random.pick([
        () => add(inner(), inner()),
        () => sub(inner(), inner()),
        () => mul(random.pick([2, -0.5, s]), inner()),
        () => neg(inner()),
      ])();
    };
    const output = combination(1 + random.below(4));
    const before = graphOf(output);
    const { graph, report } = optimized([output]);
    found += report.firings.get("gemm_optimizer") ?? 0;
    const values = samples(random, before.inputs, [-2, 2]);
    assertClose(valuesOf(graph, values)[0]!, valuesOf(before, values)[0]!, 1e-9, `seed ${seed}`);
  }
  assert(found > 50, `only ${found} sums were found`);
});
