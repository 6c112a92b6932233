import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import * as theano from "../../mod.ts";
import { spellings } from "../../core/formula/names.ts";
import { arrayCases, arrays, numberCases } from "./python_cases.ts";

const { tensor: T } = theano;

/** A formula whose values are given by name, as `${x}` of the tag would. */
function formula(text: string, values: Readonly<Record<string, unknown>> = {}): unknown {
  const names = Object.keys(values);
  const parts = names.length === 0
    ? [text]
    : text.split(new RegExp(`(?<![\\w.])(${names.join("|")})(?![\\w(])`));
  const texts = parts.filter((_, i) => i % 2 === 0);
  const holes = parts.filter((_, i) => i % 2 === 1).map((name) => values[name]);
  return T.expr(texts as unknown as TemplateStringsArray, ...holes);
}

function variable(text: string, values?: Readonly<Record<string, unknown>>): theano.TensorVariable {
  const made = formula(text, values);
  assert(made instanceof T.TensorVariable);
  return made as theano.TensorVariable;
}

function messageOf(action: () => unknown, kind: new () => Error = SyntaxError): string {
  return assertThrows(action, kind).message;
}

for (const [text, type, value] of numberCases) {
  Deno.test(`expr computes ${text} as Python does`, () => {
    const made = variable(text);
    assert(made instanceof T.TensorConstant);
    assertEquals((made as theano.TensorConstant).data.item<number | bigint | boolean>(), value);
    const kinds = { int: /^int/, float: /^float/, bool: /^bool/ };
    assert(kinds[type].test(made.dtype), `${made.dtype} is no ${type}`);
  });
}

for (const [text, dtype, shape, values] of arrayCases) {
  Deno.test(`expr builds the graph of ${text}`, () => {
    const constants = Object.fromEntries(
      Object.entries(arrays).map(([name, value]) => [name, T.constant(theano.array(value))]),
    );
    const result = variable(text, constants).eval();
    assertEquals(result.dtype, dtype);
    assertEquals(result.shape, shape);
    const got = result.reshape(-1).toArray<(number | boolean)[]>();
    values.forEach((wanted, i) => {
      const near = typeof wanted === "number" && dtype === "float64"
        ? Math.abs(got[i] as number - wanted) <= 1e-14 * Math.abs(wanted)
        : got[i] === wanted;
      assert(near, `element ${i} is ${got[i]}, not ${wanted}`);
    });
  });
}

Deno.test("expr gives the graph that the functions give", () => {
  const [x, w] = [T.dmatrix("x"), T.dmatrix("w")];
  const b = T.dvector("b");
  const built = T.expr`1 / (1 + exp(-(dot(${x}, ${w}) + ${b})))`;
  const called = T.div(1, T.add(1, T.exp(T.neg(T.add(T.dot(x, w), b)))));
  assert(theano.gof.equalComputations([built], [called]));
});

Deno.test("expr takes every kind of value in between", () => {
  const x = T.dvector("x");
  const value = (made: theano.TensorVariable): unknown => made.eval([[x, [1, 2, 4]]]).toArray();
  assertEquals(value(T.expr`${x} * ${2} + ${0.5}`), [2.5, 4.5, 8.5]);
  assertEquals(value(T.expr`${x} * ${3n}`), [3, 6, 12]);
  assertEquals(value(T.expr`sum(${x}, keepdims=${true})`), [7]);
  assertEquals(value(T.expr`${x} + ${[1, 2, 3]}`), [2, 4, 7]);
  assertEquals(value(T.expr`${x} + ${Float64Array.of(1, 2, 3)}`), [2, 4, 7]);
  assertEquals(value(T.expr`${x} + ${theano.array([1, 2, 3])}[::-1]`), [4, 4, 5]);
  assertEquals(value(T.expr`${x}[${T.slice(1, null)}]`), [2, 4]);
  assertEquals(value(T.expr`${x}[${null}, :2]`), [[1, 2]]);
  assertEquals(value(T.expr`${x}[${[2, 0]}]`), [4, 1]);
  assertEquals(value(T.expr`${T.exp}(0. * ${x})`), [1, 1, 1]);
  const double = (v: theano.TensorVariable, n: number): theano.TensorVariable => v.mul(n);
  assertEquals(value(T.expr`${double}(${x}, 2) - 1`), [1, 3, 7]);
  assertEquals(value(T.expr`${[x, 3]}[-1] * ${x}`), [3, 6, 12]);
});

