/**
 * @file The manual's page "Baby steps: algebra".
 */

import { assertEquals, assertStrictEquals } from "@std/assert";
import * as theano from "@theano/theano";

const { tensor: T } = theano;

Deno.test("algebra 4: adding two scalars", () => {
  const x = T.dscalar("x");
  const y = T.dscalar("y");
  const f = theano.function([x, y], x.add(y));
  const sum = f(2, 3);
  assertEquals([sum.item(), sum.shape, sum.dtype], [5, [], "float64"]);
});

Deno.test("algebra 5: the sum is 28.4", () => {
  const [x, y] = T.dscalars("x", "y") as theano.tensor.TensorVariable[];
  assertEquals(
    Math.abs(theano.function([x!, y!], x!.add(y!))(16.3, 12.1).item() - 28.4) < 1e-12,
    true,
  );
});

Deno.test("algebra 6: the type of a variable is that of its constructor", () => {
  const x = T.dscalar("x");
  assertEquals(x instanceof T.TensorVariable, true);
  assertEquals(String(x.type), "TensorType(float64, scalar)");
  assertStrictEquals(x.type, T.dscalar.type);
});

Deno.test("algebra 7: pp prints the sum", () => {
  assertEquals(theano.pp(T.dscalar("x").add(T.dscalar("y"))), "(x + y)");
});

Deno.test("algebra 8: eval gives the value at once", () => {
  const [x, y] = T.dscalars("x", "y") as theano.tensor.TensorVariable[];
  const z = x!.add(y!);
  assertEquals(z.eval([[x!, 16.3], [y!, 12.1]]).item(), 16.3 + 12.1);
});

Deno.test("algebra 9: adding two matrices, from lists and from arrays", () => {
  const [x, y] = T.dmatrices("x", "y") as theano.tensor.TensorVariable[];
  const f = theano.function([x!, y!], x!.add(y!));
  const lists = f([[1, 2], [3, 4]], [[10, 20], [30, 40]]);
  const arrays = f(theano.array([[1, 2], [3, 4]]), theano.array([[10, 20], [30, 40]]));
  assertEquals(lists.toArray(), [[11, 22], [33, 44]]);
  assertEquals(arrays.toArray(), [[11, 22], [33, 44]]);
});

Deno.test("algebra 10: every prefix and shape has a constructor", () => {
  const dtypes = {
    b: "int8",
    w: "int16",
    i: "int32",
    l: "int64",
    f: "float32",
    d: "float64",
    c: "complex64",
    z: "complex128",
  };
  const shapes = {
    scalar: [],
    vector: [false],
    matrix: [false, false],
    row: [true, false],
    col: [false, true],
    tensor3: new Array(3).fill(false),
    tensor4: new Array(4).fill(false),
    tensor5: new Array(5).fill(false),
    tensor6: new Array(6).fill(false),
    tensor7: new Array(7).fill(false),
  };
  const constructors = T as unknown as Readonly<
    Record<string, (name: string) => theano.tensor.TensorVariable>
  >;
  for (const [prefix, dtype] of Object.entries(dtypes)) {
    for (const [shape, pattern] of Object.entries(shapes)) {
      const x = constructors[prefix + shape]!("x");
      assertEquals([x.dtype, x.broadcastable, x.name], [dtype, pattern, "x"]);
    }
  }
});

Deno.test("algebra 11: a + a ** 10", () => {
  const a = T.vector();
  const f = theano.function([a], a.add(a.pow(10)));
  assertEquals(f([0, 1, 2]).toArray(), [0, 2, 1026]);
});

Deno.test("algebra 12: a ** 2 + b ** 2 + 2 * a * b", () => {
  const [a, b] = T.vectors("a", "b") as theano.tensor.TensorVariable[];
  const out = a!.pow(2).add(b!.pow(2)).add(T.mul(2, a!).mul(b!));
  assertEquals(theano.function([a!, b!], out)([1, 2], [4, 5]).toArray(), [25, 49]);
});
