/**
 * @file Elementwise kernels: every primitive on every dtype, in registers of two and of four.
 */

import { type DType, isFloat } from "../../core/dtype/dtype.ts";
import type { MapKernel, Operand } from "../../core/kernel/kernel.ts";
import type { Size } from "../../core/kernel/size.ts";
import { InterpreterTarget } from "../../core/kernel/stepper.ts";
import { Builder, type Expr, type ScalarValue } from "../../core/scalar/expr.ts";
import { isLaneOf, laneOf, type Primitive, primitives } from "../../core/scalar/primitive.ts";
import { KernelCase } from "../helpers/kernel_case.ts";
import { Random } from "../helpers/random.ts";
import { laneDTypes, randomElement } from "../helpers/random_expr.ts";
import { assertSame, outcome, wasmTarget } from "../helpers/targets.ts";

const length = 61;

/** A kernel over vectors of random elements, special ones among them. */
function overVectors(
  inputs: readonly DType[],
  bodies: (s: Builder, x: readonly Expr[]) => readonly Expr[],
  seed: number,
): { readonly kernelCase: KernelCase; readonly kernel: MapKernel } {
  const kernelCase = new KernelCase();
  const random = new Random(seed);
  const walk = (buffer: number, dtype: DType): Operand => ({
    buffer,
    dtype,
    offset: kernelCase.constant(0),
    strides: [kernelCase.constant(1)],
  });
  const elements = (dtype: DType) => random.list(length, () => randomElement(random, dtype));
  const s = new Builder();
  const results = bodies(s, inputs.map((dtype, k) => s.input(k, dtype)));
  const kernel: MapKernel = {
    kind: "map",
    dims: [kernelCase.dynamic(length)],
    inputs: inputs.map((dtype) => walk(kernelCase.input(dtype, elements(dtype)), dtype)),
    params: [],
    counters: [],
    outputs: results.map((e) => walk(kernelCase.output(e.dtype, elements(e.dtype)), e.dtype)),
    bodies: results,
  };
  return { kernelCase, kernel };
}

const interpreter = new InterpreterTarget();
const wasm = wasmTarget(false);

/** Runs a body alone, and beside one of 64 bits so that registers hold two elements. */
function checkBody(
  inputs: readonly DType[],
  body: (s: Builder, x: readonly Expr[]) => Expr,
  name: string,
): void {
  const beside = (s: Builder, x: readonly Expr[]): readonly Expr[] => [
    body(s, x),
    s.convert(s.convert(x[0]!, "int32"), "int64"),
  ];
  for (
    const [width, bodies] of [["alone", (s: Builder, x: readonly Expr[]) => [body(s, x)]], [
      "beside int64",
      beside,
    ]] as const
  ) {
    const { kernelCase, kernel } = overVectors(inputs, bodies, name.length);
    const lowered = kernelCase.lowered(kernel);
    const { executable } = wasm.build(lowered);
    const expected = outcome(interpreter.build(lowered).executable, kernelCase.args);
    assertSame(outcome(executable, kernelCase.args), expected, `${name}, ${width}`);
    executable.free();
  }
}

const called = (Object.keys(primitives) as Primitive[]).filter(
  (p) => primitives[p].result !== "stated" && primitives[p].result !== "branches",
);

for (const primitive of called) {
  Deno.test(`${primitive} does in vectors what it means, on every dtype`, () => {
    const { arity, on } = primitives[primitive];
    for (const dtype of laneDTypes.filter((t) => isLaneOf(laneOf(t), on))) {
      const inputs = new Array<DType>(arity).fill(dtype);
      checkBody(inputs, (s, x) => s.call(primitive, ...x), `${primitive} of ${dtype}`);
    }
  });
}

for (const primitive of ["select", "rare"] as const) {
  Deno.test(`${primitive} does in vectors what it means, on every dtype`, () => {
    for (const dtype of laneDTypes) {
      const inputs = ["bool", dtype, dtype] as const;
      checkBody(inputs, (s, x) => s.call(primitive, ...x), `${primitive} of ${dtype}`);
    }
  });
}

Deno.test("select of what lt compares tells NaN and zeros apart as it says", () => {
  for (const dtype of laneDTypes.filter((t) => isLaneOf(laneOf(t), primitives.lt.on))) {
    const bodies = [
      (s: Builder, [x, y]: readonly Expr[]) => s.select(s.lt(x!, y!), y!, x!),
      (s: Builder, [x, y]: readonly Expr[]) => s.select(s.lt(x!, y!), x!, y!),
      (s: Builder, [x, y]: readonly Expr[]) => s.select(s.gt(x!, y!), x!, y!),
    ];
    bodies.forEach((body, k) => checkBody([dtype, dtype], body, `choice ${k} of ${dtype}`));
  }
});

