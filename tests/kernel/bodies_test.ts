/**
 * @file Loops and lazy choices as programs inside programs, on every target: bit by bit what the
 * interpreter gives, and what the op's own definition gives.
 */

import { assert, assertEquals } from "@std/assert";
import { array } from "../../core/array/build.ts";
import type { NDArray } from "../../core/array/ndarray.ts";
import type { DType } from "../../core/dtype/dtype.ts";
import { applyOp } from "../../core/graph/op.ts";
import type { Apply, Variable } from "../../core/graph/variable.ts";
import type { Step } from "../../core/kernel/program.ts";
import { printProgram } from "../../core/kernel/print.ts";
import { InterpreterTarget } from "../../core/kernel/stepper.ts";
import type { Lowered } from "../../core/kernel/target.ts";
import { add, mul, sub } from "../../core/ops/arithmetic.ts";
import { dimshuffle } from "../../core/ops/dimshuffle.ts";
import { dot } from "../../core/ops/tensordot.ts";
import { ifelse } from "../../core/ops/if_else.ts";
import { get } from "../../core/ops/indexing.ts";
import { slice } from "../../core/ops/subtensor_index.ts";
import { gt } from "../../core/ops/logic.ts";
import { permuteRowElements } from "../../core/ops/permute.ts";
import { sum } from "../../core/ops/reduce.ts";
import type { ScanForm } from "../../core/ops/scan_form.ts";
import { Scan } from "../../core/ops/scan_op.ts";
import { TensorType } from "../../core/tensor/tensor_type.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { allTargets, assertSame, lowered, outcome, wasmTarget } from "../helpers/targets.ts";

function variable(dtype: DType, ndim: number, name?: string): TensorVariable {
  return new TensorType(dtype, new Array<boolean>(ndim).fill(false)).makeVariable(name);
}

const float = (ndim: number, name?: string): TensorVariable => variable("float64", ndim, name);
const number = (value: number): NDArray => array(value, { dtype: "int64" });
const floats = (value: unknown): NDArray => array(value as number[], { dtype: "float64" });

const plain: ScanForm = {
  sequences: 0,
  states: [],
  maps: [],
  carried: 0,
  hasCondition: false,
  truncate: -1,
  label: "turns",
  inner: null,
};

/** The kinds of steps of a program. */
function kindsOf(steps: readonly Step[]): ReadonlySet<string> {
  return new Set(steps.map(({ kind }) => kind));
}

/** Runs a graph on every target, and compares. */
function assertEverywhere(
  inputs: readonly Variable[],
  outputs: readonly Variable[],
  cases: readonly (readonly NDArray[])[],
): ReadonlySet<string> {
  const program = lowered({ inputs, outputs });
  const [interpreter, ...targets] = allTargets().map((target) => ({
    name: target.name,
    executable: target.build(program).executable,
  }));
  for (const args of cases) {
    const expected = outcome(interpreter!.executable, args);
    for (const { name, executable } of targets) {
      for (const turn of ["first", "again"]) {
        assertSame(outcome(executable, args), expected, `${name}, ${turn}`);
      }
    }
  }
  return kindsOf(program.program.steps);
}

/** Checks that the interpreter gives what the op's own definition gives. */
function assertDefinition(node: Apply, args: readonly NDArray[]): void {
  const op = node.op as Scan;
  const program = lowered({ inputs: node.inputs, outputs: node.outputs });
  const [interpreter] = allTargets();
  const found = outcome(interpreter!.build(program).executable, args);
  assertSame(found, op.perform(node, args), "by definition");
}

const steps = variable("int64", 0, "n");

for (const keep of [null, 1, 2, 3, 4, 9]) {
  for (const last of [null, 1, 3]) {
    Deno.test(`a loop keeps ${keep ?? "all"} of a state and ${last ?? "all"} of a map`, () => {
      const [u, a, b, w, q] = [float(0), float(0), float(0), float(0), float(0)];
      const op = new Scan(
        { ...plain, sequences: 1, states: [{ taps: [-2, -1], keep }], maps: [last], carried: 1 },
        [u, a, b, w, q],
        [add(a, b, u), mul(a, q), add(w, u)],
      );
      const given = [steps, float(1, "S"), float(1, "first"), float(0, "W"), float(0, "Q")];
      const node = applyOp(op, given);
      const row = [floats([1, 2, 3, 4, 5, 6]), floats([0.5, 1]), floats(10), floats(2)];
      const cases = [5, 2, 1, 6].map((n) => [number(n), ...row]);
      for (const args of cases) assertDefinition(node, args);
      const wrong = [
        ...[0, -1, 7].map((n) => [number(n), ...row]),
        [number(1), row[0]!, floats([1, 1, 1]), row[2]!, row[3]!],
      ];
      const kinds = assertEverywhere(given, node.outputs, [...cases, ...wrong]);
      assert(kinds.has("loop") && !kinds.has("host"));
    });
  }
}

