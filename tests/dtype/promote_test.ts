import { assert, assertEquals, assertThrows } from "@std/assert";
import { allDtypes, type DType, isDType } from "../../core/dtype/dtype.ts";
import {
  accDType,
  autocastFloat,
  autocastInteger,
  type DTypeRule,
  dtypeRules,
  meanDType,
  sumDType,
  upcast,
} from "../../core/dtype/promote.ts";

const short: Record<string, DType> = {
  b1: "bool",
  i1: "int8",
  i2: "int16",
  i4: "int32",
  i8: "int64",
  u1: "uint8",
  u2: "uint16",
  u4: "uint32",
  u8: "uint64",
  f2: "float16",
  f4: "float32",
  f8: "float64",
  c8: "complex64",
  c16: "complex128",
};

function row(text: string): DType[] {
  return text.trim().split(/\s+/).map((name) => short[name]!);
}

// NumPy's table of promotion between arrays; rows and columns in the order of `allDtypes`.
const matrix = `
  b1  i1  i2  i4  i8  u1  u2  u4  u8  f2  f4  f8  c8  c16
  i1  i1  i2  i4  i8  i2  i4  i8  f8  f2  f4  f8  c8  c16
  i2  i2  i2  i4  i8  i2  i4  i8  f8  f4  f4  f8  c8  c16
  i4  i4  i4  i4  i8  i4  i4  i8  f8  f8  f8  f8  c16 c16
  i8  i8  i8  i8  i8  i8  i8  i8  f8  f8  f8  f8  c16 c16
  u1  i2  i2  i4  i8  u1  u2  u4  u8  f2  f4  f8  c8  c16
  u2  i4  i4  i4  i8  u2  u2  u4  u8  f4  f4  f8  c8  c16
  u4  i8  i8  i8  i8  u4  u4  u4  u8  f8  f8  f8  c16 c16
  u8  f8  f8  f8  f8  u8  u8  u8  u8  f8  f8  f8  c16 c16
  f2  f2  f4  f8  f8  f2  f4  f8  f8  f2  f4  f8  c8  c16
  f4  f4  f4  f8  f8  f4  f4  f8  f8  f4  f4  f8  c8  c16
  f8  f8  f8  f8  f8  f8  f8  f8  f8  f8  f8  f8  c16 c16
  c8  c8  c8  c16 c16 c8  c8  c16 c16 c8  c8  c16 c8  c16
  c16 c16 c16 c16 c16 c16 c16 c16 c16 c16 c16 c16 c16 c16
`.trim().split("\n").map(row);

function promoted(a: DType, b: DType): DType {
  return matrix[allDtypes.indexOf(a)]![allDtypes.indexOf(b)]!;
}

const pairs: [DType, DType][] = allDtypes.flatMap((a) =>
  allDtypes.map((b): [DType, DType] => [a, b])
);

function discrete(dtype: DType): boolean {
  return allDtypes.indexOf(dtype) < 9;
}

function complex(dtype: DType): boolean {
  return allDtypes.indexOf(dtype) > 11;
}

function integer(dtype: DType): boolean {
  return discrete(dtype) && dtype !== "bool";
}

Deno.test("upcast() is NumPy's promotion in every cell", () => {
  assertEquals(matrix.length, 14);
  for (const [a, b] of pairs) assertEquals(upcast(a, b), promoted(a, b), `${a}, ${b}`);
});

Deno.test("upcast() of one dtype is that dtype, of several a fold from the left", () => {
  for (const dtype of allDtypes) assertEquals(upcast(dtype), dtype);
  assertEquals(upcast("int8", "uint8", "float16"), promoted("int16", "float16"));
  assertEquals(upcast("bool", "bool", "int8", "uint32"), "int64");
});

