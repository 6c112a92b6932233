import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { NDArray } from "../../core/array/ndarray.ts";
import { FunctionGraph } from "../../core/graph/function_graph.ts";
import { call, type InnerGraph, type Op } from "../../core/graph/op.ts";
import { Apply, type Variable } from "../../core/graph/variable.ts";
import { AllocEmpty } from "../../core/ops/alloc.ts";
import { add, mul } from "../../core/ops/arithmetic.ts";
import { Gemv } from "../../core/ops/blas.ts";
import { Dot } from "../../core/ops/dot.ts";
import { Elementwise } from "../../core/ops/elementwise.ts";
import { Join } from "../../core/ops/join.ts";
import { MakeVector } from "../../core/ops/make_vector.ts";
import { ShapeI } from "../../core/ops/shape.ts";
import { deepCopyOp } from "../../core/ops/view.ts";
import {
  debugprint,
  type DebugPrintOptions,
  type Printable,
} from "../../core/printing/debugprint.ts";
import { charFromNumber, type Identified } from "../../core/printing/tree.ts";
import { constant } from "../../core/tensor/constructors.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { float, real, tanh } from "./helpers.ts";

function text(obj: Printable, options: DebugPrintOptions = {}): string {
  return String(debugprint(obj, { ...options, file: "str" }));
}

function tensor(op: Op, ...inputs: Variable[]): TensorVariable {
  return call(op, ...inputs) as TensorVariable;
}

/** `z = tanh(dot(x, y) + 1) * 2` of a matrix and a vector. */
function example(): { x: TensorVariable; y: TensorVariable; z: TensorVariable } {
  const [x, y] = [real(2, "x"), real(1, "y")];
  const z = mul(tanh(add(tensor(new Dot(), x, y), 1)), 2);
  z.name = "z";
  return { x, y, z };
}

Deno.test("debugprint() of a graph that is not compiled is Theano's to the blank", () => {
  const { z } = example();
  assertEquals(
    text(z),
    "Elemwise{mul,no_inplace} [id A] 'z'   \n" +
      " |Elemwise{tanh,no_inplace} [id B] ''   \n" +
      " | |Elemwise{add,no_inplace} [id C] ''   \n" +
      " |   |dot [id D] ''   \n" +
      " |   | |x [id E]\n" +
      " |   | |y [id F]\n" +
      " |   |InplaceDimShuffle{x} [id G] ''   \n" +
      " |     |TensorConstant{1} [id H]\n" +
      " |InplaceDimShuffle{x} [id I] ''   \n" +
      "   |TensorConstant{2} [id J]\n",
  );
});

/** The same compiled, with an update of `b`. */
function compiledExample(): FunctionGraph {
  const { x, y } = example();
  const b = real(1, "b");
  const rows = tensor(new AllocEmpty("float64"), tensor(new ShapeI(0), x));
  const product = tensor(new Gemv(true), rows, float(1), x, y, float(0));
  const fused = new Elementwise({
    inputs: ["float64", "float64", "float64"],
    steps: [
      { scalar: add.record, args: [1, 2], dtype: "float64" },
      { scalar: tanh.record, args: [3], dtype: "float64" },
      { scalar: mul.record, args: [0, 4], dtype: "float64" },
    ],
    outputs: [5],
  }, new Map([[0, 2]]));
  const ones = constant(NDArray.of(new Float64Array([1]), [1], "float64"));
  const twos = constant(NDArray.of(new Float64Array([2]), [1], "float64"));
  const z = tensor(fused, twos, ones, product);
  z.name = "z";
  const next = tensor(new Elementwise(add.record, new Map([[0, 1]])), ones, b);
  return new FunctionGraph([x, y, b], [z, next], { clone: false });
}

