import { assertEquals, assertStrictEquals } from "@std/assert";
import { Module } from "../../core/wasm/encode.ts";
import { features, probeBytes } from "../../core/wasm/features.ts";
import { Func, op, opLane } from "../../core/wasm/tree.ts";
import { instantiate } from "./helpers.ts";

Deno.test("features finds out once", () => {
  assertStrictEquals(features(), features());
});

Deno.test({
  name: "features says relaxed only where relaxed_madd rounds once, for both widths",
  ignore: !features().relaxed,
  fn(): void {
    const single = new Func("single", ["f32"]);
    const floats = [single.param("f32"), single.param("f32"), single.param("f32")];
    const product = op("f32x4.relaxed_madd", ...floats.map((x) => op("f32x4.splat", x)));
    single.body(opLane("f32x4.extract_lane", 3, product));
    const double = new Func("double", ["f64"]);
    const doubles = [double.param("f64"), double.param("f64"), double.param("f64")];
    const wide = op("f64x2.relaxed_madd", ...doubles.map((x) => op("f64x2.splat", x)));
    double.body(opLane("f64x2.extract_lane", 1, wide));
    const { exports } = instantiate([single, double]);
    assertEquals(exports.single!(1 + 2 ** -23, 1 - 2 ** -23, -1), -(2 ** -46));
    assertEquals(exports.double!(1 + 2 ** -52, 1 - 2 ** -52, -1), -(2 ** -104));
  },
});

Deno.test("probeBytes are those of a relaxed multiply-add of three splats", () => {
  const probe = new Func("probe", ["f32"]);
  const vectors = ["a", "b", "c"].map((name) => op("f32x4.splat", probe.param("f32", name)));
  probe.body(opLane("f32x4.extract_lane", 0, op("f32x4.relaxed_madd", ...vectors)));
  const module = new Module("probe");
  module.add(probe, "probe");
  assertEquals([...module.encode({ names: false })], [...probeBytes]);
});
