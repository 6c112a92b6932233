import { assertEquals } from "@std/assert";
import {
  allDtypes,
  Complex,
  type DType,
  dtypes,
  type Element,
  getElement,
  makeStorage,
  setElement,
  toElement,
} from "../../core/dtype/dtype.ts";

const reals = [0, -0, 0.5, -0.5, 3.7, -3.7, 127, 128, -129, 255, 256, 65535, 65536, 2 ** 31, 1e10];
const wide = [2 ** 32 + 5, -(2 ** 33) - 7, 2 ** 53, 1e19, -1e19, 1e300, NaN, Infinity, -Infinity];

// The engine's own typed arrays cast as C does, modulo their range.
const engine: Partial<Record<DType, (x: number) => number>> = {
  int8: (x) => Int8Array.of(x)[0]!,
  int16: (x) => Int16Array.of(x)[0]!,
  int32: (x) => Int32Array.of(x)[0]!,
  uint8: (x) => Uint8Array.of(x)[0]!,
  uint16: (x) => Uint16Array.of(x)[0]!,
  uint32: (x) => Uint32Array.of(x)[0]!,
  float16: (x) => Float16Array.of(x)[0]!,
  float32: (x) => Float32Array.of(x)[0]!,
  float64: (x) => x,
};

for (const [dtype, cast] of Object.entries(engine)) {
  Deno.test(`toElement() casts numbers to ${dtype} as a typed array does`, () => {
    for (const x of [...reals, ...wide]) {
      const element = toElement(x, dtype as DType) as number;
      assertEquals(element === 0 ? 0 : element, cast(x) === 0 ? 0 : cast(x), `${x}`);
    }
  });
}

Deno.test("toElement() casts numbers to 64-bit integers: cut, wrapped, 0 where not finite", () => {
  assertEquals(toElement(-3.7, "int64"), -3n);
  assertEquals(toElement(2 ** 63, "int64"), -(2n ** 63n));
  assertEquals(toElement(-1, "uint64"), 2n ** 64n - 1n);
  assertEquals(toElement(NaN, "int64"), 0n);
  assertEquals(toElement(-Infinity, "uint64"), 0n);
  assertEquals(toElement(true, "int64"), 1n);
});

Deno.test("toElement() casts bigints to narrower integers by their low bits", () => {
  assertEquals(toElement(2n ** 63n - 1n, "int8"), -1);
  assertEquals(toElement(-(2n ** 63n), "uint32"), 0);
  assertEquals(toElement(2n ** 32n + 7n, "uint16"), 7);
  assertEquals(toElement(2n ** 64n - 1n, "int64"), -1n);
});

Deno.test("toElement() takes all but zero for true", () => {
  const cases: [Element, boolean][] = [
    [0, false],
    [-0, false],
    [0n, false],
    [NaN, true],
    [0.25, true],
    [-1n, true],
    [new Complex(0, 1), true],
    [new Complex(0, 0), false],
  ];
  for (const [value, truth] of cases) assertEquals(toElement(value, "bool"), truth, `${value}`);
});

Deno.test("toElement() rounds a bigint to float32 once, not by way of a double", () => {
  // 2^60 + 2^36 is a tie in float32 and 1 more is above it; a double cannot see that 1.
  const tie = 2n ** 60n + 2n ** 36n;
  assertEquals(toElement(tie, "float32"), 2 ** 60);
  assertEquals(toElement(tie + 1n, "float32"), 2 ** 60 + 2 ** 37);
  assertEquals(toElement(-tie - 1n, "float32"), -(2 ** 60) - 2 ** 37);
  assertEquals(toElement(2n ** 64n - 1n, "float32"), 2 ** 64);
  assertEquals(toElement(tie + 1n, "complex64"), new Complex(2 ** 60 + 2 ** 37, 0));
});

Deno.test("toElement() keeps the real part of a complex number where there is no other", () => {
  assertEquals(toElement(new Complex(2.5, 7), "float32"), 2.5);
  assertEquals(toElement(new Complex(-2.5, 7), "int16"), -2);
  assertEquals(toElement(1.1, "complex64"), new Complex(Math.fround(1.1), 0));
});

Deno.test("setElement() and getElement() are inverse for every dtype", () => {
  for (const dtype of allDtypes) {
    const data = makeStorage(dtype, 3);
    const element = toElement(dtypes[dtype].kind === "complex" ? new Complex(1, -2) : 1, dtype);
    setElement(data, 1, element, dtype);
    assertEquals(getElement(data, 1, dtype), element, dtype);
    assertEquals(getElement(data, 2, dtype), toElement(0, dtype), dtype);
  }
});

Deno.test("Complex prints as NumPy's complex128", () => {
  const cases: [number, number, string][] = [
    [1, 2, "(1+2j)"],
    [1.5, -0.25, "(1.5-0.25j)"],
    [0, 2, "2j"],
    [-0, 2, "(-0+2j)"],
    [1, -0, "(1-0j)"],
    [NaN, Infinity, "(nan+infj)"],
    [1e20, 1e-7, "(1e+20+1e-07j)"],
    [1234567, 1e16, "(1234567+1e+16j)"],
  ];
  for (const [re, im, text] of cases) assertEquals(`${new Complex(re, im)}`, text);
});
