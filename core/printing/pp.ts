/**
 * @file `pp`: a graph as a formula.
 */

import { raise } from "../errors.ts";
import type { Op } from "../graph/op.ts";
import { ioToposort } from "../graph/traverse.ts";
import { Variable } from "../graph/variable.ts";
import { libraryPrinter } from "./op_printers.ts";
import { DefaultPrinter, LeafPrinter, type Printer, type PrinterState } from "./printers.ts";

/** Whether a printer is meant for a variable. */
export type Condition = (state: PrinterState, variable: Variable) => boolean;

/** A class of ops. */
export type OpClass = abstract new (...args: never[]) => Op;

/** The function of an op, such as `T.exp`. */
export interface OpFunction {
  /** The op. */
  readonly op: Op;
}

/** What the caller may give along to the printers. */
export type PrinterProperties = Readonly<Record<string, unknown>>;

/** What an update replaces, with the update. */
export type UpdatePairs =
  | ReadonlyMap<Variable, Variable>
  | readonly (readonly [Variable, Variable])[];

/**
 * Writes graphs as formulas, each op by the printer assigned to it. Theano: `PPrinter`.
 *
 * A new one knows no printer; `pprint` has those of the library.
 */
export class PPrinter {
  #conditions: (readonly [Condition, Printer])[] = [];
  readonly #byKey = new Map<string, Printer>();
  readonly #byClass = new Map<unknown, Printer>();
  readonly #fallback: ((op: Op) => Printer | undefined) | undefined;
  #isLeaf: (variable: Variable) => boolean = () => false;

  /**
   * Makes a printer of formulas.
   *
   * @param fallback Chooses printers for ops without an assigned one.
   */
  constructor(fallback?: (op: Op) => Printer | undefined) {
    this.#fallback = fallback;
  }

  /**
   * Assigns a printer. Of several conditions that hold, the one assigned last wins; ops and classes
   * win over conditions.
   *
   * @param condition An op, its function, a class of ops, or when the printer is meant.
   * @param printer Writes the variable.
   */
  assign(condition: Condition | Op | OpFunction | OpClass, printer: Printer): void {
    if (isOpFunction(condition)) this.#byKey.set(condition.op.key, printer);
    else if (typeof condition !== "function") this.#byKey.set(condition.key, printer);
    else if (isOpClass(condition)) this.#byClass.set(condition, printer);
    else this.#conditions.unshift([condition, printer]);
  }

