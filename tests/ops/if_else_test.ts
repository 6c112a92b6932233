/**
 * @file Lazy choices as users make them: what they refuse, that they are lazy, and their derivatives.
 */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import * as theano from "@theano/theano";

const { tensor: T } = theano;

/** The identity, which counts how often it runs; its shape is known without that. */
class Counted extends theano.Op {
  runs = 0;
  override readonly itypes = [T.dvector];
  override readonly otypes = [T.dvector];

  perform(_: theano.Apply, [x]: readonly theano.NDArray[]): theano.NDArray[] {
    this.runs++;
    return [x!.copy()];
  }

  override inferShape(_: theano.Apply, shapes: readonly theano.Shape[]): readonly theano.Shape[] {
    return shapes;
  }

  override grad(_: unknown, [g]: theano.tensor.TensorVariable[]): theano.Variable[] {
    return [g!];
  }
}

const modes = ["FAST_RUN", "FAST_COMPILE"] as const;
const c = T.iscalar("c");
const [x, y] = T.dvectors("x", "y") as [
  theano.tensor.TensorVariable,
  theano.tensor.TensorVariable,
];

for (const mode of modes) {
  Deno.test(`ifelse runs no node of the branch that is not taken (${mode})`, () => {
    const [first, second] = [new Counted(), new Counted()];
    const chosen = theano.ifelse(c, first.call(x.mul(2)).sum(), second.call(y).sum());
    const f = theano.function([c, x, y], chosen, { mode });
    assertEquals(f(1, [1, 2], [5]).item(), 6);
    assertEquals([first.runs, second.runs], [1, 0]);
    assertEquals(f(0, [1, 2], [5]).item(), 5);
    assertEquals([first.runs, second.runs], [1, 1]);
  });

  Deno.test(`the gradient of ifelse is as lazy (${mode})`, () => {
    const [first, second] = [new Counted(), new Counted()];
    const cost = theano.ifelse(c, T.exp(first.call(x)).sum(), T.sqr(second.call(y)).sum());
    const f = theano.function([c, x, y], theano.grad(cost, [x, y]), { mode });
    const [dx, dy] = f(1, [0, 1], [5]);
    assertEquals([dx!.toArray(), dy!.toArray()], [[1, Math.E], [0]]);
    if (mode === "FAST_RUN") assertEquals([first.runs, second.runs], [1, 0]);
    assertEquals(f(0, [0, 1], [5]).map((g) => g.toArray()), [[0, 0], [10]]);
    if (mode === "FAST_RUN") assertEquals([first.runs, second.runs], [1, 1]);
  });
}

Deno.test("a profile counts no call of a node that is put off", () => {
  const chosen = theano.ifelse(c, T.exp(x).sum(), T.cosh(y).sum());
  const f = theano.function([c, x, y], chosen, { profile: true });
  f(1, [1, 2], [3]);
  f(1, [1, 2], [3]);
  const names = new Map<string, number>();
  for (const [node, count] of f.profile!.applyCallcount) {
    names.set(String(node.op.name), count);
  }
  const counted = [...names].filter(([name]) => /cosh|exp/i.test(name));
  assert(counted.some(([name, count]) => /exp/.test(name) && count === 2));
  assertEquals(counted.filter(([name]) => /cosh/.test(name)).map(([, count]) => count), []);
});

Deno.test("ifelse gives what its branches are: a variable, or an array", () => {
  const [one, two] = theano.ifelse(c, [x, x.sum()], [y, y.prod()]);
  const f = theano.function([c, x, y], [one!, two!]);
  assertEquals(f(0, [1], [2, 3]).map((value) => value.toArray()), [[2, 3], 6]);
  assertEquals(theano.ifelse(c, x, y).type, x.type);
  assertStrictEquals(theano.ifelse.ifelse, theano.ifelse);
});

Deno.test("ifelse takes constants for the type of what they are paired with", () => {
  const f = theano.function([c, x], [theano.ifelse(c, x.sum(), 0), theano.ifelse(c, 1, x.sum())]);
  assertEquals(f(1, [2, 3]).map((value) => value.item()), [5, 1]);
  assertEquals(f(0, [2, 3]).map((value) => value.item()), [0, 5]);
});

Deno.test("a condition may be any scalar", () => {
  const s = T.dscalar("s");
  const f = theano.function([s, x, y], theano.ifelse(s, x, y));
  assertEquals(f(0.5, [1], [2]).toArray(), [1]);
  assertEquals(f(0, [1], [2]).toArray(), [2]);
});

Deno.test("axes that have length one in one branch only may have any length", () => {
  const row = T.row("row", { dtype: "float64" });
  const m = T.dmatrix("m");
  const chosen = theano.ifelse(c, row, m);
  assertEquals(chosen.broadcastable, [false, false]);
  const f = theano.function([c, row, m], chosen);
  assertEquals(f(1, [[1, 2]], [[3], [4]]).shape, [1, 2]);
  assertEquals(f(0, [[1, 2]], [[3], [4]]).shape, [2, 1]);
});

Deno.test("ifelse refuses what Theano refuses, in its words", () => {
  const text = (make: () => unknown): string => {
    const error = assertThrows(make) as Error;
    return `${error.name}: ${error.message}`;
  };
  assertEquals(
    text(() => theano.ifelse(x, x, y)),
    "TypeError: Condition given to the op has to be a scalar with 0 standing for False, anything " +
      "else for True",
  );
  assertEquals(
    text(() => theano.ifelse(c, [x, y], [x])),
    "ValueError: The number of values on the `then` branch should have the same number of " +
      "variables as the `else` branch : (variables on `then` 2, variables on `else` 1)",
  );
  assertEquals(
    text(() => theano.ifelse(c, x, T.dmatrix("m"))),
    "TypeError: The two branches should have identical types, but they are " +
      "TensorType(float64, vector) and TensorType(float64, matrix) respectively. This error could " +
      "be raised if for example you provided a one element list on the `then` branch but a tensor " +
      "on the `else` branch.",
  );
});

Deno.test("ifelse has an R-op, and a name in printed graphs", () => {
  const [v, w] = T.dvectors("v", "w") as typeof x[];
  const chosen = theano.ifelse(c, T.sqr(x), y.mul(3), "pick");
  assertEquals(String(chosen.owner!.op.name), "if{pick}");
  const f = theano.function([c, x, y, v!, w!], theano.Rop(chosen, [x, y], [v!, w!]));
  assertEquals(f(1, [1, 2], [1, 1], [1, 1], [5, 7]).toArray(), [2, 4]);
  assertEquals(f(0, [1, 2], [1, 1], [1, 1], [5, 7]).toArray(), [15, 21]);
});

Deno.test("a choice by a constant, or between the same, is gone", () => {
  const known = theano.function([x, y], theano.ifelse(1, x, y), { onUnusedInput: "ignore" });
  const same = theano.function([c, x], theano.ifelse(c, x, x), { onUnusedInput: "ignore" });
  for (const f of [known, same]) {
    assert(f.maker.fgraph.toposort().every(({ op }) => !op.name.startsWith("if")));
  }
});