Deno.test("expr knows functions by Theano's names and ours, and methods too", () => {
  const x = T.dmatrix("x");
  const value = (made: theano.TensorVariable): unknown => made.eval([[x, [[-1, 2]]]]).toArray();
  assertEquals(value(T.expr`zeros_like(${x})`), [[0, 0]]);
  assertEquals(value(T.expr`zerosLike(${x})`), [[0, 0]]);
  assertEquals(value(T.expr`abs_(${x}) + T.abs(${x}) + tensor.abs_(${x})`), [[3, 6]]);
  assertEquals(value(T.expr`nnet.relu(${x}) + T.nnet.relu(${x}) + relu(${x})`), [[0, 6]]);
  assertEquals(value(T.expr`extra_ops.repeat(${x}, 2, axis=1)`), [[-1, -1, 2, 2]]);
  assertEquals(value(T.expr`${x}.zeros_like() + ${x}.dimshuffle(1, 0).T`), [[-1, 2]]);
  assertEquals(value(T.expr`${x}.dimshuffle(1, 'x', "x", 0)[:, 0, 0]`), [[-1], [2]]);
  assertEquals(value(T.expr`sum(${x}, axis=1, acc_dtype='float64')`), [1]);
  assertEquals(value(T.expr`max_and_argmax(${x}, axis=1)[1]`), [1]);
  assertEquals(T.expr`${x}.astype('float32')`.dtype, "float32");
});

Deno.test("expr gives an array for several results", () => {
  const x = T.dvector("x");
  const [sum, twice] = T.expr<theano.TensorVariable[]>`sum(${x}), ${x} * 2,`;
  assertEquals(sum!.eval([[x, [1, 2]]]).item(), 3);
  assertEquals(twice!.eval([[x, [1, 2]]]).toArray(), [2, 4]);
  assertEquals(T.expr<theano.TensorVariable[]>`max_and_argmax(${x})`.length, 2);
});

Deno.test("expr tells 1. from 1", () => {
  const [i, f] = [T.ivector("i"), T.fvector("f")];
  assertEquals(T.expr`${i} * 2`.dtype, "int32");
  assertEquals(T.expr`${i} * 2.`.dtype, "float64");
  assertEquals(T.expr`${f} * 2.`.dtype, "float32");
  assertEquals(T.expr`maximum(${i}, 0.)`.dtype, "float64");
  assertEquals(T.expr`maximum(${i}, 0)`.dtype, "int32");
  assertEquals(T.expr`stack([1., 2])`.dtype, "float64");
  assertEquals(T.expr`1j * ${f}`.dtype, "complex128");
});

Deno.test("expr takes line breaks as spaces", () => {
  const x = T.dscalar("x");
  const made = T.expr`
    ${x}
      + 1
  `;
  assertEquals(made.eval([[x, 2]]).item(), 3);
});

Deno.test("expr shows a malformed formula with a caret under the fault", () => {
  const x = T.dvector("x");
  assertEquals(
    messageOf(() => T.expr`1 / (1 + exp(-${x})`),
    'Cannot read a formula: it ends where ")" should follow\n' +
      "  1 / (1 + exp(-${x})\n" +
      "                     ^",
  );
  assertEquals(
    messageOf(() => T.expr`${x} > 0 and ${T.dvector()} < 1`),
    'Cannot read a formula: "and" has no meaning here\n' +
      "  ${x} > 0 and ${…} < 1\n" +
      "           ^\n" +
      "  Use &, | and ~, which bind tighter than comparisons: (a > 0) & (b > 0)",
  );
  assertEquals(
    messageOf(() => T.expr`zero_like(${x})`),
    'Cannot read a formula: there is no function "zero_like"\n' +
      "  zero_like(${x})\n" +
      "  ^\n" +
      "  Did you mean zerosLike?",
  );
});

// deno-fmt-ignore
const malformed: readonly [text: string, at: number, why: string][] = [
  ["",                   0, "it is empty"],
  ["  ",                 0, "it is empty"],
  ["1 +",                3, "it ends where a value should follow"],
  ["1 2",                2, 'an operator or the end should stand here, not "2"'],
  ["x 1",                5, 'an operator or the end should stand here, not "1"'],
  ["exp x",              4, 'an operator or the end should stand here, not "${…}"'],
  ["2y",                 1, "a number ends here, and a name begins"],
  ["2exp(x)",            1, "a number ends here, and a name begins"],
  ["012",                0, "a whole number begins with 0"],
  ["1 < x < 2",          9, "comparisons cannot be chained"],
  ["not x",              0, '"not" has no meaning here'],
  ["x or 1",             5, '"or" has no meaning here'],
  ["x if 1 else 2",      5, '"if" has no meaning here'],
  ["x << 1",             5, '"<<" has no meaning here'],
  ["x = 1",              5, '"=" has no meaning here'],
  ["lambda x: x",        0, '"lambda" has no meaning here'],
  ["x ? 1 : 2",          5, '"?" has no meaning here'],
  ["x && 1",             5, '"&&" has no meaning here'],
  ["x[",                 5, "it ends where a value should follow"],
  ["x[]",                5, 'an index should stand here, not "]"'],
  ["x[1:2:3:4]",        10, '"]" should stand here, not ":"'],
  ["(x",                 5, 'it ends where ")" should follow'],
  ["(x]",                5, '")" should stand here, not "]"'],
  ["x)",                 4, 'an operator or the end should stand here, not ")"'],
  ["x.",                 5, "it ends where a name should follow"],
  ["x.1",                4, 'an operator or the end should stand here, not ".1"'],
  ["sum(axis=0, x)",    12, "an argument without a name follows one with a name"],
  ["sum(x, axis=0, axis=1)", 18, '"axis" is given twice'],
  ["sum(x,, 1)",         9, 'a value should stand here, not ","'],
  ["sum(*x)",            4, 'a value should stand here, not "*"'],
  ["x # a",              5, '"#" has no meaning here'],
  ["x + 'abc",           7, "a string has no end"],
  ["'x'",                1, "a value stands inside a string"],
  ["x; 1",               4, 'an operator or the end should stand here, not ";"'],
  ["sigmoidd(x)",        0, 'there is no function "sigmoidd"'],
  ["T.nothing_such(x)",  2, 'there is no function "nothing_such"'],
  ["constructor(x)",     0, 'there is no function "constructor"'],
  ["__proto__",          0, 'there is no function "__proto__"'],
  ["TensorType(x)",      0, 'there is no function "TensorType"'],
  ["globalThis",         0, 'there is no function "globalThis"'],
];

