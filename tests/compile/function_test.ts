import { assertEquals, assertStrictEquals } from "@std/assert";
import * as theano from "@theano/theano";

const { tensor: T } = theano;

Deno.test("function() returns one array for one output, else arrays in an array or under keys", () => {
  const [x, y] = T.dscalars("x", "y") as [
    theano.tensor.TensorVariable,
    theano.tensor.TensorVariable,
  ];
  const sum = x.add(y);
  assertEquals(theano.function([x, y], sum)(2, 3).item(), 5);
  assertEquals(theano.function([x, y], [sum])(2, 3).map((a) => a.item()), [5]);
  assertEquals(theano.function([x, y], [sum, x.mul(y)])(2, 3).map((a) => a.item()), [5, 6]);
  const named = theano.function([x, y], { sum, product: x.mul(y) })(2, 3);
  assertEquals(Object.keys(named), ["sum", "product"]);
  assertEquals([named.sum.item(), named.product.item()], [5, 6]);
  assertEquals(theano.function([], [])(), []);
  assertEquals(theano.function([], null)(), []);
  assertEquals(theano.function([])(), []);
});

Deno.test("function() gives every call arrays of its own", () => {
  const x = T.dvector("x");
  const f = theano.function([x], [x, x.add(1)]);
  const given = theano.array([1.5, 2]);
  const [first] = f(given);
  const [second] = f([7, 8]);
  assertEquals(first!.toArray(), [1.5, 2]);
  first!.fill(0);
  assertEquals(given.toArray(), [1.5, 2]);
  assertEquals(second!.toArray(), [7, 8]);
});

Deno.test("a call takes inputs by position, by name and by default", () => {
  const [x, y, w] = T.dscalars("x", "y", "w") as theano.tensor.TensorVariable[];
  const f = theano.function(
    [x!, new theano.In(y!, { value: 1 }), new theano.In(w!, { value: 2, name: "wByName" })],
    x!.add(y!).mul(w!),
  );
  const values = [f(33), f(33, 2), f(33, 0, 1), f(33, { wByName: 1 }), f(33, { wByName: 1, y: 0 })];
  assertEquals(values.map((v) => v.item()), [68, 70, 33, 34, 33]);
  assertEquals(f({ x: 1, wByName: 5 }).item(), 10);
});

Deno.test("a call takes a nested list, an NDArray, a typed array, and a view for a matrix or vector", () => {
  const m = T.dmatrix("m");
  const f = theano.function([m], m.mul(2));
  const dense = theano.array([[1, 2], [3, 4]], { dtype: "float64" });
  assertEquals(f([[1, 2], [3, 4]]).toArray(), [[2, 4], [6, 8]]);
  assertEquals(f(dense).toArray(), [[2, 4], [6, 8]]);
  assertEquals(f(dense.T).toArray(), [[2, 6], [4, 8]]);
  const v = T.fvector("v");
  assertEquals(theano.function([v], v.add(1))(Float32Array.of(1, 2)).toArray(), [2, 3]);
});

Deno.test("an input that is computed is cut from what computes it", () => {
  const x = T.dscalar("x");
  const y = x.mul(2);
  assertEquals(theano.function([y], y.add(1))(10).item(), 11);
  assertEquals(theano.function([x, y], x.add(y))(1, 10).item(), 11);
});

Deno.test("an In with an update is a state of its function", () => {
  const [x, n] = T.dscalars("x", "n") as theano.tensor.TensorVariable[];
  const f = theano.function([x!, new theano.In(n!, { value: 1, update: n!.add(x!) })], n!.mul(10));
  assertEquals([f(2).item(), f(2).item(), f(2).item()], [10, 30, 50]);
  assertEquals(f(2, 100).item(), 1000);
  assertEquals(f(0, { n: 5 }).item(), 50);
  assertEquals(f.value.get("n")!.item(), 5);
  f.value.set(n!, 8);
  assertEquals(f(0).item(), 80);
});

Deno.test("an In with a shared variable for its value is implicit", () => {
  const x = T.dscalar("x");
  const s = theano.shared(3.5, "s");
  const f = theano.function([new theano.In(x, { value: s })], x.mul(2));
  assertEquals(f().item(), 7);
  s.setValue(1.5);
  assertEquals(f().item(), 3);
});

