import {
  assert,
  assertEquals,
  assertNotStrictEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import {
  AlreadyThere,
  BadOptimization,
  InconsistencyError,
  MissingInputError,
  raise,
  ReplacementDidntRemovedError,
  ValueError,
} from "../../core/errors.ts";
import {
  NodeFinder,
  NoOutputFromInplace,
  PreserveVariableAttributes,
  PrintListener,
} from "../../core/graph/features.ts";
import { type Feature, FunctionGraph } from "../../core/graph/function_graph.ts";
import { checkIntegrity } from "../../core/graph/integrity.ts";
import { NullType } from "../../core/graph/special_types.ts";
import type { Apply, Variable } from "../../core/graph/variable.ts";
import {
  apply,
  call,
  chain,
  fixed,
  overwrite,
  plain,
  PlainShared,
  real,
  roots,
  whole,
} from "./helpers.ts";

/** A graph that is not copied, so that tests can name its variables. */
function graphOf(inputs: Variable[], outputs: Variable[], features: Feature[] = []): FunctionGraph {
  return new FunctionGraph(inputs, outputs, { clone: false, features });
}

const texts = (nodes: Iterable<Apply>): string[] => [...nodes].map(String).sort();

Deno.test("FunctionGraph works on a copy unless told not to", () => {
  const [x] = roots("x");
  const y = apply("f", x!);
  const copy = new FunctionGraph([x!], [y]);
  assertNotStrictEquals(copy.outputs[0], y);
  assertEquals(String(copy), "[f(x)]");
  assertEquals(y.owner!.graph, null);
  const own = graphOf([x!], [y]);
  assertStrictEquals(own.outputs[0], y);
  assertStrictEquals(y.owner!.graph, own);
  assertThrows(() => graphOf([x!], [y]), ValueError, "f(x) is already owned by another fgraph");
  own.disown();
  assertEquals(String(graphOf([x!], [y])), "[f(x)]");
});

Deno.test("FunctionGraph lists the clients of each variable", () => {
  const [x] = roots("x");
  const two = fixed(2);
  const y = apply("add", x!, x!, two);
  const graph = graphOf([x!], [y, x!]);
  const node = y.owner!;
  assertEquals(graph.clients(x!), [
    { node, index: 0 },
    { node, index: 1 },
    { node: "output", index: 1 },
  ]);
  assertEquals(graph.clients(two), [{ node, index: 2 }]);
  assertEquals(graph.clients(fixed(3)), []);
  assertEquals([...graph.variables], [x, y, two]);
  checkIntegrity(graph);
});

Deno.test("FunctionGraph refuses inputs that are computed", () => {
  const [x] = roots("x");
  const y = apply("f", x!);
  assertThrows(() => graphOf([y], [apply("g", y)]), ValueError, "One of the provided inputs");
});

Deno.test("FunctionGraph names the missing input, its reader and where it was made", () => {
  const [x, y] = roots("x", "y");
  const sum = apply("add", x!, y!);
  const text = "Input 1 of the graph (indices start from 0), used to compute add(x, y), was not " +
    "provided and not given a value. Use the Theano flag exception_verbosity='high', for more " +
    "information on this error.";
  const bare = assertThrows(() => graphOf([x!], [sum]), MissingInputError);
  assertEquals(bare.message, text);
  y!.tag.trace = ["user.ts:3:11 in main", "user.ts:9:1"];
  const traced = assertThrows(() => graphOf([x!], [sum]), MissingInputError);
  assertEquals(
    traced.message,
    `${text}\n \nBacktrace when that variable is created:\n\n  user.ts:3:11 in main\n  user.ts:9:1\n`,
  );
  assertThrows(
    () => graphOf([], [new PlainShared(real, "w")]),
    MissingInputError,
    "Undeclared input",
  );
});

Deno.test("FunctionGraph refuses roots without a value", () => {
  const nothing = new NullType("of a test").makeVariable();
  assertThrows(
    () => graphOf([], [nothing]),
    TypeError,
    "Computation graph contains a NaN. of a test",
  );
});

Deno.test("FunctionGraph needs shared variables among its inputs and constants not", () => {
  const w = new PlainShared(real, "w");
  const graph = graphOf([w], [apply("f", w, fixed(1))]);
  assertEquals(graph.inputs, [w]);
  checkIntegrity(graph);
});

Deno.test("replace() moves every reader, imports what is new and prunes what is not needed", () => {
  const [x, y] = roots("x", "y");
  const inner = apply("inner", y!);
  const old = apply("old", x!, inner);
  const graph = graphOf([x!, y!], [apply("f", old, old), old]);
  graph.replace(old, apply("new", apply("made", x!)), "test");
  assertEquals(String(graph), "[f(*1 -> new(made(x)), *1), *1]");
  assertEquals(texts(graph.applyNodes), ["f(new.0, new.0)", "made(x)", "new(made.0)"]);
  assertEquals(graph.has(old), false);
  assertEquals(graph.has(inner), false);
  assert(graph.has(y!), "inputs stay");
  assertEquals(old.owner!.graph, null);
  checkIntegrity(graph);
});

Deno.test("replace() may wrap a variable in a node that reads it", () => {
  const [x] = roots("x");
  const y = apply("f", x!);
  const graph = graphOf([x!], [apply("g", y)]);
  graph.replace(y, apply("wrap", y));
  assertEquals(String(graph), "[g(wrap(f(x)))]");
  checkIntegrity(graph);
});

Deno.test("replace() of what the graph does not have does nothing", () => {
  const [x, z] = roots("x", "z");
  const graph = graphOf([x!], [apply("f", x!)]);
  const before = graph.toposort();
  graph.replace(z!, x!);
  assertStrictEquals(graph.toposort(), before);
});

Deno.test("replace() converts a type where nothing is lost and refuses others", () => {
  const x = real.makeVariable("x");
  const i = whole.makeVariable("i");
  const y = apply("f", x);
  const graph = graphOf([x, i], [y]);
  graph.replace(x, i);
  assertEquals(String(graph), "[f(convert(i))]");
  const other = graphOf([i], [apply("g", i)]);
  const error = assertThrows(() => other.replace(i, apply("h", i), "bad_rule"), BadOptimization);
  assertEquals(
    error.message,
    "BadOptimization Error: bad_rule. The type of the replacement must be the same.\n" +
      "  Variable: h.0 real, in place of i whole\n  Reason:  bad_rule\n" +
      "  Old Graph:\n    i\n  New Graph:\n    h(i)",
  );
});

Deno.test("changeInput() moves one edge", () => {
  const [x, y] = roots("x", "y");
  const f = apply("f", x!, x!);
  const graph = graphOf([x!, y!], [f]);
  graph.changeInput(f.owner!, 1, y!);
  assertEquals(String(graph), "[f(x, y)]");
  graph.changeInput("output", 0, x!);
  assertEquals(String(graph), "[x]");
  assertEquals(graph.applyNodes.size, 0);
  checkIntegrity(graph);
  assertThrows(() => graph.changeInput(f.owner!, 0, y!), ValueError, "does not belong");
  assertThrows(
    () => graph.changeInput("output", 0, whole.makeVariable()),
    TypeError,
    "must be the same",
  );
});

Deno.test("a missing input in a replacement leaves the graph as it was", () => {
  const [x, y] = roots("x", "y");
  const a = apply("a", x!);
  const graph = graphOf([x!], [apply("f", a)]);
  assertThrows(() => graph.replace(a, apply("b", apply("c", x!), y!)), MissingInputError);
  assertEquals(String(graph), "[f(a(x))]");
  checkIntegrity(graph);
});

Deno.test("checkpoint() and revert() undo edits, also nested ones, and bring pruned nodes back", () => {
  const [x] = roots("x");
  const a = apply("a", x!);
  const b = apply("b", a);
  const graph = graphOf([x!], [b]);
  const first = graph.checkpoint();
  graph.replace(a, apply("p", x!));
  const second = graph.checkpoint();
  graph.replace(b, apply("q", x!));
  assertEquals(String(graph), "[q(x)]");
  graph.revert(second);
  assertEquals(String(graph), "[b(p(x))]");
  graph.revert(first);
  assertEquals(String(graph), "[b(a(x))]");
  assertStrictEquals(graph.outputs[0], b);
  assertStrictEquals(b.owner!.inputs[0], a);
  checkIntegrity(graph);
});

/** Refuses graphs that contain an op of a name. */
function refusing(name: string): Feature {
  return {
    validate(graph): void {
      if ([...graph.applyNodes].some((node) => node.op.name === name)) {
        raise("InconsistencyError", `no ${name}`);
      }
    },
  };
}

Deno.test("replaceAllValidate() makes all replacements or none", () => {
  const [x] = roots("x");
  const a = apply("a", x!);
  const b = apply("b", a);
  const graph = graphOf([x!], [b, a], [refusing("bad")]);
  const edit = (last: string): void =>
    graph.replaceAllValidate([[a, apply("fine", x!)], [b, apply(last, x!)]]);
  assertThrows(() => edit("bad"), InconsistencyError, "no bad");
  assertEquals(String(graph), "[b(*1 -> a(x)), *1]");
  assertEquals(graph.consistent(), true);
  checkIntegrity(graph);
  edit("good");
  assertEquals(String(graph), "[good(x), fine(x)]");
  checkIntegrity(graph);
});

Deno.test("an outer checkpoint reverts validated edits too", () => {
  const [x] = roots("x");
  const a = apply("a", x!);
  const graph = graphOf([x!], [a]);
  const start = graph.checkpoint();
  graph.replaceValidate(a, apply("b", x!));
  graph.revert(start);
  assertStrictEquals(graph.outputs[0], a);
});

Deno.test("replaceAllValidateRemove() keeps its promise or reverts, and bars what was removed", () => {
  const [x] = roots("x");
  const a = apply("a", x!);
  const b = apply("b", a);
  const graph = graphOf([x!], [b]);
  assertThrows(
    () => graph.replaceAllValidateRemove([[b, apply("c", a)]], [a.owner!], "rule"),
    ReplacementDidntRemovedError,
    '"rule" promised to remove a(x) and did not',
  );
  assertEquals(String(graph), "[b(a(x))]");
  graph.replaceAllValidateRemove([[b, apply("c", x!)]], [a.owner!]);
  assertThrows(
    () => graph.replaceValidate(graph.outputs[0]!, apply("d", a)),
    InconsistencyError,
    "Trying to reintroduce a removed node",
  );
  assertEquals(String(graph), "[c(x)]");
  assertEquals(graph.consistent(), true);
});

Deno.test("features are told of imports, moves and prunes, in that order, and of undoing", () => {
  const [x] = roots("x");
  const a = apply("a", x!);
  const graph = graphOf([x!], [apply("f", a)]);
  const lines: string[] = [];
  const listener = new PrintListener((line) => lines.push(line));
  graph.attachFeature(listener);
  const start = graph.checkpoint();
  graph.replace(a, apply("b", x!), "rule");
  graph.revert(start);
  graph.removeFeature(listener);
  graph.replace(a, x!);
  assertEquals(lines, [
    "-- attaching to:  [f(a(x))]",
    "-- importing: b(x), reason: rule",
    "-- pruning: a(x), reason: rule",
    "-- changing (f(b.0).inputs[0]) from a.0 to b.0",
    "-- importing: a(x), reason: revert",
    "-- pruning: b(x), reason: revert",
    "-- changing (f(a.0).inputs[0]) from b.0 to a.0",
    "-- detaching from:  [f(a(x))]",
  ]);
});

Deno.test("a feature that is already there is left out silently, any other error is thrown", () => {
  const [x] = roots("x");
  const graph = graphOf([x!], [apply("f", x!)], [new NodeFinder(), new NodeFinder()]);
  assertEquals(graph.features.length, 1);
  const failing = (kind: "ValueError" | "AlreadyThere"): Feature => ({
    onAttach: () => raise(kind, "reason"),
  });
  graph.attachFeature(failing("AlreadyThere"));
  assertThrows(() => graph.attachFeature(failing("ValueError")), ValueError);
  assertEquals(new AlreadyThere("x").name, "AlreadyThere");
  assertEquals(graph.features.length, 1);
});

Deno.test("NodeFinder finds nodes by op as the graph changes", () => {
  const [x] = roots("x");
  const a = apply("f", x!);
  const graph = graphOf([x!], [apply("f", a)]);
  const finder = new NodeFinder();
  graph.attachFeature(finder);
  assertEquals(texts(finder.nodes(plain("f"))), ["f(f.0)", "f(x)"]);
  graph.replace(a, apply("g", x!));
  assertEquals(texts(finder.nodes(plain("f"))), ["f(g.0)"]);
  assertEquals(texts(finder.nodes(plain("g"))), ["g(x)"]);
});

Deno.test("PreserveVariableAttributes gives a replacement the user's name", () => {
  const [x] = roots("x");
  const y = apply("f", x!);
  y.name = "cost";
  y.tag.nanGuardModeCheck = true;
  const graph = graphOf([x!], [y], [new PreserveVariableAttributes()]);
  const first = apply("g", x!);
  graph.replace(y, first);
  const named = apply("h", x!);
  named.name = "own";
  graph.replace(first, named);
  assertEquals([first.name, first.tag.nanGuardModeCheck], ["cost", true]);
  assertEquals(graph.outputs[0]!.name, "own");
});

Deno.test("NoOutputFromInplace refuses outputs that overwrite something", () => {
  const [x] = roots("x");
  const fine = apply("f", x!);
  const inplace = call(plain("g", overwrite), apply("copy", x!));
  const graph = graphOf([x!], [inplace, fine]);
  graph.validate();
  graph.attachFeature(new NoOutputFromInplace(1));
  graph.validate();
  graph.attachFeature(new NoOutputFromInplace());
  assertThrows(() => graph.validate(), InconsistencyError, "prevented output g.0 from being");
});

Deno.test("toposort() is computed once between changes and obeys every feature's orderings", () => {
  const [x] = roots("x");
  const [a, b, c] = [apply("a", x!), apply("b", x!), apply("c", x!)];
  const graph = graphOf([x!], [apply("all", a, b, c)]);
  const names = (): string => graph.toposort().map((node) => node.op.name).join(" ");
  assertEquals(names(), "c b a all");
  assertStrictEquals(graph.toposort(), graph.toposort());
  const before = (first: Variable, second: Variable): Feature => ({
    orderings: () => new Map([[second.owner!, [first.owner!]]]),
  });
  graph.attachFeature(before(a, b));
  assertEquals(names(), "c a b all");
  graph.attachFeature(before(b, c));
  assertEquals(names(), "a b c all");
});

Deno.test("clone() copies nodes, update mapping and the features that can be cloned", () => {
  const [x] = roots("x");
  const graph = new FunctionGraph([x!], [apply("f", x!)], {
    features: [new NodeFinder(), refusing("bad")],
    updateMapping: new Map([[0, 0]]),
  });
  const copy = graph.clone();
  assertEquals(String(copy), String(graph));
  assertEquals(copy.features.length, 1);
  assertEquals(copy.updateMapping.get(0), 0);
  assertNotStrictEquals(copy.inputs[0], graph.inputs[0]);
  checkIntegrity(copy);
  const [other, { variables }] = graph.cloneGetEquiv(false);
  assertStrictEquals(variables.get(graph.outputs[0]!), other.outputs[0]);
  assertEquals(other.features.length, 0);
});

Deno.test("addInput() makes a root known", () => {
  const [x, y] = roots("x", "y");
  const graph = graphOf([x!], [apply("f", x!)]);
  graph.addInput(y!);
  graph.addInput(y!);
  graph.replace(x!, y!);
  assertEquals(graph.inputs, [x!, y!]);
  checkIntegrity(graph);
});

Deno.test("checkIntegrity() finds an edge that was moved behind the graph's back", () => {
  const [x, y] = roots("x", "y");
  const f = apply("f", x!);
  const graph = graphOf([x!, y!], [f]);
  f.owner!.inputs[0] = y!;
  assertThrows(() => checkIntegrity(graph), Error, "the clients of x are listed as");
});

Deno.test("a thousand replacements in a graph of 10,000 nodes touch only what they change", () => {
  const [x] = roots("x");
  const graph = graphOf([x!], [chain(x!, 10_000)]);
  const nodes = graph.toposort();
  let told = 0;
  graph.attachFeature({ onImport: () => void told++, onPrune: () => void told++ });
  for (let i = 0; i < 10_000; i += 10) {
    const { inputs: [input], outputs: [output] } = nodes[i]!;
    graph.replaceValidate(output!, apply("t", input!));
  }
  assertEquals(told, 2_000);
  assertEquals(graph.toposort().length, 10_000);
  checkIntegrity(graph);
});

/** Numbers from 0 up to a bound, always the same ones for a seed. */
function dice(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * bound);
  };
}

