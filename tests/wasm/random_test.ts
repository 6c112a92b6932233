/**
 * @file Draws of random numbers: kernels beside the host's generators, and programs without host steps.
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { array } from "../../core/array/build.ts";
import { NDArray } from "../../core/array/ndarray.ts";
import type { DType } from "../../core/dtype/dtype.ts";
import type { RandomDraw } from "../../core/kernel/kernel.ts";
import { InterpreterTarget } from "../../core/kernel/stepper.ts";
import { ProgramError } from "../../core/kernel/target.ts";
import { verifyProgram } from "../../core/kernel/verify.ts";
import { cast, mul } from "../../core/ops/arithmetic.ts";
import { binomial, normal, uniform } from "../../core/ops/random.ts";
import { MrgUniform } from "../../core/ops/random_mrg.ts";
import { binomialSampler, boundOfTrial } from "../../core/random/binomial.ts";
import { MersenneTwister } from "../../core/random/mersenne_twister.ts";
import { modulus1, modulus2, mrgState, streamStates } from "../../core/random/mrg.ts";
import { RandomState } from "../../core/random/random_state.ts";
import { wordsOf } from "../../core/random/words.ts";
import { randomStateType } from "../../core/tensor/shared_random_state.ts";
import { TensorType } from "../../core/tensor/tensor_type.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { evaluate } from "../helpers/evaluate.ts";
import { drawCase } from "../helpers/draw_case.ts";
import { allTargets, assertSame, lowered, outcome, wasmTarget } from "../helpers/targets.ts";

const interpreter = new InterpreterTarget();
const wasm = wasmTarget();

/** Runs a draw on both targets. */
function checkDraw(
  draw: RandomDraw,
  dtype: "float32" | "float64",
  words: Int32Array | Uint32Array,
  dims: readonly [count: number, streams: number],
): void {
  const { kernelCase, kernel } = drawCase(draw, dtype, words, dims);
  const program = kernelCase.lowered(kernel);
  verifyProgram(program.program);
  const expected = outcome(interpreter.build(program).executable, kernelCase.args);
  const { executable } = wasm.build(program);
  const [count, streams] = dims;
  const text = `${count} numbers of ${streams} streams`;
  assertSame(outcome(executable, kernelCase.args), expected, text);
  const numbers = (expected as readonly NDArray[])[1]!.toArray<number[]>();
  assertEquals(numbers.slice(count), [-7, -7, -7], text);
  executable.free();
}

const counts = [0, 1, 2, 3, 4, 5, 8, 9, 17, 100];

for (const dtype of ["float32", "float64"] as const) {
  Deno.test(`mrgUniform kernels of ${dtype} draw what the host draws, from any streams`, () => {
    for (const streams of [1, 2, 3, 4, 5, 7, 8, 13, 16]) {
      const words = streamStates(mrgState(12345), streams);
      words.set([modulus1 - 1, 1, modulus1 - 1, modulus2 - 1, 0, modulus2 - 1]);
      for (const count of counts) checkDraw("mrgUniform", dtype, words, [count, streams]);
    }
    checkDraw("mrgUniform", dtype, new Int32Array(0), [0, 0]);
  });

  for (const draw of ["uniform", "normal"] as const) {
    Deno.test(`${draw} kernels of ${dtype} draw what the host draws, from any position`, () => {
      for (const position of [0, 1, 2, 3, 7, 600, 615, 619, 620, 621, 622, 623, 624]) {
        const { twister } = new RandomState(5);
        twister.position = position;
        for (const kept of [undefined, -0.75]) {
          twister.keptNormal = kept;
          for (const count of [...counts, 311, 312, 313, 1000]) {
            checkDraw(draw, dtype, wordsOf(twister), [count, 1]);
          }
        }
      }
    });
  }
}

const state = randomStateType().makeVariable("state");
const words = NDArray.of(wordsOf(new RandomState(3).twister), [628], "uint32");
const scalar = (dtype: DType): TensorVariable => new TensorType(dtype, []).makeVariable();

/** Draws, as the next state and the numbers. */
const draws: Readonly<Record<string, (x: TensorVariable) => readonly TensorVariable[]>> = {
  "uniform, standard": () => uniform(state, [3, 5]),
  "uniform of float32": () => uniform(state, { size: [7], dtype: "float32" }),
  "uniform between constants": () => uniform(state, { size: [9], low: -2, high: 0.5 }),
  "uniform up to a variable": (x) => uniform(state, { size: [9], low: -4, high: x }),
  "normal, standard": () => normal(state, { size: [11] }),
  "normal around a variable": (x) => normal(state, { size: [2, 4], avg: x, std: 2.5 }),
  "normal of float32": (x) => normal(state, { size: [6], avg: 3, std: x, dtype: "float32" }),
  "one number": (x) => normal(state, { avg: x }),
  "as many as a variable says": (x) => uniform(state, { size: [cast(mul(x, 2), "int64")] }),
  "a trial": () => binomial(state, { size: [700] }),
  "a probable trial": () => binomial(state, { size: [9, 90], p: 0.9, dtype: "float32" }),
  "a certain trial": () => binomial(state, { size: [9], p: 1 }),
  "an impossible trial": () => binomial(state, { size: [9], p: 0, dtype: "bool" }),
  "several trials": () => binomial(state, { size: [9], n: 3 }),
  "trials of a variable": (x) => binomial(state, { size: [9], n: x }),
  "parameters of several elements": () => normal(state, { avg: [1, 2, 3], std: [[1], [2]] }),
};

