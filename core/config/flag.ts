/**
 * @file What a flag is: its record, how a value given for it is checked and how one is printed.
 *
 * Texts of errors are Theano's, because users search for them.
 */

import { fail, raise } from "../errors.ts";
import { absolutePath } from "./paths.ts";

/** A value of a flag. An object is only ever an instance of `Mode`, in the flag `mode`. */
export type FlagValue = boolean | number | string | null | object;

/** How the text given for a flag is understood. */
export type FlagType =
  | "bool"
  | "int"
  | "float"
  | "string"
  | "enum"
  | "path" // a string whose leading `~` is the home folder
  | "device"
  | "contexts"
  | "mode"
  | "lazy"; // None, True or False

/** Everything about one flag, but for its name, which is its key in a table. */
export interface Row<V extends FlagValue = FlagValue> {
  /** How text is understood. */
  readonly type: FlagType;
  /** The default, or how it follows from other flags, the environment or the machine. */
  readonly default: V | ((get: FlagReader) => V);
  /** What the flag does, in words for users. */
  readonly doc: string;
  /** Whether the key of a compiled function depends on it. */
  readonly inCacheKey?: boolean;
  /** Whether it can be set from outside only, by THEANO_FLAGS or an rc file. */
  readonly readOnly?: boolean;
  /** The values an `enum` may have. */
  readonly choices?: readonly string[];
  /** Turns what was given into what is then checked: other spellings of an `enum`'s choices. */
  readonly convert?: (value: FlagValue) => FlagValue;
  /** A further condition on the value. */
  readonly isValid?: (value: FlagValue) => boolean;
  /** In place of the check by type: gives the value to keep or throws. */
  readonly filter?: (value: FlagValue) => FlagValue;
}

/** Reads another flag's value by its full name, for a default that follows from it. */
export type FlagReader = (name: string) => FlagValue;

/** A flag: its full name, as in `warn.round`, and its record. */
export interface Flag extends Row {
  /** Its full name, with dots. */
  readonly name: string;
}

/** A section's records, one for each of its flags, whose values have the types of `S`. */
export type Rows<S> = { readonly [K in keyof S]: Row<S[K] & FlagValue> };

function invalid(name: string, value: FlagValue): never {
  raise("ValueError", `Invalid value (${pythonText(value)}) for configuration variable "${name}".`);
}

function toBool(name: string, value: FlagValue): boolean {
  if (value === true || value === 1 || value === "True" || value === "true" || value === "1") {
    return true;
  }
  if (value === false || value === 0 || value === "False" || value === "false" || value === "0") {
    return false;
  }
  invalid(name, value);
}

function toInt(name: string, value: FlagValue): number {
  const number = typeof value === "string" && /^\s*[+-]?\d+\s*$/.test(value)
    ? Number(value)
    : value;
  if (typeof number === "boolean") return Number(number);
  if (typeof number !== "number" || !Number.isFinite(number)) invalid(name, value);
  return Math.trunc(number);
}

const pythonFloat = /^[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?)$/;
const pythonInfinity = /^([+-]?)inf(inity)?$/i;

function toFloat(name: string, value: FlagValue): number {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return Number(value);
  if (typeof value !== "string") invalid(name, value);
  const text = value.trim();
  if (pythonFloat.test(text)) return Number(text);
  const infinity = pythonInfinity.exec(text);
  if (infinity !== null) return infinity[1] === "-" ? -Infinity : Infinity;
  if (/^[+-]?nan$/i.test(text)) return NaN;
  invalid(name, value);
}

function toText(name: string, value: FlagValue): string {
  if (typeof value === "object" && value !== null) invalid(name, value);
  return typeof value === "string" ? value : pythonText(value);
}

function toChoice(flag: Flag, value: FlagValue): string {
  const choices = flag.choices ?? [];
  if (typeof value === "string" && choices.includes(value)) return value;
  raise(
    "ValueError",
    `Invalid value ("${pythonText(value)}") for configuration variable "${flag.name}". ` +
      `Valid options are ${pythonTuple(choices)}`,
  );
}

function toDevice(flag: Flag, value: FlagValue): string {
  const isDevice = typeof value === "string" &&
    (value === flag.default || /^(cpu$|(webgpu|gpu)\d*$|cuda|opencl)/.test(value));
  if (isDevice) return value;
  raise(
    "ValueError",
    `Invalid value ("${pythonText(value)}") for configuration variable "${flag.name}". ` +
      `Valid options start with one of "cpu", "webgpu", "gpu", "opencl" or "cuda".`,
  );
}