Deno.test("random edits keep the books right, and reverting them restores the very graph", () => {
  for (let seed = 1; seed <= 40; seed++) {
    const roll = dice(seed);
    const known = roots("x", "y", "z");
    const inputs = [...known];
    const pick = (): Variable => known[roll(known.length)]!;
    const make = (): Variable => apply(`op${roll(4)}`, pick(), pick());
    for (let i = 0; i < 15; i++) known.push(make());
    const graph = graphOf(inputs, [known.at(-1)!, pick()]);
    const edges = (): string =>
      graph.toposort().map((n) => `${n.id}:${n.inputs.map((v) => v.id)}`)
        .sort().join(" ") + graph.outputs.map((v) => v.id);
    const before = edges();
    const start = graph.checkpoint();
    for (let i = 0; i < 20; i++) {
      const nodes = graph.toposort();
      if (nodes.length === 0) break;
      const { inputs: [a, b], outputs: [old] } = nodes[roll(nodes.length)]!;
      const replacements = [a!, apply("new", a!, b!), apply("wrap", old!, b!)];
      graph.replace(old!, replacements[roll(3)]!);
      checkIntegrity(graph);
    }
    graph.revert(start);
    checkIntegrity(graph);
    assertEquals(edges(), before, `seed ${seed}`);
  }
});
