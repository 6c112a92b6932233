/**
 * @file How the inputs and outputs of a function behave: `In` and `Out`.
 */

import { describe, raise } from "../errors.ts";
import { filterVariable, isConstant, Variable } from "../graph/variable.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { isShared, type SharedVariable } from "../tensor/shared.ts";

/** Options of {@linkcode In}. */
export interface InOptions {
  /** The name by which a call may give it; by default its variable's. */
  readonly name?: string | null;
  /** The value it has in calls that give none; a shared variable makes the input implicit. */
  readonly value?: unknown;
  /** What its value becomes after each call: the input is then a state of the function. */
  readonly update?: Variable | null;
  /** Whether the function may overwrite the array given. */
  readonly mutable?: boolean;
  /** Whether only arrays of the dtype are taken. */
  readonly strict?: boolean;
  /** Whether values that lose precision are taken. */
  readonly allowDowncast?: boolean | null;
  /** Whether it takes its variable's name where it has none. */
  readonly autoname?: boolean;
  /** Whether callers cannot give it. */
  readonly implicit?: boolean | null;
  /** Whether outputs may share memory with it. */
  readonly borrow?: boolean;
  /** Accepted and without effect. */
  readonly shared?: boolean;
}

/** The positions of {@linkcode InOptions}. */
export type InPositions = [
  name?: string | null,
  value?: unknown,
  update?: Variable | null,
  mutable?: boolean,
  strict?: boolean,
  allowDowncast?: boolean | null,
  autoname?: boolean,
  implicit?: boolean | null,
  borrow?: boolean,
  shared?: boolean,
];

const inNames = [
  "name",
  "value",
  "update",
  "mutable",
  "strict",
  "allowDowncast",
  "autoname",
  "implicit",
  "borrow",
  "shared",
] as const;

/** An input of a function, with its name, default value and rules. Theano: `theano.In`. */
export class In {
  /** What it stands for in the graph. */
  readonly variable: Variable;
  /** The name by which a call may give it. */
  readonly name: string | undefined;
  /** The value it has in calls that give none; undefined if every call must give one. */
  readonly value: unknown;
  /** What its value becomes after each call. */
  readonly update: Variable | undefined;
  /** Whether the function may overwrite the array given. */
  readonly mutable: boolean;
  /** Whether only arrays of the dtype are taken. */
  readonly strict: boolean;
  /** Whether values that lose precision are taken. */
  readonly allowDowncast: boolean | null;
  /** Whether callers cannot give it. */
  readonly implicit: boolean;
  /** Whether outputs may share memory with it. */
  readonly borrow: boolean;

  /**
   * Makes an input.
   *
   * @param variable What it stands for in the graph.
   * @param given Its name, value and rules.
   * @throws {TypeError} If the update has another type, or the input is implicit without a value.
   */
  constructor(variable: Variable, ...given: Given<InOptions, InPositions>) {
    const options = optional<InOptions>("In", inNames, given);
    this.variable = variable;
    this.name = inputName(variable, options);
    this.value = options.value ?? undefined;
    this.update = options.update === null || options.update === undefined
      ? undefined
      : inputUpdate(variable, options.update);
    this.mutable = options.mutable ?? this.update !== undefined;
    this.borrow = options.borrow ?? this.mutable;
    if (this.mutable && !this.borrow) {
      raise(
        "AssertionError",
        `Symbolic input for variable ${variable} (name=${this.name}) has flags mutable=True, ` +
          "borrow=False. This combination is incompatible since mutable=True implies that the " +
          "input variable may be both aliased (borrow=True) and overwritten.",
      );
    }
    this.strict = options.strict ?? false;
    this.allowDowncast = options.allowDowncast ?? null;
    this.implicit = options.implicit ?? isShared(this.value);
    if (this.implicit && this.value === undefined) {
      raise("TypeError", "An implicit input must be given a default value");
    }
  }

  /** The shared variable that an implicit input takes its value from. */
  get container(): SharedVariable | undefined {
    return isShared(this.value) ? this.value : undefined;
  }

  /** Theano's text: `In(x)`, `In(x -> update)`. */
  toString(): string {
    return this.update === undefined
      ? `In(${this.variable})`
      : `In(${this.variable} -> ${this.update})`;
  }
}

function inputName(variable: Variable, options: InOptions): string | undefined {
  const { name, autoname = true } = options;
  if (name === undefined || name === null) return autoname ? variable.name : undefined;
  if (typeof name !== "string") raise("TypeError", `name must be a string! (got: ${String(name)})`);
  return name;
}

function inputUpdate(variable: Variable, update: Variable): Variable {
  if (variable.type.equals(update.type)) return update;
  return raise(
    "TypeError",
    `Variable '${variable}' has type ${variable.type} but an update of type ${update.type}. The ` +
      "type of the update should be the same as the type of the variable",
  );
}

