/**
 * @file Executables of the WASM target: what they own, lend, keep and give back.
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { array } from "../../core/array/build.ts";
import type { NDArray } from "../../core/array/ndarray.ts";
import type { DType } from "../../core/dtype/dtype.ts";
import { RuntimeError } from "../../core/errors.ts";
import type { Executable } from "../../core/kernel/target.ts";
import { add, mul } from "../../core/ops/arithmetic.ts";
import { dimshuffle } from "../../core/ops/dimshuffle.ts";
import { get } from "../../core/ops/indexing.ts";
import { nonzeroValues } from "../../core/ops/nonzero.ts";
import { sum } from "../../core/ops/reduce.ts";
import { exp } from "../../core/ops/transcendental.ts";
import { constant } from "../../core/tensor/constructors.ts";
import { shared } from "../../core/tensor/shared.ts";
import { TensorType } from "../../core/tensor/tensor_type.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { lowered, wasmTarget } from "../helpers/targets.ts";

function variable(dtype: DType, ndim: number): TensorVariable {
  return new TensorType(dtype, new Array<boolean>(ndim).fill(false)).makeVariable();
}

const vector = (items: readonly number[], dtype: DType = "float64"): NDArray =>
  array([...items], { dtype });

const matrix = (rows: readonly (readonly number[])[]): NDArray =>
  array(rows.map((row) => [...row]), { dtype: "float64" });

Deno.test("a result that is lent lies in the arena and is overwritten by the next call", () => {
  const target = wasmTarget();
  const x = variable("float64", 1);
  const spec = { inputs: [x], outputs: [add(x, 1), mul(x, 2)], borrowed: [0] };
  const { executable } = target.build(lowered(spec));
  const [lent, own] = executable.run([vector([1, 2])], []) as [NDArray, NDArray];
  assertEquals(lent.data.buffer, target.arena.heap.buffer);
  assertEquals([lent.toArray(), own.toArray()], [[2, 3], [2, 4]]);
  executable.run([vector([10, 20])], []);
  assertEquals([lent.toArray(), own.toArray()], [[11, 21], [2, 4]]);
});

Deno.test("a result that is lent may be an argument of the next call", () => {
  const x = variable("float64", 2);
  const flipped = add(dimshuffle(x, 1, 0), 1);
  const spec = { inputs: [x], outputs: [flipped], borrowed: [0] };
  const { executable } = wasmTarget().build(lowered(spec));
  const [once] = executable.run([matrix([[1, 2], [3, 4]])], []);
  const [twice] = executable.run([once!], []);
  assertEquals(twice!.toArray(), [[3, 4], [5, 6]]);
});

Deno.test("an array in the target's memory is used where it is", () => {
  const target = wasmTarget();
  const x = variable("float64", 1);
  const { executable } = target.build(lowered({ inputs: [x], outputs: [mul(x, 2)] }));
  const given = target.empty([3], "float64");
  (given.data as Float64Array).set([1, 2, 3]);
  executable.run([given], []);
  const used = target.arena.usedBytes;
  (given.data as Float64Array).set([4, 5, 6]);
  assertEquals(executable.run([given], [])[0]!.toArray(), [8, 10, 12]);
  assertEquals(target.arena.usedBytes, used);
});

Deno.test("a result belongs to the caller: later calls leave it alone", () => {
  const x = variable("float64", 1);
  const { executable } = wasmTarget().build(lowered({ inputs: [x], outputs: [x, add(x, 1)] }));
  const given = vector([1, 2]);
  const results = executable.run([given], []);
  executable.run([vector([7, 8])], []);
  (given.data as Float64Array)[0] = 99;
  assertEquals(results.map((r) => r.toArray()), [[1, 2], [2, 3]]);
});

Deno.test("a build that went through JSON and bytes runs like the first", () => {
  const target = wasmTarget();
  const [x, i] = [variable("float32", 2), variable("int64", 0)];
  const weights = constant(matrix([[1, 2], [3, 4]]));
  const y = get(exp(mul(add(x, weights), 0.5)), i);
  const { executable, keep } = target.build(lowered({ inputs: [x, i], outputs: [y, sum(y)] }));
  const stored = keep!()!;
  const meta: unknown = JSON.parse(JSON.stringify(stored.meta));
  const again = wasmTarget().restore({ ...stored, meta });
  const args = [array([[1, 2], [3, 4]], { dtype: "float32" }), array(1, { dtype: "int64" })];
  assertEquals(
    again.run(args, []).map((r) => r.toArray()),
    executable.run(args, []).map((r) => r.toArray()),
  );
  const outside = [args[0]!, array(2, { dtype: "int64" })];
  const text = "index 2 is out of bounds for axis 0 with size 2";
  assertThrows(() => again.run(outside, []), Error, text);
});

Deno.test("free() gives back all memory, and the next call takes it again", () => {
  const target = wasmTarget();
  const x = variable("float64", 1);
  const y = add(x, constant(vector([1, 2, 3])));
  const { executable } = target.build(lowered({ inputs: [x], outputs: [y] }));
  const before = target.arena.usedBytes;
  for (let k = 0; k < 3; k++) {
    assertEquals(executable.run([vector([1, 1, 1])], [])[0]!.toArray(), [2, 3, 4]);
    executable.free();
  }
  assert(target.arena.usedBytes <= before + 4096, "the workspace alone may stay");
});

/** An executable whose host step makes another call while it runs. */
function calling(inner: () => unknown): Executable {
  const x = variable("float64", 1);
  const big = add(x, 1);
  const found = nonzeroValues(big);
  const program = lowered({ inputs: [x], outputs: [add(big, sum(found))] });
  const hosts = program.hosts.map((host) => (inputs: readonly NDArray[]): readonly NDArray[] => {
    inner();
    return host(inputs);
  });
  return sharedTarget.build({ ...program, hosts }).executable;
}

