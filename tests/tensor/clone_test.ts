import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import * as theano from "@theano/theano";

const { tensor: T, clone } = theano;

const [x, y] = [T.dscalar("x"), T.dscalar("y")];
const graph = x.mul(y).add(1);

Deno.test("clone() replaces by a map, by pairs and by position, one variable or several", () => {
  const value = (z: theano.TensorVariable): unknown => z.eval(new Map([[y, 5]])).item();
  assertEquals(value(clone(graph, { replace: new Map([[x, y]]) })), 26);
  assertEquals(value(clone(graph, { replace: [[x, y.add(1)]] })), 31);
  assertEquals(value(clone(graph, [[x, y]])), 26);
  assertEquals(value(clone(graph, new Map([[x, y]]), true, true)), 26);
  assertEquals(clone([graph, x], { replace: [[x, y]] }).map(value), [26, 5]);
  assertStrictEquals(clone(graph), graph);
  assertStrictEquals(clone(graph, { replace: null }), graph);
});

Deno.test("clone() takes values for variables", () => {
  assertEquals(clone(graph, { replace: [[x, 2]] }).eval(new Map([[y, 5]])).item(), 11);
  assertThrows(() => clone(graph, { replace: [[x, "two"]] }), TypeError);
});

Deno.test("clone() keeps types when strict, and makes nodes anew when not", () => {
  const v = T.dvector("v");
  assertThrows(() => clone(graph, { replace: [[x, v]] }), TypeError, "Cannot convert Type");
  const wide = clone(graph, { replace: [[x, v]], strict: false });
  assertEquals(wide.ndim, 1);
  assertEquals(theano.function([v, y], wide)([1, 2], 3).toArray(), [4, 7]);
  const whole = T.iscalar("i");
  const converted = clone(graph, { replace: [[x, T.cast(whole, "float64")]] });
  assertEquals(theano.function([whole, y], converted)(2, 3).item(), 7);
});

Deno.test("clone() shares roots, shared variables too, unless it is told not to", () => {
  const w = theano.shared(2, { dtype: "float64", name: "w" });
  const sum = w.add(x);
  const roots = (z: theano.Variable): theano.Variable[] => theano.gof.inputs([z]);
  assertEquals(roots(clone(sum, { shareInputs: true })), [w, x]);
  const apart = clone(sum, { shareInputs: false });
  const [u, v] = roots(apart);
  assert(u !== w && v !== x);
  assertEquals([u!.name, v!.name, u!.kind], ["w", "x", "shared"]);
  const f = theano.function([v!], apart);
  w.setValue(40);
  assertEquals(f(2).item(), 42);
});

Deno.test("clone() says what it cannot replace", () => {
  const bad = { replace: 3 as never };
  assertThrows(
    () => clone(graph, bad),
    theano.errors.ValueError,
    "replace is neither a dictionary",
  );
  const key = { replace: [[3 as never, x]] as const };
  assertThrows(() => clone(graph, key), TypeError, "given keys must be Variable, not 3");
});
