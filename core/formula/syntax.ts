/**
 * @file The parts of a formula, as the parser hands them to the builder.
 */

import type { Complex } from "../dtype/dtype.ts";
import type { Numeric } from "./numeric.ts";

/** Operators between two operands. */
export type BinaryOperator =
  | ("+" | "-" | "*" | "/" | "//" | "%" | "**" | "@")
  | ("<" | "<=" | ">" | ">=" | "==" | "!=")
  | ("&" | "|" | "^");

/** Operators before their operand. */
export type UnaryOperator = "-" | "+" | "~";

/** A keyword argument. */
export interface Keyword {
  readonly name: string;
  readonly value: Syntax;
}

/** A part of a formula; `at` is where it begins in the text, or where its operator stands. */
export type Syntax =
  & { readonly at: number }
  & (
    | { readonly kind: "number"; readonly value: Numeric | Complex }
    | { readonly kind: "string"; readonly value: string }
    | { readonly kind: "hole"; readonly value: unknown }
    | { readonly kind: "none" | "ellipsis" }
    | { readonly kind: "name"; readonly name: string }
    | { readonly kind: "attribute"; readonly of: Syntax; readonly name: string }
    | {
      readonly kind: "call";
      readonly callee: Syntax;
      readonly args: readonly Syntax[];
      readonly keywords: readonly Keyword[];
    }
    | { readonly kind: "subscript"; readonly of: Syntax; readonly items: readonly Syntax[] }
    | {
      readonly kind: "slice";
      readonly start: Syntax | null;
      readonly stop: Syntax | null;
      readonly step: Syntax | null;
    }
    | { readonly kind: "unary"; readonly operator: UnaryOperator; readonly operand: Syntax }
    | {
      readonly kind: "binary";
      readonly operator: BinaryOperator;
      readonly left: Syntax;
      readonly right: Syntax;
    }
    | { readonly kind: "tuple" | "list"; readonly items: readonly Syntax[] }
  );
