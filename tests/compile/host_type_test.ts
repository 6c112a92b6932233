/**
 * @file Types of a user's own: the manual's page "Making the double type" and values that are no
 * numbers.
 */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import * as theano from "@theano/theano";

const { tensor: T, gof } = theano;

/** The manual's type of floating-point numbers. */
class Double extends gof.Type {
  filter(value: unknown, { strict }: { readonly strict?: boolean } = {}): number {
    if (typeof value === "number") return value;
    if (strict || typeof value !== "string" || Number.isNaN(Number(value))) {
      throw new TypeError(`Expected a float, got ${value}`);
    }
    return Number(value);
  }

  override valuesEqApprox(a: number, b: number): boolean {
    return Math.abs(a - b) / (Math.abs(a) + Math.abs(b)) < 1e-7;
  }

  override toString(): string {
    return "double";
  }
}

const double = new Double();

/** An operation on two doubles; numbers become constants. */
class BinaryDoubleOp extends theano.Op {
  override readonly props = ["label", "fn"];
  override readonly itypes = [double, double];
  override readonly otypes = [double];
  constructor(readonly label: string, readonly fn: (x: number, y: number) => number) {
    super();
  }
  perform(_: theano.Apply, [x, y]: readonly unknown[]): theano.NDArray[] {
    return [this.fn(x as number, y as number)] as unknown as theano.NDArray[];
  }
}

const mul = new BinaryDoubleOp("mul", (x, y) => x * y);

Deno.test("ops on a type of a user's own compute on the host, in every mode", () => {
  const [x, y] = [double.makeVariable("x"), double.makeVariable("y")];
  for (const mode of ["FAST_RUN", "FAST_COMPILE"]) {
    const f = theano.function([x, y], mul.call(x, y) as theano.Variable, { mode });
    assertEquals(f(5, 6), 30);
    assertEquals(f(5.6, "6.7"), 37.519999999999996);
    const g = theano.function([x], mul.call(x, 2) as theano.Variable, { mode });
    assertEquals([g(10), g(3.4)], [20, 6.8]);
  }
  const f = theano.function([x], x);
  assertEquals(f(3), 3);
  const { message } = assertThrows(() => f([1]), TypeError);
  assertStringIncludes(message, 'Bad input argument with name "x" to theano function');
  assertStringIncludes(message, "Expected a float, got 1");
  assertThrows(() => mul.call(x, T.dscalar()), TypeError, "We expected inputs of types");
});

Deno.test("a type of a user's own says which values it has and when they are equal", () => {
  assert(double.isValidValue(1.5));
  assert(!double.isValidValue("1.5"));
  assert(double.valuesEq(1, 1));
  assert(!double.valuesEq(1, 1 + 1e-9));
  assert(double.valuesEqApprox(1, 1 + 1e-9));
  assert(double.equals(new Double()));
  assert(!double.equals(T.dscalar.type));
  const one = double.makeConstant(1);
  assertEquals([`${one}`, `${double.makeVariable()}`, one.type], ["double{1}", "<double>", double]);
  assertEquals(theano.clone(one), one);
});

/** A list of names. */
class Names extends gof.Type {
  filter(value: unknown): readonly string[] {
    if (Array.isArray(value) && value.every((name) => typeof name === "string")) return value;
    throw new TypeError("no list of names");
  }
  override valuesEq(a: readonly string[], b: readonly string[]): boolean {
    return a.join() === b.join();
  }
}

const names = new Names();

Deno.test("values of both kinds of types meet in a function, shared and updated", () => {
  const state = names.makeShared(["a"], "state");
  const added = T.lscalar("count");
  const grown = theano.asOp([names, T.lscalar], names, (list, n) => {
    const count = Number(n!.item());
    return [[...list as unknown as string[], ...new Array(count).fill("b")]];
  });
  const length = theano.asOp(names, T.lscalar, (list) => (list as unknown as string[]).length);
  const more = grown(state, added);
  const f = theano.function([added], length(more).mul(10), { updates: [[state, more]] });
  assertEquals(f(2).item(), 30);
  assertEquals(state.getValue(), ["a", "b", "b"]);
  assertEquals(f(1).item(), 40);
  state.setValue(["z"]);
  assertEquals(f(0).item(), 10);
  assertThrows(() => state.setValue([1]), TypeError, "no list of names");
  assertEquals(f.getShared(), [state]);
});

Deno.test("an error of an op on values of a user's type names its node", () => {
  const failing = theano.asOp(names, T.lscalar, () => {
    throw new RangeError("no use");
  });
  const x = names.makeVariable("x");
  const f = theano.function([x], failing(x));
  const { message } = assertThrows(() => f(["a"]), RangeError);
  assertStringIncludes(message, "no use\nApply node that caused the error: FromFunctionOp");
  assertStringIncludes(message, "Inputs types: [Names]");
});

Deno.test("modes that watch tensors refuse graphs with other values", () => {
  const x = names.makeVariable("x");
  const { message } = assertThrows(
    () => theano.function([x], x, { mode: "DebugMode" }),
    theano.errors.NotImplementedError,
  );
  assertStringIncludes(message, "the graph has values of a type that is not a tensor's");
});