Deno.test("what goes round in a ring takes the same memory, however many turns there are", () => {
  const [a, w] = [float(1), float(1)];
  const form = { ...plain, states: [{ taps: [-1], keep: 7 }], maps: [5] };
  const op = new Scan(form, [a, w], [mul(a, w), add(a, w)]);
  const given = [steps, float(2, "first"), float(1, "W")];
  const { executable } = wasmTarget().build(
    lowered({ inputs: given, outputs: applyOp(op, given).outputs }),
  );
  const bytesOf = (turns: number): number => {
    executable.run([number(turns), floats([[1, 2, 3]]), floats([0.5, 1, 2])], []);
    return executable.workspaceBytes;
  };
  const [short, long, longer] = [2, 20, 20_000].map(bytesOf);
  assert(short! < long!, "fewer rows where there are fewer");
  assertEquals(longer, long);
});

Deno.test("a loop with a condition ends after the turn in which it holds", () => {
  const a = float(0);
  const op = new Scan(
    { ...plain, states: [{ taps: [-1], keep: null }], maps: [null], hasCondition: true },
    [a],
    [mul(a, 2), add(a, 1), gt(a, 5)],
  );
  const first = float(1, "first");
  const node = applyOp(op, [steps, first]);
  const cases = [[number(1000), floats([1])], [number(2), floats([1])]];
  for (const args of cases) assertDefinition(node, args);
  assert(assertEverywhere([steps, first], node.outputs, cases).has("loop"));
});

Deno.test("what a turn reads by a number of its own is looked up at each turn", () => {
  const [i, x] = [variable("int64", 0), float(1)];
  const op = new Scan(
    { ...plain, sequences: 1, maps: [null, null] },
    [i, x],
    [mul(get(x, i), 2), sum(get(x, slice(null, i)))],
  );
  const given = [steps, variable("int64", 1, "I"), float(1, "X")];
  const node = applyOp(op, given);
  const places = (...list: number[]): NDArray => array(list, { dtype: "int64" });
  const cases = [
    [number(3), places(2, 0, 1), floats([1, 2, 3])],
    [number(3), places(2, 5, 1), floats([1, 2, 3])],
  ];
  assertDefinition(node, cases[0]!);
  assertEquals([...assertEverywhere(given, node.outputs, cases)].sort(), ["check", "loop"]);
});

Deno.test("a turn on rows that are not side by side reads copies, reversed ones where they are", () => {
  const [x, h, w] = [float(2), float(2), float(2)];
  const op = new Scan(
    { ...plain, sequences: 1, states: [{ taps: [-1], keep: null }] },
    [x, h, w],
    [sub(add(dot(h, w), x), 1)],
  );
  const given = [float(3, "X"), float(3, "H"), float(2, "W")];
  const [X, H, W] = given as [TensorVariable, TensorVariable, TensorVariable];
  const reversed = applyOp(op, [steps, get(X, "::-1"), H, W]);
  const turned = applyOp(op, [steps, dimshuffle(X, 2, 1, 0), H, W]);
  const cube = floats([[[0.1, -0.2], [0.3, 0.4]], [[0.5, 0.6], [-0.7, 0.8]]]);
  const args = [number(2), cube, floats([[[0, 1], [1, 0]]]), floats([[0.5, 0.25], [-1, 2]])];
  const outputs = [...reversed.outputs, ...turned.outputs];
  assert(assertEverywhere([steps, ...given], outputs, [args]).has("loop"));
});

Deno.test("a loop inside a loop is one program, and its errors name the node inside", () => {
  const [a, b] = [float(0), float(0)];
  const inner = new Scan(
    { ...plain, sequences: 1, states: [{ taps: [-1], keep: 1 }] },
    [a, b],
    [add(mul(a, 3), b)],
  );
  const [row, start, n] = [float(1), float(1), variable("int64", 0)];
  const total = applyOp(inner, [n, row, start]).outputs[0] as TensorVariable;
  const outer = new Scan(
    { ...plain, sequences: 1, maps: [null] },
    [row, start, n],
    [get(total, -1)],
  );
  const given = [steps, float(2, "X"), float(1, "S"), variable("int64", 0, "m")];
  const node = applyOp(outer, given);
  const square = floats([[1, 2], [3, 4], [5, 6]]);
  const cases = [
    [number(3), square, floats([1]), number(2)],
    [number(2), square, floats([1]), number(1)],
    [number(3), square, floats([1]), number(3)],
  ];
  assertDefinition(node, cases[0]!);
  assert(assertEverywhere(given, node.outputs, cases).has("loop"));
});

Deno.test("a turn with an op on the host, or of changing shapes, runs turn by turn", () => {
  const [x, y] = [float(1), float(1)];
  const op = new Scan({ ...plain, sequences: 1, maps: [null] }, [x, y], [
    permuteRowElements(mul(x, y), [1, 0]),
  ]);
  const given = [steps, float(2, "X"), float(1, "Y")];
  const node = applyOp(op, given);
  const args = [number(2), floats([[1, 2], [3, 4]]), floats([1, -1])];
  assertDefinition(node, args);
  const kinds = assertEverywhere(given, node.outputs, [args]);
  assert(kinds.has("host") && !kinds.has("loop"));
});

