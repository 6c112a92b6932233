import { assertEquals } from "@std/assert";
import * as theano from "@theano/theano";
import { messageOf } from "./helpers.ts";

const { tensor: T } = theano;
const { In } = theano;

const x = T.dscalar("x");
const y = T.dscalar("y");
const unnamed = T.dscalar();
const f = theano.function([x, new In(y, { value: 1 })], x.add(y), { name: "f" });
const nothing = theano.function([], T.constant(1), { name: "nothing" });
const one = theano.function([unnamed], unnamed.add(1), { name: "one" });
const two = theano.function([unnamed, T.dscalar()], unnamed, { onUnusedInput: "ignore" });
const mixed = theano.function([x, unnamed], x.add(unnamed), { name: "mixed" });
const twins = theano.function([x, new In(y, { name: "x" })], x.add(y), { name: "twins" });

/** Calls that fail, and how. */
const calls: readonly (readonly [what: string, call: () => unknown, message: string])[] = [
  [
    "too many arguments",
    () => f(1, 2, 3),
    "TypeError: Too many parameter passed to theano function",
  ],
  ["an argument missing", () => f(), "TypeError: Missing required input: x"],
  [
    "an unnamed argument missing",
    () => one(),
    "TypeError: Missing required input: <TensorType(float64, scalar)>",
  ],
  ["an argument twice", () => f(1, { x: 2 }), "TypeError: Multiple values for input: x"],
  [
    "an unknown name",
    () => f(1, { z: 2 }),
    "TypeError: Unknown input or state: z. The function has 2 named inputs (x, y).",
  ],
  [
    "a name for a function without inputs",
    () => nothing({ z: 2 }),
    "TypeError: Unknown input or state: z. The function is supposed to have no input.",
  ],
  [
    "a name for a function with one unnamed input",
    () => one({ z: 2 }),
    "TypeError: Unknown input or state: z. The function has a single input variable which has no " +
    "name, and thus cannot be assigned through a keyword argument (use 'name=...' in a Variable's " +
    "constructor to give it a name).",
  ],
  [
    "a name for a function with unnamed inputs",
    () => two({ z: 2 }),
    "TypeError: Unknown input or state: z. The function has 2 inputs, but none of them is named, and " +
    "thus they cannot be assigned through keyword arguments (use 'name=...' in a Variable's " +
    "constructor to give it a name).",
  ],
  [
    "a name for a function with some unnamed inputs",
    () => mixed({ z: 2 }),
    "TypeError: Unknown input or state: z. The function has 1 named input (x), and 1 unnamed input " +
    "which thus cannot be accessed through keyword argument (use 'name=...' in a variable's " +
    "constructor to give it a name).",
  ],
  [
    "a name that two inputs have",
    () => twins({ x: 2 }),
    "TypeError: Ambiguous name: x - please check the names of the inputs of your function for " +
    "duplicates.",
  ],
];

for (const [what, call, message] of calls) {
  Deno.test(`a call with ${what} fails`, () => assertEquals(messageOf(call), message));
}

const matrix = T.fmatrix("m");
const row = T.row("r", { dtype: "int32" });
const bytes = T.bvector("bytes");

/** Values that do not fit an input, and why. */
const values: readonly (readonly [
  what: string,
  variable: theano.tensor.TensorVariable,
  value: unknown,
  why: string,
])[] = [
  [
    "the wrong number of dimensions",
    matrix,
    [1, 2],
    "Wrong number of dimensions: expected 2, got 1 with shape (2,).",
  ],
  [
    "ragged rows",
    matrix,
    [[1, 2], [3]],
    "Cannot make an array: the rows are ragged: the element at [1] has shape (1,), the one at [0] has " +
    "shape (2,)",
  ],
  [
    "a long axis where one broadcasts",
    row,
    [[1, 2], [3, 4]],
    "Non-unit value on shape on a broadcastable dimension. (2,2) (true,false)",
  ],
  [
    "a fraction for an integer",
    bytes,
    [1, 2.5],
    "TensorType(int8, vector) cannot store accurately value 2.5 at [1], it would be represented as " +
    "2. If you do not mind this precision loss, you can: 1) explicitly convert your data to an array " +
    'of dtype int8, or 2) set "allowInputDowncast: true" when calling "function".',
  ],
  [
    "a number out of range",
    bytes,
    [1, 200],
    "TensorType(int8, vector) cannot store accurately value 200 at [1], it would be represented as " +
    "-56. If you do not mind this precision loss, you can: 1) explicitly convert your data to an " +
    'array of dtype int8, or 2) set "allowInputDowncast: true" when calling "function".',
  ],
  [
    "an array of a wider dtype",
    matrix,
    theano.array([[1.5]]),
    "TensorType(float32, matrix) cannot store a value of dtype float64 without risking loss of " +
    "precision. If you do not mind this loss, you can: 1) explicitly cast your data to float32, or 2) " +
    'set "allowInputDowncast: true" when calling "function". Value: "array([[1.5]])"',
  ],
  [
    "text",
    matrix,
    "abc",
    'TensorType(float32, matrix) expected a number or an array-like object, but found "abc".',
  ],
  [
    "a variable",
    matrix,
    T.dmatrix(),
    "Expected an array-like object, but found a Variable: maybe you are trying to call a function on " +
    "a (possibly shared) variable instead of a numeric array?",
  ],
];

for (const [what, variable, value, why] of values) {
  Deno.test(`a call with ${what} names the input and says why it does not fit`, () => {
    const g = theano.function([variable], variable, { name: "g" });
    assertEquals(
      messageOf(() => g(value)),
      `TypeError: Bad input argument with name "${variable.name}" to theano function with name "g" at ` +
        `index 0 (0-based). \nBacktrace when that variable is created:\n\n  PLACE\n${why}`,
    );
  });
}

Deno.test("allowInputDowncast takes what loses precision, and strict only what is exact", () => {
  const downcast = theano.function([bytes], bytes, { allowInputDowncast: true });
  assertEquals(downcast([1.9, 200]).toArray(), [1, -56]);
  const strict = theano.function([new In(bytes, { strict: true })], bytes, { name: "strict" });
  assertEquals(strict(theano.array([1], { dtype: "int8" })).toArray(), [1]);
  assertEquals(
    messageOf(() => strict([1])).split("\n").at(-1),
    "TensorType(int8, vector) expected an array with a dtype (got an Array).",
  );
});

Deno.test("a failed call leaves states and defaults as they were", () => {
  const n = T.dvector("n");
  const step = theano.function([
    x,
    new In(n, { value: [1, 2], update: n.add(T.constant([1, 2])) }),
  ], n.sum().mul(x));
  assertEquals(step(1).item(), 3);
  assertEquals(messageOf(() => step(1, [1, 2, 3])).startsWith("ValueError: Input dimension"), true);
  assertEquals(step(1).item(), 6);
});
