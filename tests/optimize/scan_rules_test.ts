/** @file What each rewrite of loops makes of a graph, and where it has nothing to do. */

import { assert, assertEquals } from "@std/assert";
import * as theano from "@theano/theano";
import type { NDArray } from "../../core/array/ndarray.ts";
import { Slice } from "../../core/array/slice.ts";
import { FunctionGraph } from "../../core/graph/function_graph.ts";
import { ioToposort } from "../../core/graph/traverse.ts";
import type { Variable } from "../../core/graph/variable.ts";
import { alloc } from "../../core/ops/alloc.ts";
import { add, mul } from "../../core/ops/arithmetic.ts";
import { dotMatrices } from "../../core/ops/dot.ts";
import { ifelse } from "../../core/ops/if_else.ts";
import { arrayOf } from "../../core/ops/elements.ts";
import { get } from "../../core/ops/indexing.ts";
import { gt } from "../../core/ops/logic.ts";
import { sum } from "../../core/ops/reduce.ts";
import { scan } from "../../core/ops/scan.ts";
import { isScan, type Scan } from "../../core/ops/scan_op.ts";
import { exp, tanh } from "../../core/ops/transcendental.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { Rewriter } from "../../optimize/engine.ts";
import { mergeEqual } from "../../optimize/merge.ts";
import type { Rule } from "../../optimize/rule.ts";
import { mergeInside, mergeLoops } from "../../optimize/scan_merge.ts";
import { pushOutSeq } from "../../optimize/scan_push.ts";
import { saveMemory } from "../../optimize/scan_save.ts";
import { pushOutDot, pushOutOutput } from "../../optimize/scan_sum.ts";
import { removeDead } from "../../optimize/scan_tidy.ts";
import { Random } from "../helpers/random.ts";
import {
  assertClose,
  drawn,
  graphOf,
  optimized,
  raising,
  settle,
  textOf,
  valuesOf,
} from "./rewriting.ts";
import { c, d, h, loop, m, n, shapes, total, w, x } from "./loops.ts";
import { rows } from "./scan_examples.ts";

function graphFor(outputs: readonly Variable[]): FunctionGraph {
  const graph = graphOf(...outputs);
  mergeEqual(graph, new Rewriter(graph, { verbose: false, maxUseRatio: 8 }));
  return graph;
}

function textsOf(graph: FunctionGraph): string[] {
  const inside = graph.toposort().filter(isScan).map(({ op }) =>
    textOf(new FunctionGraph(op.inputs, op.outputs))
  );
  return [textOf(graph), ...inside].map((text) =>
    text.replaceAll("<TensorType(float64, scalar)>", "·").replaceAll(
      "<TensorType(float64, vector)>",
      "·",
    )
  );
}

function valuesFor(graph: FunctionGraph): NDArray[] {
  const random = new Random(1);
  return graph.inputs.map((input) =>
    input.name === "n"
      ? arrayOf([3], [], "int64")
      : drawn(random, shapes[input.name!]!, "float64", [-1, 1])
  );
}

for (const { what, rule, outputs, texts } of rows) {
  Deno.test(`${rule.name}: ${what}`, () =>
    raising(() => {
      const results = outputs();
      const graph = graphFor(results);
      const values = valuesFor(graph);
      const wanted = valuesOf(graph, values);
      assert(settle(graph, rule) > 0, "it does not fire");
      assertEquals(textsOf(graph), texts);
      assertEquals(settle(graph, rule), 0, "it fires on its own result");
      valuesOf(graph, values).forEach((value, k) => assertClose(value, wanted[k]!, 1e-12, what));
      assertEquals(optimized(results).report.firings.has(rule.name), true);
      const off = optimized(results, { excluding: [rule.name] });
      assertEquals(off.report.firings.has(rule.name), false);
    }));
}

