/** @file Programs as bytes and back: the same texts, the same sharing, the same results. */

import {
  assert,
  assertEquals,
  assertNotStrictEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { array } from "../../core/array/build.ts";
import type { NDArray } from "../../core/array/ndarray.ts";
import type { DType } from "../../core/dtype/dtype.ts";
import { applyOp } from "../../core/graph/op.ts";
import type { CustomKernel, KernelKind, MapKernel } from "../../core/kernel/kernel.ts";
import { printProgram } from "../../core/kernel/print.ts";
import { bodiesOf, type Program } from "../../core/kernel/program.ts";
import { type Size, Sizes } from "../../core/kernel/size.ts";
import { InterpreterTarget } from "../../core/kernel/stepper.ts";
import { restoredProgram, storedProgram } from "../../core/kernel/stored_program.ts";
import type { Lowered } from "../../core/kernel/target.ts";
import { stepSizes } from "../../core/kernel/step_sizes.ts";
import { add, mul } from "../../core/ops/arithmetic.ts";
import { cumsum } from "../../core/ops/cumulative.ts";
import { ifelse } from "../../core/ops/if_else.ts";
import { get, incSubtensor } from "../../core/ops/indexing.ts";
import { MrgUniform } from "../../core/ops/random_mrg.ts";
import { permuteRowElements } from "../../core/ops/permute.ts";
import { sum } from "../../core/ops/reduce.ts";
import { Scan } from "../../core/ops/scan_op.ts";
import { softmax } from "../../core/ops/softmax.ts";
import { argsort, sort } from "../../core/ops/sort.ts";
import { slice } from "../../core/ops/subtensor_index.ts";
import { dot } from "../../core/ops/tensordot.ts";
import { exp } from "../../core/ops/transcendental.ts";
import { mrgState, streamStates } from "../../core/random/mrg.ts";
import { Builder, type Expr, inOrder } from "../../core/scalar/expr.ts";
import { constant } from "../../core/tensor/constructors.ts";
import { TensorType } from "../../core/tensor/tensor_type.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { KernelCase } from "../helpers/kernel_case.ts";
import { Random } from "../helpers/random.ts";
import { build, randomProgram } from "../helpers/random_graph.ts";
import { assertSame, type GraphSpec, lowered, outcome } from "../helpers/targets.ts";
import { Scaled } from "../ops/wasm_code.ts";

function variable(dtype: DType, ndim: number, name?: string): TensorVariable {
  return new TensorType(dtype, new Array<boolean>(ndim).fill(false)).makeVariable(name);
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** What a program is after it went through bytes. Checks that these say all there is. */
function again(program: Lowered): Lowered {
  const sections = storedProgram(program);
  const restored = restoredProgram(sections);
  assertEquals(printProgram(restored.program), printProgram(program.program));
  const second = storedProgram(restored);
  assertEquals(text(second["program.json"]!), text(sections["program.json"]!));
  assertEquals(second, sections);
  return restored;
}

/** Checks that a program that went through bytes is interpreted as before. */
function assertRuns(spec: GraphSpec, args: readonly NDArray[], why: string): Program {
  const program = lowered(spec);
  const [before, after] = [program, again(program)].map((one) =>
    outcome(new InterpreterTarget().build(one).executable, args)
  );
  assertSame(after!, before!, why);
  return program.program;
}

const [x, v, i] = [variable("float64", 2, "x"), variable("float64", 1), variable("int64", 1)];
const states = variable("int32", 2);
const matrix = array([[0.5, -1, 3], [2, 0, 7]], { dtype: "float64" });
const vector = array([1, -2, 3], { dtype: "float64" });
const places = array([1, 0, 1], { dtype: "int64" });

/** A graph that becomes kernels of a kind, and what it is called with. */
const kinds: Readonly<Record<KernelKind, readonly [GraphSpec, ...NDArray[]]>> = {
  map: [{ inputs: [x, v], outputs: [exp(add(x, mul(v, 3)))] }, matrix, vector],
  reduce: [{ inputs: [x], outputs: [sum(mul(x, x), 0)] }, matrix],
  rows: [{ inputs: [x], outputs: [softmax(x)] }, matrix],
  gemm: [{ inputs: [x], outputs: [dot(x, constant([[1.5, 2], [3, 4], [5, 6]]))] }, matrix],
  gather: [{ inputs: [x, i], outputs: [get(x, i)] }, matrix, places],
  scatter: [{ inputs: [v, i], outputs: [incSubtensor(get(v, i), 2.5)] }, vector, places],
  random: [
    { inputs: [states, i], outputs: new MrgUniform(v.type).makeNode(states, i).outputs },
    array([...streamStates(mrgState(7), 2)], { dtype: "int32" }).reshape(2, 6),
    array([5], { dtype: "int64" }),
  ],
  cumulative: [{ inputs: [x], outputs: [cumsum(x, { axis: 1 })] }, matrix],
  sort: [{ inputs: [x], outputs: [sort(x), argsort(x, 0)] }, matrix],
  custom: [{ inputs: [v], outputs: [new Scaled(3).call(v)] }, vector],
};

for (const [kind, [spec, ...args]] of Object.entries(kinds)) {
  Deno.test(`a program with a ${kind} is the same after it went through bytes`, () => {
    const { steps } = lowered(spec).program;
    assert(steps.some((step) => step.kind === "run" && step.kernel.kind === kind));
    if (kind === "custom") again(lowered(spec));
    else assertRuns(spec, args, kind);
  });
}

Deno.test("a failing check and an index out of range have their texts and nodes", () => {
  const [spec] = kinds.gather;
  assertRuns(spec, [matrix, array([1, 5], { dtype: "int64" })], "gather");
  assertRuns(kinds.map[0], [matrix, array([1, 2], { dtype: "float64" })], "map");
});

/** A loop with a choice in each turn. */
function loopOfChoices(): { readonly spec: GraphSpec; readonly args: readonly NDArray[] } {
  const [row, w, c] = [variable("float64", 1), variable("float64", 1), variable("int8", 0)];
  const plain = {
    states: [],
    carried: 0,
    hasCondition: false,
    truncate: -1,
    label: "turns",
    inner: null,
  };
  const chosen = ifelse(c, mul(row, sum(w)), get(add(row, w), slice(null, null, -1)));
  const op = new Scan({ ...plain, sequences: 1, maps: [null] }, [row, w, c], [chosen]);
  const inputs = [variable("int64", 0), x, v, variable("int8", 0)];
  const args = [array(2, { dtype: "int64" }), matrix, vector, array(1, { dtype: "int8" })];
  return { spec: { inputs, outputs: applyOp(op, inputs).outputs }, args };
}

/** Checks that all sizes of a program are those that its `Sizes` makes, and so for its bodies. */
function assertInterned({ buffers, steps }: Program, sizes: Sizes): number {
  const made = (size: Size): Size => {
    switch (size.kind) {
      case "const":
        return sizes.const(size.value);
      case "dim":
        return sizes.dim(size.buffer, size.axis);
      case "value":
        return sizes.value(size.buffer);
      case "call":
        return sizes.call(size.op, ...size.args.map(made));
    }
  };
  for (
    const size of [...buffers.flatMap(({ shape }) => shape ?? []), ...steps.flatMap(stepSizes)]
  ) {
    assertStrictEquals(made(size), size);
  }
  const bodies = steps.flatMap(bodiesOf);
  return bodies.reduce((n, body) => n + assertInterned(body.program, body.sizes), bodies.length);
}

Deno.test("loops and branches go through bytes with sizes of their own", () => {
  const { spec, args } = loopOfChoices();
  assertRuns(spec, args, "taken");
  assertRuns(spec, [...args.slice(0, 3), array(0, { dtype: "int8" })], "not taken");
  const before = lowered(spec);
  const after = again(before);
  assertEquals(assertInterned(before.program, before.sizes), 3);
  assertEquals(assertInterned(after.program, after.sizes), 3);
  const [body] = after.program.steps.flatMap(bodiesOf);
  assertNotStrictEquals(body!.sizes, after.sizes);
});

/** A program of one elementwise kernel with a body. */
function withBody(make: (s: Builder, x: Expr) => Expr): Lowered {
  const kernelCase = new KernelCase();
  const [one, zero] = [kernelCase.constant(1), kernelCase.constant(0)];
  const [from, to] = [kernelCase.input("float64", [3]), kernelCase.output("float64", [0])];
  const s = new Builder();
  const walk = (buffer: number) =>
    ({ buffer, dtype: "float64", offset: zero, strides: [one] }) as const;
  return kernelCase.lowered({
    kind: "map",
    dims: [one],
    inputs: [walk(from)],
    params: [],
    counters: [],
    outputs: [walk(to)],
    bodies: [make(s, s.input(0, "float64"))],
  });
}

/** The expressions of the last kernel. */
function bodiesIn({ program }: Lowered): readonly Expr[] {
  const kernels = program.steps.flatMap((step) => step.kind === "run" ? [step.kernel] : []);
  return inOrder((kernels.at(-1) as MapKernel).bodies);
}

Deno.test("what an expression shares stays shared", () => {
  const doubled = (s: Builder, x: Expr): Expr => {
    for (let k = 0; k < 60; k++) x = s.add(x, x);
    return x;
  };
  const sections = storedProgram(withBody(doubled));
  assert(sections["program.json"]!.length < 10_000);
  assertEquals(bodiesIn(restoredProgram(sections)).length, 61);
});

Deno.test("numbers that JSON lacks go through bytes", () => {
  const numbers = [NaN, Infinity, -Infinity, -0, 0.1];
  const wide = [2n ** 63n - 1n, -(2n ** 63n)];
  const program = withBody((s, x) => {
    const all = numbers.map((value) => s.const(value, "float64"));
    const longs = wide.map((value) => s.convert(s.const(value, "int64"), "float64"));
    const total = [...all, ...longs].reduce((sum, term) => s.add(sum, term), x);
    return s.select(s.const(true, "bool"), total, x);
  });
  const values = (lowered: Lowered): unknown[] =>
    bodiesIn(lowered).flatMap((e) => e.kind === "const" ? [e.value] : []);
  const found = values(restoredProgram(storedProgram(program)));
  assertEquals(found, values(program));
  for (const value of [...numbers, ...wide, true]) {
    assert(found.some((one) => Object.is(one, value)));
  }
});

Deno.test("the code of users' ops is kept, and of perform the name", () => {
  const [spec] = kinds.custom;
  const kernelIn = ({ program }: Lowered): CustomKernel =>
    program.steps.flatMap((step) =>
      step.kind === "run" && step.kernel.kind === "custom" ? [step.kernel] : []
    )[0]!;
  const [before, after] = [lowered(spec), again(lowered(spec))].map(kernelIn);
  assertEquals(after!.code, before!.code);
  assertThrows(
    () => after!.perform([]),
    Error,
    "Cannot call perform: functions are not stored; this is a bug in core/kernel/stored_program.ts",
  );
});

Deno.test("what is no plain data is refused", () => {
  const program = lowered(kinds.map[0]);
  const withStep = (more: object): Lowered => ({
    ...program,
    program: { ...program.program, steps: [{ kind: "cut", ...more }] },
  });
  const refused: readonly (readonly [string, object])[] = [
    ["it holds a value of class Map", { more: new Map() }],
    ["it holds undefined", { more: [undefined] }],
    ["it holds a size that its program did not make", { more: new Sizes().const(1) }],
  ];
  for (const [why, more] of refused) {
    const message =
      `Cannot store a program: ${why}; this is a bug in core/kernel/stored_program.ts`;
    assertThrows(() => storedProgram(withStep(more)), Error, message);
  }
  const onHost = lowered({ inputs: [v], outputs: [permuteRowElements(v, [2, 1, 0])] });
  assertThrows(() => storedProgram(onHost), Error, "it has steps of the host");
});

Deno.test("a program is not restored from sections that are damaged", () => {
  const sections = storedProgram(lowered(kinds.gemm[0]));
  const { constant_0: elements, ...rest } = sections;
  assertThrows(() => restoredProgram({}), Error, "it has no section program.json");
  assertThrows(() => restoredProgram(rest), Error, "it has no section constant_0");
  assertThrows(
    () => restoredProgram({ ...sections, constant_0: elements!.slice(1) }),
    Error,
    "Cannot restore a constant: it has 47 bytes, not 48; this is a bug in core/kernel/stored_array.ts",
  );
  const half = sections["program.json"]!.slice(0, 100);
  assertThrows(() => restoredProgram({ ...sections, "program.json": half }), SyntaxError);
});

Deno.test("random programs are the same after they went through bytes", () => {
  for (let seed = 1; seed <= 40; seed++) {
    const program = randomProgram(new Random(seed), 8);
    const { inputs, outputs } = build(program);
    const spec = { inputs, outputs };
    if (lowered(spec).hosts.length > 0) continue;
    assertRuns(spec, program.inputs.map(({ value }) => value), `seed ${seed}`);
  }
});
