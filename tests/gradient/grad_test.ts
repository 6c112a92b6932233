/** @file `grad`: its options, its texts, and what it does where there is no gradient. */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { config } from "../../core/config/config.ts";
import {
  AssertionError,
  AttributeError,
  DisconnectedInputError,
  NotImplementedError,
  NullTypeGradError,
  ValueError,
} from "../../core/errors.ts";
import {
  DisconnectedType,
  disconnectedType,
  gradNotImplemented,
  gradUndefined,
  NullType,
  whyNull,
} from "../../core/graph/special_types.ts";
import { call } from "../../core/graph/op.ts";
import { Apply, type Variable } from "../../core/graph/variable.ts";
import {
  considerConstant,
  disconnectedGrad,
  gradClip,
  gradScale,
  undefinedGrad,
  zeroGrad,
} from "../../core/gradient/controls.ts";
import { grad, subgraphGrad } from "../../core/gradient/grad.ts";
import { setWarningListener } from "../../core/host/warn.ts";
import { add, cast, mul, sub } from "../../core/ops/arithmetic.ts";
import { isTensorOp } from "../../core/ops/kind.ts";
import { Nonzero } from "../../core/ops/nonzero.ts";
import { sum } from "../../core/ops/reduce.ts";
import { fill } from "../../core/ops/fill.ts";
import { shape } from "../../core/ops/shape.ts";
import { constant, tensor } from "../../core/tensor/constructors.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { messageOf, valueAt } from "./helpers.ts";

function scalar(name: string, dtype: "float64" | "float32" | "int64" = "float64"): TensorVariable {
  return tensor(dtype, [], { name });
}

function vector(name: string, dtype: "float64" | "float32" | "int64" = "float64"): TensorVariable {
  return tensor(dtype, [false], { name });
}

Deno.test("grad() returns a variable for a variable and an array for an array, in order", () => {
  const [x, y] = [scalar("x"), scalar("y")];
  const cost = mul(x, x, y);
  const [dy, dx] = grad(cost, [y, x]);
  assertEquals(valueAt(dx!, [[x, 3], [y, 5]]), 30);
  assertEquals(valueAt(dy!, [[x, 3], [y, 5]]), 9);
  assertEquals(valueAt(grad(cost, x), [[x, 3], [y, 5]]), 30);
});

Deno.test("grad() starts with ones like the cost", () => {
  const x = scalar("x", "int64");
  const one = grad(x, x);
  assertEquals(one.dtype, config.floatX);
  assertEquals(valueAt(one, [[x, 7]]), 1);
  assertStrictEquals(one.owner!.op, fill.op);
});

Deno.test("grad() names gradients after cost and variable", () => {
  const x = scalar("x");
  const cost = mul(x, x);
  assertEquals(grad(cost, x).name, undefined);
  cost.name = "cost";
  assertEquals(grad(cost, x).name, "(dcost/dx)");
  assertEquals(grad(cost, x, { addNames: false }).name, undefined);
});

Deno.test("grad() accumulates terms in the order of a depth-first walk from the cost", () => {
  const x = vector("x");
  const cost = sum(add(mul(x, x), x));
  const texts = [1, 2].map(() => textOf(grad(cost, x)));
  assertEquals(texts[0], texts[1]);
  assertEquals(
    texts[0],
    "add(add(mul(G, x), mul(G, x)), G)".replaceAll(
      "G",
      "second(add(mul(x, x), x), D(second(Sum(add(mul(x, x), x)), TensorConstant{1.0})))",
    ),
  );
});

