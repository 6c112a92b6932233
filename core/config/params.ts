/**
 * @file Theano's classes for describing a flag of one's own to `addConfigVar`.
 */

import { raise } from "../errors.ts";
import type { FlagValue, Row } from "./flag.ts";

/** A condition on a value of a flag. */
export type IsValid = (value: FlagValue) => boolean;

/** A default, or a function that gives it. */
export type Default<V extends FlagValue> = V | (() => V);

/** Describes a flag: its default and what it accepts. Theano: `ConfigParam`. */
export class ConfigParam {
  /** The flag's record, but for name, doc and cache key. */
  readonly row: Omit<Row, "doc" | "inCacheKey">;

  /**
   * Describes a flag.
   *
   * @param value The default.
   * @param filter Gives the value to keep, or throws; anything is kept without it.
   * @param allowOverride Whether a program may change it.
   * @param type How text is understood, where there is no filter.
   */
  constructor(
    value: Default<FlagValue>,
    filter?: (value: FlagValue) => FlagValue,
    allowOverride: boolean = true,
    type: Omit<Row, "default" | "doc"> = { type: "string", filter: (given) => given },
  ) {
    this.row = { ...type, ...(filter && { filter }), default: value, readOnly: !allowOverride };
  }
}

/** Options of {@linkcode EnumStr}. */
export interface EnumStrOptions {
  /** Whether a program may change it: yes by default. */
  readonly allowOverride?: boolean;
  /** Turns what was given into one of the options. */
  readonly convert?: (value: FlagValue) => FlagValue;
}

/** One of some words, the first by default. Theano: `EnumStr`. */
export class EnumStr extends ConfigParam {
  /**
   * Describes a flag of some words.
   *
   * @param value The default.
   * @param more The other words, and options at the end.
   */
  constructor(value: string, ...more: readonly (string | EnumStrOptions)[]) {
    const last = more.at(-1);
    const options = typeof last === "object" ? last : {};
    const words = [value, ...(typeof last === "object" ? more.slice(0, -1) : more)];
    const choices = words.map((word) => {
      if (typeof word === "string") return word;
      raise("ValueError", `Valid values for an EnumStr parameter should be strings: ${word}`);
    });
    const { convert, allowOverride = true } = options;
    super(value, undefined, allowOverride, {
      type: "enum",
      choices,
      ...(convert && { convert }),
    });
  }
}

/**
 * Any text. Theano: `StrParam`.
 *
 * @param value The default.
 * @param isValid A condition.
 * @param allowOverride Whether a program may change it.
 */
export function StrParam(
  value: Default<string>,
  isValid?: IsValid,
  allowOverride: boolean = true,
): ConfigParam {
  return typed("string", value, isValid, allowOverride);
}

/**
 * A whole number. Theano: `IntParam`.
 *
 * @param value The default.
 * @param isValid A condition.
 * @param allowOverride Whether a program may change it.
 */
export function IntParam(
  value: Default<number>,
  isValid?: IsValid,
  allowOverride: boolean = true,
): ConfigParam {
  return typed("int", value, isValid, allowOverride);
}

/**
 * A number. Theano: `FloatParam`.
 *
 * @param value The default.
 * @param isValid A condition.
 * @param allowOverride Whether a program may change it.
 */
export function FloatParam(
  value: Default<number>,
  isValid?: IsValid,
  allowOverride: boolean = true,
): ConfigParam {
  return typed("float", value, isValid, allowOverride);
}

/**
 * On or off. Theano: `BoolParam`.
 *
 * @param value The default.
 * @param isValid A condition.
 * @param allowOverride Whether a program may change it.
 */
export function BoolParam(
  value: Default<boolean>,
  isValid?: IsValid,
  allowOverride: boolean = true,
): ConfigParam {
  return typed("bool", value, isValid, allowOverride);
}

function typed(
  type: "string" | "int" | "float" | "bool",
  value: Default<FlagValue>,
  isValid: IsValid | undefined,
  allowOverride: boolean,
): ConfigParam {
  return new ConfigParam(value, undefined, allowOverride, { type, ...(isValid && { isValid }) });
}