function toContexts(name: string, value: FlagValue): string {
  if (typeof value !== "string") invalid(name, value);
  for (const pair of value === "" ? [] : value.split(";")) {
    const [context, device, more] = pair.split("->");
    if (device === undefined || more !== undefined) {
      raise("ValueError", `Malformed context map: ${pair}`);
    }
    if (/^(cpu$|(webgpu|gpu)\d*$|cuda|opencl)/.test(context!)) {
      raise("ValueError", `Cannot use ${context} as context name`);
    }
  }
  return value;
}

const modeNames = ["Mode", "DebugMode", "FAST_RUN", "NanGuardMode", "FAST_COMPILE", "DEBUG_MODE"];

function toMode(value: FlagValue): string | object {
  if (typeof value === "object" && value !== null) return value;
  if (typeof value === "string" && modeNames.includes(value)) return value;
  raise(
    "ValueError",
    "Expected one of those string 'Mode', 'DebugMode', 'FAST_RUN', 'NanGuardMode', " +
      "'FAST_COMPILE', 'DEBUG_MODE' or an instance of Mode.",
  );
}

function toLazy(value: FlagValue): boolean | null {
  if (value === null || value === "None") return null;
  if (value === true || value === "True") return true;
  if (value === false || value === "False") return false;
  raise(
    "ValueError",
    "Valid values for an vm.lazy parameter should be None, False or True, " +
      `not \`${pythonText(value)}\`.`,
  );
}

/**
 * The value to keep for a flag, from text or from a program.
 *
 * @param flag The flag.
 * @param value What was given: the text of THEANO_FLAGS or an rc file, or a program's value.
 * @returns The value in the flag's own type.
 * @throws {ValueError} If the flag cannot have it, in Theano's words.
 */
export function checkedValue(flag: Flag, value: FlagValue): FlagValue {
  if (flag.filter !== undefined) return flag.filter(value);
  const kept = typedValue(flag, flag.convert === undefined ? value : flag.convert(value));
  if (flag.isValid !== undefined && !flag.isValid(kept)) invalid(flag.name, value);
  return kept;
}

function typedValue(flag: Flag, value: FlagValue): FlagValue {
  switch (flag.type) {
    case "bool":
      return toBool(flag.name, value);
    case "int":
      return toInt(flag.name, value);
    case "float":
      return toFloat(flag.name, value);
    case "string":
      return toText(flag.name, value);
    case "path":
      return absolutePath(toText(flag.name, value));
    case "enum":
      return toChoice(flag, value);
    case "device":
      return toDevice(flag, value);
    case "contexts":
      return toContexts(flag.name, value);
    case "mode":
      return toMode(value);
    case "lazy":
      return toLazy(value);
  }
}

/**
 * A value as Python's `str` writes it.
 *
 * @param value The value.
 * @param type The flag's type; a whole number of type `float` gets its `.0`.
 */
export function pythonText(value: FlagValue, type: FlagType = "string"): string {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value !== "number") return String(value);
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const text = String(value);
  return type === "float" && Number.isInteger(value) && !text.includes("e") ? `${text}.0` : text;
}

function pythonTuple(texts: readonly string[]): string {
  const quoted = texts.map((text) => `'${text}'`);
  return quoted.length === 1 ? `(${quoted[0]},)` : `(${quoted.join(", ")})`;
}

const typeTexts: Readonly<Record<Exclude<FlagType, "enum" | "device">, string>> = {
  bool: "<class 'bool'>",
  int: "<class 'int'>",
  float: "<class 'float'>",
  string: "<class 'str'>",
  path: "<class 'str'>",
  contexts: "name->device;name->device",
  mode: "'Mode', 'DebugMode', 'FAST_RUN', 'NanGuardMode', 'FAST_COMPILE', 'DEBUG_MODE', Mode",
  lazy: "None, True, False",
};

/**
 * A flag's name with its choices or type, as `print(theano.config)` writes it.
 *
 * @param flag The flag.
 */
export function flagTitle(flag: Flag): string {
  const { name, type, choices = [] } = flag;
  if (type === "enum") return `${name} (${pythonTuple(choices)}) `;
  if (type === "device") return `${name} (${flag.default}, webgpu*, gpu*, opencl*, cuda*) `;
  return `${name} (${typeTexts[type]}) `;
}

/**
 * Throws for a name that is no flag.
 *
 * @param name What was given.
 * @param known The names there are.
 * @throws {KeyError} Always.
 */
export function failUnknownFlag(name: string, known: Iterable<string>): never {
  const wanted = plain(name);
  const near = [...known].filter((other) => {
    const text = plain(other);
    return text === wanted || text.endsWith(`.${wanted}`);
  });
  fail(
    "KeyError",
    `use the flag "${name}"`,
    "there is no flag of that name",
    near.length === 0
      ? ["String(theano.config) lists every flag"]
      : [`Did you mean ${near.map((other) => `"${other}"`).join(" or ")}?`],
  );
}

function plain(name: string): string {
  return name.replaceAll("_", "").toLowerCase();
}
