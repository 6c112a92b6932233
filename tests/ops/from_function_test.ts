import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as theano from "@theano/theano";

const { tensor: T, NDArray } = theano;
type Tensor = theano.TensorVariable;

/** Every element times a number, on float64 arrays of any shape. */
function scaled(x: theano.NDArray, factor: number): theano.NDArray {
  return NDArray.of(
    Float64Array.from(x.data as Float64Array, (v) => v * factor),
    x.shape,
    "float64",
  );
}

Deno.test("asOp makes an op of a function, also as a decorator", () => {
  const dot = (x: theano.NDArray, y: theano.NDArray): theano.NDArray => {
    const [n, k, m] = [x.shape[0]!, x.shape[1]!, y.shape[1]!];
    const data = new Float32Array(n * m);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < m; j++) {
        for (let l = 0; l < k; l++) data[i * m + j]! += Number(x.get(i, l)) * Number(y.get(l, j));
      }
    }
    return NDArray.of(data, [n, m], "float32");
  };
  const x = T.fmatrix("x");
  const y = T.fmatrix("y");
  const types = [[T.fmatrix, T.fmatrix], [T.fmatrix]] as const;
  for (const own of [theano.asOp(...types, dot), theano.asOp(...types)(dot)]) {
    assertEquals(own.op.name, "FromFunctionOp{dot}");
    const f = theano.function([x, y], own(x, y));
    assertEquals(f([[1, 2]], [[3], [4]]).toArray(), [[11]]);
  }
  assertEquals(theano.asOp(...types, dot).op.key, theano.asOp(...types)(dot).op.key);
});

Deno.test("asOp infers shapes by the function given, and has no gradient", () => {
  const x = T.dvector("x");
  let calls = 0;
  const twice = theano.asOp(T.dvector, T.dvector, function twice(v): theano.NDArray {
    calls++;
    return scaled(v, 2);
  }, { inferShape: (_, shapes): readonly theano.Shape[] => shapes });
  assertEquals(theano.function([x], twice(x).shape)([1, 2, 3]).toArray(), [3]);
  assertEquals(calls, 0);
  const { message } = assertThrows(() => theano.grad(twice(x).sum(), x), Error);
  assertEquals(message, "'FromFunctionOp' object has no attribute 'grad'");
});

Deno.test("a function of asOp may return plain numbers, and several values in an array", () => {
  const x = T.dvector("x");
  const ends = theano.asOp(T.dvector, [T.dscalar, T.lscalar], (v) => {
    const values = v.data as Float64Array;
    return [Math.max(...values), values.length];
  });
  const f = theano.function([x], ends<Tensor[]>(x));
  assertEquals(f([1, 5, 3]).map((v) => v.item()), [5, 3]);
});

Deno.test("an array that a function returns and keeps is never written to", () => {
  const x = T.dvector("x");
  const own = theano.function([x], new theano.Out(x.mul(1.5), { borrow: true }));
  for (const kept of [own([1, 2]), theano.array([1.5, 3])]) {
    const f = theano.function([x], T.exp(theano.asOp(T.dvector, T.dvector, () => kept)(x)));
    const expected = [Math.exp(1.5), Math.exp(3)];
    for (let k = 0; k < 2; k++) {
      const values = f([0, 0]);
      expected.forEach((v, i) => assertAlmostEquals(Number(values.get(i)), v, 1e-12));
      assertEquals(kept.toArray(), [1.5, 3]);
    }
  }
});

Deno.test("asOp wants types", () => {
  const fn = (v: theano.NDArray): theano.NDArray => v;
  const wrong = "dvector" as unknown as theano.TypeLike;
  const inputs = assertThrows(() => theano.asOp(wrong, T.dvector, fn), TypeError);
  assertEquals(inputs.message, "itypes has to be a list of Theano types");
  const outputs = assertThrows(() => theano.asOp(T.dvector, [wrong], fn), TypeError);
  assertEquals(outputs.message, "otypes has to be a list of Theano types");
});
