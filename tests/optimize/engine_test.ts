import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { config } from "../../core/config/config.ts";
import { FunctionGraph } from "../../core/graph/function_graph.ts";
import { DestroyHandler, Supervisor } from "../../core/graph/destroy.ts";
import { setWarningListener } from "../../core/host/warn.ts";
import { add, mul, neg, sqr, sub } from "../../core/ops/arithmetic.ts";
import { Elementwise } from "../../core/ops/elementwise.ts";
import { call } from "../../core/graph/op.ts";
import { fill } from "../../core/ops/fill.ts";
import { sum } from "../../core/ops/reduce.ts";
import { exp, log } from "../../core/ops/transcendental.ts";
import { asTensorVariable, typedConstructor } from "../../core/tensor/constructors.ts";
import { equilibrium, Rewriter, RuleIndex, sweep } from "../../optimize/engine.ts";
import { inputsOf, like, outputOf } from "../../optimize/forms.ts";
import { scalarValue } from "../../optimize/match.ts";
import { mergeEqual } from "../../optimize/merge.ts";
import { constant, hole, on, rewrite, type Rule, rule } from "../../optimize/rule.ts";
import { graphOf, settle, textOf } from "./rewriting.ts";

const dvector = typedConstructor("float64", [false]);
const drow = typedConstructor("float64", [true, false]);
const dmatrix = typedConstructor("float64", [false, false]);
const dscalar = typedConstructor("float64", []);

const x = hole("x");
const y = hole("y");

/** Runs with a value of `on_opt_error`; gives the warnings. */
function withErrors(action: typeof config.on_opt_error, run: () => void): string[] {
  const before = config.on_opt_error;
  const warnings: string[] = [];
  const listener = setWarningListener((category, text) => void warnings.push(category + text));
  config.on_opt_error = action;
  try {
    run();
  } finally {
    config.on_opt_error = before;
    setWarningListener(listener);
  }
  return warnings;
}

Deno.test("rule() matches operands of commutative ops in any order, backtracking", () => {
  const [a, b] = [dvector("a"), dvector("b")];
  const factor = rule(
    "factor",
    on(sub, on(mul, x, y), x),
    ({ x, y }) => mul(x, sub(y, like(1, y))),
  );
  const graph = graphOf(sub(mul(a, b), b));
  assertEquals(settle(graph, factor), 1);
  assertEquals(textOf(graph), "mul(b, sub(a, ds{x}({1.0})))");
});

Deno.test("rule() takes the same hole for the same variable only", () => {
  const [a, b] = [dvector("a"), dvector("b")];
  const square = rule("square", on(mul, x, x), ({ x }) => sqr(x));
  assertEquals(settle(graphOf(mul(a, b)), square), 0);
  assertEquals(settle(graphOf(mul(a, a)), square), 1);
});

Deno.test("rule() finds numbers in constants of any dtype, through dimshuffles and fills", () => {
  const a = dvector("a");
  const plus = rule("plus", on(add, x, 1), ({ x }) => x);
  for (const one of [asTensorVariable(1), asTensorVariable([1, 1, 1]), fill(a, 1.0), like(1, a)]) {
    assertEquals(settle(graphOf(add(one, a)), plus), 1, String(one));
  }
  assertEquals(settle(graphOf(add(asTensorVariable([1, 2, 1]), a)), plus), 0);
  assertEquals(settle(graphOf(add(a, 2)), plus), 0);
});

Deno.test("constant() takes constants only, and scalarValue() reads them", () => {
  const a = dvector("a");
  const scaled = rule(
    "scaled",
    on(mul, x, constant("c")),
    ({ x, c }) => mul(x, like(2 * scalarValue(c)!, x)),
    ({ c }) => scalarValue(c)! < 5,
  );
  const graph = graphOf(mul(a, 3));
  assertEquals(settle(graph, scaled), 1);
  assertEquals(textOf(graph), "mul(a, ds{x}({6.0}))");
  assertEquals(settle(graphOf(mul(a, a)), scaled), 0);
});

