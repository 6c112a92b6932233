/**
 * @file The graph that the function of a loop built, closed: with roots of its own for all it reads,
 * and with shared variables that it updates as carried values.
 */

import { MissingInputError, raise } from "../errors.ts";
import { rebuild } from "../graph/clone.ts";
import { FunctionGraph } from "../graph/function_graph.ts";
import { inputs as rootsOf } from "../graph/traverse.ts";
import { isConstant, type Variable } from "../graph/variable.ts";
import { isShared, type SharedVariable } from "../tensor/shared.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { addDefaults, explicitUpdates, type Update, updateValue } from "../tensor/updates.ts";
import { asCondition } from "./logic.ts";
import type { InnerInputs, InnerOutputs } from "./scan_form.ts";
import type { TurnParts } from "./scan_result.ts";
import { patternbroadcast } from "./view.ts";

/** The graph of a turn as the function built it, with what it was given. */
export interface OpenTurn {
  /** What stands for elements of sequences. */
  readonly slices: readonly TensorVariable[];
  /** For each state, what stands for its earlier values. */
  readonly taps: readonly (readonly TensorVariable[])[];
  /** What the user passes along. */
  readonly nonSequences: readonly TensorVariable[];
  /** For each state, its number among the outputs. */
  readonly stateAt: readonly number[];
  /** What the function returned. */
  readonly parts: TurnParts;
  /** Whether all shared variables must be passed along. */
  readonly strict: boolean;
}

/** The graph of a turn with roots of its own. */
export interface ClosedTurn {
  readonly inputs: InnerInputs<TensorVariable>;
  readonly outputs: InnerOutputs<TensorVariable>;
  /** The shared variables that the carried values stand for. */
  readonly carried: readonly (SharedVariable & TensorVariable)[];
  /** What the other roots stand for. */
  readonly fixed: readonly TensorVariable[];
}

/**
 * Gives a turn roots of its own.
 *
 * What the function reads without being given it is found here, except what an update alone reads:
 * Theano wants that passed along.
 *
 * @param turn The graph, and what the function was given.
 * @throws {MissingInputError} If an update needs a variable that nobody passes; or, where all shared
 * variables must be passed, one is not.
 * @throws {TypeError} If an update does not have the type of its variable.
 */
export function closeTurn(turn: OpenTurn): ClosedTurn {
  const { slices, taps, nonSequences, stateAt, parts } = turn;
  const condition = parts.condition && asCondition(parts.condition);
  const results = [...parts.outputs, ...(condition ? [condition] : [])];
  const { updates, unchanged } = sharedOf(turn, results);
  const given = new Set<Variable>([...slices, ...taps.flat()]);
  const hidden = rootsOf(results, nonSequences).filter((x) => !isFound(x) && !given.has(x));
  const carried = updates.map(([target]) => target as SharedVariable & TensorVariable);
  const passed = [...nonSequences, ...hidden].filter((x) => !isFound(x));
  const fixed = [...new Set([...unchanged, ...passed])] as TensorVariable[];
  const copies = new Map([...carried, ...fixed].map((x) => [x as Variable, copyOf(x)]));
  const copyIn = <X extends Variable>(list: readonly X[]): TensorVariable[] =>
    list.map((x) => copies.get(x) as TensorVariable);
  const inside = (list: readonly Variable[]): TensorVariable[] =>
    rebuild(list, copies) as TensorVariable[];
  const inputs = {
    slices: [...slices],
    taps: taps.map((row) => [...row]),
    carried: copyIn(carried),
    fixed: copyIn(fixed),
  };
  const outputs = {
    states: inside(stateAt.map((at) => parts.outputs[at]!)),
    maps: inside(parts.outputs.filter((_, at) => !stateAt.includes(at))),
    carried: inside(updates.map(([, value]) => value)),
    condition: condition && inside([condition])[0],
  };
  checkRoots(inputs, outputs);
  return { ...relaxed({ inputs, outputs }), carried, fixed };
}

/** Whether a root needs nobody to pass it. */
function isFound(root: Variable): boolean {
  return isConstant(root) || isShared(root);
}

/** The shared variables that change, with what they become, and those that the graph only reads. */
function sharedOf(
  { nonSequences, parts, strict }: OpenTurn,
  results: readonly Variable[],
): { readonly updates: readonly Update[]; readonly unchanged: readonly Variable[] } {
  const updates = explicitUpdates(parts.updates);
  const shared = addDefaults(results, updates, nonSequences, (target) => {
    const { defaultUpdate } = target;
    return defaultUpdate && updateValue(target, defaultUpdate);
  });
  const changed = new Set<Variable>(updates.map(([target]) => target));
  const passed = new Set<Variable>(nonSequences);
  return {
    updates,
    unchanged: shared.filter((x) => !changed.has(x) && (!strict || passed.has(x))),
  };
}

/** A root that stands for a variable inside. */
function copyOf(x: Variable): Variable {
  return x.type.makeVariable(x.name === undefined ? undefined : `${x.name}_copy`);
}

type Graph = Pick<ClosedTurn, "inputs" | "outputs">;

function checkRoots(inputs: Graph["inputs"], outputs: Graph["outputs"]): void {
  const { slices, taps, carried, fixed } = inputs;
  const { states, maps, condition } = outputs;
  const all = [...states, ...maps, ...outputs.carried, ...(condition ? [condition] : [])];
  try {
    new FunctionGraph([...slices, ...taps.flat(), ...carried, ...fixed], all);
  } catch (error) {
    if (!(error instanceof MissingInputError)) throw error;
    raise(
      "MissingInputError",
      `${error.message}\nPlease pass this variable to the scan's inner function. Do not forget to ` +
        "also pass it to the `non_sequences` attribute of scan.",
    );
  }
}

/**
 * The graph with states whose taps and new values have one type: an axis has length one only where
 * it has in all of them. Rebuilding may show that it has not in a new value of another state.
 */
function relaxed(graph: Graph): Graph {
  const { inputs, outputs } = graph;
  const patterns = inputs.taps.map(([tap], k) =>
    tap!.broadcastable.map((one, axis) => one && outputs.states[k]!.broadcastable[axis]!)
  );
  const isOpen = inputs.taps.some(([tap], k) => !hasPattern(tap!, patterns[k]!));
  if (!isOpen) {
    const states = outputs.states.map((x, k) => patternbroadcast(x, patterns[k]!));
    return { inputs, outputs: { ...outputs, states } };
  }
  const taps = inputs.taps.map((row, k) =>
    row.map((tap) =>
      hasPattern(tap, patterns[k]!)
        ? tap
        : new TensorType(tap.dtype, patterns[k]!).makeVariable(tap.name)
    )
  );
  const news = taps.flat();
  const memo = new Map<Variable, Variable>(inputs.taps.flat().map((tap, i) => [tap, news[i]!]));
  const over = (list: readonly TensorVariable[]): TensorVariable[] =>
    rebuild(list, memo, { strict: false }) as TensorVariable[];
  const { states, maps, carried, condition } = outputs;
  return relaxed({
    inputs: { ...inputs, taps },
    outputs: {
      states: over(states),
      maps: over(maps),
      carried: over(carried),
      condition: condition && over([condition])[0],
    },
  });
}

function hasPattern(x: TensorVariable, pattern: readonly boolean[]): boolean {
  return x.broadcastable.every((one, axis) => one === pattern[axis]);
}
