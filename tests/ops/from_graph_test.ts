import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import * as theano from "@theano/theano";
import { graphText } from "../../core/graph/equal.ts";
import { Random } from "../helpers/random.ts";
import { randomGraph } from "../optimize/random_graphs.ts";
import { printed } from "../theano/helpers.ts";

const { tensor: T, OpFromGraph } = theano;
type Tensor = theano.TensorVariable;
type Three = [Tensor, Tensor, Tensor];

const modes = ["FAST_RUN", "FAST_COMPILE", new theano.Mode({ linker: "py" })] as const;
const forms = [false, true] as const;

/** The manual's example: `x + y · z` of scalars. */
function example(options: theano.OpFromGraphOptions = {}): theano.OpFromGraph {
  const [x, y, z] = T.dscalars("x", "y", "z") as Three;
  return new OpFromGraph([x, y, z], [x.add(y.mul(z))], options);
}

/** Its gradients at (2, 3, 4). */
function gradientsOf(op: theano.OpFromGraph): number[] {
  const xs = T.dscalars("x", "y", "z") as Three;
  const f = theano.function(xs, theano.grad(op.call(...xs), xs), { onUnusedInput: "ignore" });
  return f(2, 3, 4).map((g) => Number(g.item()));
}

Deno.test("an op of a graph computes what the graph computes, in every mode", () => {
  const [x, y, z] = T.dmatrices("x", "y", "z") as Three;
  const e = x.add(y.mul(z));
  for (const mode of modes) {
    for (const inline of forms) {
      const op = new OpFromGraph([x, y, z], [e, T.exp(x).sum({ axis: 0 })], { inline });
      const [first, second] = op.call<[Tensor, Tensor]>(x, y, z);
      const third = op.call<[Tensor, Tensor]>(z, y, x)[0];
      const f = theano.function([x, y, z], [first.sub(third), second.mul(2)], { mode });
      const [d, s] = f([[1, 0]], [[3, 3]], [[5, 6]]);
      assertEquals(d!.toArray(), [[1 + 15 - (5 + 3), 18 - 6]]);
      [2 * Math.E, 2].forEach((v, i) => assertAlmostEquals(Number(s!.get(i)), v, 1e-14));
    }
  }
});

Deno.test("a node of an op that is not inline stays; one that is is expanded", () => {
  const xs = T.dscalars("x", "y", "z") as Three;
  const plain = example();
  assertEquals(plain.name, "OpFromGraph{inline=False}");
  const kept = ["OpFromGraph{inline=False} [id A] '' 0", "|x [id B]", "|y [id C]", "|z [id D]"];
  assertEquals(printed(theano.function(xs, plain.call(...xs))), kept);
  const inline = example({ inline: true, name: "sums" });
  assertEquals(inline.name, "sums{inline=True}");
  assertEquals(printed(inline.call(...xs))[0], "sums{inline=True} [id A] ''");
  for (const mode of ["FAST_RUN", "FAST_COMPILE"]) {
    const f = theano.function(xs, inline.call(...xs), { mode });
    const names = f.maker.fgraph.toposort().map(({ op }) => op.name);
    assertEquals(names.some((name) => name.includes("inline")), false, names.join());
  }
  const off = new theano.Mode({ linker: "vm" }).excluding("inline_ofg_expansion");
  const f = theano.function(xs, inline.call(...xs), { mode: off });
  assertEquals(f.maker.fgraph.toposort().map(({ op }) => op.name), ["sums{inline=True}"]);
  assertEquals(f(2, 3, 4).item(), 14);
});

Deno.test("ops inside ops are expanded or lowered, as each says", () => {
  const x = T.dvector("x");
  for (const outer of forms) {
    for (const inner of forms) {
      const square = new OpFromGraph([x], [x.mul(x)], { inline: inner });
      const sum = new OpFromGraph([x], [square.call(square.call(x)).sum()], { inline: outer });
      const y = sum.call(x.add(1));
      const f = theano.function([x], [y, theano.grad(y, x)]);
      assertEquals(f([0, 1]).map((v) => v.toArray()), [17, [4, 32]]);
    }
  }
});