Deno.test("Rewriter.apply() refuses another dtype, and casts where the rule says so", () => {
  const a = dvector("a");
  const small = (cast: boolean): Rule =>
    rewrite("small", [exp], (node) => like(1, typedConstructor("float32", [false])(String(node))), {
      cast,
    });
  const warnings = withErrors("warn", () => {
    const graph = graphOf(exp(a));
    assertEquals(settle(graph, small(false)), 0);
    assertEquals(textOf(graph), "exp(a)");
  });
  assertStringIncludes(warnings[0]!, "Optimization failure due to: small");
  assertStringIncludes(warnings[0]!, "The type of the replacement must be the same");
  assertStringIncludes(warnings[0]!, "node: Elemwise{exp,no_inplace}(a)");
  const graph = graphOf(exp(a));
  assertEquals(settle(graph, small(true)), 1);
  assertEquals(graph.outputs[0]!.type, a.type);
});

Deno.test("Rewriter.apply() repeats a smaller result over the inputs of an elementwise node", () => {
  const [a, b] = [dmatrix("a"), drow("b")];
  const first = rewrite("first", [add], (node) => node.inputs[1]);
  const graph = graphOf(add(a, b));
  settle(graph, first);
  assertEquals(textOf(graph), "second(a, b)");
});

Deno.test("Rewriter.apply() gives a broadcast result its old pattern outside elementwise nodes", () => {
  const a = dmatrix("a");
  const better = rewrite("better", ["dimshuffle"], () => drow("r"));
  const r = drow("r");
  const graph = new FunctionGraph([a, r], [call(sum(a, 0).owner!.op, a)], { clone: false });
  const rule = rewrite("known", ["reduce"], () => r.type.equals(r.type) ? sum(r, 0) : undefined);
  assertEquals(settle(graph, better), 0);
  const rewriter = new Rewriter(graph, { verbose: false, maxUseRatio: 8 });
  sweep(rewriter, new RuleIndex([rule]), "in2out old");
  assertEquals(graph.outputs[0]!.type, sum(a, 0).type);
});

Deno.test("Rewriter.apply() refuses a replacement that contains the node it replaces", () => {
  const a = dvector("a");
  const graph = graphOf(exp(a));
  const grow = rewrite("grow", [exp], (node) => neg(neg(outputOf(node))));
  assertEquals(settle(graph, grow), 0);
  assertEquals(textOf(graph), "exp(a)");
});

Deno.test("Rewriter.apply() hands down creation traces to new nodes and names to replacements", () => {
  const a = dvector("a");
  const old = log(exp(a));
  old.owner!.tag.trace = ["here"];
  old.tag.trace = ["here"];
  old.name = "answer";
  const graph = graphOf(old);
  settle(graph, rule("twice", on(log, on(exp, x)), ({ x }) => neg(neg(x))));
  const [output] = graph.outputs;
  assertEquals(output!.name, "answer");
  assertEquals(output!.owner!.tag.trace, ["here"]);
  assertEquals(output!.owner!.inputs[0]!.owner!.tag.trace, ["here"]);
});

Deno.test("Rewriter.apply() takes back what a feature of the graph refuses", () => {
  const a = dvector("a");
  const graph = new FunctionGraph([a], [exp(a)], { clone: false });
  graph.attachFeature(new DestroyHandler());
  graph.attachFeature(new Supervisor([a]));
  const inplace = new Elementwise(exp.record, new Map([[0, 0]]));
  const rule = rewrite("inplace", [exp], (node) => call(inplace, node.inputs[0]!));
  assertEquals(settle(graph, rule), 0);
  assertEquals(textOf(graph), "exp(a)");
});

Deno.test("Rewriter.apply() raises, warns or goes on silently as on_opt_error says", () => {
  const broken = rewrite("broken", [exp], () => {
    throw new TypeError("no such thing");
  });
  const run = (): void => void settle(graphOf(exp(dvector("a"))), broken);
  assertThrows(() => withErrors("raise", run), TypeError, "no such thing");
  assertEquals(withErrors("ignore", run), []);
  const [text] = withErrors("warn", run);
  assertStringIncludes(text!, "ERROR (theano.gof.opt)Optimization failure due to: broken");
  assertStringIncludes(text!, "TRACEBACK:\nTypeError: no such thing");
});