Deno.test("debugprint() of a compiled graph shows positions and shares ids between outputs", () => {
  assertEquals(
    text(compiledExample()),
    "Elemwise{Composite{(i0 * tanh((i1 + i2)))}}[(0, 2)] [id A] 'z'   3\n" +
      " |TensorConstant{(1,) of 2.0} [id B]\n" +
      " |TensorConstant{(1,) of 1.0} [id C]\n" +
      " |Gemv{inplace} [id D] ''   2\n" +
      "   |AllocEmpty{dtype='float64'} [id E] ''   1\n" +
      "   | |Shape_i{0} [id F] ''   0\n" +
      "   |   |x [id G]\n" +
      "   |TensorConstant{1.0} [id H]\n" +
      "   |x [id G]\n" +
      "   |y [id I]\n" +
      "   |TensorConstant{0.0} [id J]\n" +
      "Elemwise{Add}[(0, 1)] [id K] ''   4\n" +
      " |TensorConstant{(1,) of 1.0} [id C]\n" +
      " |b [id L]\n",
  );
});

Deno.test("debugprint() takes functions, wrappers, nodes, numbers, arrays and lists of these", () => {
  const graph = compiledExample();
  const called = Object.assign(() => 0, { maker: { fgraph: graph } });
  assertEquals(text(called), text(graph));
  const x = real(0, "x");
  assertEquals(text({ variable: x }), "x [id A]\n");
  assertEquals(text(add(x, x).owner!), text(add(x, x)));
  assertEquals(
    text([x, 3, NDArray.scalar(1.5, "float64"), add(x, x)]),
    "3\n1.5\nx [id A]\nElemwise{add,no_inplace} [id B] ''   \n |x [id A]\n |x [id A]\n",
  );
  assertThrows(
    () => text("x" as unknown as Printable),
    TypeError,
    "debugprint cannot print an object of this type",
  );
});

Deno.test("debugprint() prints what was printed on one line", () => {
  const x = real(0, "x");
  const s = add(x, x);
  assertEquals(
    text(mul(s, s)),
    "Elemwise{mul,no_inplace} [id A] ''   \n" +
      " |Elemwise{add,no_inplace} [id B] ''   \n" +
      " | |x [id C]\n" +
      " | |x [id C]\n" +
      " |Elemwise{add,no_inplace} [id B] ''   \n",
  );
});

Deno.test("debugprint() numbers the outputs of a node that has several", () => {
  const op: Op = {
    name: "MaxAndArgmax{axis=(0,)}",
    key: "both",
    makeNode: (x) => new Apply(op, [x!], [real(0, "max"), real(0, "argmax")]),
  };
  assertEquals(
    text(op.makeNode(real(1, "x"))),
    "MaxAndArgmax{axis=(0,)}.0 [id A] 'max'   \n |x [id B]\n" +
      "MaxAndArgmax{axis=(0,)}.1 [id A] 'argmax'   \n",
  );
});

Deno.test("debugprint() stops at a depth or at names, and prints types", () => {
  const { z } = example();
  const head = "Elemwise{mul,no_inplace} [id A]";
  assertEquals(text(z, { depth: 1 }), `${head} 'z'   \n`);
  assertEquals(
    text(z, { depth: 2 }),
    `${head} 'z'   \n |Elemwise{tanh,no_inplace} [id B] ''   \n |InplaceDimShuffle{x} [id C] ''   \n`,
  );
  assertEquals(text(z, { stopOnName: true }), `${head} 'z'   \n`);
  assertEquals(
    text(z, { depth: 1, printType: true }),
    `${head} <TensorType(float64, vector)> 'z'   \n`,
  );
  assertEquals(
    text(real(2, "x"), { printType: true }),
    "x [id A] <TensorType(float64, matrix)>\n",
  );
  assertThrows(() => text(z, { depth: 1.5 }), TypeError, "depth parameter must be an int");
});

Deno.test("debugprint() has ids in letters, numbers, of variables, or none", () => {
  const x = real(0, "x");
  const s = add(x, x);
  const ids = (style: "int" | "id" | ""): string => text(s, { ids: style, depth: 2 });
  const line = "Elemwise{add,no_inplace} ";
  assertEquals(ids("int"), `${line}[id 0] ''   \n |x [id 1]\n |x [id 1]\n`);
  assertEquals(ids("id"), `${line}[id ${s.id}] ''   \n |x [id ${x.id}]\n |x [id ${x.id}]\n`);
  assertEquals(ids(""), `${line} ''   \n |x \n |x \n`);
  assertEquals([0, 1, 25, 26, 27, 26 * 26].map(charFromNumber), ["A", "B", "Z", "BA", "BB", "BAA"]);
});

