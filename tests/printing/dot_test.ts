import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { RuntimeError } from "../../core/errors.ts";
import { FunctionGraph } from "../../core/graph/function_graph.ts";
import { call, type Op } from "../../core/graph/op.ts";
import { Apply } from "../../core/graph/variable.ts";
import { add, mul, neg } from "../../core/ops/arithmetic.ts";
import { dimshuffle } from "../../core/ops/dimshuffle.ts";
import { Elementwise } from "../../core/ops/elementwise.ts";
import { ShapeI } from "../../core/ops/shape.ts";
import {
  type Drawable,
  pydotprint,
  type PydotprintOptions,
} from "../../core/printing/pydotprint.ts";
import { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { real } from "./helpers.ts";

function draw(fct: Drawable, options: PydotprintOptions = {}): string {
  return pydotprint(fct, { ...options, returnImage: true });
}

Deno.test("pydotprint() draws nodes as ellipses, roots and outputs as boxes", () => {
  const [x, y] = [real(0, "x"), real(0, "y")];
  assertEquals(
    draw(new FunctionGraph([x, y], [neg(add(x, y, 2))])),
    `digraph G {
  n0 [label="Elemwise{add,no_inplace}", shape="ellipse", style="filled", fillcolor="#FFAABB"];
  n1 [label="name=x TensorType(float64, scalar)", shape="box", style="filled", fillcolor="green"];
  n1 -> n0 [label="0"];
  n2 [label="name=y TensorType(float64, scalar)", shape="box", style="filled", fillcolor="green"];
  n2 -> n0 [label="1"];
  n3 [label="val=2 TensorType(int8, scalar)", shape="box", style="filled", fillcolor="lightgreen"];
  n3 -> n0 [label="2"];
  n4 [label="Elemwise{neg,no_inplace}", shape="ellipse", style="filled", fillcolor="#FFAABB"];
  n0 -> n4 [label="TensorType(float64, scalar)"];
  n4 -> n5;
  n5 [label="TensorType(float64, scalar)", shape="box", style="filled", fillcolor="blue"];
}
`,
  );
});

Deno.test("pydotprint() takes variables, nodes, lists and functions", () => {
  const x = real(0, "x");
  const y = neg(x);
  const text = draw(y);
  assertEquals(draw(y.owner!), text);
  assertEquals(draw([y]), text);
  assertEquals(draw({ maker: { fgraph: new FunctionGraph([x], [y]) } }), text);
  assertThrows(() => draw(3 as unknown as Drawable), TypeError, "cannot draw");
});

Deno.test("pydotprint() colours views blue and overwritten inputs red", () => {
  const v = real(1, "v");
  const view = dimshuffle(v, "x", 0);
  assertStringIncludes(draw(view), 'n1 -> n0 [color="blue"];');
  const inplace = call(new Elementwise(add.record, new Map([[0, 1]])), v, v);
  const text = draw(inplace);
  assertStringIncludes(text, 'n1 -> n0 [label="1", color="red"];');
  assertStringIncludes(text, 'n1 -> n0 [label="0"];');
});

class Shared extends TensorVariable {
  override get kind(): "shared" {
    return "shared";
  }

  override clone(): Shared {
    return new Shared(this.type, this.name);
  }
}

Deno.test("pydotprint() draws shared variables in cyan with an edge from their update", () => {
  const w = new Shared(real(0).type, "w");
  const graph = new FunctionGraph([w], [call(neg.op, w)], { updateMapping: new Map([[0, 0]]) });
  const text = draw(graph);
  assertStringIncludes(text, 'fillcolor="cyan"');
  assertStringIncludes(text, 'n2 -> n1 [label="UPDATE", color="blue"];');
  assertStringIncludes(text, 'n2 [label="wTensorType(float64, scalar)"');
});

Deno.test("pydotprint() draws results that nobody reads in grey", () => {
  const op: Op = {
    name: "Two",
    key: "two",
    makeNode: (x) => new Apply(op, [x!], [real(0), real(0)]),
  };
  assertEquals(draw(new FunctionGraph([real(0, "x")], [])), "digraph G {\n}\n");
  const grey = draw(op.makeNode(real(0, "x")).outputs[0]!);
  assertStringIncludes(grey, 'shape="box", style="filled", fillcolor="grey"');
  assertStringIncludes(grey, 'n0 -> n3 [label="1"];');
});

Deno.test("pydotprint() obeys its options", () => {
  const x = real(2, "x");
  const size = call(new ShapeI(0), x);
  const long = neg(add(neg(x), x));
  assertStringIncludes(draw(size), 'fillcolor="brown"');
  assertStringIncludes(draw(size, { highContrast: false }), 'shape="ellipse", color="brown"');
  assertStringIncludes(draw(size, { colorCodes: { Shape_i: "pink" } }), 'fillcolor="pink"');
  assertStringIncludes(draw(size, { varWithNameSimple: true }), 'label="x"');
  assertStringIncludes(draw(size, { maxLabelSize: 8 }), 'label="name=..."');
  assertStringIncludes(draw(long, { withIds: true }), 'label="Elemwise{neg,no_inplace} id=2"');
  assertStringIncludes(draw(long), 'label="Elemwise{neg,no_inplace} id=2"');
  assert(draw(long, { compact: false }).split("box").length > draw(long).split("box").length);
});

Deno.test("pydotprint() frames the branches of a condition", () => {
  const choose: Op = {
    name: "if{}",
    key: "if",
    makeNode: (...inputs) => new Apply(choose, inputs, [real(0)]),
  };
  const x = real(0, "x");
  const both = neg(x);
  const text = draw(call(choose, x, add(both, x), mul(both, x)), { condHighlight: "if{}" });
  for (const [title, op] of [["Left", "add"], ["Right", "mul"], ["Middle", "neg"]]) {
    const [, id] = new RegExp(`(n\\d+) \\[label="Elemwise.${op}`).exec(text)!;
    assertStringIncludes(text, `subgraph cluster_${title} { label="${title}"; ${id} }`);
  }
});

Deno.test("pydotprint() shows the times of a profiled function and quotes labels", () => {
  const x = real(0, 'a "b" \\c');
  const fgraph = new FunctionGraph([x], [neg(x)]);
  const [node] = fgraph.toposort();
  const profile = {
    fctCallcount: 1,
    fctCallTime: 2,
    applyTime: new Map([[node!, 0.5]]),
    computeTotalTimes: () => new Map(),
  };
  const text = draw({ maker: { fgraph }, profile });
  assertStringIncludes(text, "Elemwise{neg,no_inplace}   (0.500s,25.000%)");
  assertStringIncludes(text, 'label="name=a \\"b\\" \\\\c TensorType');
});

Deno.test("pydotprint() refuses formats that need Graphviz and files it may not write", () => {
  const x = real(0, "x");
  assertThrows(() => draw(x, { format: "png" }), RuntimeError, 'Cannot draw a graph as "png"');
  const error = assertThrows(
    () => pydotprint(x, { outfile: "/nowhere/to/write" }),
    RuntimeError,
  );
  assertStringIncludes(error.message, '"/nowhere/to/write.dot": not permitted');
});
