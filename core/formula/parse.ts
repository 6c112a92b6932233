/**
 * @file Parses a formula by the precedence of its operators.
 *
 * Source: V. R. Pratt, "Top down operator precedence", POPL 1973; the precedences are those of the
 * Python language reference, section 6.17.
 */

import type { Source } from "./source.ts";
import type { BinaryOperator, Keyword, Syntax, UnaryOperator } from "./syntax.ts";
import { type Token, tokensOf } from "./tokens.ts";

/** How tightly an operator binds; power is parsed apart, since it binds to the right. */
// deno-fmt-ignore
const strengths: Readonly<Record<Exclude<BinaryOperator, "**">, number>> = {
  "<": 1, "<=": 1, ">": 1, ">=": 1, "==": 1, "!=": 1,
  "|": 2,
  "^": 3,
  "&": 4,
  "+": 5, "-": 5,
  "*": 6, "@": 6, "/": 6, "//": 6, "%": 6,
};
const comparison = 1;

const useOperators = [
  "Use &, | and ~, which bind tighter than comparisons: (a > 0) & (b > 0)",
];
const useSwitch = ["Use switch(condition, if_true, if_false)"];

/** Words and signs of other meanings, with what to use instead. */
const foreign: ReadonlyMap<string, readonly string[]> = new Map([
  ...["and", "or", "not", "&&", "||", "!"].map((word) => [word, useOperators] as const),
  ...["if", "else", "?"].map((word) => [word, useSwitch] as const),
  ["is", ["Use == to compare"]],
  ["in", ["Use == and any() to compare"]],
  ["=", ["Use == to compare"]],
  ["lambda", ["Put a function in between, as ${fn}(x)"]],
  ["for", ["Use scan for loops"]],
  ["<<", ["Use * 2 ** n"]],
  [">>", ["Use // 2 ** n"]],
]);

/**
 * Parses a formula.
 *
 * @param source The formula.
 * @returns Its syntax; a tuple if it has several results.
 * @throws {SyntaxError} If it is malformed, with its text and a caret.
 */
export function parse(source: Source): Syntax {
  const parser = new Parser(source);
  return parser.formula();
}

class Parser {
  readonly #source: Source;
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(source: Source) {
    this.#source = source;
    this.#tokens = tokensOf(source);
  }

  /** All of it: an expression, or several with commas between them. */
  formula(): Syntax {
    const { kind, at } = this.#token;
    if (kind === "end") this.#source.refuse(0, "it is empty");
    const first = this.#expression();
    const result: Syntax = this.#sees(",")
      ? { kind: "tuple", at, items: this.#rest(first, "") }
      : first;
    if (this.#token.kind !== "end") this.#refuseToken("an operator or the end");
    return result;
  }

  get #token(): Token {
    return this.#tokens[this.#position]!;
  }

  #next(): Token {
    return this.#tokens[this.#position++]!;
  }

