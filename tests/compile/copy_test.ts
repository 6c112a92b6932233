import { assertEquals } from "@std/assert";
import * as theano from "@theano/theano";
import { messageOf } from "./helpers.ts";

const { tensor: T } = theano;

function accumulator(): {
  state: theano.TensorSharedVariable;
  add: theano.CompiledFunction<theano.NDArray>;
} {
  const state = theano.shared(0, "state");
  const inc = T.iscalar("inc");
  const updates = [[state, state.add(inc)]] as const;
  return { state, add: theano.function([inc], state, { updates, name: "add" }) };
}

Deno.test("copy() computes the same, returns a list, and has a name of its own", () => {
  const { state, add } = accumulator();
  const copy = add.copy();
  assertEquals(copy(3).map((v) => v.item()), [0]);
  assertEquals(add(4).item(), 3);
  assertEquals(state.getValue().item(), 7);
  assertEquals([copy.name, add.copy({ name: "other" }).name], ["add copy", "other"]);
});

Deno.test("copy() with swap works on another variable", () => {
  const { state, add } = accumulator();
  const other = theano.shared(0, "other");
  add(10);
  const copy = add.copy({ swap: [[state, other]] });
  assertEquals(copy(100).map((v) => v.item()), [0]);
  assertEquals([other.getValue().item(), state.getValue().item()], [100, 10]);
  assertEquals(copy.getShared(), [other]);
});

Deno.test("copy() with deleteUpdates updates nothing", () => {
  const { state, add } = accumulator();
  add(10);
  const copy = add.copy({ deleteUpdates: true });
  assertEquals(copy(9000).map((v) => v.item()), [10]);
  assertEquals(state.getValue().item(), 10);
  assertEquals(copy.maker.fgraph.outputs.length, 1);
});

Deno.test("copy() keeps the keys of outputs, and gives states their own place", () => {
  const [x, n] = T.dscalars("x", "n") as theano.tensor.TensorVariable[];
  const f = theano.function([x!, new theano.In(n!, { value: 1, update: n!.add(x!) })], { n: n! });
  f(2);
  const copy = f.copy() as unknown as typeof f;
  assertEquals([copy(10).n.item(), copy(10).n.item()], [3, 13]);
  assertEquals(f(0).n.item(), 3);
});

Deno.test("copy() of a function with borrowed outputs has memory of its own", () => {
  const x = T.dvector("x");
  const f = theano.function([x], new theano.Out(x.mul(2), { borrow: true }));
  const first = f([1, 2]);
  f.copy()([7, 8]);
  assertEquals(first.toArray(), [2, 4]);
});

Deno.test("copy() refuses to swap what is not there, or for another type", () => {
  const { state, add } = accumulator();
  const other = theano.shared(0.5, "other");
  assertEquals(
    messageOf(() => add.copy({ swap: [[other, state]] })),
    "ValueError: SharedVariable: other not found",
  );
  assertEquals(
    messageOf(() => add.copy({ swap: [[state, other]] })),
    "AssertionError: Cannot swap state (TensorType(int64, scalar)) for other: it is no shared " +
      "variable of that type",
  );
});
