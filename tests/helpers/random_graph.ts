/**
 * @file Random typed graphs: as programs, which can be built, made smaller and printed as source text.
 *
 * A program has inputs, then steps that each use earlier values. Every value is computed by the
 * reference while the program is made, so that shapes fit and numbers stay finite.
 */

import * as theano from "@theano/theano";
import type { NDArray } from "../../core/array/ndarray.ts";
import type { DType } from "../../core/dtype/dtype.ts";
import { InternalError } from "../../core/errors.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { evaluate } from "./evaluate.ts";
import { makers } from "./random_steps.ts";
import type { Random } from "./random.ts";

/** An input: its type and its value. */
export interface ProgramInput {
  readonly value: NDArray;
  /** Which axes broadcast. */
  readonly broadcastable: readonly boolean[];
}

/** One step: what it makes of earlier values. */
export interface Step {
  /** Which values it uses: inputs come first, then steps. */
  readonly args: readonly number[];
  readonly build: (...args: TensorVariable[]) => TensorVariable;
  /** Its source text, from the names of the values it uses. */
  readonly text: (...names: string[]) => string;
}

/** A graph as a list. */
export interface Program {
  readonly inputs: readonly ProgramInput[];
  readonly steps: readonly Step[];
  /** Which values are results. */
  readonly outputs: readonly number[];
}

/** A program as a graph. */
export interface Built {
  readonly inputs: readonly TensorVariable[];
  /** Inputs and steps. */
  readonly values: readonly TensorVariable[];
  readonly outputs: readonly TensorVariable[];
}

/** A value while a program is made: the symbol and what the reference computes for it. */
export interface Known {
  readonly variable: TensorVariable;
  readonly value: NDArray;
}

/** The graph of a program. */
export function build(program: Program): Built {
  const inputs = program.inputs.map(({ value, broadcastable }) =>
    theano.tensor.tensor(value.dtype, [...broadcastable])
  );
  const values: TensorVariable[] = [...inputs];
  for (const step of program.steps) values.push(step.build(...step.args.map((i) => values[i]!)));
  return { inputs, values, outputs: program.outputs.map((i) => values[i]!) };
}

/** The values of inputs by variable. */
export function givens(program: Program, built: Built): Map<TensorVariable, NDArray> {
  return new Map(built.inputs.map((input, i) => [input, program.inputs[i]!.value]));
}

// deno-fmt-ignore
const inputDTypes: readonly DType[] = [
  "float64", "float64", "float32", "float32", "float32", "int64", "int32", "int8", "uint8", "bool",
];

const lengths = [1, 2, 3, 5, 7, 8];

/** An input of a random type, with small numbers. */
function randomInput(random: Random, dtypes: readonly DType[]): ProgramInput {
  const ndim = random.pick([0, 1, 1, 2, 2, 2, 3]);
  const shape = Array.from(
    { length: ndim },
    () => random.pick(random.chance(0.04) ? [0] : lengths),
  );
  const broadcastable = shape.map((length) => length === 1 && random.chance(0.7));
  const dtype = random.pick(dtypes);
  const size = shape.reduce((a, b) => a * b, 1);
  const one = (): number => {
    if (dtype === "bool") return random.below(2);
    if (dtype === "uint8") return random.below(9);
    if (!dtype.startsWith("float")) return random.below(17) - 8;
    return random.chance(0.15) ? random.pick([0, 1, -1, 0.5, 2]) : random.next() * 4 - 2;
  };
  const data = Float64Array.from({ length: size }, one);
  return { value: theano.array(data, { shape }).astype(dtype), broadcastable };
}

/** Whether all numbers are finite and of a size that keeps later steps finite. */
function isTame(value: NDArray): boolean {
  if (value.size > 400) return false;
  for (let k = 0; k < value.size; k++) {
    const size = Math.abs(Number(value.data[k]));
    if (!(size < 1e4)) return false;
  }
  return true;
}

/**
 * A random program.
 *
 * @param random Where choices come from.
 * @param steps How many steps it has at most.
 * @param dtypes What inputs may be.
 */
export function randomProgram(
  random: Random,
  steps: number,
  dtypes: readonly DType[] = inputDTypes,
): Program {
  const inputs = Array.from({ length: 1 + random.below(3) }, () => randomInput(random, dtypes));
  const { inputs: variables } = build({ inputs, steps: [], outputs: [] });
  const known: Known[] = inputs.map(({ value }, i) => ({ variable: variables[i]!, value }));
  const made: Step[] = [];
  for (let tries = 0; made.length < steps && tries < 4 * steps; tries++) {
    const step = random.pick(makers)(random, known);
    const next = step && attempt(step, known);
    if (!next) continue;
    known.push(next);
    made.push(step);
  }
  const last = known.length - 1;
  const outputs = new Set([last, ...random.chance(0.5) ? [random.below(last + 1)] : []]);
  return { inputs, steps: made, outputs: [...outputs] };
}

/** What a step gives, or undefined where it does not fit. A fault of the library is not hidden. */
function attempt(step: Step, known: readonly Known[]): Known | undefined {
  try {
    const variable = step.build(...step.args.map((i) => known[i]!.variable));
    const values = new Map(known.map((one) => [one.variable, one.value]));
    const [value] = evaluate([variable], values);
    return isTame(value!) ? { variable, value: value! } : undefined;
  } catch (error) {
    if (error instanceof InternalError || error instanceof ReferenceError) throw error;
    return undefined;
  }
}

/** A program without what its outputs do not need. */
export function pruned(program: Program): Program {
  const count = program.inputs.length;
  const needed = new Set<number>();
  const need = (i: number): void => {
    if (needed.has(i)) return;
    needed.add(i);
    if (i >= count) program.steps[i - count]!.args.forEach(need);
  };
  program.outputs.forEach(need);
  const kept = [...needed].sort((a, b) => a - b);
  const place = new Map(kept.map((old, now) => [old, now]));
  return {
    inputs: program.inputs.filter((_, i) => needed.has(i)),
    steps: program.steps.filter((_, i) => needed.has(i + count))
      .map((step) => ({ ...step, args: step.args.map((i) => place.get(i)!) })),
    outputs: program.outputs.map((i) => place.get(i)!),
  };
}

function arrayText(value: NDArray): string {
  const data = Array.from({ length: value.size }, (_, k) => Number(value.data[k]));
  const numbers = data.map((x) => Object.is(x, -0) ? "-0" : String(x)).join(", ");
  const array = `new Float64Array([${numbers}])`;
  return `theano.array(${array}, { shape: [${value.shape}] }).astype("${value.dtype}")`;
}

/**
 * A program as a test that can be pasted into `tests/regressions/`.
 *
 * @param program The program.
 * @param title The name of the test.
 * @param mode The mode it fails in, as source text.
 */
export function programText(program: Program, title: string, mode: string): string {
  const count = program.inputs.length;
  const name = (i: number): string => i < count ? `x${i}` : `v${i - count}`;
  return [
    `Deno.test(${JSON.stringify(title)}, () => {`,
    ...program.inputs.map(({ value, broadcastable }, i) =>
      `  const x${i} = T.tensor("${value.dtype}", ${JSON.stringify(broadcastable)});`
    ),
    ...program.steps.map(({ text, args }, i) => `  const v${i} = ${text(...args.map(name))};`),
    "  assertAgrees([",
    `    ${program.outputs.map(name).join(", ")},`,
    "  ], new Map([",
    ...program.inputs.map(({ value }, i) => `    [x${i}, ${arrayText(value)}],`),
    `  ]), ${mode});`,
    "});",
  ].join("\n");
}
