import { assertEquals } from "@std/assert";
import type { Variable } from "../../core/graph/variable.ts";
import { NDArray } from "../../core/array/ndarray.ts";
import { add, cast, mul, neg } from "../../core/ops/arithmetic.ts";
import { MRG_RandomStreams } from "../../core/ops/random_mrg_streams.ts";
import { alloc } from "../../core/ops/alloc.ts";
import { cumsum } from "../../core/ops/cumulative.ts";
import { permuteRowElements } from "../../core/ops/permute.ts";
import { dot } from "../../core/ops/tensordot.ts";
import { get } from "../../core/ops/indexing.ts";
import { gt } from "../../core/ops/logic.ts";
import { sum } from "../../core/ops/reduce.ts";
import { argsort, sort } from "../../core/ops/sort.ts";
import { topk } from "../../core/ops/topk.ts";
import { exp } from "../../core/ops/transcendental.ts";
import { gpuFromHost, hostFromGpu } from "../../core/ops/transfer.ts";
import { constant, tensor } from "../../core/tensor/constructors.ts";
import { shared } from "../../core/tensor/shared.ts";
import { bindKnot } from "../../core/tensor/knot.ts";
import { stack } from "../../core/ops/join.ts";
import { patternbroadcast } from "../../core/ops/view.ts";
import { deviceTag, float16Tag } from "../../optimize/place.ts";
import { optimized } from "./rewriting.ts";

bindKnot({ stack, patternbroadcast, hostFromGpu, gpuFromHost });

/** The names of the ops of a graph that was placed, in order. */
function placed(...outputs: readonly Variable[]): string[] {
  return placedWith([deviceTag], outputs);
}

function placedWith(including: readonly string[], outputs: readonly Variable[]): string[] {
  const { graph } = optimized(outputs, { including });
  return graph.toposort().map(({ op }) => op.name);
}

const x = tensor("float32", [false, false], "x");
const v = tensor("float32", [false], "v");
const d = tensor("float64", [false], "d");
const [toDevice, toHost] = ["GpuFromHost<None>", "HostFromGpu(gpuarray)"];

Deno.test("gpuarray_opt copies arguments to the device and results back, once each", () => {
  assertEquals(placed(exp(x), sum(x)), [
    toDevice,
    "GpuElemwise{exp,no_inplace}",
    toHost,
    "GpuCAReduceCuda{add}",
    toHost,
  ]);
});

Deno.test("gpuarray_opt copies no shared variable", () => {
  const state = shared(NDArray.of(new Float32Array(3), [3], "float32"), "state");
  assertEquals(placed(exp(state)), ["GpuElemwise{exp,no_inplace}", toHost]);
});

Deno.test("gpuarray_opt leaves float64, bookkeeping and numbers without axes on the host", () => {
  const s = tensor("float32", [], "s");
  const n = tensor("int64", [], "n");
  assertEquals(placed(exp(d)), ["Elemwise{exp,no_inplace}"]);
  assertEquals(placed(exp(s)), ["Elemwise{exp,no_inplace}"]);
  assertEquals(placed(add(n, 1)), ["Elemwise{add,no_inplace}"]);
  assertEquals(placed(get(x, n)), [toDevice, "GpuSubtensor{int64}", toHost]);
});

Deno.test("gpuarray_opt moves float16 where a tag says that the device has it", () => {
  const h = tensor("float16", [false], "h");
  const both = [deviceTag, float16Tag];
  assertEquals(placed(exp(h)), ["Elemwise{exp,no_inplace}"]);
  assertEquals(placedWith([float16Tag], [exp(h)]), ["Elemwise{exp,no_inplace}"]);
  assertEquals(placedWith(both, [exp(h)]), [toDevice, "GpuElemwise{exp,no_inplace}", toHost]);
  const rounded = cast(cast(v, "float16"), "float32");
  assertEquals(placed(rounded), ["Elemwise{Composite{Cast{float32}(Cast{float16}(i0))}}"]);
  assertEquals(placedWith(both, [rounded]), [
    toDevice,
    "GpuElemwise{Composite{Cast{float32}(Cast{float16}(i0))}}",
    toHost,
  ]);
});

Deno.test("gpuarray_opt goes back to the host for what the device cannot do", () => {
  const c = permuteRowElements(exp(x), [1, 0]);
  assertEquals(placed(mul(c, x)), [
    toDevice,
    "GpuElemwise{exp,no_inplace}",
    toHost,
    "PermuteRowElements",
    toDevice,
    "GpuElemwise{Mul}[(0, 0)]",
    toHost,
  ]);
});

Deno.test("gpuarray_opt adds up one by one on the device", () => {
  assertEquals(placed(cumsum(x, { axis: 0 })), [toDevice, "GpuCumOp{0, add}", toHost]);
  assertEquals(placed(cumsum(d)), ["CumOp{None, add}"]);
});

Deno.test("gpuarray_opt sorts float32 and places on the device, and leaves doubles", () => {
  assertEquals(placed(sort(argsort(x), 0)), [
    toDevice,
    "GpuArgSortOp{quicksort, None}",
    "GpuSortOp{quicksort, None}",
    toHost,
  ]);
  assertEquals(placed(topk(x, 2, { sorted: false })), [
    toDevice,
    "GpuTopKOp{axis=-1, sorted=False}",
    toHost,
  ]);
  assertEquals(placed(sort(d)), ["SortOp{quicksort, None}"]);
});

Deno.test("gpuarray_opt draws float32 of MRG31k3p where the states are", () => {
  const draw = (dtype: "float16" | "float32" | "float64") => {
    const srng = new MRG_RandomStreams(7);
    return placedWith([deviceTag, float16Tag], [mul(srng.uniform([3], { dtype }), constant(2))]);
  };
  assertEquals(draw("float32"), [
    "GPUA_mrg_uniform{GpuArrayType<None>(float32, vector),no_inplace}",
    "GpuElemwise{Mul}[(0, 1)]",
    toHost,
  ]);
  assertEquals(draw("float64").filter((name) => /^G/.test(name)), []);
  assertEquals(draw("float16").filter((name) => /^GPUA/.test(name)), []);
});

Deno.test("nodes of two machines are not fused", () => {
  const wide = add(cast(exp(v), "float64"), neg(d));
  assertEquals(placed(wide), [
    toDevice,
    "GpuElemwise{exp,no_inplace}",
    toHost,
    "Elemwise{Composite{(Cast{float64}(i0) + (-i1))}}",
  ]);
});

Deno.test("gpuarray_opt places what makes arrays where its readers are", () => {
  const s = tensor("float32", [], "s");
  assertEquals(placed(dot(x, alloc(s, 4))), [
    toDevice,
    "GpuAlloc",
    toDevice,
    "Shape_i{0}",
    "GpuAllocEmpty{dtype='float32'}",
    "GpuGemv{inplace=True}",
    toHost,
  ]);
});

Deno.test("constants and small integers among operands move nothing and need no copy", () => {
  assertEquals(placed(gt(x, constant(0))), [toDevice, "GpuElemwise{gt,no_inplace}", toHost]);
});

Deno.test("copies that the user wrote cancel out", () => {
  const there = gpuFromHost(exp(x));
  assertEquals(placed(hostFromGpu(there)), [toDevice, "GpuElemwise{exp,no_inplace}", toHost]);
  assertEquals(placed(there), [toDevice, "GpuElemwise{exp,no_inplace}"]);
});

Deno.test("without the tag nothing is placed", () => {
  const { graph } = optimized([exp(x)]);
  assertEquals(graph.toposort().map(({ op }) => op.name), ["Elemwise{exp,no_inplace}"]);
});