/** Options of {@linkcode Out}. */
export interface OutOptions {
  /** Whether a view of the function's own memory may be returned, valid until its next call. */
  readonly borrow?: boolean;
}

/** An output of a function. Theano: `theano.Out`. */
export class Out<V extends Variable = Variable> {
  /** What is returned. */
  readonly variable: V;
  /** Whether a view of the function's own memory may be returned. */
  readonly borrow: boolean;

  /**
   * Makes an output.
   *
   * @param variable What is returned.
   * @param given Whether a view of the function's own memory may be returned.
   */
  constructor(variable: V, ...given: Given<OutOptions, [borrow?: boolean]>) {
    this.variable = variable;
    this.borrow = optional<OutOptions>("Out", ["borrow"], given).borrow ?? false;
  }

  /** Theano's text: `Out(z,False)`. */
  toString(): string {
    return `Out(${this.variable},${this.borrow ? "True" : "False"})`;
  }
}

/** What stands for an input. */
export type InputLike = Variable | In;

/** What stands for an output. */
export type OutputLike = Variable | Out;

/**
 * The inputs of a function, as {@linkcode In}s.
 *
 * @param given What the user wrote.
 * @param allowDowncast The rule for inputs that are plain variables.
 * @throws {TypeError} If it is no list, or holds something that cannot be an input.
 */
export function inputsOf(given: unknown, allowDowncast: boolean | null): In[] {
  if (!Array.isArray(given)) {
    raise(
      "TypeError",
      "Input variables of a Theano function should be contained in a list, even when there is a " +
        "single input.",
    );
  }
  const inputs = given.map((one) => inputOf(one, allowDowncast));
  inputs.forEach(({ variable }, i) => {
    const again = inputs.findIndex((other, j) => j > i && other.variable === variable);
    if (again < 0) return;
    raise(
      "UnusedInputError",
      `Variable ${variable} is used twice in inputs to theano.function, at indices ${i} and ` +
        `${again}.  This would result in values provided for it being ignored. Please do not ` +
        "duplicate variables in the inputs list.",
    );
  });
  return inputs;
}

function inputOf(given: unknown, allowDowncast: boolean | null): In {
  if (given instanceof In) return given;
  if (!(given instanceof Variable)) {
    return raise("TypeError", `Unknown parameter type: ${describe(given)}`);
  }
  if (isConstant(given)) raise("TypeError", `Constants not allowed in param list: ${given}`);
  if (isShared(given)) {
    raise(
      "TypeError",
      `Cannot use a shared variable (${given}) as explicit input. Consider substituting a ` +
        "non-shared variable via the `givens` parameter",
    );
  }
  return new In(given, { allowDowncast });
}

/** The outputs of a function, and how they are returned. */
export interface Outputs {
  readonly list: readonly Out[];
  /** `one` bare, `list` in an array, or in an object under these keys. */
  readonly form: "one" | "list" | readonly string[];
}

/**
 * The outputs of a function.
 *
 * @param given What the user wrote: a variable, an array or object of them, or null for none.
 * @throws {TypeError} If it is, or holds, anything else.
 */
export function outputsOf(given: unknown): Outputs {
  if (given === null || given === undefined) return { list: [], form: "list" };
  if (Array.isArray(given)) return { list: given.map(outputOf), form: "list" };
  if (given instanceof Variable || given instanceof Out) {
    return { list: [outputOf(given)], form: "one" };
  }
  if (typeof given !== "object" || Object.getPrototypeOf(given) !== Object.prototype) {
    return raise(
      "TypeError",
      `output must be a theano Variable or Out instance (or list of them): ${describe(given)}`,
    );
  }
  const keys = Object.keys(given);
  const values = Object.values(given);
  if (!values.every((value) => value instanceof Variable || value instanceof Out)) {
    raise(
      "TypeError",
      "The second argument of theano.function is always the outputs, and an object there maps names " +
        `to variables: ${
          describe(values.find((value) => !(value instanceof Variable)))
        } is none. ` +
        "Write theano.function(inputs, [], options) for a function without outputs.",
    );
  }
  return { list: values.map(outputOf), form: keys };
}

function outputOf(given: unknown): Out {
  if (given instanceof Out) return given;
  if (given instanceof Variable) return new Out(given);
  return raise(
    "TypeError",
    `Outputs must be theano Variable or Out instances. Received ${describe(given)}`,
  );
}

/**
 * A value for a variable of a type: the variable itself, converted, or a constant.
 *
 * @param variable Whose type is wanted.
 * @param value A variable or a plain value.
 */
export function asTyped(variable: Variable, value: unknown): Variable {
  return value instanceof Variable
    ? filterVariable(variable.type, value)
    : variable.type.makeConstant(value);
}