Deno.test("debugprint() shares what was printed between calls, but counts ids anew as Theano does", () => {
  const x = real(0, "x");
  const s = add(x, x);
  const done = new Map<Identified, string>();
  assertEquals(text(s, { done }).split("\n").length, 4);
  assertEquals(text(mul(s, x), { done }).split("\n").slice(1, 3), [
    " |Elemwise{add,no_inplace} [id B] ''   ",
    " |x [id C]",
  ]);
});

Deno.test("debugprint() shows overwritten inputs, views, clients and cells", () => {
  const graph = compiledExample();
  const options = { printDestroyMap: true, printViewMap: true, depth: 1 };
  assertEquals(
    text(graph, options),
    "Elemwise{Composite{(i0 * tanh((i1 + i2)))}}[(0, 2)] [id A] 'z' d={0: [2]}  3\n" +
      "Elemwise{Add}[(0, 1)] [id B] '' d={0: [1]}  4\n",
  );
  const { z } = example();
  assertEquals(
    text(z.owner!.inputs[1]!, options),
    "InplaceDimShuffle{x} [id A] ''  v={0: [0]} \n",
  );
  const [z2] = graph.outputs;
  const storageMap = new Map<Variable, unknown[]>([
    [z2!, [NDArray.of(new Float64Array([1, 2.5]), [2], "float64")]],
    [graph.outputs[1]!, [null]],
  ]);
  const f = { maker: { fgraph: graph }, fn: { storageMap } };
  assertEquals(
    text(f, { printStorage: true, depth: 1 }),
    "Elemwise{Composite{(i0 * tanh((i1 + i2)))}}[(0, 2)] [id A] 'z'   3 [array([1. , 2.5])]\n" +
      "Elemwise{Add}[(0, 1)] [id B] ''   4 [None]\n",
  );
});

Deno.test("debugprint() lists the readers of what is read more than once", () => {
  const x = real(0, "x");
  const s = add(x, x);
  const graph = new FunctionGraph([x], [mul(s, 3), s], { clone: false });
  assertEquals(
    text(graph, { printClients: true }),
    "Elemwise{mul,no_inplace} [id A] ''   1\n" +
      " |Elemwise{add,no_inplace} [id B] ''   0 clients:[('[id A]', 1), ('output', '')]\n" +
      " | |x [id D]\n" +
      " | |x [id D]\n" +
      " |TensorConstant{3} [id E]\n" +
      "Elemwise{add,no_inplace} [id B] ''   0 clients:[('[id A]', 1), ('output', '')]\n",
  );
});

Deno.test("debugprint() shows the times of a profiled function", () => {
  const x = real(0, "x");
  const graph = new FunctionGraph([x], [add(x, x)], { clone: false });
  const node = graph.toposort()[0]!;
  const profile = {
    fctCallcount: 1,
    fctCallTime: 3.04e-2,
    applyTime: new Map([[node, 8.02e-3]]),
    computeTotalTimes: () => new Map([[node, 3.04e-2]]),
  };
  const lines = text({ maker: { fgraph: graph }, profile }).split("\n");
  assertEquals(lines.slice(0, 4), [
    "",
    "Timing Info",
    "-----------",
    "--> <time> <% time> - <total time> <% total time>'",
  ]);
  assertEquals(
    lines.at(-4),
    "Elemwise{add,no_inplace} [id A] ''   0 --> 8.02e-03s 26.4% 3.04e-02s 100.0%",
  );
});