  #sees(operator: string): boolean {
    const { kind, text } = this.#token;
    return kind === "operator" && text === operator;
  }

  /** Skips an operator if it is there. */
  #takes(operator: string): boolean {
    if (!this.#sees(operator)) return false;
    this.#position++;
    return true;
  }

  #expect(operator: string): void {
    if (!this.#takes(operator)) this.#refuseToken(`"${operator}"`);
  }

  #refuseToken(wanted: string): never {
    const { kind, text, at } = this.#token;
    if (kind === "end") this.#source.refuse(at, `it ends where ${wanted} should follow`);
    const hints = kind === "string" ? undefined : foreign.get(text);
    const why = hints === undefined
      ? `${wanted} should stand here, not ${kind === "string" ? text : `"${text}"`}`
      : `"${text}" has no meaning here`;
    return this.#source.refuse(at, why, hints);
  }

  #expression(weakest = comparison): Syntax {
    let left = this.#signed();
    for (;;) {
      const { kind, text, at } = this.#token;
      const strength = kind === "operator" ? strengths[text as "+"] : undefined;
      if (strength === undefined || strength < weakest) return left;
      this.#position++;
      const right = this.#expression(strength + 1);
      left = { kind: "binary", at, operator: text as BinaryOperator, left, right };
      if (strength === comparison) this.#refuseChain();
    }
  }

  /** Python would compare `a < b < c` pairwise and join by `and`, which has no symbolic meaning. */
  #refuseChain(): void {
    const { kind, text, at } = this.#token;
    if (kind !== "operator" || strengths[text as "<"] !== comparison) return;
    this.#source.refuse(at, "comparisons cannot be chained", ["Write (a < b) & (b < c)"]);
  }

  /** Signs bind weaker than a power to their right: `-x ** 2` is `-(x ** 2)`. */
  #signed(): Syntax {
    const { kind, text, at } = this.#token;
    if (kind !== "operator" || !(text === "-" || text === "+" || text === "~")) {
      return this.#power();
    }
    this.#position++;
    return { kind: "unary", at, operator: text satisfies UnaryOperator, operand: this.#signed() };
  }

  #power(): Syntax {
    const left = this.#primary();
    const { at } = this.#token;
    if (!this.#takes("**")) return left;
    return { kind: "binary", at, operator: "**", left, right: this.#signed() };
  }

  /** An atom with its attributes, calls and subscripts. */
  #primary(): Syntax {
    let of = this.#atom();
    for (;;) {
      const { at } = this.#token;
      if (this.#takes(".")) of = { kind: "attribute", at: at + 1, of, name: this.#attribute() };
      else if (this.#takes("(")) of = { kind: "call", at, callee: of, ...this.#arguments() };
      else if (this.#takes("[")) of = { kind: "subscript", at, of, items: this.#subscripts() };
      else return of;
    }
  }

  #attribute(): string {
    if (this.#token.kind !== "name") this.#refuseToken("a name");
    return this.#next().text;
  }

  #atom(): Syntax {
    const token = this.#token;
    const { at, text } = token;
    if (token.kind === "number") {
      this.#position++;
      return { kind: "number", at, value: token.value };
    }
    if (token.kind === "hole") {
      this.#position++;
      return { kind: "hole", at, value: token.value };
    }
    if (token.kind === "string") {
      this.#position++;
      return { kind: "string", at, value: text.slice(1, -1) };
    }
    if (token.kind === "name" && !foreign.has(text)) {
      this.#position++;
      return named(text, at);
    }
    if (this.#takes("...")) return { kind: "ellipsis", at };
    if (this.#takes("(")) return this.#parenthesized(at);
    if (this.#takes("[")) {
      return { kind: "list", at, items: this.#closed("]") };
    }
    return this.#refuseToken("a value");
  }

  #parenthesized(at: number): Syntax {
    if (this.#takes(")")) return { kind: "tuple", at, items: [] };
    const first = this.#expression();
    if (this.#takes(")")) return first;
    if (!this.#sees(",")) this.#refuseToken('")"');
    const items = this.#rest(first, ")");
    this.#expect(")");
    return { kind: "tuple", at, items };
  }

  /** What follows the first of several expressions; a comma may stand before the end. */
  #rest(first: Syntax, end: string): Syntax[] {
    const items = [first];
    while (this.#takes(",")) {
      if (this.#token.kind === "end" || this.#sees(end)) break;
      items.push(this.#expression());
    }
    return items;
  }

  #closed(end: string): Syntax[] {
    if (this.#takes(end)) return [];
    const items = this.#rest(this.#expression(), end);
    this.#expect(end);
    return items;
  }

  #arguments(): { readonly args: Syntax[]; readonly keywords: Keyword[] } {
    const args: Syntax[] = [];
    const keywords: Keyword[] = [];
    while (!this.#sees(")")) {
      const { at } = this.#token;
      const value = this.#expression();
      if (value.kind === "name" && this.#takes("=")) {
        if (keywords.some(({ name }) => name === value.name)) {
          this.#source.refuse(at, `"${value.name}" is given twice`);
        }
        keywords.push({ name: value.name, value: this.#expression() });
      } else if (keywords.length > 0) {
        this.#source.refuse(at, "an argument without a name follows one with a name");
      } else {
        args.push(value);
      }
      if (!this.#takes(",")) break;
    }
    this.#expect(")");
    return { args, keywords };
  }

  #subscripts(): Syntax[] {
    if (this.#sees("]")) this.#refuseToken("an index");
    const items: Syntax[] = [];
    let isTuple = false;
    while (!this.#sees("]")) {
      items.push(this.#subscript());
      if (!this.#takes(",")) break;
      isTuple = true;
    }
    this.#expect("]");
    const [only] = items;
    // As in Python, x[(i, j)] is x[i, j].
    return !isTuple && only!.kind === "tuple" ? [...only!.items] : items;
  }

  #subscript(): Syntax {
    const { at } = this.#token;
    const start = this.#sees(":") ? null : this.#expression();
    if (!this.#takes(":")) return start!;
    const stop = this.#end();
    const step = this.#takes(":") ? this.#end() : null;
    return { kind: "slice", at, start, stop, step };
  }

  /** An end of a slice, which may be left out. */
  #end(): Syntax | null {
    return this.#sees(":") || this.#sees(",") || this.#sees("]") ? null : this.#expression();
  }
}

function named(name: string, at: number): Syntax {
  if (name === "None") return { kind: "none", at };
  if (name === "Ellipsis") return { kind: "ellipsis", at };
  if (name === "True" || name === "False") return { kind: "number", at, value: name === "True" };
  return { kind: "name", at, name };
}