const sharedTarget = wasmTarget();

Deno.test("a call inside another call leaves its intermediate values alone", () => {
  const x = variable("float64", 1);
  const inner = sharedTarget.build(
    lowered({ inputs: [x], outputs: [sum(mul(add(x, 5), add(x, 7)))] }),
  ).executable;
  let sizes = [3, 100, 10000];
  const outer = calling(() => {
    for (const size of sizes) {
      const [total] = inner.run([vector(new Array(size).fill(1))], []);
      assertEquals(total!.item(), size * 48);
    }
  });
  for (let k = 0; k < 3; k++) {
    assertEquals(outer.run([vector([1, 2, 3])], [])[0]!.toArray(), [11, 12, 13]);
    assertEquals(inner.run([vector([1, 1])], [])[0]!.item(), 96);
    sizes = sizes.map((n) => 2 * n);
  }
});

Deno.test("a function that calls itself is refused, and works afterwards", () => {
  const again = { run: (): unknown => 0 };
  const outer = calling(() => again.run());
  again.run = (): unknown => outer.run([vector([1])], []);
  assertThrows(
    () => outer.run([vector([1, 2])], []),
    RuntimeError,
    "Cannot call a function from within itself: its memory is in use",
  );
  again.run = (): unknown => 0;
  assertEquals(outer.run([vector([1, 2])], [])[0]!.toArray(), [7, 8]);
});

Deno.test("two functions update one shared variable in turn", () => {
  const target = wasmTarget();
  const state = shared(vector([1, 2]));
  const [plus, twice] = [add(state, 1), mul(state, 2)].map((value) =>
    target.build(lowered({ inputs: [state], outputs: [], updates: [[state, value]] })).executable
  );
  plus!.run([], [state.storage]);
  twice!.run([], [state.storage]);
  plus!.run([], [state.storage]);
  assertEquals(state.getValue().toArray(), [5, 7]);
  state.setValue(vector([10, 20, 30]));
  twice!.run([], [state.storage]);
  assertEquals(state.getValue().toArray(), [20, 40, 60]);
});

Deno.test("two targets see each other's updates of a shared variable", () => {
  const state = shared(vector([1, 2]));
  const spec = {
    inputs: [state],
    outputs: [],
    updates: [[state, mul(state, 3)] as const],
  };
  const [first, second] = [wasmTarget(), wasmTarget()].map((t) =>
    t.build(lowered(spec)).executable
  );
  first!.run([], [state.storage]);
  second!.run([], [state.storage]);
  first!.run([], [state.storage]);
  assertEquals(state.getValue().toArray(), [27, 54]);
});

Deno.test("a program without steps returns what it was given", () => {
  const x = variable("bool", 2);
  const { executable } = wasmTarget().build(lowered({ inputs: [x], outputs: [x] }));
  const given = array([[true, false]], { dtype: "bool" });
  assertEquals(executable.run([given], [])[0]!.toArray(), [[true, false]]);
});
