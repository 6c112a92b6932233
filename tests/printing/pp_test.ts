import { assertEquals, assertThrows } from "@std/assert";
import { FunctionGraph } from "../../core/graph/function_graph.ts";
import { call, type Op } from "../../core/graph/op.ts";
import { Apply } from "../../core/graph/variable.ts";
import { Alloc } from "../../core/ops/alloc.ts";
import { abs, add, intDiv, mod, mul, neg, sqr, sub, trueDiv } from "../../core/ops/arithmetic.ts";
import { dimshuffle } from "../../core/ops/dimshuffle.ts";
import { Dot } from "../../core/ops/dot.ts";
import { Elementwise } from "../../core/ops/elementwise.ts";
import { fill, tensorCopy } from "../../core/ops/fill.ts";
import { get } from "../../core/ops/indexing.ts";
import { Join } from "../../core/ops/join.ts";
import { MakeVector } from "../../core/ops/make_vector.ts";
import { sum } from "../../core/ops/reduce.ts";
import { minInformativeStr, varDescriptor } from "../../core/printing/informative.ts";
import { pp, pprint, PPrinter } from "../../core/printing/pp.ts";
import {
  DefaultPrinter,
  FunctionPrinter,
  IgnorePrinter,
  LeafPrinter,
  OperatorPrinter,
  PatternPrinter,
} from "../../core/printing/printers.ts";
import { constant } from "../../core/tensor/constructors.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { cast, exp, float, gt, pow, real } from "./helpers.ts";

function scalars(...names: string[]): TensorVariable[] {
  return names.map((name) => real(0, name));
}

Deno.test("pp() writes the manual's sum", () => {
  const [x, y, z] = scalars("x", "y", "z");
  assertEquals(pp(add(x!, y!)), "(x + y)");
  assertEquals(pp(mul(add(x!, y!), z!)), "((x + y) * z)");
});

Deno.test("pp() writes the manual's gradient before optimisation", () => {
  const [x] = scalars("x");
  const square = pow(x!, 2);
  const gradient = mul(mul(fill(square, float(1)), 2), pow(x!, sub(2, 1)));
  assertEquals(
    pp(gradient),
    "((fill((x ** TensorConstant{2}), TensorConstant{1.0}) * TensorConstant{2}) * " +
      "(x ** (TensorConstant{2} - TensorConstant{1})))",
  );
});

Deno.test("pp() writes bare numbers in compiled graphs only", () => {
  const [x] = scalars("x");
  const twice = mul(float(2), x!);
  assertEquals(pp(twice), "(TensorConstant{2.0} * x)");
  assertEquals(pp(new FunctionGraph([x!], [twice]).outputs[0]!), "(2.0 * x)");
  const pair = add(constant([2, 3]), real(1, "v"));
  assertEquals(pp(new FunctionGraph([], [constant(1)]).outputs[0]!), "TensorConstant{1}");
  const v = pair.owner!.inputs[1]!;
  assertEquals(pp(new FunctionGraph([v], [pair]).outputs[0]!), "(TensorConstant{[2 3]} + v)");
});

Deno.test("pp() writes operators infix and other elementwise ops as calls", () => {
  const [x, y] = scalars("x", "y");
  const written = [
    [sub(x!, y!), "(x - y)"],
    [trueDiv(x!, y!), "(x / y)"],
    [intDiv(x!, y!), "(x // y)"],
    [pow(x!, 2), "(x ** TensorConstant{2})"],
    [neg(x!), "(-x)"],
    [abs(x!), "|x|"],
    [abs(add(x!, y!)), "|(x + y)|"],
    [mod(x!, y!), "mod(x, y)"],
    [gt(x!, 0), "gt(x, TensorConstant{0})"],
    [exp(x!), "exp(x)"],
    [sqr(x!), "sqr(x)"],
    [fill(x!, y!), "fill(x, y)"],
    [cast(x!, "int32"), "int32(x)"],
    [tensorCopy(x!), "x"],
    [add(x!, x!, y!), "(x + x + y)"],
  ] as const;
  for (const [variable, text] of written) assertEquals(pp(variable), text);
});

Deno.test("pp() marks the elementwise ops that overwrite their first input", () => {
  const [x, y] = scalars("x", "y");
  const inplace = (record: Elementwise["scalar"], index: number): Elementwise =>
    new Elementwise(record, new Map([[0, index]]));
  assertEquals(pp(call(inplace(add.record, 0), x!, y!)), "(x += y)");
  assertEquals(pp(call(inplace(exp.record, 0), x!)), "exp=(x)");
  assertEquals(pp(call(inplace(add.record, 1), x!, y!)), "Elemwise{Add}[(0, 1)](x, y)");
});

Deno.test("pp() writes products, reductions, vectors, joins and allocations", () => {
  const [m, n] = [real(2, "m"), real(2, "n")];
  const [x, y] = scalars("x", "y");
  assertEquals(pp(call(new Dot(), m, n)), "(m \\dot n)");
  assertEquals(pp(sum(m)), "Sum{acc_dtype=float64}(m)");
  assertEquals(pp(sum(m, { axis: 0 })), "Sum{axis=[0], acc_dtype=float64}(m)");
  assertEquals(pp(call(new MakeVector("float64"), x!, neg(y!))), "[x, (-y)]");
  assertEquals(pp(call(new Join(), constant(0), m, n)), "join(TensorConstant{0}, m, n)");
  const [rows, columns] = [constant(2), constant(3)];
  assertEquals(
    pp(call(new Alloc(), x!, rows, columns)),
    "alloc(x, TensorConstant{2}, TensorConstant{3})",
  );
});

