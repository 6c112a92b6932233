import { assertEquals, assertNotEquals } from "@std/assert";
import * as theano from "@theano/theano";
import { backend } from "../../core/compile/backend.ts";

const { tensor: T, Mode } = theano;

/** A mode whose optimiser counts the graphs it sees. */
function counting(text: string): { mode: theano.Mode; count: () => number } {
  let graphs = 0;
  const optimizer = { optimize: () => ++graphs, text: () => text };
  return { mode: new Mode({ linker: "vm", optimizer }), count: () => graphs };
}

/** The same formula, made anew. */
function formula(factor: number): [theano.tensor.TensorVariable, theano.tensor.TensorVariable] {
  const x = T.dmatrix("x");
  const weights = T.constant([[1.5, 2], [3, 4]]);
  return [x, T.dot(x, weights).mul(factor).sum({ axis: 0 })];
}

Deno.test("a graph that was compiled before is neither optimised nor lowered again", () => {
  const { mode, count } = counting("cache_test once");
  const results = [1, 2, 3].map(() => {
    const [x, y] = formula(2);
    return theano.function([x], y, { mode })([[1, 0], [0, 1]]).toArray();
  });
  assertEquals(results, [[9, 12], [9, 12], [9, 12]]);
  assertEquals(count() <= 1, true);
});

Deno.test("what was stored and does not run here is compiled again, and its copies too", () => {
  const { mode, count } = counting("cache_test refused");
  const made = (): unknown[] => {
    const [x, y] = formula(7);
    const f = theano.function([x], [y], { mode });
    return [f, f.copy()].map((g) => g([[2, 0]]).map((value) => value.toArray()));
  };
  const { target } = backend();
  const before = made();
  const once = count();
  Object.defineProperty(target, "restore", {
    configurable: true,
    value: () => {
      throw new RangeError("other limits");
    },
  });
  try {
    assertEquals([before, made()], [[[[21, 28]], [[21, 28]]], [[[21, 28]], [[21, 28]]]]);
    assertEquals(count(), once + 1);
  } finally {
    delete (target as { restore?: unknown }).restore;
  }
  assertEquals(made(), before);
  assertEquals(count(), once + 1);
});

Deno.test("the graph of a function from the cache is made when somebody looks at it", () => {
  const { mode, count } = counting("cache_test lazy");
  const functions = [0, 1].map(() => {
    const [x, y] = formula(5);
    return theano.function([x], y, { mode });
  });
  const before = count();
  assertEquals(functions[1]!.maker.fgraph.toposort().length, 4);
  assertEquals(count(), before + 1);
  assertEquals(functions[1]!.maker.fgraph, functions[1]!.maker.fgraph);
});

Deno.test("other constants, dtypes, borrowing and updates are other functions", () => {
  const { mode } = counting("cache_test others");
  const [x, y] = formula(2);
  const [u, w] = formula(3);
  assertEquals(theano.function([x], y, { mode })([[1, 0]]).toArray(), [3, 4]);
  assertEquals(theano.function([u], w, { mode })([[1, 0]]).toArray(), [4.5, 6]);
  const s = theano.shared([1.5, 2]);
  const t = theano.shared([10.5, 20]);
  const first = theano.function([], [], { mode, updates: [[s, s.add(t)]] });
  const second = theano.function([], [], { mode, updates: [[t, s.add(t)]] });
  first();
  assertEquals([s.getValue().toArray(), t.getValue().toArray()], [[12, 22], [10.5, 20]]);
  second();
  assertEquals([s.getValue().toArray(), t.getValue().toArray()], [[12, 22], [22.5, 42]]);
});

Deno.test("a function from the cache fails with the text of its own node", () => {
  const { mode } = counting("cache_test failures");
  const messages = ["a", "b"].map((name) => {
    const v = T.dvector(name);
    const w = T.dvector("w");
    try {
      return String(theano.function([v, w], v.add(w), { mode })([1], [1, 2]));
    } catch (error) {
      return String(error).split("\n")[1];
    }
  });
  assertEquals(messages, [
    "Apply node that caused the error: Elemwise{add,no_inplace}(a, w)",
    "Apply node that caused the error: Elemwise{add,no_inplace}(b, w)",
  ]);
  assertNotEquals(messages[0], messages[1]);
});

Deno.test("shared variables are told apart in a function from the cache", () => {
  const { mode } = counting("cache_test shared");
  const make = (a: number, b: number): number => {
    const s = theano.shared(a);
    const t = theano.shared(b);
    return theano.function([], s.sub(t.mul(10)), { mode })().item();
  };
  assertEquals([make(1.5, 2), make(5.5, 0.5)], [-18.5, 0.5]);
});