for (const target of allTargets()) {
  for (const [name, make] of Object.entries(draws)) {
    Deno.test(`a program draws what the reference draws: ${name} (${target.features})`, () => {
      const x = scalar("float64");
      const outputs = [...make(x)];
      const value = NDArray.scalar(3, "float64");
      const program = lowered({ inputs: [state, x], outputs });
      const isOnHost = program.program.steps.some((step) => step.kind === "host");
      assertEquals(isOnHost, /several|trials/.test(name));
      const wanted = evaluate(outputs, new Map([[state, words], [x, value]]));
      assertSame(outcome(target.build(program).executable, [words, value]), wanted, name);
    });
  }

  Deno.test(`a program refuses what the reference refuses (${target.features})`, () => {
    const x = scalar("float64");
    const message = (outputs: readonly TensorVariable[], value: number): string => {
      const program = lowered({ inputs: [state, x], outputs });
      const { executable } = target.build(program);
      const error = assertThrows(() =>
        executable.run([words, NDArray.scalar(value, "float64")], [])
      ) as Error;
      return error instanceof ProgramError
        ? `${error.failure.kind}: ${error.message}`
        : `${error.name}: ${error.message}`;
    };
    assertEquals(message(normal(state, { size: [2], std: x }), -1), "ValueError: scale < 0");
    assertEquals(message(normal(state, { size: [2], std: -1 }), 1), "ValueError: scale < 0");
    const range = "ValueError: Range exceeds valid bounds";
    assertEquals(message(uniform(state, { size: [2], high: x }), Infinity), range);
    assertEquals(message(uniform(state, { size: [2], high: x }), NaN), range);
    const asked = cast(x, "int64");
    const negative = "ValueError: negative dimensions are not allowed";
    assertEquals(message(uniform(state, { size: [asked] }), -2), negative);
  });

  Deno.test(`mrg_uniform in a program draws and refuses as its op does (${target.features})`, () => {
    const states = new TensorType("int32", [false, false]).makeVariable();
    const size = new TensorType("int64", [false]).makeVariable();
    for (const dtype of ["float16", "float32", "float64"] as const) {
      const op = new MrgUniform(new TensorType(dtype, [false, false]));
      const outputs = op.makeNode(states, size).outputs as TensorVariable[];
      const program = lowered({ inputs: [states, size], outputs });
      const isOnHost = program.program.steps.some((step) => step.kind === "host");
      assertEquals(isOnHost, dtype === "float16");
      const { executable } = target.build(program);
      for (const streams of [1, 6]) {
        const start = NDArray.of(streamStates(mrgState(7), streams), [streams, 6], "int32");
        const asked = array([3, 7], { dtype: "int64" });
        const wanted = evaluate(outputs, new Map([[states, start], [size, asked]]));
        assertSame(outcome(executable, [start, asked]), wanted, `${streams} streams of ${dtype}`);
      }
      if (dtype === "float16") continue;
      const start = NDArray.of(new Int32Array(0), [0, 6], "int32");
      const refused = (items: readonly number[], from = start): unknown =>
        outcome(executable, [from, array([...items], { dtype: "int64" })]);
      assertEquals(refused([2, 2]), "ValueError: rng_mrg: there are no streams");
      assertEquals(refused([2]), "ValueError: size must have length 2 (not 1)");
      assertEquals(refused([-1, 2]), "ValueError: negative dimensions are not allowed");
      const many = "ValueError: rng_mrg does not support more then (2**31 -1) samples";
      assertEquals(refused([2 ** 20, 2 ** 20]), many);
      assert(Array.isArray(refused([0, 2])));
    }
  });
}

Deno.test("boundOfTrial() tells outcomes as the host's inversion does, at the numbers near it", () => {
  for (const p of [0.5, 0.3, 0.25, 0.1, 1e-3, 1e-17, 0]) {
    const bound = boundOfTrial(p)!;
    const fractions = [0, bound - 2 ** -53, bound, bound + 2 ** -53, 1 - 2 ** -53];
    for (const fraction of fractions.filter((x) => x >= 0 && x < 1)) {
      let draws = 0;
      const twister = Object.assign(new MersenneTwister(), {
        nextFraction: () => draws++ === 0 ? fraction : NaN,
      });
      assertEquals(binomialSampler(1, p)(twister), Number(fraction > bound), `${p} ${fraction}`);
      assertEquals(draws, 1);
    }
  }
});