Deno.test("debugprint() prints the graphs inside loops after the rest", () => {
  const [inner, weight] = [real(0, "h[t-1]"), real(0, "w")];
  const [start, w] = [real(0, "h0"), real(0, "w")];
  const innerGraph: InnerGraph = {
    inputs: [inner, weight],
    outputs: [mul(inner, weight)],
    outerInputs: [0, 1],
  };
  const scan: Op & { readonly kind: string } = {
    kind: "scan",
    name: "for{cpu,scan_fn}",
    key: "scan",
    innerGraph,
    makeNode: (...inputs) => new Apply(scan, inputs, [real(0)]),
  };
  assertEquals(
    text(add(tensor(scan, add(start, 1), w), 2)),
    "Elemwise{add,no_inplace} [id A] ''   \n" +
      " |for{cpu,scan_fn} [id B] ''   \n" +
      " | |Elemwise{add,no_inplace} [id C] ''   \n" +
      " | | |h0 [id D]\n" +
      " | | |TensorConstant{1} [id E]\n" +
      " | |w [id F]\n" +
      " |TensorConstant{2} [id G]\n" +
      "\n" +
      "Inner graphs of the scan ops:\n" +
      "\n" +
      "for{cpu,scan_fn} [id B] ''   \n" +
      " >Elemwise{mul,no_inplace} [id H] ''   \n" +
      " > |h[t-1] [id I] -> [id C]\n" +
      " > |w [id J] -> [id F]\n",
  );
});

Deno.test("debugprint() writes to an object and gives it back", () => {
  const parts: string[] = [];
  const file = { write: (part: string) => parts.push(part) };
  assertStrictEquals(debugprint(real(0, "x"), { file }), file);
  assertEquals(parts.join(""), "x [id A]\n");
});

Deno.test("debugprint() takes options by position in Theano's order", () => {
  const x = real(0, "x");
  assertEquals(
    debugprint(add(x, x), 1, true, "str"),
    text(add(x, x), { depth: 1, printType: true }),
  );
  assertThrows(() => debugprint(x, { dept: 1 } as DebugPrintOptions), TypeError, "unknown option");
});

Deno.test("debugprint() of the manual's shape examples", () => {
  const size = (axis: number, x: Variable): TensorVariable => tensor(new ShapeI(axis), x);
  const x = real(2, "x");
  const both = tensor(new MakeVector("int64"), size(0, x), size(1, x));
  assertEquals(
    text(new FunctionGraph([x], [both])),
    "MakeVector{dtype='int64'} [id A] ''   2\n" +
      " |Shape_i{0} [id B] ''   1\n" +
      " | |x [id C]\n" +
      " |Shape_i{1} [id D] ''   0\n" +
      "   |x [id C]\n",
  );
  const y = real(2, "y");
  const rows = tensor(new Elementwise(add.record, new Map([[0, 0]])), size(0, x), size(0, y));
  const joined = tensor(new MakeVector("int64"), rows, size(1, x));
  assertEquals(
    text(new FunctionGraph([x, y], [joined])),
    "MakeVector{dtype='int64'} [id A] ''   4\n" +
      " |Elemwise{Add}[(0, 0)] [id B] ''   3\n" +
      " | |Shape_i{0} [id C] ''   2\n" +
      " | | |x [id D]\n" +
      " | |Shape_i{0} [id E] ''   1\n" +
      " |   |y [id F]\n" +
      " |Shape_i{1} [id G] ''   0\n" +
      "   |x [id D]\n",
  );
  assertEquals(
    text(new FunctionGraph([x, y], [tensor(new Join(), constant(0), x, y)])),
    "Join [id A] ''   0\n |TensorConstant{0} [id B]\n |x [id C]\n |y [id D]\n",
  );
  const two = constant(NDArray.of(new BigInt64Array([2n, 2n]), [2], "int64"));
  assertEquals(
    text(new FunctionGraph([x], [tensor(deepCopyOp, two)])),
    "DeepCopyOp [id A] ''   0\n |TensorConstant{(2,) of 2} [id B]\n",
  );
});

Deno.test("debugprint() of 2,000 levels does not exhaust the stack", () => {
  let y: TensorVariable = real(0, "x");
  for (let i = 0; i < 2_000; i++) y = tanh(y);
  assertEquals(text(y).split("\n").length, 2_002);
});