Deno.test("the graph of an op is optimised where it is", () => {
  const x = T.dvector("x");
  const op = new OpFromGraph([x], [T.log(T.exp(x).add(1)), x.mul(1)]);
  const f = theano.function([x], op.call<[Tensor, Tensor]>(x));
  const [node] = f.maker.fgraph.toposort();
  const inside = node!.op.innerGraph!;
  assertEquals(inside.outputs.map((y) => y.owner?.op.name), ["softplus", undefined]);
  assertEquals(f([1000, 0]).map((y) => y.toArray()), [[1000, Math.log(2)], [1000, 0]]);
});

Deno.test("results of an op have memory of their own, whatever they share inside", () => {
  const x = T.dmatrix("x");
  const op = new OpFromGraph([x], [x, x.T, x.mul(2), x.mul(2).T, x.get(0), x]);
  const outputs = op.call<Tensor[]>(x);
  const changed = outputs.map((y) => y.add(1).mul(y.ndim === 2 ? y : 1));
  for (const mode of modes) {
    const f = theano.function([x], [...changed, ...outputs], { mode });
    const values = f([[1, 2], [3, 4]]).map((v) => v.toArray());
    assertEquals(values.slice(6), [
      [[1, 2], [3, 4]],
      [[1, 3], [2, 4]],
      [[2, 4], [6, 8]],
      [[2, 6], [4, 8]],
      [1, 2],
      [[1, 2], [3, 4]],
    ]);
    assertEquals(values.slice(0, 2), [[[2, 6], [12, 20]], [[2, 12], [6, 20]]]);
  }
});

Deno.test("integers that are sizes pass through an op", () => {
  const n = T.lscalar("n");
  const x = T.dvector("x");
  const op = new OpFromGraph([n, x], [n.mul(2).add(x.shape.get(0)), T.arange(n)]);
  const [size, range] = op.call<[Tensor, Tensor]>(n, x);
  const f = theano.function([n, x], [T.zeros([size]), range, size]);
  assertEquals(f(2, [5, 5, 5]).map((v) => v.toArray()), [[0, 0, 0, 0, 0, 0, 0], [0, 1], 7]);
});

Deno.test("shared variables inside are inputs of every node, read when it runs", () => {
  const x = T.dvector("x");
  const scale = theano.shared(2.5, "scale");
  for (const inline of forms) {
    scale.setValue(2.5);
    const op = new OpFromGraph([x], [x.mul(scale)], { inline });
    assertEquals(op.sharedInputs, [scale]);
    const y = op.call(x);
    assertEquals(y.owner!.inputs, [x, scale]);
    const f = theano.function([x], y, { updates: [[scale, scale.add(1)]] });
    assertEquals(f([1, 2]).toArray(), [2.5, 5]);
    assertEquals(f([1, 2]).toArray(), [3.5, 7]);
    const g = theano.function([x], theano.grad(y.sum(), [x, scale]));
    assertEquals(g([1, 2]).map((v) => v.toArray()), [[4.5, 4.5], 3]);
  }
});

Deno.test("the shape of an op is that of its graph, computed without its values", () => {
  const x = T.dmatrix("x");
  const n = T.lscalar("n");
  const op = new OpFromGraph([x, n], [T.exp(x).T, T.alloc(x.sum(), n, 2)]);
  const [first, second] = op.call<[Tensor, Tensor]>(x, n);
  const f = theano.function([x, n], [first.shape, second.shape]);
  assertEquals(f([[1, 2, 3]], 4).map((s) => s.toArray()), [[3, 1], [4, 2]]);
  const names = f.maker.fgraph.toposort().map(({ op }) => op.name);
  assertEquals(names.filter((name) => name.startsWith("OpFromGraph")), []);
  const data = new OpFromGraph([x], [(T.nonzero(x) as Tensor[])[0]!]).call(x);
  assertEquals(theano.function([x], data.shape)([[1, 0], [2, 3]]).toArray(), [3]);
});

