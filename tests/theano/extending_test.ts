/**
 * @file The manual's pages "Creating a new Op", "Making arithmetic Ops on double", "Graph
 * optimization" and "Ops from other ops".
 */

import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as theano from "@theano/theano";
import { numbers } from "./helpers.ts";

const { tensor: T, opt, Apply, NDArray } = theano;
type Tensor = theano.TensorVariable;
type Arrays = readonly theano.NDArray[];

const rng = (): theano.random.RandomState => new theano.random.RandomState(42);

/** A function of each element of an array of float64. */
function mapped(x: theano.NDArray, f: (v: number) => number): theano.NDArray {
  return NDArray.of(Float64Array.from(x.data as Float64Array, f), x.shape, "float64");
}

/** The manual's first op, but for how it makes its nodes. */
abstract class Doubling extends theano.Op {
  override readonly props = [];
  perform(_: theano.Apply, [x]: Arrays): theano.NDArray[] {
    return [mapped(x!, (v) => v * 2)];
  }
  override inferShape(_: theano.Apply, shapes: readonly theano.Shape[]): readonly theano.Shape[] {
    return shapes;
  }
  override grad(_: Tensor[], [g]: Tensor[]): Tensor[] {
    return [g!.mul(2)];
  }
  override rOp(inputs: Tensor[], points: Tensor[]): Tensor[] {
    return this.grad(inputs, points);
  }
}

/** Makes its nodes itself. */
class DoubleOp1 extends Doubling {
  override makeNode(x: theano.Variable): theano.Apply {
    const tensor = T.asTensorVariable(x);
    return new Apply(this, [tensor], [tensor.type.makeVariable()]);
  }
}

/** Says its types. */
class DoubleOp2 extends Doubling {
  override readonly itypes = [T.dmatrix];
  override readonly otypes = [T.dmatrix];
}

/** `a · x + b`. */
class AXPBOp extends theano.Op {
  override readonly props = ["a", "b"];
  constructor(readonly a: number, readonly b: number) {
    super();
  }
  override makeNode(x: theano.Variable): theano.Apply {
    return new Apply(this, [x], [x.type.makeVariable()]);
  }
  perform(_: theano.Apply, [x]: Arrays): theano.NDArray[] {
    return [mapped(x!, (v) => this.a * v + this.b)];
  }
  override inferShape(_: theano.Apply, shapes: readonly theano.Shape[]): readonly theano.Shape[] {
    return shapes;
  }
  override grad(_: Tensor[], [g]: Tensor[]): Tensor[] {
    return [g!.mul(this.a)];
  }
}

Deno.test("extending 1: DoubleOp doubles, in both of the manual's forms", () => {
  const input = rng().rand(5, 4);
  for (const op of [new DoubleOp1(), new DoubleOp2()]) {
    const x = T.dmatrix("x");
    const f = theano.function([x], op.call(x));
    const out = f(input);
    assertEquals(out.shape, [5, 4]);
    assertEquals(numbers(out), numbers(input).map((v) => v * 2));
    assertEquals(theano.function([x], op.call(x).shape)(input).toArray(), [5, 4]);
  }
});

Deno.test("extending 2: the gradient and the R-op of DoubleOp are right", () => {
  const op = new DoubleOp1();
  theano.gradient.verifyGrad((x: Tensor) => op.call(x), [rng().rand(5, 7, 2)], { rng: rng() });
  const x = T.dmatrix("x");
  const v = T.dmatrix("v");
  const f = theano.function([x, v], theano.Rop(op.call(x), x, v), { onUnusedInput: "ignore" });
  assertEquals(f([[1, 1]], [[3, 4]]).toArray(), [[6, 8]]);
});

Deno.test("extending 3: mult4plus5op and mult2plus3op are two ops of one class", () => {
  const mult4plus5op = new AXPBOp(4, 5);
  const another = new AXPBOp(4, 5);
  const mult2plus3op = new AXPBOp(2, 3);
  assertEquals(mult4plus5op.key, another.key);
  assert(mult4plus5op.key !== mult2plus3op.key);
  assertEquals(mult4plus5op.name, "AXPBOp{a=4, b=5}");
  const x = T.dmatrix("x");
  const inputs = rng().rand(5, 4);
  const f = theano.function([x], mult4plus5op.call(x));
  const g = theano.function([x], mult2plus3op.call(x));
  assertEquals(numbers(f(inputs)), numbers(inputs).map((v) => 4 * v + 5));
  assertEquals(numbers(g(inputs)), numbers(inputs).map((v) => 2 * v + 3));
  theano.gradient.verifyGrad((y: Tensor) => mult4plus5op.call(y), [inputs], { rng: rng() });
});

