import { assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import * as theano from "@theano/theano";
import { messageOf } from "./helpers.ts";

const { tensor: T } = theano;

Deno.test("shared() takes the dtype of arrays, int64 for whole numbers, float64 for others", () => {
  const types = [0, 1.5, true, 2n, [1, 2], [1, 2.5], Float32Array.of(1), theano.int8(3)].map((v) =>
    String(theano.shared(v).type)
  );
  assertEquals(types, [
    "TensorType(int64, scalar)",
    "TensorType(float64, scalar)",
    "TensorType(bool, scalar)",
    "TensorType(int64, scalar)",
    "TensorType(int64, vector)",
    "TensorType(float64, vector)",
    "TensorType(float32, vector)",
    "TensorType(int8, scalar)",
  ]);
  assertEquals(theano.shared(0, { dtype: "float64" }).dtype, "float64");
  theano.config.changeFlags({ floatX: "float32" }, () => {
    assertEquals(theano.shared([1, 2], { dtype: "floatX" }).dtype, "float32");
  });
});

Deno.test("shared() takes name, strict and allowDowncast by position, and broadcastable by name", () => {
  const s = theano.shared([[1.5, 2]], "s", false, true);
  assertEquals([s.name, s.broadcastable], ["s", [false, false]]);
  s.setValue(theano.array([[1, 2]], { dtype: "int64" }));
  const row = theano.shared([[1.5, 2]], { broadcastable: [true, false], name: "r" });
  assertEquals(String(row.type), "TensorType(float64, row)");
  assertEquals(row.name, "r");
});

/** What `shared` and `setValue` refuse. */
const refused: readonly (readonly [what: string, action: () => unknown, message: string])[] = [
  [
    "shared() of a variable",
    () => theano.shared(T.dscalar("x")),
    "TypeError: Shared variable constructor needs numeric values and not symbolic variables.",
  ],
  [
    "shared() of text",
    () => theano.shared("abc"),
    'TypeError: Cannot make an array: "abc", which is no number',
  ],
  [
    "an unknown option of shared()",
    () => theano.shared(0, { type: "int8" } as never),
    'TypeError: shared() got an unknown option "type": the known ones are name, strict, ' +
    "allowDowncast, borrow, broadcastable, target, dtype",
  ],
  [
    "a pattern that the value does not have",
    () => theano.shared([[1, 2]], { broadcastable: [false, true] }),
    "TypeError: Non-unit value on shape on a broadcastable dimension. (1,2) (false,true)",
  ],
  [
    "setValue() with another number of axes",
    () => theano.shared([1.5]).setValue([[1.5]]),
    "TypeError: Wrong number of dimensions: expected 1, got 2 with shape (1, 1).",
  ],
  [
    "setValue() with a fraction for an integer",
    () => theano.shared(0).setValue(0.5),
    "TypeError: TensorType(int64, scalar) cannot store accurately value 0.5, it would be represented " +
    "as 0. If you do not mind this precision loss, you can: 1) explicitly convert your data to an " +
    'array of dtype int64, or 2) set "allowInputDowncast: true" when calling "function".',
  ],
];

for (const [what, action, message] of refused) {
  Deno.test(`${what} is refused`, () => assertEquals(messageOf(action), message));
}

Deno.test("getValue() and setValue() copy, unless told to borrow", () => {
  const given = Float64Array.of(1, 2);
  const s = theano.shared(given);
  given[0] = 9;
  assertEquals(s.getValue().toArray(), [1, 2]);
  s.getValue().fill(0);
  assertEquals(s.getValue().toArray(), [1, 2]);
  const array = theano.array([3, 4], { dtype: "float64" });
  s.setValue(array);
  array.fill(0);
  assertEquals(s.getValue().toArray(), [3, 4]);
  assertStrictEquals(s.getValue({ borrow: true }), s.getValue({ borrow: true }));
  assertNotStrictEquals(s.getValue(), s.getValue());
  s.setValue(array, { borrow: true });
  assertStrictEquals(s.getValue(true), array);
  const borrowed = theano.shared(given, { borrow: true });
  given[1] = 5;
  assertEquals(borrowed.getValue().toArray(), [9, 5]);
});

Deno.test("a value that was borrowed and changed is seen by functions after it is set", () => {
  const s = theano.shared(Float64Array.of(1, 2));
  const f = theano.function([], s.sum());
  assertEquals(f().item(), 3);
  const value = s.getValue({ borrow: true });
  value.fill(10);
  s.setValue(value, { borrow: true });
  assertEquals(f().item(), 20);
});

Deno.test("setValue() may change the shape, and functions follow", () => {
  const s = theano.shared([1.5, 2]);
  const f = theano.function([], s.mul(2), { updates: [[s, T.concatenate([s, s])]] });
  assertEquals(f().toArray(), [3, 4]);
  assertEquals(s.valueShape, [4]);
  s.setValue([1]);
  assertEquals(s.valueShape, [1]);
  assertEquals(f().toArray(), [2]);
  assertEquals(s.getValue().toArray(), [1, 1]);
});

Deno.test("zero() sets every element to zero, whoever has the newest value", () => {
  const s = theano.shared([1.5, 2]);
  const f = theano.function([], [], { updates: [[s, s.add(1)]] });
  f();
  s.zero();
  assertEquals(s.getValue().toArray(), [0, 0]);
  f();
  assertEquals(s.getValue().toArray(), [1, 1]);
});

Deno.test("clone() shares the value", () => {
  const s = theano.shared(1.5, "s");
  const copy = s.clone();
  copy.setValue(7);
  assertEquals(s.getValue().item(), 7);
  assertEquals(copy.name, "s");
});

Deno.test("several functions share a variable; results of one are inputs of the next", () => {
  const s = theano.shared(1.5);
  const double = theano.function([], [], { updates: [[s, s.mul(2)]] });
  const next = theano.function([], s.add(1), { updates: [[s, s.add(1)]] });
  double();
  assertEquals(next().item(), 4);
  double();
  assertEquals(s.getValue().item(), 8);
  assertEquals(next.getShared(), [s]);
  next.syncShared();
});
