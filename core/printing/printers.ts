/**
 * @file How `pp` writes the application of an op: infix, as a pattern, as a call, or not at all.
 */

import { raise } from "../errors.ts";
import type { Apply, Variable } from "../graph/variable.ts";
import { valueText } from "./value_text.ts";

/** What a printer needs to know of the printing under way. */
export interface PrinterState {
  /** Who writes the inputs. */
  readonly pprinter: { process(variable: Variable, state?: PrinterState): string };
  /** What is written already. */
  readonly memo: Map<Variable, string>;
  /**
   * Whether constants with one element are written as bare numbers: they are in compiled graphs.
   */
  readonly bareConstants: boolean;
  /** How tightly the text around binds. */
  precedence?: number | undefined;
  /** Whatever the caller gave along. */
  readonly [property: string]: unknown;
}

/** Writes a variable. */
export interface Printer {
  /** Writes a variable. */
  process(output: Variable, state: PrinterState): string;
}

/** The inputs of a node as text, each written with a precedence. */
function inputTexts(
  node: Apply,
  state: PrinterState,
  precedence: (index: number) => number,
): string[] {
  const before = state.precedence;
  try {
    return node.inputs.map((input, i) => {
      state.precedence = precedence(i);
      return state.pprinter.process(input, state);
    });
  } finally {
    state.precedence = before;
  }
}

/** What is noted for an output, or else what is written now. */
function once(output: Variable, state: PrinterState, write: (node: Apply) => string): string {
  const known = state.memo.get(output);
  if (known !== undefined) return known;
  if (output.owner === null) {
    return raise(
      "TypeError",
      `an op's printer cannot represent ${output}, which is not the result of an operation`,
    );
  }
  const text = write(output.owner);
  state.memo.set(output, text);
  return text;
}

/** Which side of an operator needs no parentheses when nested. */
export type Associativity = "left" | "right" | "either";

/** Infix between the inputs, or before a single one; always in parentheses. */
export class OperatorPrinter implements Printer {
  /**
   * Makes the printer.
   *
   * @param operator The sign.
   * @param precedence How tightly it binds.
   * @param assoc Which side may be nested without a stronger binding.
   */
  constructor(
    readonly operator: string,
    readonly precedence: number,
    readonly assoc: Associativity = "left",
  ) {
    if (!["left", "right", "either"].includes(assoc)) {
      raise("AssertionError", `assoc must be "left", "right" or "either", not "${assoc}"`);
    }
  }

  /** Writes a variable. */
  process(output: Variable, state: PrinterState): string {
    return once(output, state, (node) => {
      const last = node.inputs.length - 1;
      const binds = (i: number): boolean =>
        this.assoc === "left" ? i !== 0 : this.assoc === "right" && i !== last;
      const parts = inputTexts(node, state, (i) => this.precedence + (binds(i) ? 1e-6 : 0));
      const text = parts.length === 1 ? this.operator + parts[0] : parts.join(` ${this.operator} `);
      return `(${text})`;
    });
  }
}

/** A pattern for one output, alone or with the precedences of the inputs. */
export type Pattern = string | readonly [pattern: string, ...precedences: number[]];

/** A pattern an output, in which `%(0)s` stands for the first input: `|%(0)s|`. */
export class PatternPrinter implements Printer {
  readonly #patterns: readonly Pattern[];

  /**
   * Makes the printer.
   *
   * @param patterns One an output.
   */
  constructor(...patterns: readonly Pattern[]) {
    this.#patterns = patterns;
  }

  /** Writes a variable. */
  process(output: Variable, state: PrinterState): string {
    return once(output, state, (node) => {
      const given = this.#patterns[output.index]!;
      const [pattern, ...precedences] = typeof given === "string" ? [given] : given;
      const parts = inputTexts(node, state, (i) => precedences[i] ?? 1000);
      return pattern.replace(/%\((\d+)\)s/g, (_, i: string) => parts[Number(i)] ?? "");
    });
  }
}

/** A call: `name(a, b)`, with a name for each output. */
export class FunctionPrinter implements Printer {
  readonly #names: readonly string[];

  /**
   * Makes the printer.
   *
   * @param names One an output.
   */
  constructor(...names: readonly string[]) {
    this.#names = names;
  }

  /** Writes a variable. */
  process(output: Variable, state: PrinterState): string {
    return once(output, state, (node) => {
      return `${this.#names[output.index]}(${inputTexts(node, state, () => -1000).join(", ")})`;
    });
  }
}

/** Nothing but the first input. */
export class IgnorePrinter implements Printer {
  /** Writes a variable. */
  process(output: Variable, state: PrinterState): string {
    return once(output, state, (node) => state.pprinter.process(node.inputs[0]!, state));
  }
}

const greek: ReadonlySet<string> = new Set(["alpha", "beta", "gamma", "delta", "epsilon"]);

/** A root: its name, Greek letters as `\alpha`, or its short text. */
export class LeafPrinter implements Printer {
  /** Writes a variable. */
  process(output: Variable, state: PrinterState): string {
    const { name } = output;
    if (name !== undefined && greek.has(name)) return `\\${name}`;
    if (state.bareConstants && name === undefined) return valueText(output) ?? String(output);
    return String(output);
  }
}

/** A root as a leaf, anything else as a call of the op's text. */
export class DefaultPrinter implements Printer {
  readonly #leaf = new LeafPrinter();

  /** Writes a variable. */
  process(output: Variable, state: PrinterState): string {
    if (output.owner === null) return this.#leaf.process(output, state);
    return once(output, state, (node) => {
      return `${node.op.name}(${inputTexts(node, state, () => -1000).join(", ")})`;
    });
  }
}