Deno.test("the gradient is that of the graph, as an op of its own", () => {
  for (const inline of forms) assertEquals(gradientsOf(example({ inline })), [1, 4, 3]);
  const op = example({ name: "sums" });
  assertEquals(op.getLopOp().name, "sums_lop{inline=False}");
  assertEquals(op.getLopOp(), op.getLopOp());
  assertEquals(op.getRopOp().name, "sums_rop{inline=False}");
  const x = T.dvector("x");
  const curve = new OpFromGraph([x], [T.tanh(x).mul(x).sum(), T.exp(x)]);
  theano.gradient.verifyGrad(
    (v: Tensor) => {
      const [sum, exp] = curve.call<[Tensor, Tensor]>(v);
      return exp.mul(sum);
    },
    [theano.array([0.5, -1])],
    { rng: new theano.random.RandomState(7) },
  );
  const only = curve.call<[Tensor, Tensor]>(x)[1];
  const second = theano.grad(theano.grad(only.sum(), x).sum(), x);
  assertEquals(theano.function([x], second)([0, 0]).toArray(), [1, 1]);
});

Deno.test("a gradient may be overridden: the manual's example gives 1, 8, 3", () => {
  const rescaled = (inputs: Tensor[], [g]: Tensor[]): Tensor => inputs[2]!.mul(2).mul(g!);
  for (const inline of forms) {
    const overrides = ["default", rescaled, "default"] as const;
    assertEquals(gradientsOf(example({ inline, gradOverrides: overrides })), [1, 8, 3]);
  }
  const op = example({ name: "sums" });
  op.setGradOverrides(["default", rescaled, "default"]);
  assertEquals(gradientsOf(op), [1, 8, 3]);
  assertEquals(op.getLopOp().name, "sums_grad{inline=False}");
  op.setGradOverrides("default");
  assertEquals(gradientsOf(op), [1, 4, 3]);
});

Deno.test("overrides are functions, lists, ops, and variables without value", () => {
  const all = ([x, y, z]: Tensor[], [out]: Tensor[], [g]: Tensor[]): Tensor[] => [
    x!.mul(g!),
    out!.mul(g!),
    y!.add(z!).mul(g!),
  ];
  assertEquals(gradientsOf(example({ lopOverrides: all })), [2, 14, 7]);
  const roots = T.dscalars("x", "y", "z", "g") as [Tensor, Tensor, Tensor, Tensor];
  const [x, y, , g] = roots;
  const asOp = new OpFromGraph(roots, [g.mul(x), g.mul(y), g.mul(7)]);
  assertEquals(gradientsOf(example({ gradOverrides: asOp })), [2, 3, 7]);
  const one = new OpFromGraph(roots, [g.mul(5)]);
  assertEquals(gradientsOf(example({ gradOverrides: ["default", one, "default"] })), [1, 5, 3]);
  const none = theano.gradient.disconnectedType.makeVariable();
  const without = example({ gradOverrides: ["default", none, "default"] });
  const xs = T.dscalars("x", "y", "z") as Three;
  const cost = without.call(...xs);
  assertThrows(() => theano.grad(cost, xs[1]), theano.errors.DisconnectedInputError);
  assertEquals(
    theano.function(xs, theano.grad(cost, xs[2]), { onUnusedInput: "ignore" })(2, 3, 4).item(),
    3,
  );
  const nothing = example({ lopOverrides: none }).call(...xs);
  assertThrows(() => theano.grad(nothing, xs[0]), theano.errors.DisconnectedInputError);
  const unknown = theano.gradient.gradUndefined(without, 1, xs[1], "on purpose");
  const undefinedOne = example({ gradOverrides: ["default", unknown, "default"] }).call(...xs);
  const { message } = assertThrows(() => theano.grad(undefinedOne, xs[1]), Error);
  assert(message.includes("on purpose"), message);
});

Deno.test("the R-op is that of the graph, or what overrides it", () => {
  const xs = T.dscalars("x", "y", "z") as Three;
  const points = T.dscalars("u", "v", "w") as Three;
  const tangent = (op: theano.OpFromGraph): number => {
    const f = theano.function([...xs, ...points], theano.Rop(op.call(...xs), xs, points), {
      onUnusedInput: "ignore",
    });
    return Number(f(2, 3, 4, 1, 10, 100).item());
  };
  for (const inline of forms) assertEquals(tangent(example({ inline })), 1 + 40 + 300);
  const own = ([x]: Tensor[], [u]: Tensor[]): Tensor[] => [x!.mul(u!)];
  assertEquals(tangent(example({ ropOverrides: own })), 2);
  const op = example();
  op.setRopOverrides([(_: Tensor[], [, v]: Tensor[]): Tensor => v!.mul(7)]);
  assertEquals(tangent(op), 70);
});

