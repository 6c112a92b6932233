import { assert, assertEquals, assertThrows } from "@std/assert";
import { MissingInputError } from "../../core/errors.ts";
import { equalComputations, graphText, isSameGraph } from "../../core/graph/equal.ts";
import type { Variable } from "../../core/graph/variable.ts";
import { apply, call, chain, fixed, plain, PlainShared, real, roots, whole } from "./helpers.ts";

Deno.test("isSameGraph() is structural, as the table of Theano's manual", () => {
  const [x, y] = roots("x", "y");
  const inc = (v: Variable): Variable => apply("add", v, fixed(1));
  assert(isSameGraph(inc(x!), inc(x!)));
  assert(!isSameGraph(inc(x!), inc(y!)));
  assert(isSameGraph(inc(x!), inc(y!), new Map([[x!, y!]])));
  assert(isSameGraph(inc(x!), inc(y!), [[y!, x!]]));
  assert(!isSameGraph(inc(x!), apply("add", x!, fixed(2))));
  assert(!isSameGraph(apply("mul", x!, y!), apply("mul", y!, x!)));
  assert(!isSameGraph(inc(x!), apply("sub", x!, fixed(1))));
});

Deno.test("isSameGraph() replaces inner variables and does not search what replaces", () => {
  const [x, y] = roots("x", "y");
  const s = apply("s", x!);
  assert(isSameGraph(apply("f", s), apply("f", y!), [[s, y!]]));
  assert(isSameGraph(apply("f", x!), apply("f", x!), [[x!, apply("g", x!)]]));
  assert(!isSameGraph(apply("f", x!), apply("f", apply("g", x!)), [[x!, apply("g", x!)]]));
});

Deno.test("isSameGraph() does not care whether equal nodes are merged", () => {
  const [x] = roots("x");
  const s = apply("s", x!);
  assert(isSameGraph(apply("mul", s, s), apply("mul", apply("s", x!), apply("s", x!))));
  assert(!isSameGraph(apply("mul", s, s), apply("mul", apply("s", x!), x!)));
});

Deno.test("isSameGraph() tells outputs of a node apart", () => {
  const [x] = roots("x");
  const pair = plain("pair", { outputs: 2 });
  const [a, b] = [pair.makeNode(x!), pair.makeNode(x!)];
  assert(isSameGraph(a.outputs[1]!, b.outputs[1]!));
  assert(!isSameGraph(a.outputs[0]!, b.outputs[1]!));
});

Deno.test("equalComputations() compares lists under a correspondence of their inputs", () => {
  const [x, y, p, q] = roots("x", "y", "p", "q");
  const first = [apply("add", x!, y!), x!];
  const second = [apply("add", p!, q!), p!];
  assert(equalComputations(first, second, [[x!, p!], [y!, q!]]));
  assert(!equalComputations(first, second, [[x!, q!], [y!, p!]]));
  assert(!equalComputations(first, second.slice(0, 1), [[x!, p!], [y!, q!]]));
  assert(!equalComputations(first, second));
});

Deno.test("equalComputations() of a doubly linked graph of 1,000 levels takes linear time", () => {
  const [x] = roots("x");
  const tower = (): Variable => {
    let y = x!;
    for (let i = 0; i < 1_000; i++) y = apply("add", y, y);
    return y;
  };
  assert(equalComputations([tower()], [tower()]));
});

Deno.test("graphText() numbers inputs by position and names neither names nor ids", () => {
  const build = (names: string[]): [Variable[], Variable[]] => {
    const [x, y] = roots(...names);
    const w = new PlainShared(real, names[2]);
    const sum = apply("add", x!, apply("mul", w, fixed(2)));
    return [[x!, y!], [apply("pow", sum, y!), sum]];
  };
  const text = graphText(...build(["x", "y", "w"]));
  assertEquals(text, graphText(...build(["a", "b", "c"])));
  assertEquals(
    text,
    [
      "i0:real",
      "i1:real",
      "s0:real",
      "n0=mul(s0,{real 2}):real",
      "n1=add(i0,n0.0):real",
      "n2=pow(n1.0,i1):real",
      "return n2.0,n1.0",
    ].join("\n"),
  );
});

Deno.test("graphText() differs when anything that matters does", () => {
  const x = real.makeVariable();
  const i = whole.makeVariable();
  const target = real.makeVariable();
  target.tag.target = "dev0";
  const w = new PlainShared(real);
  const pair = plain("pair", { outputs: 2 }).makeNode(x);
  const graphs: [Variable[], Variable[]][] = [
    [[x], [x]],
    [[x], [x, x]],
    [[x, w], [x]],
    [[x, w], [apply("f", x, w)]],
    [[x], [apply("f", x, w)]],
    [[x], [apply("f", w, x)]],
    [[x], [apply("f", x)]],
    [[i], [apply("f", i)]],
    [[target], [apply("f", target)]],
    [[x], [call(plain("f", { key: "f2" }), x)]],
    [[x], [apply("f", fixed(1))]],
    [[x], [apply("f", fixed(2))]],
    [[x], [pair.outputs[0]!]],
    [[x], [pair.outputs[1]!]],
    [[x], [apply("g", apply("f", x), apply("f", x))]],
  ];
  const texts = graphs.map((graph) => graphText(...graph));
  assertEquals(new Set(texts).size, graphs.length);
});

Deno.test("graphText() gives up on ops that only exist in this process", () => {
  const [x] = roots("x");
  const mine = call(plain("mine", { key: "unique:7" }), x!);
  assertEquals(graphText([x!], [apply("f", mine)]), undefined);
  assert(graphText([mine], [apply("f", mine)]));
});

Deno.test("graphText() refuses a root that has no value", () => {
  const [x, y] = roots("x", "y");
  assertThrows(() => graphText([x!], [apply("f", y!)]), MissingInputError, "Undeclared input y");
});

Deno.test("graphText() of 20,000 levels does not exhaust the stack", () => {
  const [x] = roots("x");
  assertEquals(graphText([x!], [chain(x!, 20_000)])!.split("\n").length, 20_002);
});