Deno.test("expr says where a formula is malformed", () => {
  for (const [text, at, why] of malformed) {
    const [first, shown, caret] = messageOf(() => formula(text, { x: [1, 2] })).split("\n");
    assertEquals(first, `Cannot read a formula: ${why}`, text);
    assertEquals(
      shown!.trim(),
      text.replaceAll(/(?<!')\bx\b/g, "${…}").replace("'x'", "'${…}'").trim(),
    );
    assertEquals(caret, `${" ".repeat(at + 2)}^`, text);
  }
});

// deno-fmt-ignore
const misused: readonly [text: string, kind: new () => Error, why: string][] = [
  ["x + 'a'",            TypeError,         "\"+\" needs tensors or numbers, not the string 'a'"],
  ["x * None",           TypeError,         '"*" needs tensors or numbers, not None'],
  ["-exp",               TypeError,         '"-" needs tensors or numbers, not a function'],
  ["exp",                TypeError,         "the result is no tensor but a function"],
  ["'a'",                TypeError,         "the result is no tensor but the string 'a'"],
  ["nnet",               TypeError,         "the result is no tensor but a namespace"],
  ["(x)(1)",               TypeError,         "a list cannot be called"],
  ["x[0](1)",            TypeError,         "Subtensor{int64}.0 cannot be called"],
  ["3(1)",               TypeError,         "a number cannot be called"],
  ["exp[0]",             TypeError,         "a function cannot be indexed"],
  ["exp.name",           TypeError,         "a function has no attributes"],
  ["x.sums()",           TypeError,         'has no attribute "sums"'],
  ["x.constructor",      TypeError,         'has no attribute "constructor"'],
  ["x.__proto__",        TypeError,         'has no attribute "__proto__"'],
  ["x.hasOwnProperty('a')", TypeError,      'has no attribute "hasOwnProperty"'],
  ["exp.constructor('1')()", TypeError,     "a function has no attributes"],
  ["1 / 0",              theano.errors.ValueError, "division by zero"],
  ["1 % 0.",             theano.errors.ValueError, "division by zero"],
  ["0 ** -1",            theano.errors.ValueError, "0.0 cannot be raised to a negative power"],
  ["(-8.) ** 0.5",       theano.errors.ValueError, "the power of a negative number is not real"],
  ["9 ** 9 ** 9",        theano.errors.ValueError, "the power is too large"],
  ["1.5 & 2",            TypeError,         "unsupported operand type(s) for &: 'float' and 'int'"],
  ["2 @ 3",              TypeError,         "unsupported operand type(s) for @: 'int' and 'int'"],
  ["~1.5",               TypeError,         "bad operand type for unary ~: 'float'"],
  ["x.shape[0].foo",     TypeError,         'has no attribute "foo"'],
  ["sum(x, axes=0)",     TypeError,         'got an unknown option "axes"'],
  ["max_and_argmax(x)[2]", theano.errors.IndexError, "list index out of range"],
  ["max_and_argmax(x)[0:1]", TypeError,     "a list is indexed with one whole number"],
];

Deno.test("expr says what is misused in a formula", () => {
  for (const [text, kind, why] of misused) {
    const error = assertThrows(() => formula(text, { x: [1, 2] })) as Error;
    assertInstanceOf(error, kind, `${text}: ${error}`);
    const { message } = error;
    assert(message.includes(why), `${text}: ${message}`);
  }
});

Deno.test("expr is a tag", () => {
  const call = T.expr as unknown as (text: string) => unknown;
  assertThrows(() => call("1 + 1"), TypeError, "expr() is a tag");
});

Deno.test("spellings() turns Theano's names into ours", () => {
  assertEquals(spellings("exp"), ["exp"]);
  assertEquals(spellings("zeros_like"), ["zeros_like", "zerosLike"]);
  assertEquals(spellings("and_"), ["and_", "and"]);
  assertEquals(spellings("A_structure"), ["A_structure", "AStructure"]);
  assertEquals(spellings("crossentropy_categorical_1hot")[1], "crossentropyCategorical1hot");
});