Deno.test("inputs without a path to an output are disconnected", () => {
  const [x, y, z] = T.dvectors("x", "y", "z") as Three;
  const op = new OpFromGraph([x, y, z], [x.mul(2), y.mul(T.zeros([z.shape.get(0)]))]);
  const [first, second] = op.call<[Tensor, Tensor]>(x, y, z);
  assertEquals(op.connectionPattern(first.owner!), [[true, false], [false, true], [false, false]]);
  assertThrows(() => theano.grad(first.sum(), y), theano.errors.DisconnectedInputError);
  assertThrows(() => theano.grad(second.sum(), z), theano.errors.DisconnectedInputError);
  assertEquals(
    theano.function([x], theano.grad(first.sum(), x), { givens: [[y, x], [z, x]] })([1]).toArray(),
    [2],
  );
  const stated = new OpFromGraph([x], [x.mul(2)], { connectionPattern: [[false]] });
  assertThrows(
    () => theano.grad(stated.call(x).sum(), x),
    theano.errors.DisconnectedInputError,
  );
});

Deno.test("equal graphs make equal keys, which stay the same in another process", () => {
  const xs = T.dscalars("x", "y", "z") as Three;
  assertEquals(example().key, example().key);
  assertNotEquals(example().key, example({ inline: true }).key);
  assertNotEquals(example().key, new OpFromGraph(xs, [xs[0].mul(xs[1])]).key);
  assertNotEquals(graphText(xs, [example().call(...xs)]), undefined);
  const f = theano.function(xs, [example().call(...xs), example().call(...xs)]);
  assertEquals(f.maker.fgraph.toposort().filter(({ op }) => op.innerGraph).length, 1);
  const host = theano.asOp(T.dscalar, T.dscalar, (v) => v);
  const own = new OpFromGraph([xs[0]], [host(xs[0])]);
  assertEquals(graphText([xs[0]], [own.call(xs[0])]), undefined);
  assertEquals(theano.function([xs[0]], own.call(xs[0]).add(1))(4).item(), 5);
});

Deno.test("the inputs of a call are counted, and converted where that loses nothing", () => {
  const [x, y, z] = T.dscalars("x", "y", "z") as Three;
  const count = assertThrows(() => example().call(x, y), theano.errors.ValueError);
  assertEquals(count.message, "Expected 3 inputs, got 2");
  const type = assertThrows(() => example().call(x, y, T.dvector("v")), TypeError);
  assertEquals(
    type.message,
    "Cannot convert Type TensorType(float64, vector) (of Variable v) into Type " +
      "TensorType(float64, scalar). You can try to manually convert v into a " +
      "TensorType(float64, scalar).",
  );
  const m = T.dmatrix("m");
  const op = new OpFromGraph([m], [m.mul(2)]);
  const r = T.drow("r");
  assertEquals(theano.function([r], op.call(r))([[1, 2]]).toArray(), [[2, 4]]);
  assertEquals(theano.function([x], example().call(x, 2.5, 2))(1).item(), 6);
  assertEquals(z.owner, null);
});

Deno.test("what an op cannot be made of is refused", () => {
  const x = T.dscalar("x");
  const make = (inputs: unknown, outputs: unknown, options: unknown = {}): string =>
    assertThrows(
      () =>
        new OpFromGraph(
          inputs as Tensor[],
          outputs as Tensor[],
          options as theano.OpFromGraphOptions,
        ),
      Error,
    ).message;
  assertEquals(make(x, [x]), "inputs must be list, got object");
  assertEquals(make([x], x), "outputs must be list, got object");
  assertEquals(make([x], [3]), "inputs and outputs must be Variable instances 3");
  const updates = "updates and givens are not allowed here";
  assertEquals(make([x], [x], { updates: [] }), updates);
  assertEquals(make([x], [x], { givens: [] }), updates);
  const s = theano.shared(1, "s");
  assertEquals(make([s], [s]), "Cannot make s an input of an op: it is shared");
  const y = T.dscalar("y");
  assertEquals(make([x], [y]), "Undeclared input y (TensorType(float64, scalar))");
  const g = (xs: Tensor[]): Tensor[] => xs;
  assertEquals(
    make([x], [x], { lopOverrides: g, gradOverrides: g }),
    "lop_overrides and grad_overrides are mutually exclusive",
  );
});

