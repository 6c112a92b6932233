/** @file Loops that rules rewrite, and what becomes of them. */

import { Slice } from "../../core/array/slice.ts";
import { rebuild } from "../../core/graph/clone.ts";
import { add, mul } from "../../core/ops/arithmetic.ts";
import { dotMatrices } from "../../core/ops/dot.ts";
import { get } from "../../core/ops/indexing.ts";
import { gt } from "../../core/ops/logic.ts";
import { sum } from "../../core/ops/reduce.ts";
import { exp, tanh } from "../../core/ops/transcendental.ts";
import { constant } from "../../core/tensor/constructors.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import type { Rule } from "../../optimize/rule.ts";
import { mergeInside, mergeLoops } from "../../optimize/scan_merge.ts";
import { pushOutNonSeq, pushOutSeq } from "../../optimize/scan_push.ts";
import { saveMemory } from "../../optimize/scan_save.ts";
import { pushOutDot, pushOutOutput } from "../../optimize/scan_sum.ts";
import { removeDead, removeUnused } from "../../optimize/scan_tidy.ts";
import { c, d, h, loop, m, n, sums, total, w, x, y } from "./loops.ts";

/** A rule, a graph that it rewrites, and what becomes of it: the graph, then each loop inside. */
export interface Row {
  readonly what: string;
  readonly rule: Rule;
  readonly outputs: () => TensorVariable[];
  readonly texts: readonly string[];
}

