import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import * as theano from "@theano/theano";

const { tensor: T, raiseOp: { Raise } } = theano;

Deno.test("Raise throws its error where its value is needed, and only there", () => {
  const x = T.dvector("x");
  const wrong = new Raise("not here", theano.errors.ValueError);
  const f = theano.function([x], wrong.call(x.add(1)).sum());
  const { message } = assertThrows(() => f([1]), theano.errors.ValueError);
  assertStringIncludes(message, "not here\nApply node that caused the error: Raise{");
  const g = theano.function([x], theano.ifelse(x.sum().gt(0), x, wrong.call(x)));
  assertEquals(g([1]).toArray(), [1]);
  assertThrows(() => g([-1]), theano.errors.ValueError, "not here");
  const plain = theano.function([x], new Raise().call(x));
  assertThrows(() => plain([1]), theano.errors.NotImplementedError);
});

Deno.test("Raise of a constant fails when the function runs, not before", () => {
  const f = theano.function([], new Raise("late").call(T.constant(1)));
  assertThrows(() => f(), theano.errors.NotImplementedError, "late");
});

Deno.test("equal Raises are one op", () => {
  assertEquals(new Raise("a").key, new Raise("a").key);
  assertEquals(new Raise("a").key === new Raise("b").key, false);
  assertEquals(new Raise("a").name, "Raise{message='a', error=NotImplementedError}");
});