Deno.test("extending 4: as_op wraps a product of matrices", () => {
  const numpyDot = theano.asOp(
    [T.fmatrix, T.fmatrix],
    [T.fmatrix],
    function numpyDot(a, b): theano.NDArray {
      const [n, k, m] = [a.shape[0]!, a.shape[1]!, b.shape[1]!];
      const data = new Float32Array(n * m);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < m; j++) {
          for (let l = 0; l < k; l++) data[i * m + j]! += Number(a.get(i, l)) * Number(b.get(l, j));
        }
      }
      return NDArray.of(data, [n, m], "float32");
    },
    {
      inferShape: (_, [a, b]): readonly theano.Shape[] => [[a![0]!, b![1]!]],
    },
  );
  const x = T.fmatrix("x");
  const y = T.fmatrix("y");
  const f = theano.function([x, y], numpyDot(x, y));
  const [a, b] = [rng().rand(5, 4).astype("float32"), rng().rand(4, 7).astype("float32")];
  const expected = theano.function([x, y], T.dot(x, y))(a, b);
  const out = f(a, b);
  assertEquals(out.shape, [5, 7]);
  const oracle = numbers(expected);
  numbers(out).forEach((v, i) => assertAlmostEquals(v, oracle[i]!, 1e-5));
  const shape = theano.function([x, y], numpyDot(x, y).shape);
  assertEquals(shape(a, b).toArray(), [5, 7]);
  assertEquals(shape.maker.fgraph.toposort().some(({ op }) => op.name === numpyDot.op.name), false);
});

/** An operation on two doubles. */
class BinaryDoubleOp extends theano.Op {
  override readonly props = ["label", "fn"];
  readonly label: string;
  readonly fn: (x: number, y: number) => number;
  constructor(label: string, fn: (x: number, y: number) => number) {
    super();
    this.label = label;
    this.fn = fn;
  }
  override get name(): string {
    return this.label;
  }
  override makeNode(...given: theano.Variable[]): theano.Apply {
    const inputs = given.map((x) => T.asTensorVariable(x));
    if (inputs.some((x) => x.ndim !== 0)) {
      throw new TypeError(`${this.label} only works on doubles`);
    }
    return new Apply(this, inputs.map((x) => T.cast(x, "float64")), [T.dscalar()]);
  }
  perform(_: theano.Apply, [x, y]: Arrays): theano.NDArray[] {
    return [NDArray.scalar(this.fn(Number(x!.item()), Number(y!.item())), "float64")];
  }
}

Deno.test("extending 5: mul on doubles gives 30.0, 37.52 and 20.0", () => {
  const mul = new BinaryDoubleOp("mul", (x, y) => x * y);
  const [x, y] = T.dscalars("x", "y") as [Tensor, Tensor];
  const f = theano.function([x, y], mul.call(x, y));
  assertEquals(f(5, 6).item(), 30);
  assertEquals(f(5.6, 6.7).item(), 37.519999999999996);
  const g = theano.function([x], mul.call(x, 2));
  assertEquals(g(10).item(), 20);
  assertEquals(g(3.4).item(), 6.8);
  const { message } = assertThrows(() => mul.call(x, T.dvector("v")), TypeError);
  assertEquals(message, "mul only works on doubles");
  const others = [
    new BinaryDoubleOp("add", (a, b) => a + b),
    new BinaryDoubleOp("sub", (a, b) => a - b),
    new BinaryDoubleOp("div", (a, b) => a / b),
  ];
  const all = theano.function([x, y], others.map((op) => op.call(x, y)));
  assertEquals(all(7, 2).map((v) => v.item()), [9, 5, 3.5]);
});