/** What rules do. */
export const rows: readonly Row[] = [
  {
    what: "constants go inside",
    rule: removeUnused,
    outputs: () =>
      rebuild(
        loop((x, a, k) => mul(mul(x!, k!), a!), { sequences: x, outputsInfo: d, nonSequences: c }),
        new Map([[c, constant(2.5, { dtype: "float64" })]]),
      ) as TensorVariable[],
    texts: [
      "Subtensor{int64::}(for{cpu,scan_fn}(Shape_i{0}(x), x, ds{x}(d)), Constant{1})",
      "mul(mul(x[t], {2.5}), d[t-1])",
    ],
  },
  {
    what: "what no turn reads is not passed along",
    rule: removeUnused,
    outputs: () => loop((x, _, c) => add(x!, c!), { sequences: [x, y], nonSequences: [c, d] }),
    texts: [
      "for{cpu,scan_fn}(*1 -> minimum(Shape_i{0}(x), Shape_i{0}(y)), Subtensor{:int64:}(x, *1), c)",
      "add(x[t], c_copy)",
    ],
  },
  {
    what: "what is read twice is passed once",
    rule: removeUnused,
    outputs: () =>
      loop((x, z, a, b) => mul(add(x!, z!), add(a!, b!)), {
        sequences: [x, x],
        nonSequences: [c, c],
      }),
    texts: [
      "for{cpu,scan_fn}(*2 -> minimum(*1 -> Shape_i{0}(x), *1), Subtensor{:int64:}(x, *2), c)",
      "mul(add(x[t], x[t]), add(c_copy, c_copy))",
    ],
  },
  {
    what: "results that nobody reads are not computed",
    rule: removeDead,
    outputs: () =>
      loop((x, a, b) => [add(a!, x!), mul(b!, x!), tanh(x!)], {
        sequences: x,
        outputsInfo: [c, d, null],
      }).slice(0, 1),
    texts: [
      "Subtensor{int64::}(for{cpu,scan_fn}(Shape_i{0}(x), x, ds{x}(c)), Constant{1})",
      "add(c[t-1], x[t])",
    ],
  },
  {
    what: "what a result needs is computed though nobody reads it",
    rule: removeDead,
    outputs: () =>
      loop((x, a, b) => [add(a!, b!), mul(b!, x!), tanh(x!)], {
        sequences: x,
        outputsInfo: [c, d, null],
      }).slice(0, 1),
    texts: [
      "Subtensor{int64::}(for{cpu,scan_fn}(Shape_i{0}(x), x, ds{x}(c), ds{x}(d)), Constant{1})",
      "add(c[t-1], d[t-1]); mul(d[t-1], x[t])",
    ],
  },
  {
    what: "what the condition needs is computed though nobody reads it",
    rule: removeDead,
    outputs: () =>
      loop((x, a, b) => ({ outputs: [add(a!, x!), mul(b!, x!), tanh(x!)], until: gt(b!, 0) }), {
        sequences: x,
        outputsInfo: [c, d, null],
      }).slice(0, 1),
    texts: [
      "Subtensor{int64::}(do_while{cpu,scan_fn}(Shape_i{0}(x), x, ds{x}(c), ds{x}(d)), Constant{1})",
      "add(c[t-1], x[t]); mul(d[t-1], x[t]); gt(d[t-1], {0})",
    ],
  },
  {
    what: "what depends on fixed values alone is computed before",
    rule: pushOutNonSeq,
    outputs: () =>
      loop((x, a, c) => add(mul(x!, exp(c!)), a!), {
        sequences: x,
        outputsInfo: d,
        nonSequences: c,
      }),
    texts: [
      "Subtensor{int64::}(for{cpu,scan_fn}(Shape_i{0}(x), x, ds{x}(d), exp(c)), Constant{1})",
      "add(mul(x[t], ·), d[t-1])",
    ],
  },
  {
    what: "a result that is the same at every turn is repeated, the turns checked",
    rule: pushOutNonSeq,
    outputs: () => loop((_, c) => exp(c!), { sequences: x, nonSequences: c }),
    texts: ["Alloc(exp(c), ScanSteps(Shape_i{0}(x), Shape_i{0}(x)))"],
  },
  {
    what: "a condition may cut a result that is the same at every turn",
    rule: pushOutNonSeq,
    outputs: () =>
      loop((x, c) => ({ outputs: exp(c!), until: gt(x!, 0) }), { sequences: x, nonSequences: c }),
    texts: ["do_while{cpu,scan_fn}(Shape_i{0}(x), x, exp(c))", "·; gt(x[t], {0})"],
  },
  {
    what: "what depends on rows is computed on the sequence",
    rule: pushOutSeq,
    outputs: () => loop((x, a) => add(tanh(mul(x!, 2)), a!), { sequences: x, outputsInfo: d }),
    texts: [
      "Subtensor{int64::}(for{cpu,scan_fn}(Shape_i{0}(x), tanh(mul(x, ds{x}({2}))), ds{x}(d)), Constant{1})",
      "add(·, d[t-1])",
    ],
  },
  {
    what: "values that stay the same go along",
    rule: pushOutSeq,
    outputs: () =>
      loop((x, a, c) => add(tanh(mul(x!, c!)), a!), {
        sequences: x,
        outputsInfo: d,
        nonSequences: c,
      }),
    texts: [
      "Subtensor{int64::}(for{cpu,scan_fn}(Shape_i{0}(x), tanh(mul(x, ds{x}(c))), ds{x}(d)), Constant{1})",
      "add(·, d[t-1])",
    ],
  },
  {
    what: "nothing is left of a map, but the turns are checked",
    rule: pushOutSeq,
    outputs: () => loop((x) => tanh(x!), { sequences: x, nSteps: n }),
    texts: [
      "Subtensor{:int64:}(tanh(*1 -> Subtensor{:int64:}(x, n)), ScanSteps(n, Shape_i{0}(*1)))",
    ],
  },
  {
    what: "sequences of different lengths",
    rule: pushOutSeq,
    outputs: () => loop((x, y) => mul(x!, y!), { sequences: [x, y] }),
    texts: [
      "Subtensor{:int64:}(mul(*3 -> Subtensor{:int64:}(x, *1 -> minimum(Shape_i{0}(x), Shape_i{0}(y))), *2 -> Subtensor{:int64:}(y, *1)), ScanSteps(*1, Shape_i{0}(*3), Shape_i{0}(*2)))",
    ],
  },
  {
    what: "a condition may cut a map",
    rule: pushOutSeq,
    outputs: () => loop((x) => ({ outputs: tanh(x!), until: gt(x!, 0) }), { sequences: x }),
    texts: [
      "do_while{cpu,scan_fn}(Shape_i{0}(x), tanh(x), gt(x, ds{x}({0})))",
      "·; <TensorType(bool, scalar)>",
    ],
  },
  {
    what: "products of rows are one product",
    rule: pushOutSeq,
    outputs: () =>
      loop((r, a, w) => tanh(add(dotMatrices(r!, w!), a!)), {
        sequences: m,
        outputsInfo: h,
        nonSequences: w,
      }),
    texts: [
      "Subtensor{int64::}(for{cpu,scan_fn}(Shape_i{0}(m), dot(m, w), ds{x,0}(h)), Constant{1})",
      "tanh(add(·, h[t-1]))",
    ],
  },
  {
    what: "a sum over turns is one product",
    rule: pushOutDot,
    outputs: () =>
      sums((r, a) => ({ outputs: tanh(a!), updates: [[total, add(total, dotMatrices(r!, a!))]] }), {
        sequences: m,
        outputsInfo: h,
      }),
    texts: [
      "add(total, dot(Reshape{1}(m, MakeVector{dtype='int64'}(mul(Shape_i{0}(m), Shape_i{1}(m)))), Reshape{1}(*2 -> Subtensor{:int64:}(for{cpu,scan_fn}(*1 -> Shape_i{0}(m), ds{x,0}(h)), *1), MakeVector{dtype='int64'}(mul(Shape_i{0}(*2), Shape_i{1}(*2))))))",
      "tanh(h[t-1])",
    ],
  },
  {
    what: "sums of sequences are one, the turns checked",
    rule: pushOutDot,
    outputs: () =>
      sums((r) => ({ updates: [[total, add(total, sum(r!))]] }), {
        sequences: m,
        nSteps: n,
      }),
    texts: [
      "add(total, Sum{axis=[0, 1], acc_dtype=float64}(Subtensor{:int64:}(*1 -> Subtensor{:int64:}(m, n), ScanSteps(n, Shape_i{0}(*1)))))",
    ],
  },
  {
    what: "products of what turns compute are one product",
    rule: pushOutOutput,
    outputs: () =>
      loop((r, a, w) => [tanh(add(r!, a!)), dotMatrices(a!, w!)], {
        sequences: m,
        outputsInfo: [h, null],
        nonSequences: w,
      }),
    texts: [
      "Subtensor{int64::}(*2 -> for{cpu,scan_fn}(*1 -> Shape_i{0}(m), m, ds{x,0}(h)), Constant{1}); dot(Subtensor{:int64:}(*2, *1), w)",
      "tanh(add(m[t], h[t-1]))",
    ],
  },
  {
    what: "loops side by side are one",
    rule: mergeLoops,
    outputs: () => [
      ...loop((x, a) => tanh(mul(x!, a!)), { sequences: x, outputsInfo: d }),
      ...loop((x, a) => add(x!, a!), { sequences: x, outputsInfo: c }),
    ],
    texts: [
      "Subtensor{int64::}(*1 -> for{cpu,scan_fn&scan_fn}(Shape_i{0}(x), x, x, ds{x}(d), ds{x}(c)), Constant{1}); Subtensor{int64::}(*1::1, Constant{1})",
      "tanh(mul(x[t], d[t-1])); add(x[t], c[t-1])",
    ],
  },
  {
    what: "loops of equal conditions are one",
    rule: mergeLoops,
    outputs: () =>
      [1, 2].flatMap((k) =>
        loop((x, a) => ({ outputs: [add(x!, a!), mul(a!, k)], until: gt(a!, 0.5) }), {
          sequences: x,
          outputsInfo: [c, null],
        })
      ),
    texts: [
      "Subtensor{int64::}(*2 -> do_while{cpu,scan_fn&scan_fn}(Shape_i{0}(x), x, x, *1 -> ds{x}(c), *1), Constant{1}); *2::2; Subtensor{int64::}(*2::1, Constant{1}); *2::3",
      "add(x[t], c[t-1]); add(x[t], c[t-1]); mul(c[t-1], {1}); mul(c[t-1], {2}); gt(c[t-1], {0.5})",
    ],
  },
  {
    what: "equal states and equal maps are one",
    rule: mergeInside,
    outputs: () =>
      loop((x, a, b) => [tanh(add(x!, a!)), tanh(add(x!, b!)), add(a!, 1), add(b!, 1)], {
        sequences: x,
        outputsInfo: [c, c, null, null],
      }),
    texts: [
      "Subtensor{int64::}(*1 -> for{cpu,scan_fn}(Shape_i{0}(x), x, ds{x}(c)), Constant{1}); Subtensor{int64::}(*1::0, Constant{1}); *1::1; *1::1",
      "tanh(add(x[t], c[t-1])); add(c[t-1], {1})",
    ],
  },
  {
    what: "states that are equal because each other is",
    rule: mergeInside,
    outputs: () =>
      loop((a, b, p, q) => [tanh(b!), mul(a!, 2), tanh(q!), mul(p!, 2)], {
        outputsInfo: [c, d, c, d],
        nSteps: n,
      }),
    texts: [
      "Subtensor{int64::}(*1 -> for{cpu,scan_fn}(n, ds{x}(c), ds{x}(d)), Constant{1}); Subtensor{int64::}(*1::1, Constant{1}); Subtensor{int64::}(*1::0, Constant{1}); Subtensor{int64::}(*1::1, Constant{1})",
      "tanh(d[t-1]); mul(c[t-1], {2})",
    ],
  },
  {
    what: "the last of all values",
    rule: saveMemory,
    outputs: () => [get(loop((x, a) => add(x!, a!), { sequences: x, outputsInfo: c })[0]!, -1)],
    texts: [
      "Subtensor{int64}(for{cpu,scan_fn}(Shape_i{0}(x), x, ds{x}(c)), Constant{0})",
      "add(x[t], c[t-1])",
    ],
  },
  {
    what: "the last two of a known number",
    rule: saveMemory,
    outputs: () => [get(loop((a) => tanh(a!), { outputsInfo: c, nSteps: 5 })[0]!, new Slice(-2))],
    texts: ["for{cpu,scan_fn}({5}, ds{x}(c))", "tanh(c[t-1])"],
  },
  {
    what: "the last two, if there are so many",
    rule: saveMemory,
    outputs: () => [
      get(loop((a) => tanh(a!), { outputsInfo: c, nSteps: n })[0]!, new Slice(-2)),
    ],
    texts: [
      "Subtensor{int64::}(for{cpu,scan_fn}(n, ds{x}(c)), maximum({0}, sub({2}, n)))",
      "tanh(c[t-1])",
    ],
  },
  {
    what: "the last three where a turn looks back two",
    rule: saveMemory,
    outputs: () => [
      get(
        loop((a, b) => add(a!, b!), {
          outputsInfo: { initial: get(x, new Slice(0, 2)), taps: [-2, -1] },
          nSteps: 5,
        })[0]!,
        new Slice(-3, -1),
      ),
    ],
    texts: [
      "Subtensor{:int64:}(for{cpu,scan_fn}({5}, Subtensor{int64:int64:}(Subtensor{int64:int64:}(x, Constant{0}, Constant{2}), Constant{0}, Constant{2})), Constant{2})",
      "add(·, ·)",
    ],
  },
  {
    what: "the last three, if there are so many, of which not all need come from turns",
    rule: saveMemory,
    outputs: () => [
      get(loop((a) => tanh(a!), { outputsInfo: c, nSteps: n })[0]!, new Slice(-3)),
    ],
    texts: [
      "Subtensor{int64::}(for{cpu,scan_fn}(n, ds{x}(c)), minimum({1}, maximum({0}, sub({3}, n))))",
      "tanh(c[t-1])",
    ],
  },
  {
    what: "several of the last, one by one and apart",
    rule: saveMemory,
    outputs: () => {
      const [, result] = loop((x, a) => [tanh(a!), mul(x!, a!)], {
        sequences: x,
        outputsInfo: [c, null],
      });
      return [get(result!, -5), get(result!, new Slice(-4, -1, 2))];
    },
    texts: [
      "Subtensor{int64}(*1 -> for{cpu,scan_fn}(Shape_i{0}(x), x, ds{x}(c)), Constant{-5}); Subtensor{int64:int64:int64}(*1::1, Constant{-4}, Constant{-1}, Constant{2})",
      "tanh(c[t-1]); mul(x[t], c[t-1])",
    ],
  },
  {
    what: "the last four of a known number",
    rule: saveMemory,
    outputs: () => [
      get(loop((a) => tanh(a!), { outputsInfo: c, nSteps: 50 })[0]!, new Slice(-4)),
    ],
    texts: ["for{cpu,scan_fn}({50}, ds{x}(c))", "tanh(c[t-1])"],
  },
  {
    what: "the last value of a map",
    rule: saveMemory,
    outputs: () => [
      get(loop((x) => ({ outputs: tanh(x!), until: gt(x!, 0.5) }), { sequences: x })[0]!, -1),
    ],
    texts: [
      "Subtensor{int64}(do_while{cpu,scan_fn}(Shape_i{0}(x), x), Constant{0})",
      "tanh(x[t]); gt(x[t], {0.5})",
    ],
  },
  {
    what: "a state that nobody reads keeps one value",
    rule: saveMemory,
    outputs: () =>
      loop((x, a) => [add(x!, a!), mul(x!, a!)], { sequences: x, outputsInfo: [c, null] }).slice(1),
    texts: ["for{cpu,scan_fn}(Shape_i{0}(x), x, ds{x}(c))", "add(x[t], c[t-1]); mul(x[t], c[t-1])"],
  },
  {
    what: "no more turns than are read",
    rule: saveMemory,
    outputs: () => [get(loop((a) => tanh(a!), { outputsInfo: c, nSteps: n })[0]!, 1)],
    texts: [
      "Subtensor{int64}(for{cpu,scan_fn}(minimum(n, {2}), ds{x}(c)), Constant{2})",
      "tanh(c[t-1])",
    ],
  },
  {
    what: "no more turns than a slice reads, the sequence checked",
    rule: saveMemory,
    outputs: () => [
      get(
        loop((x, a) => add(x!, a!), { sequences: x, outputsInfo: c, nSteps: n })[0]!,
        new Slice(null, 2),
      ),
    ],
    texts: [
      "Subtensor{int64:int64:}(for{cpu,scan_fn}(minimum(ScanSteps(n, Shape_i{0}(*1 -> Subtensor{:int64:}(x, n))), {2}), *1, ds{x}(c)), Constant{1}, Constant{3})",
      "add(x[t], c[t-1])",
    ],
  },
];