function textOf(x: Variable): string {
  if (!x.owner) return String(x);
  const name = x.owner.op.name.replace(/^Elemwise\{(\w+).*$/, "$1").replace(/\{.*/, "")
    .replace("InplaceDimShuffle", "D");
  return `${name}(${x.owner.inputs.map(textOf).join(", ")})`;
}

Deno.test("grad() has the dtype of a float variable, and floatX for an integer", () => {
  const [x, n] = [vector("x", "float32"), vector("n", "int64")];
  const cost = sum(mul(cast(x, "float64"), n));
  const [dx, dn] = grad(cost, [x, n]);
  assertEquals([dx!.dtype, dn!.dtype], ["float32", config.floatX]);
  assertEquals(valueAt(dn!, [[x, [1, 2]], [n, [3, 4]]]), [0, 0]);
  assertEquals(valueAt(dx!, [[x, [1, 2]], [n, [3, 4]]]), [3, 4]);
});

Deno.test("grad() casts a gradient to the dtype of what it goes through", () => {
  const x = scalar("x", "float32");
  const y = mul(x, 2);
  const cost = add(y, scalar("z", "int64"));
  assertEquals(cost.dtype, "float64");
  assertEquals(grad(cost, x).dtype, "float32");
});

Deno.test("grad() of an integer cost is zero but for the cost itself", () => {
  const n = scalar("n", "int64");
  const cost = mul(n, 3);
  assertEquals(valueAt(grad(cost, n), [[n, 5]]), 0);
});

Deno.test("grad() refuses what is no scalar, no variable and no list", () => {
  const x = vector("x");
  const null_ = new NullType("it is a test").makeVariable();
  assertEquals(
    [
      messageOf(() => grad(x, x)),
      messageOf(() => grad(sum(x), new Set([x]) as unknown as TensorVariable)),
      messageOf(() => grad(null, x)),
      messageOf(() => grad(sum(x), 3 as unknown as TensorVariable)),
      messageOf(() => grad(null_, x)),
    ],
    [
      "cost must be a scalar.",
      "wrt must not be a set. sets have no defined iteration order",
      "cost and known_grads can't both be None.",
      "Expected Variable, got 3 of type number",
      "Can't differentiate a NaN cost. cost is NaN because it is a test",
    ],
  );
  assertThrows(() => grad(x, x), TypeError);
  assertThrows(() => grad(null, x), AssertionError);
  assertThrows(() => grad(null_, x), ValueError);
});

Deno.test("grad() refuses complex numbers", () => {
  const z = tensor("complex128", [], { name: "z" });
  const x = scalar("x");
  assertThrows(() => grad(mul(z, 2), z), AssertionError);
  const throughComplex = mul(x, z);
  const known = new Map<Variable, Variable>([[throughComplex, x]]);
  const error = assertThrows(() => grad(null, x, { knownGrads: known }), NotImplementedError);
  assertEquals(error.message, "We do not support grad/Rop/Lop/verify_grad on complex.");
});

const disconnectedText = (name: string): string =>
  "grad method was asked to compute the gradient with respect to a variable that is not part of " +
  `the computational graph of the cost, or is used only by a non-differentiable operator: ${name}`;

Deno.test("grad() does as disconnectedInputs says", () => {
  const [x, y] = [vector("x"), vector("y")];
  const cost = sum(x);
  const error = assertThrows(() => grad(cost, [x, y]), DisconnectedInputError);
  const [text, title, , trace] = error.message.split("\n");
  assertEquals([text, title], [
    `${disconnectedText("y")} `,
    "Backtrace when that variable is created:",
  ]);
  assert(trace!.includes("grad_test.ts"));
  assertEquals(
    valueAt(grad(cost, y, { disconnectedInputs: "ignore" }), [[y, [1, 2]]]),
    [0, 0],
  );
  const heard: string[] = [];
  const before = setWarningListener((category, text) => heard.push(`${category}: ${text}`));
  try {
    grad(cost, y, { disconnectedInputs: "warn" });
  } finally {
    setWarningListener(before);
  }
  assertEquals(heard, [`UserWarning: ${disconnectedText("y")}`]);
  assertEquals(
    messageOf(() => grad(cost, y, { disconnectedInputs: "maybe" as "warn" })),
    "Invalid value for keyword 'disconnected_inputs', valid values are 'ignore', 'warn' and " +
      "'raise'.",
  );
});

Deno.test("grad() finds variables that matter only by their shape disconnected", () => {
  const [x, y] = [vector("x"), vector("y")];
  const cost = sum(mul(fill(x, 2), y, cast(sum(shape(x)), "float64")));
  assertThrows(() => grad(cost, x), DisconnectedInputError);
  assertEquals(valueAt(grad(cost, y), [[x, [7, 8]], [y, [1, 1]]]), [4, 4]);
});

Deno.test("grad() returns for disconnected variables what returnDisconnected says", () => {
  const [x, y] = [vector("x"), vector("y")];
  const options = { disconnectedInputs: "ignore" } as const;
  const cost = sum(x);
  assertEquals(
    grad(cost, y, { ...options, returnDisconnected: "None" }) as unknown,
    null,
  );
  const variable = grad(cost, y, { ...options, returnDisconnected: "Disconnected" });
  assert((variable as Variable).type instanceof DisconnectedType);
});

Deno.test("grad() goes no further than variables in considerConstant", () => {
  const x = vector("x");
  const y = mul(x, x);
  const cost = sum(mul(x, y));
  const at = [[x, [2, 3]]] as const;
  assertEquals(valueAt(grad(cost, x), at), [12, 27]);
  const [dx, dy] = grad(cost, [x, y], { considerConstant: [y] });
  assertEquals(valueAt(dx!, at), [4, 9]);
  assertEquals(valueAt(dy!, at), [2, 3]);
  assertEquals(
    [
      messageOf(() => grad(cost, x, { considerConstant: y })),
      messageOf(() => grad(cost, x, { considerConstant: ["y"] as unknown as Variable[] })),
    ],
    [
      "consider_constant must be an iterable collection, got TensorVariable",
      "Elements of consider_constant must be variables, but got string",
    ],
  );
});

Deno.test("grad() starts from knownGrads, as a map or as pairs", () => {
  const x = vector("x");
  const y = mul(x, x);
  const g = vector("g");
  const at = [[x, [2, 3]], [g, [10, 100]]] as const;
  assertEquals(valueAt(grad(null, x, { knownGrads: new Map([[y, g]]) }), at), [40, 600]);
  assertEquals(valueAt(grad(sum(y), x, { knownGrads: [[y, g]] }), at), [40, 600]);
  const n = scalar("n", "int64");
  const gn = scalar("gn");
  assertStrictEquals(grad(null, n, { knownGrads: [[n, gn]] }), gn);
});

Deno.test("grad() refuses knownGrads that are no floats", () => {
  const x = vector("x");
  const n = vector("n", "int64");
  assertEquals(
    [
      messageOf(() => grad(null, x, { knownGrads: [[x, n]] })),
      messageOf(() => grad(null, x, { knownGrads: [[x, 3 as unknown as Variable]] })),
    ],
    [
      "Gradients must always be NullType, DisconnectedType, or continuous, but grad was given a " +
      "known_grad of type TensorType(int64, vector)",
      "output grads must be theano variables.Ambiguous whether number should be made into tensor " +
      "or sparse theano variable",
    ],
  );
});

Deno.test("grad() raises or returns undefined gradients as nullGradients says", () => {
  const x = vector("x");
  const cost = sum(undefinedGrad(mul(x, x)));
  const why = "This variable is Null because the grad method for input 0 " +
    "(Elemwise{mul,no_inplace}.0) of the UndefinedGrad op is mathematically undefined. ";
  const error = assertThrows(() => grad(cost, x), NullTypeGradError);
  assertEquals(error.message, `tensor.grad encountered a NaN. ${why}`);
  const returned: Variable = grad(cost, x, { nullGradients: "return" });
  assertEquals(whyNull(returned), why);
});

Deno.test("grad() of a sum is undefined as soon as one term is", () => {
  const x = vector("x");
  assertThrows(() => grad(sum(add(x, undefinedGrad(x))), x), NullTypeGradError);
  const nonzero = call(new Nonzero(), x) as TensorVariable;
  assertThrows(() => grad(sum(mul(x, cast(nonzero, "float64"))), x), NullTypeGradError);
});

Deno.test("grad() goes through each control as it says", () => {
  const x = vector("x");
  const at = [[x, [2, -3]]] as const;
  const cases: readonly (readonly [string, TensorVariable, unknown])[] = [
    ["disconnectedGrad", mul(x, disconnectedGrad(mul(x, x))), [4, 9]],
    ["zeroGrad", mul(x, zeroGrad(mul(x, x))), [4, 9]],
    ["considerConstant", mul(x, considerConstant(mul(x, x))), [4, 9]],
    ["gradClip", mul(gradClip(x, -1, 1), 5), [1, 1]],
    ["gradScale", mul(gradScale(x, 0.25), 8), [2, 2]],
  ];
  for (const [name, y, wanted] of cases) {
    assertEquals(valueAt(grad(sum(y), x), at), wanted, name);
    assert(isTensorOp(gradScale(x, 2).owner!.op), name);
  }
  assertThrows(() => grad(sum(disconnectedGrad(x)), x), DisconnectedInputError);
  assertEquals(valueAt(grad(sum(zeroGrad(x)), x), at), [0, 0]);
});

Deno.test("grad() walks graphs of any depth", () => {
  const x = scalar("x");
  let y = x;
  for (let i = 0; i < 20_000; i++) y = add(y, x);
  assertEquals(grad(y, x).dtype, "float64");
});

Deno.test("subgraphGrad() gives gradients of a part, layer by layer", () => {
  const [x, w1, w2] = [vector("x"), vector("w1"), vector("w2")];
  const hidden = mul(x, w1);
  const out = mul(hidden, w2);
  const cost2 = sum(mul(out, out));
  const cost1 = sum(mul(w1, w1));
  const at = [[x, [2, 3]], [w1, [5, 7]], [w2, [11, 13]]] as const;
  const [[dw2], [dHidden]] = subgraphGrad([w2], [hidden], { cost: cost2 });
  const [[dw1], [dx], fromStart, fromCost] = subgraphGrad([w1], [x], {
    start: new Map([[hidden, dHidden!]]),
    cost: cost1,
    details: true,
  });
  const whole = grad(add(cost2, cost1), [w2, w1]);
  assertEquals(valueAt(dw2!, at), valueAt(whole[0]!, at));
  assertEquals(valueAt(dw1!, at), valueAt(whole[1]!, at));
  assertEquals(valueAt(dx!, at), valueAt(grad(cost2, x), at));
  assertEquals(fromStart!.length, 2);
  assertEquals(valueAt(fromCost![0]!, at), [10, 14]);
  assertEquals(messageOf(() => subgraphGrad([w1], [x])), "`cost` or `start` must be specified.");
});

/** A user's op: the input doubled, with a gradient as stated. */
class Doubling {
  readonly name = "Doubling";
  readonly key: string;
  constructor(readonly grad: (inputs: Variable[], grads: TensorVariable[]) => unknown) {
    this.key = `doubling${keys++}`;
  }
  makeNode(x: Variable): Apply {
    return new Apply(this, [x], [x.type.makeVariable()]);
  }
}
let keys = 0;

function doubled(x: TensorVariable, rule: Doubling["grad"]): TensorVariable {
  return call(new Doubling(rule), x) as TensorVariable;
}

Deno.test("grad() follows the rule of a user's op, and checks it", () => {
  const x = vector("x");
  const good = grad(sum(doubled(x, (_, [g]) => [mul(g!, 2)])), x);
  assertEquals(valueAt(good, [[x, [1, 2]], ...ones(good)]), [2, 2]);
  const bad = (rule: Doubling["grad"]): string => messageOf(() => grad(sum(doubled(x, rule)), x));
  assertEquals(
    [
      bad(() => [cast(x, "int64")]),
      bad(() => [null]),
      bad(() => []),
      bad(() => null),
      bad(() => [3]),
      bad((_, [g]) => [sum(g!)]),
      bad(() => [gradNotImplemented(new Doubling(() => []), 0, x, "Too hard.")]),
      bad(() => [gradUndefined(new Doubling(() => []), 0, x)]),
    ],
    [
      "Doubling.grad illegally returned an integer-valued variable. (Input index 0, dtype int64)",
      "Doubling.grad returned None for a gradient term, this is prohibited. Instead of None," +
      "return zeros_like(input), disconnected_type(), or a NullType variable such as those made " +
      "with the grad_undefined or grad_unimplemented helper functions.",
      "Doubling returned the wrong number of gradient terms.",
      "Doubling.grad returned null, expected iterable.",
      "Doubling.grad returned 3, expected Variable instance.",
      "Doubling.grad returned a term with 0 dimensions, but 1 are required.",
      "tensor.grad encountered a NaN. This variable is Null because the grad method for input 0 " +
      "(x) of the Doubling op is not implemented. Too hard.",
      "tensor.grad encountered a NaN. This variable is Null because the grad method for input 0 " +
      "(x) of the Doubling op is mathematically undefined. ",
    ],
  );
});

/** The doubled variable inside a gradient has no value of its own: it is given. */
function ones(g: TensorVariable): (readonly [Variable, unknown])[] {
  const found: (readonly [Variable, unknown])[] = [];
  const visit = (v: Variable): void => {
    if (v.owner?.op instanceof Doubling) found.push([v, [2, 4]]);
    v.owner?.inputs.forEach(visit);
  };
  visit(g);
  return found;
}

Deno.test("grad() warns of a user's op that leaves a gradient out, or refuses its pattern", () => {
  const x = vector("x");
  const heard: string[] = [];
  const before = setWarningListener((_, text) => heard.push(text));
  try {
    assertThrows(
      () => grad(sum(doubled(x, () => [disconnectedType.makeVariable()])), x),
      DisconnectedInputError,
    );
  } finally {
    setWarningListener(before);
  }
  assertEquals(heard, [
    "Doubling.grad returned DisconnectedType for input 0. You may want to implement a " +
    "connection_pattern method for it.",
  ]);
  const op = new Doubling(() => [disconnectedType.makeVariable()]);
  const strict = Object.assign(op, { connectionPattern: () => [[true]] });
  assertEquals(
    messageOf(() => grad(sum(call(strict, x) as TensorVariable), x)),
    "Doubling.grad returned DisconnectedType for input 0. Its connection_pattern method does not " +
      "allow this.",
  );
});

Deno.test("grad() refuses a user's gradient through an integer that is not zero", () => {
  const x = vector("x");
  const rounding = (rule: Doubling["grad"]): string => {
    const op = new Doubling(rule);
    const integers = Object.assign(op, {
      makeNode: (v: Variable) => new Apply(op, [v], [vector("n", "int64").type.makeVariable()]),
    });
    const y = call(integers, x) as TensorVariable;
    return messageOf(() => grad(sum(cast(y, "float64")), x));
  };
  assertEquals(rounding(() => [fill(x, constant(0, { dtype: "float64" }))]), "nothing was thrown");
  const start = "Doubling.grad returned G of type TensorType(float64, vector) for input 0. ";
  const named = (g: TensorVariable): TensorVariable => Object.assign(g, { name: "G" });
  assertEquals(
    [
      rounding(() => [named(fill(x, constant(3, { dtype: "float64" })))]),
      rounding(() => [named(mul(x, 2))]),
    ],
    [
      `${start}Since this input is only connected to integer-valued outputs, it should evaluate ` +
      "to zeros, but it evaluates to 3.",
      `${start}This input's only connections to the cost through this op are via integer-valued ` +
      "outputs so it should be NullType, DisconnectedType, or some form of zeros. It is not " +
      "NullType or DisconnectedType and theano can't simplify it to a constant, so it's not " +
      "verifiably zeros.",
    ],
  );
});

Deno.test("grad() says which user's op has no gradient", () => {
  const x = vector("x");
  const op = { name: "Plain", key: "plain", makeNode: Doubling.prototype.makeNode };
  const error = assertThrows(() => grad(sum(call(op, x) as TensorVariable), x), AttributeError);
  assertEquals(error.message, "'Object' object has no attribute 'grad'");
});

Deno.test("special types hold no values and are equal to their like", () => {
  const why = new NullType("one reason");
  assert(why.equals(new NullType("another")));
  assert(!why.equals(disconnectedType));
  assert(disconnectedType.equals(new DisconnectedType()));
  assertEquals([String(why), String(disconnectedType)], ["NullType", "DisconnectedType"]);
  const x = disconnectedType.makeVariable();
  assertStrictEquals(disconnectedType.convertVariable(x), x);
  assertEquals(why.convertVariable(x), undefined);
  assertEquals(
    [messageOf(() => why.makeConstant()), messageOf(() => disconnectedType.makeConstant())],
    [
      "No values may be assigned to a NullType",
      "If you're assigning to a DisconnectedType you're doing something wrong. It should only be " +
      "used as a symbolic placeholder.",
    ],
  );
});

Deno.test("grad() of a difference sends the gradient negated to the second", () => {
  const [x, y] = [scalar("x"), scalar("y")];
  const [dx, dy] = grad(sub(x, mul(y, constant(2.5))), [x, y]);
  assertEquals([valueAt(dx!, [[x, 1], [y, 1]]), valueAt(dy!, [[x, 1], [y, 1]])], [1, -2.5]);
});
