import { assertEquals } from "@std/assert";
import * as theano from "@theano/theano";
import { messageOf } from "./helpers.ts";

const { OrderedUpdates } = theano.updates;

const a = theano.shared(1.5, "a");
const b = theano.shared(2.5, "b");

Deno.test("OrderedUpdates keeps the order, and function() takes it", () => {
  const updates = new OrderedUpdates([[b, a]]);
  updates.set(a, b.mul(2));
  assertEquals([...updates.keys()], [b, a]);
  theano.function([], [], { updates })();
  assertEquals([a.getValue().item(), b.getValue().item()], [5, 1.5]);
});

Deno.test("OrderedUpdates refuses keys that are no shared variables", () => {
  assertEquals(
    messageOf(() => new OrderedUpdates().set(theano.tensor.dscalar("x") as never, 1)),
    "TypeError: OrderedUpdates keys must inherit from SharedVariable: x",
  );
});

Deno.test("update() and add() join, and refuse what collides", () => {
  const first = new OrderedUpdates([[a, 1]]);
  const both = first.add([[b, 2], [a, 1]]);
  assertEquals([both.size, first.size], [2, 1]);
  assertEquals(messageOf(() => both.update(new Map([[a, 7]]))), "KeyError: Collision: a");
  assertEquals(both.get(a), 1);
});