/** An interpreter that counts the programs that it is given. */
class CountingTarget extends InterpreterTarget {
  builds = 0;

  override build(program: Lowered): ReturnType<InterpreterTarget["build"]> {
    this.builds++;
    return super.build(program);
  }
}

Deno.test("what the host runs is built at its first call, and once", () => {
  const x = float(1);
  const inner = new Scan({ ...plain, maps: [null] }, [x], [permuteRowElements(x, [1, 0])]);
  const rows = applyOp(inner, [variable("int64", 0), x]).outputs[0] as TensorVariable;
  const roots = [x, rows.owner!.inputs[0] as TensorVariable];
  const outer = new Scan({ ...plain, sequences: 1, maps: [null] }, roots, [get(rows, -1)]);
  const given = [steps, float(2, "X"), variable("int64", 0, "m")];
  const node = applyOp(outer, given);
  const target = new CountingTarget();
  const { executable } = target.build(lowered({ inputs: given, outputs: node.outputs, target }));
  assertEquals(target.builds, 1, "neither the loop nor the loop in it");
  const args = [number(2), floats([[1, 2], [3, 4]]), number(3)];
  for (let call = 0; call < 2; call++) {
    assertSame(outcome(executable, args), outer.perform(node, args), "by definition");
  }
  assertEquals(target.builds, 3);
});

const condition = variable("int8", 0, "c");
const yes = array(1, { dtype: "int8" });
const no = array(0, { dtype: "int8" });

Deno.test("a choice gives the branch that is taken, whose shape may differ from the other's", () => {
  const [x, y] = [float(2, "x"), float(2, "y")];
  const given = [condition, x, y];
  const chosen = ifelse(condition, [mul(x, 2), sum(x)], [sub(y, 3), sum(mul(y, y))]);
  const cases = [yes, no].map((c) => [c, floats([[1, 2, 3]]), floats([[4], [5]])]);
  assert(assertEverywhere(given, chosen, cases).has("branch"));
});

Deno.test("a choice neither checks nor computes the branch that is not taken", () => {
  const [x, y] = [float(1, "x"), float(1, "y")];
  const chosen = ifelse(condition, add(x, y), get(y, slice(null, 1)));
  const differing = [floats([1, 2]), floats([1, 2, 3])];
  assertEverywhere([condition, x, y], [chosen], [[no, ...differing], [yes, ...differing]]);
  const [interpreter] = allTargets();
  const program = lowered({ inputs: [condition, x, y], outputs: [chosen] });
  const { executable } = interpreter!.build(program);
  assertEquals(typeof outcome(executable, [no, ...differing]), "object");
  assertEquals(typeof outcome(executable, [yes, ...differing]), "string");
});

Deno.test("what two choices by one condition share is computed by the first", () => {
  const [x, y] = [float(1, "x"), float(1, "y")];
  const shared = mul(x, 7);
  const first = ifelse(condition, sum(shared), sum(y));
  const second = ifelse(condition, mul(shared, first), y);
  const program = lowered({ inputs: [condition, x, y], outputs: [first, second] });
  const text = printProgram(program.program);
  assertEquals(text.match(/= mul\(x0, float64\(x1\)\)/g)?.length, 1);
  assertEquals(text.match(/= mul\(/g)?.length, 2, "and the product with the first");
  const cases = [yes, no].map((c) => [c, floats([1, 2]), floats([3, 4])]);
  assertEverywhere([condition, x, y], [first, second], cases);
});

Deno.test("choices nest, in branches and in loops", () => {
  const [x, y, d] = [float(1, "x"), float(1, "y"), variable("int8", 0, "d")];
  const inner = ifelse(d, mul(x, x), sub(x, 1));
  const given = [condition, d, x, y];
  const cases = [yes, no].flatMap((c) =>
    [yes, no].map((other) => [c, other, floats([1, 2]), floats([3])])
  );
  assertEverywhere(given, [ifelse(condition, inner, y)], cases);
  const [h, t] = [float(0), variable("int64", 0)];
  const op = new Scan(
    { ...plain, sequences: 1, states: [{ taps: [-1], keep: null }] },
    [t, h],
    [ifelse(gt(t, 1), mul(h, 2), add(h, 1))],
  );
  const [sequence, first] = [variable("int64", 1, "t"), float(1, "first")];
  const node = applyOp(op, [steps, sequence, first]);
  const args = [number(4), array([0, 1, 2, 3], { dtype: "int64" }), floats([1])];
  assertDefinition(node, args);
  assertEverywhere([steps, sequence, first], node.outputs, [args]);
});

Deno.test("a branch with an op on the host runs there, and only if it is taken", () => {
  const [x, y] = [float(1, "x"), float(1, "y")];
  const cases = [yes, no].map((c) => [c, floats([1, 2, 3]), floats([3])]);
  const turned = ifelse(condition, permuteRowElements(x, [2, 0, 1]), y);
  const kinds = assertEverywhere([condition, x, y], [turned], cases);
  assert(kinds.has("host") && !kinds.has("branch"));
});