// Outputs for inputs in the order of `allDtypes`; -- where the rule refuses.
const unary: Partial<Record<DTypeRule, string>> = {
  same: "b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 c8 c16",
  first: "b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 c8 c16",
  sameNoBool: "-- i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 c8 c16",
  sameNoBoolNoComplex: "-- i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 -- --",
  sameNoComplex: "b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 -- --",
  floatUp: "f4 f4 f4 f8 f8 f4 f4 f8 f8 f2 f4 f8 c8 c16",
  floatUpNoComplex: "f4 f4 f4 f8 f8 f4 f4 f8 f8 f2 f4 f8 -- --",
  bool: "b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1",
  bitsUnary: "b1 i1 i2 i4 i8 u1 u2 u4 u8 -- -- -- -- --",
  floatOnly: "-- -- -- -- -- -- -- -- -- f2 f4 f8 -- --",
  int64FromFloat: "-- -- -- -- -- -- -- -- -- i8 i8 i8 -- --",
  real: "b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 f4 f8",
  angle: "f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8",
  conj: "i1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 c8 c16",
};

for (const [rule, outputs] of Object.entries(unary)) {
  Deno.test(`dtypeRules.${rule} gives the dtypes of Theano's table`, () => {
    const names = outputs.split(" ");
    allDtypes.forEach((dtype, i) => {
      const result = dtypeRules[rule as DTypeRule]([dtype], "float64");
      if (names[i] === "--") assert(!isDType(result), `${dtype} is refused`);
      else assertEquals(result, short[names[i]!], dtype);
    });
  });
}

// What each rule of two inputs gives; undefined where it refuses.
const floats: Record<string, DType> = Object.fromEntries(
  allDtypes.map((dtype, i) => [dtype, row(unary.floatUp!)[i]!]),
);

const binary: Partial<Record<DTypeRule, (a: DType, b: DType) => DType | undefined>> = {
  upcast: promoted,
  upcastNoBool: (a, b) => a === "bool" && b === "bool" ? undefined : promoted(a, b),
  upcastNoComplex: (a, b) => complex(a) || complex(b) ? undefined : promoted(a, b),
  pow: (a, b) => a === "bool" && b === "bool" ? "int8" : promoted(a, b),
  trueDiv: (a, b) => discrete(a) && discrete(b) ? "float32" : promoted(a, b),
  floatUpcast: (a, b) => complex(a) || complex(b) ? undefined : promoted(floats[a]!, floats[b]!),
  bool: () => "bool",
  bits: (a, b) => {
    if (a === "bool" && b === "bool") return "bool";
    const mixed = a === "uint64" && b.startsWith("int") || b === "uint64" && a.startsWith("int");
    return integer(a) && integer(b) && !mixed ? promoted(a, b) : undefined;
  },
  complexPair: (a, b) => {
    if (complex(a) || complex(b)) return undefined;
    const wide = ["int32", "int64", "uint32", "uint64", "float64"];
    return wide.includes(a) || wide.includes(b) ? "complex128" : "complex64";
  },
  second: (_, b) => b,
};

for (const [rule, expected] of Object.entries(binary)) {
  Deno.test(`dtypeRules.${rule} gives the dtypes of Theano's table for every pair`, () => {
    for (const [a, b] of pairs) {
      const result = dtypeRules[rule as DTypeRule]([a, b], "float32");
      const wanted = expected(a, b);
      if (wanted === undefined) assert(!isDType(result), `${a}, ${b} is refused`);
      else assertEquals(result, wanted, `${a}, ${b}`);
    }
  });
}

Deno.test("dtypeRules.trueDiv of integers is floatX", () => {
  assertEquals(dtypeRules.trueDiv(["int8", "bool"], "float64"), "float64");
  assertEquals(dtypeRules.trueDiv(["int64", "uint8"], "float16"), "float16");
});

Deno.test("dtypeRules.switch looks at the branches only, clip at all three", () => {
  for (const [a, b] of pairs) {
    assertEquals(dtypeRules.switch(["complex128", a, b], "float64"), promoted(a, b));
  }
  assertEquals(dtypeRules.clip(["int8", "int16", "float32"], "float64"), "float32");
  assert(!isDType(dtypeRules.clip(["int8", "complex64", "int8"], "float64")));
});