Deno.test("pp() writes indices, the ends of slices by dtype", () => {
  const v = real(1, "v");
  assertEquals(pp(get(v, 0)), "v[Constant{0}]");
  assertEquals(pp(get(v, "1:")), "v[int64:]");
  assertEquals(pp(get(v, "1:3")), "v[int64:int64]");
  assertEquals(pp(get(real(2, "m"), ":", 2)), "m[:, Constant{2}]");
  assertEquals(pp(get(v, "::2")), "v[::int64]");
});

Deno.test("pp() hides the broadcasting of leading axes and writes transposes", () => {
  const [m, v] = [real(2, "m"), real(1, "v")];
  assertEquals(pp(add(m, v)), "(m + v)");
  assertEquals(pp(dimshuffle(m, 1, 0)), "m.T");
  assertEquals(pp(dimshuffle(v, 0, "x")), "DimShuffle{0, x}(v)");
  assertEquals(pp(dimshuffle(neg(m), "x", 1, 0)), "(-m).T");
});

Deno.test("pp() writes roots by name, type or as Greek letters", () => {
  assertEquals(pp(real(2)), "<TensorType(float64, matrix)>");
  assertEquals(pp(mul(real(0, "alpha"), real(0, "omega"))), "(\\alpha * omega)");
});

Deno.test("PPrinter prefers ops and classes to conditions, and later to earlier assignments", () => {
  const [x, y] = scalars("x", "y");
  const printer = new PPrinter();
  assertThrows(() => printer.process(x!), TypeError, "no printer is assigned for x");
  printer.assign(() => true, new DefaultPrinter());
  assertEquals(printer.process(add(x!, y!)), "Elemwise{add,no_inplace}(x, y)");
  printer.assign((_, v) => v.name === "x", { process: () => "X" });
  assertEquals(printer.process(add(x!, y!)), "Elemwise{add,no_inplace}(X, y)");
  printer.assign(Elementwise, new FunctionPrinter("f"));
  assertEquals(printer.process(sub(x!, add(x!, y!))), "f(X, f(X, y))");
  const copy = printer.cloneAssign(add, new OperatorPrinter("plus", 0, "either"));
  copy.assign(sub.op, new PatternPrinter("%(1)s from %(0)s"));
  assertEquals(copy.process(sub(x!, add(x!, y!))), "(X plus y) from X");
  assertEquals(printer.process(add(x!, y!)), "f(X, y)");
  copy.assign(sub, new IgnorePrinter());
  assertEquals(copy.process(sub(x!, y!)), "X");
});

Deno.test("printers of ops refuse roots", () => {
  const [x] = scalars("x");
  const state = { pprinter: new PPrinter(), memo: new Map(), bareConstants: false };
  for (const printer of [new OperatorPrinter("+", 0), new FunctionPrinter("f")]) {
    assertThrows(
      () => printer.process(x!, state),
      TypeError,
      "represent x, which is not the result",
    );
  }
  assertEquals(new LeafPrinter().process(x!, state), "x");
  assertThrows(() => new OperatorPrinter("+", 0, "both" as "left"), Error, "assoc must be");
});

Deno.test("pprint.assign() changes what pp writes", () => {
  const mine: Op = { name: "Mine", key: "mine", makeNode: (x) => new Apply(mine, [x!], [real(0)]) };
  const [x] = scalars("x");
  assertEquals(pprint(call(mine, x!)), "Mine(x)");
  pprint.assign(mine, new FunctionPrinter("mine"));
  assertEquals(pp(call(mine, x!)), "mine(x)");
});

Deno.test("pp() of a function stops at names and lists outputs last", () => {
  const [x, y, w] = scalars("x", "y", "w");
  const s = add(x!, y!);
  s.name = "s";
  const cost = mul(s, s);
  assertEquals(pp([x!, y!], [cost], []), "s = (x + y)\nreturn (s * s)");
  assertEquals(
    pprint([x!, y!], [neg(s), cost], [[w!, sub(w!, s)]], true),
    "inputs: x, y, w\ns = (x + y)\nw <- (w - s)\nout[0] = (-s)\nout[1] = (s * s)",
  );
});

Deno.test("pp() writes a node that is read often once and repeats its text", () => {
  const [x] = scalars("x");
  let y = x!;
  for (let i = 0; i < 12; i++) y = add(y, y);
  assertEquals(pp(y).length, 2 ** 12 * 6 - 5);
});

Deno.test("minInformativeStr() stops at names and repeats tags", () => {
  const [x, y] = scalars("x", "y");
  const s = add(x!, y!);
  const z = mul(s, s);
  assertEquals(
    minInformativeStr(z),
    "A. Elemwise{mul,no_inplace}\n B. Elemwise{add,no_inplace}\n  C. x\n  D. y\n <B>",
  );
  z.name = "z";
  assertEquals(minInformativeStr(z, 1), " A. z");
});

Deno.test("varDescriptor() ignores the names of computed variables", () => {
  const [x] = scalars("x");
  const s = add(x!, x!);
  s.name = "s";
  assertEquals(
    varDescriptor(neg(s)),
    "A=Elemwise{neg,no_inplace}(B=Elemwise{add,no_inplace}(C=x,<C>))",
  );
});