Deno.test("overrides that are wrong are refused when a gradient is taken", () => {
  const xs = T.dscalars("x", "y", "z") as Three;
  const failure = (gradOverrides: unknown): string => {
    const op = example({ gradOverrides } as theano.OpFromGraphOptions);
    return assertThrows(() => theano.grad(op.call(...xs), xs[0]), Error).message;
  };
  assertEquals(failure(["default"]), "Need to override 3 gradients, got 1");
  assertEquals(failure(() => []), "Need to override 3 gradients, got 0");
  assertEquals(
    failure([xs[0], "default", "default"]),
    "Overriding a derivative with a variable takes one of NullType or DisconnectedType, not " +
      "TensorType(float64, scalar)",
  );
  assert(failure([1, "default", "default"]).startsWith("Cannot override a derivative with 1"));
  assert(failure(7).startsWith("Cannot override derivatives with 7"));
  assert(failure([() => 1, "default", "default"]).startsWith("Cannot take 1 for a derivative"));
});

Deno.test("an error inside an op names the op's node", () => {
  const [x, y] = T.dvectors("x", "y") as [Tensor, Tensor];
  const op = new OpFromGraph([x, y], [x.add(y)]);
  const f = theano.function([x, y], op.call(x, y));
  const { message } = assertThrows(() => f([1], [1, 2]), Error);
  assert(message.includes("Input dimension mis-match"), message);
  assert(
    message.includes("Apply node that caused the error: OpFromGraph{inline=False}(x, y)"),
    message,
  );
});

/** Whether two arrays agree but for rounding. */
function agree(x: theano.NDArray, y: theano.NDArray): boolean {
  const [a, b] = [x, y].map((v) => Array.from(v.dense().data as Float64Array));
  const unit = x.dtype === "float32" ? 1e-5 : 1e-12;
  return x.dtype === y.dtype && String(x.shape) === String(y.shape) &&
    a!.every((v, i) => Object.is(v, b![i]) || Math.abs(v - b![i]!) <= unit * (1 + Math.abs(v)));
}

Deno.test("random graphs compute the same inside an op as without it", () => {
  const reference = new theano.Mode({ linker: "py", optimizer: null });
  for (let seed = 0; seed < 60; seed++) {
    const random = new Random(seed);
    const { inputs, outputs, values } = randomGraph(random, 2 + random.below(12));
    const op = new OpFromGraph(inputs, outputs, { inline: random.below(4) === 0 });
    const [first, second] = [0, 1].map((): Tensor[] => {
      const made: Tensor | Tensor[] = op.call(...inputs.map((x) => x.mul(0.5)));
      return Array.isArray(made) ? made : [made];
    });
    const plain = theano.clone(outputs, inputs.map((x) => [x, x.mul(0.5)] as const));
    const around = (ys: readonly Tensor[], zs: readonly Tensor[]): Tensor[] => [
      ...ys.map((y) => T.tanh(y.add(1)).mul(y)),
      ...zs.map((z) => z.sub(T.exp(z.neg().mul(z)))),
      ...ys,
    ];
    const expected = theano.function(inputs, around(plain as Tensor[], plain as Tensor[]), {
      mode: reference,
      onUnusedInput: "ignore",
    })(...values);
    for (const mode of ["FAST_RUN", "FAST_COMPILE"]) {
      const f = theano.function(inputs, around(first!, second!), { mode, onUnusedInput: "ignore" });
      for (const got of [f(...values), f(...values)]) {
        const wrong = got.findIndex((y, k) => !agree(expected[k]!, y));
        assertEquals([seed, mode, wrong], [seed, mode, -1]);
      }
    }
  }
});