Deno.test("value gives and changes defaults by name, variable and position", () => {
  const [x, y] = T.dscalars("x", "y") as theano.tensor.TensorVariable[];
  const f = theano.function([x!, new theano.In(y!, { value: 1 })], x!.add(y!));
  assertEquals(f.value.get("x"), undefined);
  assertEquals(f.value.get(y!)!.item(), 1);
  f.value.set(1, 10);
  assertEquals(f(1).item(), 11);
});

Deno.test("Out with borrow returns a view that the next call overwrites", () => {
  const x = T.dvector("x");
  const f = theano.function([x], new theano.Out(x.mul(2), { borrow: true }));
  const first = f([1, 2]);
  assertEquals(first.toArray(), [2, 4]);
  f([5, 6]);
  assertEquals(first.toArray(), [10, 12]);
});

Deno.test("callAsync gives what a call gives", async () => {
  const x = T.dscalar("x");
  const f = theano.function([x], x.mul(2));
  assertEquals((await f.callAsync(21)).item(), 42);
});

Deno.test("outputSubset() computes some of the outputs, and all updates", () => {
  const x = T.dscalar("x");
  const s = theano.shared(0.5, "s");
  const f = theano.function([x], { a: x.add(1), b: x.mul(3) }, { updates: [[s, s.add(x)]] });
  const second = f.outputSubset(["b"]);
  assertEquals(second(2).map((v) => v.item()), [6]);
  assertEquals(s.getValue().item(), 2.5);
  assertEquals(second.maker.fgraph.outputs.length, 2);
  assertStrictEquals(f.outputSubset([1]), second);
});

Deno.test("name is the one given, or the file and line of the call of function()", () => {
  const x = T.dscalar("x");
  assertEquals(theano.function([x], x, { name: "identity" }).name, "identity");
  assertEquals(/^function_test\.ts:\d+$/.test(theano.function([x], x).name), true);
});

Deno.test("free() gives memory back, and the function still works", () => {
  const x = T.dvector("x");
  const f = theano.function([x], x.mul(2).sum());
  assertEquals(f([1, 2]).item(), 6);
  f.free();
  assertEquals(f([1, 2, 3]).item(), 12);
  {
    using g = theano.function([x], x.sum());
    assertEquals(g([1, 2]).item(), 3);
  }
});

Deno.test("trustInput takes arguments as they are", () => {
  const x = T.dscalar("x");
  const f = theano.function([x], x.mul(2));
  f.trustInput = true;
  assertEquals(f.trustInput, true);
  assertEquals(f(theano.float64(4)).item(), 8);
});

Deno.test("options may be given by position in Theano's order", () => {
  const x = T.dscalar("x");
  const s = theano.shared(1.5, "s");
  const f = theano.function([x], s.add(x), "FAST_COMPILE", [[s, s.mul(2)]]);
  assertEquals(f(1).item(), 2.5);
  assertEquals(s.getValue().item(), 3);
});

Deno.test("maker tells how the function was made", () => {
  const x = T.dscalar("x");
  const f = theano.function([x], x.mul(2), { mode: "FAST_COMPILE" });
  assertEquals(f.maker.fgraph.inputs.length, 1);
  assertEquals(f.maker.fgraph.toposort().length, 1);
  assertEquals(f.maker.inputs[0]!.variable, x);
  assertEquals(f.maker.outputs.map(String), ["Out(Elemwise{mul,no_inplace}.0,False)"]);
  assertEquals(f.maker.mode.level, "fast_compile");
});

Deno.test("the linker py computes the same node by node", () => {
  const x = T.dmatrix("x");
  const s = theano.shared([[1.5, 2], [3, 4]], "s");
  const outputs = [T.dot(x, s).sum({ axis: 0 }), x.T];
  const updates = [[s, s.add(x)]] as const;
  const mode = new theano.Mode({ linker: "py" });
  const f = theano.function([x], outputs, { updates, mode });
  assertEquals(f([[1, 0], [0, 1]]).map((v) => v.toArray()), [[4.5, 6], [[1, 0], [0, 1]]]);
  assertEquals(s.getValue().toArray(), [[2.5, 2], [3, 5]]);
});
