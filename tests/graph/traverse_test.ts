import { assertEquals, assertThrows } from "@std/assert";
import { asString } from "../../core/graph/text.ts";
import {
  ancestors,
  inputs,
  ioConnectionPattern,
  ioToposort,
  isInAncestors,
  ops,
  orphans,
  stackSearch,
  variables,
  viewRoot,
} from "../../core/graph/traverse.ts";
import { apply, call, chain, fixed, plain, roots, viewing } from "./helpers.ts";

const names = (items: Iterable<{ toString(): string }>): string => [...items].join(" ");

Deno.test("stackSearch() visits each item once, breadth or depth first", () => {
  const next: Record<string, string[]> = { a: ["b", "c"], b: ["d"], c: ["d", "a"], d: [] };
  assertEquals(stackSearch(["a"], (k) => next[k]), ["a", "b", "c", "d"]);
  assertEquals(stackSearch(["a"], (k) => next[k], "dfs"), ["a", "c", "d", "b"]);
});

Deno.test("ancestors() and inputs() go left to right and stop at blockers", () => {
  const [x, y] = roots("x", "y");
  const s = apply("add", x!, y!);
  s.name = "s";
  const t = apply("mul", s, x!);
  assertEquals(names(ancestors([t])), "mul.0 s x y");
  assertEquals(names(ancestors([t], [s])), "mul.0 s x");
  assertEquals(names(inputs([t])), "x y");
  assertEquals(names(inputs([t], [s])), "x");
});

Deno.test("variables(), orphans() and ops() look at what lies between inputs and outputs", () => {
  const [x, y] = roots("x", "y");
  const s = apply("add", x!, y!);
  const t = apply("mul", s, fixed(2));
  assertEquals(new Set(variables([x!], [t])), new Set([t, s, x, y, t.owner!.inputs[1]]));
  assertEquals(orphans([x!], [t]), [y, t.owner!.inputs[1]]);
  assertEquals(ops([x!], [t]), new Set([t.owner, s.owner]));
  assertEquals(ops([s], [t]), new Set([t.owner]));
  assertEquals(orphans([s], [t]), [t.owner!.inputs[1]]);
});

Deno.test("ioToposort() goes depth first from the last input, as Theano's positions show", () => {
  const [x, y] = roots("x", "y");
  const rows = apply("rows", x!);
  const more = apply("more", y!);
  const columns = apply("columns", x!);
  const shape = apply("shape", apply("add", rows, more), columns);
  assertEquals(
    names(ioToposort([x!, y!], [shape])),
    "columns(x) more(y) rows(x) add(rows.0, more.0) shape(add.0, columns.0)",
  );
});

Deno.test("ioToposort() puts nodes where orderings want them", () => {
  const [x] = roots("x");
  const a = apply("a", x!);
  const b = apply("b", x!);
  const both = apply("both", a, b);
  assertEquals(names(ioToposort([x!], [both])), "b(x) a(x) both(a.0, b.0)");
  const orderings = new Map([[b.owner!, [a.owner!]]]);
  assertEquals(names(ioToposort([x!], [both], orderings)), "a(x) b(x) both(a.0, b.0)");
});

Deno.test("ioToposort() refuses cycles, with and without orderings", () => {
  const [x] = roots("x");
  const a = apply("a", x!);
  const b = apply("b", a);
  const orderings = new Map([[a.owner!, [b.owner!]]]);
  assertThrows(() => ioToposort([x!], [b], orderings), RangeError, "graph contains cycles");
  a.owner!.inputs[0] = b;
  assertThrows(() => ioToposort([x!], [b]), RangeError, "graph contains cycles");
});

Deno.test("ioToposort() stops at inputs that are computed", () => {
  const [x] = roots("x");
  const pair = plain("pair", { outputs: 2 }).makeNode(x!);
  const sum = apply("sum", ...pair.outputs);
  assertEquals(names(ioToposort(pair.outputs, [sum])), "sum(pair.0, pair.1)");
});

Deno.test("walks of a graph of 50,000 levels do not exhaust the stack", () => {
  const [x] = roots("x");
  const y = chain(x!, 50_000);
  assertEquals(ioToposort([x!], [y]).length, 50_000);
  assertEquals(ioToposort([x!], [y], new Map([[y.owner!, []]])).length, 50_000);
  assertEquals(ancestors([y]).length, 50_001);
  assertEquals(asString([x!], [y])[0]!.length, 50_000 * 3 + 1);
});

Deno.test("isInAncestors() finds nodes above", () => {
  const [x] = roots("x");
  const a = apply("a", x!);
  const b = apply("b", a);
  assertEquals(isInAncestors(b.owner!, a.owner!), true);
  assertEquals(isInAncestors(b.owner!, b.owner!), true);
  assertEquals(isInAncestors(a.owner!, b.owner!), false);
});

Deno.test("viewRoot() follows views and nothing else", () => {
  const [x] = roots("x");
  const view = call(plain("view", viewing), call(plain("view", viewing), x!));
  assertEquals(viewRoot(view), x);
  const copy = apply("copy", view);
  assertEquals(viewRoot(call(plain("view", viewing), copy)), copy);
});

Deno.test("ioConnectionPattern() combines the patterns of the nodes", () => {
  const [x, y] = roots("x", "y");
  const cut = call(plain("cut", { pattern: [[true], [false]] }), x!, y!);
  const all = apply("all", cut, y!);
  assertEquals(ioConnectionPattern([x!, y!], [cut, all, fixed(1)]), [
    [true, true, false],
    [false, true, false],
  ]);
});

Deno.test("asString() numbers the nodes that are read more than once", () => {
  const [x, y] = roots("x", "y");
  const s = apply("add", x!, y!);
  const pair = plain("pair", { outputs: 2 }).makeNode(s);
  assertEquals(asString([x!, y!], [apply("mul", s, s)]), ["mul(*1 -> add(x, y), *1)"]);
  assertEquals(asString([x!, y!], [...pair.outputs]), ["*1 -> pair(add(x, y))", "*1::1"]);
  assertEquals(asString([s], [apply("mul", s, s)]), ["mul(add.0, add.0)"]);
});