Deno.test("Rewriter prints a line a replacement when it is verbose", () => {
  const graph = graphOf(exp(log(dvector("a"))));
  const lines: string[] = [];
  const { stdout } = Deno;
  const write = stdout.writeSync.bind(stdout);
  stdout.writeSync = (bytes) => {
    lines.push(new TextDecoder().decode(bytes));
    return bytes.length;
  };
  try {
    const rewriter = new Rewriter(graph, { verbose: true, maxUseRatio: 8 });
    const undo = rule("undo", on(exp, on(log, x)), ({ x }) => x);
    sweep(rewriter, new RuleIndex([undo]), "out2in");
    assertEquals(rewriter.firings.get("undo"), 1);
  } finally {
    stdout.writeSync = write;
  }
  assertEquals(lines, ["undo Elemwise{exp,no_inplace}.0 a\n"]);
});

Deno.test("equilibrium() stops at its budget and names the rules that undo each other", () => {
  const there = rewrite("there", [exp], (node) => neg(inputsOf(node)[0]!));
  const back = rewrite("back", [neg], (node) => exp(inputsOf(node)[0]!));
  const run = (): void => {
    const rewriter = new Rewriter(graphOf(exp(dvector("a"))), { verbose: false, maxUseRatio: 8 });
    equilibrium(rewriter, new RuleIndex([there, back]), "canonicalize");
  };
  const error = assertThrows(() => withErrors("raise", run), Error);
  assertEquals(error.name, "AssertionError");
  assertStringIncludes(error.message, "EquilibriumOptimizer max'ed out by 'there'");
  assertStringIncludes(error.message, "threshold of 8.000000 with the theano flag");
  assertStringIncludes(error.message, "'back'");
  assertEquals(withErrors("warn", run).length, 1);
});

Deno.test("equilibrium() sees new nodes, and nodes whose inputs changed", () => {
  const a = dvector("a");
  const graph = graphOf(log(exp(neg(neg(log(exp(a)))))));
  const rules = [
    rule("log", on(log, on(exp, x)), ({ x }) => x),
    rule("neg", on(neg, on(neg, x)), ({ x }) => x),
  ];
  const rewriter = new Rewriter(graph, { verbose: false, maxUseRatio: 8 });
  equilibrium(rewriter, new RuleIndex(rules), "test");
  assertEquals(textOf(graph), "a");
  assertEquals(rewriter.firings.get("log"), 2);
});

Deno.test("sweep() visits each node once, new ones only if it is told to", () => {
  const deeper = rewrite("deeper", [neg], (node) => {
    const [inner] = inputsOf(node);
    return inner!.owner?.op === sqr.op ? undefined : neg(sqr(neg(inner!)));
  });
  const run = (order: "in2out" | "in2out old"): number => {
    const graph = graphOf(neg(dvector("a")));
    const rewriter = new Rewriter(graph, { verbose: false, maxUseRatio: 8 });
    const once = {
      ...deeper,
      apply: (...args: Parameters<Rule["apply"]>) => {
        return rewriter.changes > 3 ? undefined : deeper.apply(...args);
      },
    };
    sweep(rewriter, new RuleIndex([once]), order);
    return rewriter.changes;
  };
  assertEquals(run("in2out old"), 1);
  assertEquals(run("in2out"), 4);
});

Deno.test("mergeEqual() makes equal constants and nodes one, the later name winning", () => {
  const a = dvector("a");
  const [p, q] = [exp(mul(a, 2)), exp(mul(a, 2))];
  [p.name, q.name] = ["p", "q"];
  const graph = graphOf(add(p, q));
  mergeEqual(graph, new Rewriter(graph, { verbose: false, maxUseRatio: 8 }));
  assertEquals(graph.applyNodes.size, 4);
  const [left, right] = graph.outputs[0]!.owner!.inputs;
  assert(left === right);
  assertEquals(left!.name, "p", "nodes are met last input first");
});

Deno.test("mergeEqual() leaves different constants and types apart", () => {
  const a = dscalar("a");
  const graph = graphOf(add(mul(a, like(2, a)), mul(a, 2), mul(a, 3)));
  mergeEqual(graph, new Rewriter(graph, { verbose: false, maxUseRatio: 8 }));
  assertEquals(graph.applyNodes.size, 4);
});