  /**
   * Writes a variable.
   *
   * @param variable The variable.
   * @param state The printing under way, or what to give along to the printers.
   * @throws {TypeError} If no printer is assigned.
   */
  process(variable: Variable, state?: PrinterState | PrinterProperties): string {
    const full = isState(state) ? state : this.#state(variable, state);
    if (this.#isLeaf(variable)) return new LeafPrinter().process(variable, full);
    const op = variable.owner?.op;
    const printer = (op && this.#ofOp(op)) ??
      this.#conditions.find(([condition]) => condition(full, variable))?.[1] ??
      raise("TypeError", `no printer is assigned for ${variable}`);
    return printer.process(variable, full);
  }

  /** The same assignments, to be changed apart. */
  clone(): PPrinter {
    const copy = new PPrinter(this.#fallback);
    copy.#conditions = [...this.#conditions];
    for (const [key, printer] of this.#byKey) copy.#byKey.set(key, printer);
    for (const [type, printer] of this.#byClass) copy.#byClass.set(type, printer);
    return copy;
  }

  /** A {@linkcode clone} with one assignment more. */
  cloneAssign(condition: Condition | Op | OpFunction | OpClass, printer: Printer): PPrinter {
    const copy = this.clone();
    copy.assign(condition, printer);
    return copy;
  }

  /**
   * Writes what a function computes, a line for each named variable, update and output.
   *
   * @param inputs The inputs, on whose names formulas stop.
   * @param outputs The outputs.
   * @param updates What is replaced by what afterwards.
   * @param displayInputs Whether the first line lists the inputs.
   */
  processGraph(
    inputs: Variable | readonly Variable[],
    outputs: Variable | readonly Variable[],
    updates: UpdatePairs = [],
    displayInputs: boolean = false,
  ): string {
    const ins = inputs instanceof Variable ? [inputs] : inputs;
    const outs = outputs instanceof Variable ? [outputs] : outputs;
    const pairs = [...updates];
    const roots = [...ins, ...pairs.map(([old]) => old)];
    let current: Variable | undefined;
    const printer = this.clone();
    printer.#isLeaf = (variable) => variable.name !== undefined && variable !== current;
    const write = (variable: Variable): string => {
      current = variable;
      return printer.process(variable);
    };
    const lines: [rank: number, text: string][] = [];
    if (displayInputs) lines.push([0, `inputs: ${roots.join(", ")}`]);
    let rank = 1;
    const nodes = ioToposort(roots, [...outs, ...pairs.map(([_, next]) => next)]);
    for (const variable of nodes.flatMap((node) => node.outputs)) {
      const updated = pairs.find(([_, next]) => next === variable)?.[0];
      if (updated) lines.push([1000 + rank++, `${updated} <- ${write(variable)}`]);
      const at = outs.indexOf(variable);
      if (variable.name === undefined && at < 0) continue;
      const isOnly = outs.length === 1 && at === 0;
      const head = isOnly ? "return " : `${variable.name ?? `out[${at}]`} = `;
      lines.push([at < 0 ? rank++ : 2000 + at, head + write(variable)]);
    }
    return lines.sort(([a], [b]) => a - b).map(([_, text]) => text).join("\n");
  }

  #ofOp(op: Op): Printer | undefined {
    return this.#byKey.get(op.key) ?? this.#byClass.get(op.constructor) ?? this.#fallback?.(op);
  }

  #state(variable: Variable, properties: PrinterProperties | undefined): PrinterState {
    const bareConstants = variable.owner !== null && variable.owner.graph !== null;
    return { ...properties, pprinter: this, memo: new Map(), bareConstants };
  }
}

function isState(state: PrinterState | PrinterProperties | undefined): state is PrinterState {
  return state !== undefined && state.memo instanceof Map;
}

function isOpFunction(condition: unknown): condition is OpFunction {
  return typeof condition === "function" && "op" in condition;
}

function isOpClass(condition: Condition | OpClass): condition is OpClass {
  const prototype: unknown = condition.prototype;
  return typeof prototype === "object" && prototype !== null && "makeNode" in prototype;
}

/** A {@linkcode PPrinter} that is a function too. */
export interface CallablePrinter {
  (variable: Variable, state?: PrinterProperties): string;
  (
    inputs: Variable | readonly Variable[],
    outputs: Variable | readonly Variable[],
    updates: UpdatePairs,
    displayInputs?: boolean,
  ): string;
  /** See {@linkcode PPrinter.assign}. */
  readonly assign: PPrinter["assign"];
  /** See {@linkcode PPrinter.process}. */
  readonly process: PPrinter["process"];
  /** See {@linkcode PPrinter.clone}. */
  readonly clone: PPrinter["clone"];
  /** See {@linkcode PPrinter.cloneAssign}. */
  readonly cloneAssign: PPrinter["cloneAssign"];
  /** See {@linkcode PPrinter.processGraph}. */
  readonly processGraph: PPrinter["processGraph"];
}

let library: PPrinter | undefined;

/** The printer with what the library knows, made when it is first asked for. */
function libraryPPrinter(): PPrinter {
  if (library) return library;
  library = new PPrinter(libraryPrinter);
  library.assign(() => true, new DefaultPrinter());
  return library;
}

function isVariables(value: unknown): value is Variable | readonly Variable[] {
  return value instanceof Variable || Array.isArray(value);
}

function print(
  first: Variable | readonly Variable[],
  second?: Variable | readonly Variable[] | PrinterProperties,
  updates: UpdatePairs = [],
  displayInputs: boolean = false,
): string {
  const printer = libraryPPrinter();
  if (isVariables(second)) return printer.processGraph(first, second, updates, displayInputs);
  if (first instanceof Variable) return printer.process(first, second);
  return raise("TypeError", "pp takes a variable, or inputs, outputs and updates");
}

/**
 * A variable as a formula: `((x + y) * z)`; or, with inputs, outputs and updates, a function as a
 * list of formulas.
 *
 * In a compiled graph constants with a single element are bare numbers: `(2.0 * x)`.
 *
 * Theano: `theano.pp`, `theano.printing.pprint`.
 */
export const pprint: CallablePrinter = Object.assign(print, {
  assign: (...args: Parameters<PPrinter["assign"]>) => libraryPPrinter().assign(...args),
  process: (...args: Parameters<PPrinter["process"]>) => libraryPPrinter().process(...args),
  clone: () => libraryPPrinter().clone(),
  cloneAssign: (...args: Parameters<PPrinter["cloneAssign"]>) =>
    libraryPPrinter().cloneAssign(...args),
  processGraph: (...args: Parameters<PPrinter["processGraph"]>) =>
    libraryPPrinter().processGraph(...args),
});

/** Short for {@linkcode pprint}. */
export const pp: CallablePrinter = pprint;
