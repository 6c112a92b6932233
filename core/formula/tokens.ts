/**
 * @file A formula as tokens: Python's numbers, names, strings and operators.
 *
 * Source: the Python language reference, chapter 2, "Lexical analysis".
 */

import type { Numeric } from "./numeric.ts";
import { Float } from "./numeric.ts";
import { Complex } from "../dtype/dtype.ts";
import type { Source } from "./source.ts";

/** One token, and where it begins. */
export type Token =
  & { readonly at: number; readonly text: string }
  & (
    | { readonly kind: "number"; readonly value: Numeric | Complex }
    | { readonly kind: "hole"; readonly value: unknown }
    | { readonly kind: "name" | "string" | "operator" | "end" }
  );

/** What the next token may be. */
interface Patterns {
  readonly number: RegExp;
  readonly name: RegExp;
  readonly string: RegExp;
  readonly operator: RegExp;
}

let patterns: Patterns | undefined;

function makePatterns(): Patterns {
  const digits = "\\d(?:_?\\d)*";
  const decimal = `(?:${digits}\\.?(?:${digits})?|\\.${digits})(?:[eE][+-]?${digits})?[jJ]?`;
  const whole = "0[xX](?:_?[\\da-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+";
  return {
    number: new RegExp(`(?:${whole}|${decimal})`, "y"),
    name: /[\p{ID_Start}_][\p{ID_Continue}]*/uy,
    string: /'[^']*'|"[^"]*"/y,
    operator: /\*\*|\/\/|<<|>>|<=|>=|==|!=|->|:=|&&|\|\||\.\.\.|[-+*/%@&|^~<>()[\]{},:.=;?!]/y,
  };
}

/**
 * Cuts a formula into tokens.
 *
 * @param source The formula.
 * @returns The tokens, with an `end` after the last.
 * @throws {SyntaxError} If something is no token.
 */
export function tokensOf(source: Source): Token[] {
  const tokens: Token[] = [];
  const { text, holes } = source;
  const holeAt = new Map(holes.map((hole) => [hole.start, hole]));
  let at = 0;
  for (;;) {
    while (text[at] === " ") at++;
    if (at >= text.length) break;
    const hole = holeAt.get(at);
    if (hole !== undefined) {
      const { start, end, value } = hole;
      tokens.push({ kind: "hole", at, text: text.slice(start, end), value });
      at = end;
    } else {
      const token = tokenAt(source, at);
      tokens.push(token);
      at += token.text.length;
    }
  }
  tokens.push({ kind: "end", at: text.length, text: "" });
  return tokens;
}

function tokenAt(source: Source, at: number): Token {
  const { text } = source;
  patterns ??= makePatterns();
  const match = (kind: keyof Patterns): string | undefined => {
    const pattern = patterns![kind];
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  const number = match("number");
  if (number !== undefined) {
    return { kind: "number", at, text: number, value: numberOf(source, at, number) };
  }
  const name = match("name");
  if (name !== undefined) return { kind: "name", at, text: name };
  const string = match("string");
  if (string !== undefined) return { kind: "string", at, text: checkedString(source, at, string) };
  const operator = match("operator");
  if (operator !== undefined) return { kind: "operator", at, text: operator };
  return refuseCharacter(source, at);
}

function refuseCharacter(source: Source, at: number): never {
  const character = String.fromCodePoint(source.text.codePointAt(at)!);
  return character === "'" || character === '"'
    ? source.refuse(at, "a string has no end")
    : source.refuse(at, `"${character}" has no meaning here`);
}

function checkedString(source: Source, at: number, string: string): string {
  const inside = source.holes.find(({ start }) => start > at && start < at + string.length);
  if (inside !== undefined) source.refuse(inside.start, "a value stands inside a string");
  return string;
}

function numberOf(source: Source, at: number, text: string): Numeric | Complex {
  const end = at + text.length;
  const { name } = patterns!;
  name.lastIndex = end;
  if (name.test(source.text)) {
    source.refuse(end, `a number ends here, and a name begins`, [
      `Write ${text} * … for a product`,
    ]);
  }
  const plain = text.replaceAll("_", "");
  if (/^0[xob]/i.test(plain)) return BigInt(plain);
  if (/j$/i.test(plain)) return new Complex(0, Number(plain.slice(0, -1)));
  if (/[.e]/i.test(plain)) return new Float(Number(plain));
  if (/^0+[1-9]/.test(plain)) {
    source.refuse(at, "a whole number begins with 0", ["Write 0o17 for octal numbers"]);
  }
  return BigInt(plain);
}