Deno.test("rare keeps the values that both branches and later code share", () => {
  const body = (s: Builder, [x, y]: readonly Expr[]): Expr => {
    const shared = s.mul(x!, y!);
    const slow = s.add(s.sqrt(shared), s.rare(s.lt(y!, 0), s.neg(shared), s.floor(y!)));
    const chosen = s.rare(s.lt(x!, 0.5), slow, s.sub(shared, 1));
    return s.add(chosen, s.rare(s.eq(x!, 1), s.sqrt(shared), shared));
  };
  for (const dtype of ["float32", "float64"] as const) {
    checkBody([dtype, dtype], body, "rare twice");
  }
});

for (const from of laneDTypes) {
  Deno.test(`convert of ${from} does in vectors what it means, to every dtype`, () => {
    for (const to of laneDTypes) {
      checkBody([from], (s, [x]) => s.convert(x!, to), `${from} to ${to}`);
    }
  });
}

Deno.test("bitcast keeps the bits between dtypes of one width", () => {
  const wide: readonly (readonly DType[])[] = [
    ["int32", "uint32", "float32"],
    ["int64", "uint64", "float64"],
  ];
  for (const group of wide) {
    for (const from of group) {
      for (const to of group) {
        const finite = (s: Builder, x: Expr): Expr =>
          isFloat(from) ? s.select(s.isNaN(x), 2, x) : x;
        checkBody([from], (s, [x]) => s.bitcast(finite(s, x!), to), `${from} as ${to}`);
      }
    }
  }
});

Deno.test("shifts by constants take the count modulo the width", () => {
  for (const dtype of laneDTypes.filter((t) => isLaneOf(laneOf(t), "integer"))) {
    for (const count of [0, 1, 7, 31, 32, 33, 63, 64, 100]) {
      for (const name of ["shl", "shr"] as const) {
        checkBody([dtype], (s, [x]) => s.call(name, x!, count), `${name} of ${dtype} by ${count}`);
      }
    }
  }
});

Deno.test("constants of every dtype fill all lanes", () => {
  for (const dtype of laneDTypes) {
    const random = new Random(3);
    for (let k = 0; k < 12; k++) {
      const value = randomElement(random, dtype) as ScalarValue;
      checkBody(
        [dtype],
        (s, [x]) => s.select(s.eq(x!, x!), s.const(value, dtype), x!),
        `${value} of ${dtype}`,
      );
    }
  }
});

/** A kernel over a matrix and a transposed one, stacked so many times. */
function overTransposed(
  dtype: DType,
  dims: readonly [stack: number, rows: number, columns: number],
): { readonly kernelCase: KernelCase; readonly kernel: MapKernel } {
  const [stack, rows, columns] = dims;
  const kernelCase = new KernelCase();
  const random = new Random(rows * columns);
  const size = stack * rows * columns;
  const elements = () => random.list(size, () => randomElement(random, dtype));
  const [zero, one] = [kernelCase.constant(0), kernelCase.constant(1)];
  const [step, wide, high] = [rows * columns, columns, rows].map((n) => kernelCase.dynamic(n)) as [
    Size,
    Size,
    Size,
  ];
  const s = new Builder();
  const [x, y] = [s.input(0, dtype), s.input(1, dtype)];
  const body = dtype === "bool" ? s.and(x, s.not(y)) : s.sub(s.max(x, y), y);
  const walk = (buffer: number, ...strides: Size[]): Operand => ({
    buffer,
    dtype,
    offset: zero,
    strides,
  });
  const kernel: MapKernel = {
    kind: "map",
    dims: dims.map((n) => kernelCase.dynamic(n)),
    inputs: [
      walk(kernelCase.input(dtype, elements()), step, wide, one),
      walk(kernelCase.input(dtype, elements()), step, one, high),
    ],
    params: [],
    counters: [],
    outputs: [walk(kernelCase.output(dtype, elements()), step, wide, one)],
    bodies: [body],
  };
  return { kernelCase, kernel };
}

for (const dtype of laneDTypes) {
  Deno.test(`a transposed operand of ${dtype} is read right, whatever its shape`, () => {
    for (const rows of [1, 3, 4, 9]) {
      for (const columns of [1, 2, 5, 8, 270]) {
        const { kernelCase, kernel } = overTransposed(dtype, [2, rows, columns]);
        const lowered = kernelCase.lowered(kernel);
        const { executable } = wasm.build(lowered);
        const expected = outcome(interpreter.build(lowered).executable, kernelCase.args);
        assertSame(outcome(executable, kernelCase.args), expected, `${rows}×${columns}`);
        executable.free();
      }
    }
  });
}
