/**
 * @file From what a call is given to the arrays that a program takes.
 */

import { convertInput, type InputOptions } from "../array/input.ts";
import { NDArray } from "../array/ndarray.ts";
import { config } from "../config/config.ts";
import { raise } from "../errors.ts";
import { traceText } from "../graph/trace.ts";
import type { Variable } from "../graph/variable.ts";
import { isOptions } from "../tensor/arguments.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import type { In } from "./io.ts";
import type { DType } from "../dtype/dtype.ts";

/** Makes an array of what is given for one input. */
export class Converter {
  readonly #input: In;
  readonly #dtype: DType | undefined;
  readonly #ndim: number;
  readonly #hasUnitAxes: boolean;
  readonly #options: InputOptions;

  /**
   * Prepares the conversion.
   *
   * @param input The input.
   */
  constructor(input: In) {
    const { variable: { type }, strict, allowDowncast } = input;
    this.#input = input;
    this.#dtype = type instanceof TensorType ? type.dtype : undefined;
    this.#ndim = type instanceof TensorType ? type.ndim : 0;
    this.#hasUnitAxes = type instanceof TensorType && type.broadcastable.includes(true);
    this.#options = { strict, allowDowncast, floatX: config.floatX, typeName: String(type) };
  }

  /**
   * The array of a value.
   *
   * @param value What was given.
   * @throws {TypeError} If it does not fit the type.
   */
  convert(value: unknown): NDArray {
    const dtype = this.#dtype;
    const isReady = value instanceof NDArray && value.dtype === dtype &&
      value.shape.length === this.#ndim && value.isContiguous;
    if (isReady && !this.#hasUnitAxes) return value;
    if (dtype === undefined || this.#hasUnitAxes || typeof value === "object") {
      return this.#checked(value);
    }
    return convertInput(value, dtype, this.#ndim, this.#options);
  }

  #checked(value: unknown): NDArray {
    const { strict, allowDowncast } = this.#input;
    return this.#input.variable.type.filter(value, { strict, allowDowncast }) as NDArray;
  }
}

/** Words the error of a value that does not fit, and throws it. */
export function badInput(functionName: string, input: In, index: number, error: unknown): never {
  if (!(error instanceof Error)) throw error;
  const { variable, name } = input;
  const argument = name === undefined ? "argument" : `argument with name "${name}"`;
  const trace = traceText(variable.tag.trace);
  error.message = `Bad input ${argument} to theano function with name "${functionName}" at index ` +
    `${index} (0-based).${trace === "" ? " \n" : trace}${error.message}`;
  throw error;
}

/** Whether the last thing a call is given names inputs rather than being one. */
export function namesInputs(last: unknown): last is Readonly<Record<string, unknown>> {
  return typeof last === "object" && last !== null && !(last instanceof NDArray) && isOptions(last);
}

/** What a call says of each input: its value, or undefined where it says nothing. */
export type Sorted = (unknown | undefined)[];

/**
 * Sorts what a call is given by input.
 *
 * @param inputs The inputs.
 * @param given What the call was given.
 * @throws {TypeError} If there is too much, a name is unknown, or an input is given twice.
 */
export function sortArguments(inputs: readonly In[], given: readonly unknown[]): Sorted {
  const last = given.at(-1);
  const names = namesInputs(last) ? last : undefined;
  const positional = names === undefined ? given : given.slice(0, -1);
  if (positional.length > inputs.length) {
    raise("TypeError", "Too many parameter passed to theano function");
  }
  const values: Sorted = inputs.map((_, i) => positional[i]);
  for (const [name, value] of Object.entries(names ?? {})) {
    const i = inputNamed(inputs, name);
    if (values[i] !== undefined) {
      raise("TypeError", `Multiple values for input: ${inputs[i]!.variable}`);
    }
    values[i] = value;
  }
  return values;
}

/**
 * The number of the input with a name.
 *
 * @param inputs The inputs.
 * @param name The name.
 * @throws {TypeError} If there is none or more than one.
 */
export function inputNamed(inputs: readonly In[], name: string): number {
  const at = inputs.findIndex((input) => input.name === name);
  if (at < 0) raise("TypeError", `Unknown input or state: ${name}. ${inputsText(inputs)}`);
  if (inputs.some((input, i) => i !== at && input.name === name)) {
    raise(
      "TypeError",
      `Ambiguous name: ${name} - please check the names of the inputs of your function for ` +
        "duplicates.",
    );
  }
  return at;
}

/** The number of an input by its name, its variable or its position. */
export function inputAt(inputs: readonly In[], key: string | number | Variable): number {
  if (typeof key === "string") return inputNamed(inputs, key);
  const at = typeof key === "number" ? key : inputs.findIndex(({ variable }) => variable === key);
  if (inputs[at] === undefined) raise("TypeError", `Unknown input or state: ${key}`);
  return at;
}

function inputsText(inputs: readonly In[]): string {
  const named = inputs.filter(({ name }) => name !== undefined);
  const rest = inputs.length - named.length;
  if (inputs.length === 0) return "The function is supposed to have no input.";
  const how = "(use 'name=...' in a Variable's constructor to give it a name).";
  if (named.length === 0) {
    return rest === 1
      ? "The function has a single input variable which has no name, and thus cannot be assigned " +
        `through a keyword argument ${how}`
      : `The function has ${rest} inputs, but none of them is named, and thus they cannot be ` +
        `assigned through keyword arguments ${how}`;
  }
  const s = (n: number): string => n > 1 ? "s" : "";
  const names = named.map(({ name }) => name).join(", ");
  const text = `The function has ${named.length} named input${s(named.length)} (${names})`;
  if (rest === 0) return `${text}.`;
  return `${text}, and ${rest} unnamed input${s(rest)} which thus cannot be accessed through ` +
    `keyword argument${s(rest)} (use 'name=...' in a variable's constructor to give it a name).`;
}