Deno.test("dtypeRules say why they refuse", () => {
  const cases: [DTypeRule, DType[], string][] = [
    ["sameNoBool", ["bool"], "bool has no arithmetic negation or difference"],
    ["upcastNoComplex", ["complex64", "int8"], "complex numbers have no order"],
    ["bits", ["bool", "int8"], "bitwise operations want all bool or all integer inputs"],
    ["bits", ["uint64", "int8"], "no integer dtype holds both uint64 and int8"],
    ["bitsUnary", ["float32"], "bitwise operations want a bool or integer input"],
    ["floatOnly", ["int8"], "it wants a float input"],
    ["complexPair", ["complex64", "int8"], "the parts of a complex number are real"],
    ["floatUpNoComplex", ["complex64"], "it is not defined for complex numbers"],
  ];
  for (const [rule, inputs, why] of cases) assertEquals(dtypeRules[rule](inputs, "float64"), why);
});

Deno.test("every rule is covered by a table of this file", () => {
  const covered = new Set([...Object.keys(unary), ...Object.keys(binary), "switch", "clip"]);
  assertEquals(new Set(Object.keys(dtypeRules)), covered);
});

Deno.test("sumDType(), accDType() and meanDType() are Theano's", () => {
  assertEquals(allDtypes.map(sumDType), row("i8 i8 i8 i8 i8 u8 u8 u8 u8 f2 f4 f8 c8 c16"));
  assertEquals(allDtypes.map(accDType), row("i8 i8 i8 i8 i8 u8 u8 u8 u8 f8 f8 f8 c16 c16"));
  assertEquals(allDtypes.map(meanDType), row("f8 f8 f8 f8 f8 f8 f8 f8 f8 f2 f4 f8 c8 c16"));
});

Deno.test("autocastInteger() takes the smallest dtype, and uint64 beyond int64", () => {
  const cases: [number | bigint, DType][] = [
    [0, "int8"],
    [127, "int8"],
    [-128, "int8"],
    [128, "int16"],
    [-129, "int16"],
    [32768, "int32"],
    [-(2 ** 31), "int32"],
    [2 ** 31, "int64"],
    [2 ** 53, "int64"],
    [2n ** 63n - 1n, "int64"],
    [-(2n ** 63n), "int64"],
    [2 ** 63, "uint64"],
    [2n ** 63n, "uint64"],
    [2n ** 64n - 1n, "uint64"],
  ];
  for (const [value, dtype] of cases) assertEquals(autocastInteger(value), dtype, `${value}`);
});

Deno.test("autocastInteger() refuses what no integer dtype holds", () => {
  for (const value of [2n ** 64n, -(2n ** 63n) - 1n, 1e300]) {
    const error = assertThrows(() => autocastInteger(value), RangeError);
    assertEquals(
      error.message,
      `Cannot make a constant of ${value}: it is outside int64 and uint64\n` +
        "  For a float of that value give a dtype: constant(value, { dtype: 'float64' })",
    );
  }
});

Deno.test("autocastFloat() keeps exact numbers in float32 unless floatX or the policy say otherwise", () => {
  assertEquals(autocastFloat(1.5, "float64", "custom"), "float32");
  assertEquals(autocastFloat(1.1, "float64", "custom"), "float64");
  assertEquals(autocastFloat(Infinity, "float64", "custom"), "float32");
  assertEquals(autocastFloat(NaN, "float64", "custom"), "float64");
  assertEquals(autocastFloat(1.1, "float32", "custom"), "float32");
  assertEquals(autocastFloat(1.5, "float16", "custom"), "float16");
  assertEquals(autocastFloat(1.5, "float64", "numpy+floatX"), "float64");
  assertEquals(autocastFloat(1.1, "float32", "numpy+floatX"), "float32");
});