/** Graphs with nothing to do for a rule. */
const kept: readonly (readonly [what: string, rule: Rule, outputs: () => TensorVariable[]])[] = [
  ["a condition is needed", removeDead, () =>
    loop((x, a) => ({
      outputs: [tanh(x!), add(a!, x!)],
      until: gt(a!, 1),
    }), { sequences: x, outputsInfo: [null, c] }).slice(0, 1)],
  ["states stay", pushOutSeq, () => loop((a) => tanh(a!), { outputsInfo: c, nSteps: n })],
  ["a condition may end a product", pushOutOutput, () =>
    loop((r, a, w) => ({
      outputs: [tanh(add(r!, a!)), dotMatrices(a!, w!)],
      until: gt(sum(r!), 1),
    }), { sequences: m, outputsInfo: [h, null], nonSequences: w })],
  ["a condition may end a sum", pushOutDot, () => [
    scan((r) => ({
      updates: [[total, add(total, sum(r!))]],
      until: gt(sum(r!), 1),
    }), { sequences: m })[1].get(total) as TensorVariable,
  ]],
  ["one loop reads the other", mergeLoops, () => {
    const [before] = loop((x, a) => add(x!, a!), { sequences: x, outputsInfo: c });
    return loop((r, b) => mul(r!, b!), { sequences: before!, outputsInfo: d });
  }],
  [
    "numbers of turns differ",
    mergeLoops,
    () => [3, 4].flatMap((nSteps) => loop((a) => tanh(a!), { outputsInfo: c, nSteps })),
  ],
  [
    "conditions differ",
    mergeLoops,
    () =>
      [0.5, 0.25].flatMap((limit) =>
        loop((x, a) => ({ outputs: add(x!, a!), until: gt(a!, limit) }), {
          sequences: x,
          outputsInfo: c,
        })
      ),
  ],
  ["one has a condition", mergeLoops, () => [
    ...loop((x, a) => ({ outputs: add(x!, a!), until: gt(a!, 1) }), {
      sequences: x,
      outputsInfo: c,
    }),
    ...loop((x, a) => add(x!, a!), { sequences: x, outputsInfo: c }),
  ]],
  ["branches of a choice", mergeLoops, () => {
    const [one, other] = [2, 3].map((k) => {
      const [results] = loop((a) => mul(a!, k), { outputsInfo: c, nSteps: 4 });
      return get(results!, -1);
    });
    return [ifelse(gt(c, 0), one!, other!)];
  }],
  [
    "states start differently",
    mergeInside,
    () => loop((a, b) => [tanh(a!), tanh(b!)], { outputsInfo: [c, d], nSteps: n }),
  ],
  [
    "states become different",
    mergeInside,
    () => loop((a, b) => [tanh(a!), mul(b!, 2)], { outputsInfo: [c, c], nSteps: n }),
  ],
  [
    "states are different by what they read",
    mergeInside,
    () =>
      loop((a, b, p, q) => [tanh(a!), mul(b!, 2), mul(p!, a!), mul(q!, b!)], {
        outputsInfo: [c, c, d, d],
        nSteps: n,
      }).slice(2),
  ],
  ["all is read", saveMemory, () => loop((a) => tanh(a!), { outputsInfo: c, nSteps: n })],
  ["rows are asked for that may be first values, and a condition ends the loop", saveMemory, () => [
    get(
      loop((a) => ({ outputs: tanh(a!), until: gt(a!, 1) }), { outputsInfo: c, nSteps: n })[0]!,
      -2,
    ),
  ]],
  ["as many rows are read as half of all", saveMemory, () => [
    get(loop((a) => tanh(a!), { outputsInfo: c, nSteps: 5 })[0]!, new Slice(-3)),
  ]],
  ["there are fewer turns already", saveMemory, () => [
    get(loop((a) => tanh(a!), { outputsInfo: c, nSteps: 2 })[0]!, new Slice(0, 2)),
  ]],
];

for (const [what, rule, outputs] of kept) {
  Deno.test(`${rule.name} has nothing to do: ${what}`, () =>
    raising(() => {
      const graph = graphFor(outputs());
      assertEquals(settle(graph, rule), 0, textOf(graph));
    }));
}

Deno.test("a sum of ends that loops reach at once is one loop with one value in memory", () => {
  const ends = [c, d].map((start) => {
    const [results] = loop((x, a) => tanh(add(x!, a!)), { sequences: x, outputsInfo: start });
    return get(results!, -1);
  });
  const { graph } = optimized([add(ends[0]!, ends[1]!)], { excluding: ["inplace"] });
  const loops = graph.toposort().filter(isScan);
  assertEquals(loops.map(({ op }) => op.form.states.map(({ keep }) => keep)), [[1, 1]]);
});

Deno.test("loops inside loops are rewritten as those outside", () => {
  const [results] = loop((row, w) => {
    const [inner] = loop((v, a, u) => tanh(add(mul(v!, sum(exp(u!))), a!)), {
      sequences: row!,
      outputsInfo: c,
      nonSequences: w!,
    });
    return get(inner!, -1);
  }, { sequences: m, nonSequences: w });
  const { graph } = optimized([results!], { excluding: ["inplace", "fusion"] });
  const [outer] = graph.toposort().filter(isScan);
  const [inner] = ioToposort(outer!.op.inputs, outer!.op.outputs).filter(isScan);
  assertEquals(inner!.op.form.states, [{ taps: [-1], keep: 1 }]);
  const namesOf = (op: Scan): string => ioToposort(op.inputs, op.outputs).map(String).join();
  assertEquals([namesOf(outer!.op), namesOf(inner!.op)].map((text) => text.includes("exp")), [
    true,
    false,
  ]);
});

Deno.test("loops that draw random numbers are merged and draw what they drew", () => {
  const compiled = (mode: string): theano.CompiledFunction<theano.NDArray[]> => {
    const streams = new theano.tensor.RandomStreams(7);
    const loops = [c, d].map((start) =>
      scan((a) => tanh(add(a!, streams.normal([3]))), {
        outputsInfo: alloc(start, 3),
        nSteps: 4,
      })
    );
    const updates = loops.flatMap(([, updates]) => [...updates]);
    const outputs = loops.map(([result]) => result as TensorVariable);
    return theano.function([c, d], outputs, { updates, mode });
  };
  const [fast, plain] = [compiled("FAST_RUN"), compiled("FAST_COMPILE")];
  assertEquals(fast.maker.fgraph.toposort().filter(isScan).length, 1);
  for (let call = 0; call < 2; call++) {
    const wanted = plain(0.5, -0.5);
    fast(0.5, -0.5).forEach((value, k) => assertClose(value, wanted[k]!, 1e-12, `call ${call}`));
  }
});