/** Fibonacci's recurrence with products: `y[i] = y[i − 1] · y[i − 2] + x[i]`. */
class Fibby extends theano.Op {
  override readonly props = [];
  override makeNode(x: theano.Variable): theano.Apply {
    const vector = T.asTensorVariable(x);
    assertEquals(vector.ndim, 1);
    return new Apply(this, [vector], [vector.type.makeVariable()]);
  }
  perform(_: theano.Apply, [x]: Arrays): theano.NDArray[] {
    const y = Float64Array.from(x!.data as Float64Array);
    for (let i = 2; i < y.length; i++) y[i] = y[i - 1]! * y[i - 2]! + y[i]!;
    return [NDArray.of(y, x!.shape, "float64")];
  }
  override inferShape(_: theano.Apply, shapes: readonly theano.Shape[]): readonly theano.Shape[] {
    return shapes;
  }
}

Deno.test("extending 6: Fibby computes its recurrence, and zeros stay zeros", () => {
  const fibby = new Fibby();
  const x = T.dvector("x");
  const f = theano.function([x], fibby.call(x));
  assertEquals(f([1, 2, 3, 4]).toArray(), [1, 2, 5, 14]);
  assertEquals(f([0, 0, 0, 0, 0]).toArray(), [0, 0, 0, 0, 0]);
  const fibbyOfZero = opt.localOptimizer([fibby])(
    function fibbyOfZero({ inputs: [input] }): theano.Variable | false {
      return input!.owner?.op.name === "Alloc" && input!;
    },
  );
  const pass = opt.sweepPass(1.9, "fibby", [], [opt.rules("fibby", [fibbyOfZero])]);
  const mode = theano.compile.getMode("FAST_RUN").register(pass);
  const n = T.lscalar("n");
  const g = theano.function([n], fibby.call(T.zeros([n], "float64")), { mode });
  assertEquals(g(5).toArray(), [0, 0, 0, 0, 0]);
  assertEquals(g.maker.fgraph.toposort().some(({ op }) => op instanceof Fibby), false);
});

Deno.test("extending 7: a doubling op of a user's own gives 2 on ones", () => {
  const double = theano.scalar.unary({
    name: "double",
    dtype: "same",
    ref: (v) => v * 2,
    body: (s, v) => s.mul(v, 2),
  });
  const x = T.fmatrix("x");
  const f = theano.function([x], double(x));
  const out = f(theano.ones([4, 5], "float32"));
  assertEquals([out.shape, out.dtype], [[4, 5], "float32"]);
  assertEquals(numbers(out), new Array(20).fill(2));
});

Deno.test("extending 8: an op from a graph, plain, of a shared variable, and with a gradient of its own", () => {
  const [x, y, z] = T.dscalars("x", "y", "z") as [Tensor, Tensor, Tensor];
  const e = x.add(y.mul(z));
  const op = new theano.OpFromGraph([x, y, z], [e]);
  const e2 = op.call(x, y, z).add(op.call(z, y, x));
  assertEquals(theano.function([x, y, z], e2)(2, 3, 4).item(), 14 + 10);
  const s = theano.shared(theano.array([[2, 2], [2, 2]], { dtype: "float64" }));
  const [a, b, c] = T.matrices("a", "b", "c") as [Tensor, Tensor, Tensor];
  const shared = new theano.OpFromGraph([a, b, c], [a.add(b.mul(c)).add(s)]);
  const f = theano.function([a, b, c], shared.call(a, b, c).sub(shared.call(c, b, a)));
  const two = [[1, 1], [1, 1]];
  assertEquals(f(two, [[2, 2], [2, 2]], [[3, 3], [3, 3]]).toArray(), [[2, 2], [2, 2]]);
  const rescaled = (inputs: Tensor[], [g]: Tensor[]): Tensor => inputs[2]!.mul(2).mul(g!);
  const own = new theano.OpFromGraph([x, y, z], [e], {
    gradOverrides: ["default", rescaled, "default"],
  });
  const gradients = theano.grad(own.call(x, y, z), [x, y, z]);
  const values = theano.function([x, y, z], gradients, { onUnusedInput: "ignore" })(2, 3, 4);
  assertEquals(values.map((v) => v.item()), [1, 8, 3]);
});
