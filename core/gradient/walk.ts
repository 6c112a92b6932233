/**
 * @file Which variables lie between a cost and what it is differentiated by, and who uses them.
 *
 * All walks keep their own stack, because graphs may be deeper than the machine's.
 */

import { raise } from "../errors.ts";
import { type Apply, Variable } from "../graph/variable.ts";
import type { ConnectionPattern } from "./derivative.ts";
import { connectionPattern } from "./rules.ts";

/** For a variable, the nodes that it reaches the cost through, and as which of their inputs. */
export type Uses = Map<Apply, number[]>;

/** The uses of every variable on a path from `wrt` to the outputs. */
export type Paths = Map<Variable, Uses>;

/** Connection patterns, asked for once a node. */
export class Patterns {
  readonly #known = new Map<Apply, ConnectionPattern>();

  /** The pattern of a node, checked. */
  of(node: Apply): ConnectionPattern {
    const known = this.#known.get(node);
    if (known) return known;
    const pattern = checkedPattern(node, connectionPattern(node));
    this.#known.set(node, pattern);
    return pattern;
  }
}

function checkedPattern(node: Apply, pattern: ConnectionPattern): ConnectionPattern {
  const name = node.op.name;
  if (!Array.isArray(pattern)) {
    raise(
      "TypeError",
      `Op.connection_pattern should return list of list of bool, but for Op=${name} got ${pattern}`,
    );
  }
  if (pattern.length !== node.inputs.length) {
    raise(
      "ValueError",
      `${name}.connection_pattern should have ${node.inputs.length} rows but has ` +
        `${pattern.length}.`,
    );
  }
  pattern.forEach((row, i) => {
    if (!Array.isArray(row) || row.length !== node.outputs.length) {
      raise(
        "TypeError",
        `${name}.connection_pattern should return a list of lists with ${node.outputs.length} ` +
          `elements, but element ${i} is ${row}.`,
      );
    }
  });
  return pattern;
}

/**
 * The variables that connect the outputs with what is differentiated by.
 *
 * @param outputs Where to start: the cost, and variables with known gradients.
 * @param wrt What is differentiated by.
 * @param constants Variables that count as functions of nothing.
 * @param patterns Connection patterns.
 * @returns Every variable that an output depends on and that depends on some of `wrt`, with its
 * uses in the order in which a depth-first walk from the outputs meets them.
 */
export function pathsBetween(
  outputs: readonly Variable[],
  wrt: readonly Variable[],
  constants: ReadonlySet<Variable>,
  patterns: Patterns,
): Paths {
  const below = ancestorUses(outputs, constants, patterns);
  const above = reachable(wrt, below, patterns);
  return new Map([...below].filter(([variable]) => above.has(variable)));
}

/** The uses of every variable that the outputs depend on. */
function ancestorUses(
  outputs: readonly Variable[],
  constants: ReadonlySet<Variable>,
  patterns: Patterns,
): Paths {
  const paths: Paths = new Map();
  const seen = new Set<Variable>();
  const stack: { readonly variable: Variable; next: number }[] = [];
  const enter = (variable: Variable): void => {
    if (seen.has(variable)) return;
    seen.add(variable);
    if (variable.owner && !constants.has(variable)) stack.push({ variable, next: 0 });
  };
  for (const output of outputs) {
    enter(output);
    while (stack.length > 0) {
      const frame = stack.at(-1)!;
      const node = frame.variable.owner!;
      const i = frame.next++;
      if (i >= node.inputs.length) {
        stack.pop();
      } else if (patterns.of(node)[i]![frame.variable.index]) {
        recordUse(paths, node.inputs[i]!, node, i);
        enter(node.inputs[i]!);
      }
    }
  }
  return paths;
}

function recordUse(paths: Paths, variable: Variable, node: Apply, position: number): void {
  let uses = paths.get(variable);
  if (!uses) paths.set(variable, uses = new Map());
  const positions = uses.get(node);
  if (!positions) uses.set(node, [position]);
  else if (!positions.includes(position)) positions.push(position);
}

/** Everything with known uses that some of `wrt` leads to, itself included. */
function reachable(
  wrt: readonly Variable[],
  paths: Paths,
  patterns: Patterns,
): ReadonlySet<Variable> {
  const reached = new Set<Variable>();
  const stack = [...wrt];
  while (stack.length > 0) {
    const variable = stack.pop()!;
    const uses = paths.get(variable);
    if (reached.has(variable) || !uses) continue;
    reached.add(variable);
    for (const [node, positions] of uses) {
      const pattern = patterns.of(node);
      node.outputs.forEach((output, k) => {
        if (positions.some((i) => pattern[i]![k])) stack.push(output);
      });
    }
  }
  return reached;
}

/** The variables of a collection that a user gave, each checked. */
export function constantsOf(given: Iterable<unknown> | undefined): ReadonlySet<Variable> {
  if (given === undefined || given === null) return new Set();
  if (typeof given !== "object" || !(Symbol.iterator in given) || given instanceof Variable) {
    raise("TypeError", `consider_constant must be an iterable collection, got ${kindOf(given)}`);
  }
  const constants = new Set<Variable>();
  for (const item of given) {
    if (!(item instanceof Variable)) {
      raise(
        "TypeError",
        `Elements of consider_constant must be variables, but got ${kindOf(item)}`,
      );
    }
    constants.add(item);
  }
  return constants;
}

function kindOf(value: unknown): string {
  return value === null || typeof value !== "object"
    ? typeof value
    : value.constructor?.name ?? "Object";
}
