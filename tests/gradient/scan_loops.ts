/** @file Loops for tests: as ops, and written out turn after turn. */

import { applyOp } from "../../core/graph/op.ts";
import { disconnectedGrad } from "../../core/gradient/controls.ts";
import { get } from "../../core/ops/indexing.ts";
import { stack } from "../../core/ops/join.ts";
import {
  innerInputList,
  type InnerInputs,
  innerOutputList,
  type InnerOutputs,
  nodeInputList,
  type NodeOutputs,
  type ScanForm,
} from "../../core/ops/scan_form.ts";
import { Scan } from "../../core/ops/scan_op.ts";
import { constant } from "../../core/tensor/constructors.ts";
import { TensorType } from "../../core/tensor/tensor_type.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";

/** What a turn reads. */
export interface Read extends Omit<InnerInputs<TensorVariable>, "taps"> {
  readonly taps: readonly TensorVariable[];
}

/** What a loop of a test is. */
export interface Loop {
  readonly steps: number | TensorVariable;
  readonly sequences?: readonly TensorVariable[];
  /** The first values of each state, one row a value, and which of them a turn reads. */
  readonly states?: readonly (readonly [initial: TensorVariable, ...taps: readonly number[]])[];
  readonly carried?: readonly TensorVariable[];
  readonly fixed?: readonly TensorVariable[];
  readonly truncate?: number;
  /** Makes the graph of a turn; the taps of all states are in one list. */
  readonly turn: (read: Read) => Partial<InnerOutputs<TensorVariable>>;
}

/** What a turn computes; what is left out is empty. */
function madeBy({ turn }: Loop, read: Read): InnerOutputs<TensorVariable> {
  return { states: [], maps: [], carried: [], condition: undefined, ...turn(read) };
}

/** The outputs of a loop. */
export function loop(description: Loop): NodeOutputs<TensorVariable> {
  const { steps, sequences = [], states = [], carried = [], fixed = [], truncate = -1 } =
    description;
  const row = ({ type }: TensorVariable): TensorVariable =>
    new TensorType(type.dtype, type.broadcastable.slice(1)).makeVariable();
  const like = ({ type }: TensorVariable): TensorVariable => type.makeVariable();
  const read: InnerInputs<TensorVariable> = {
    slices: sequences.map(row),
    taps: states.map(([initial, ...taps]) => taps.map(() => row(initial))),
    carried: carried.map(like),
    fixed: fixed.map(like),
  };
  const made = madeBy(description, { ...read, taps: read.taps.flat() });
  const form: ScanForm = {
    sequences: sequences.length,
    states: states.map(([, ...taps]) => ({ taps, keep: null })),
    maps: made.maps.map(() => null),
    carried: carried.length,
    hasCondition: made.condition !== undefined,
    truncate,
    label: "scan_fn",
    inner: null,
  };
  const op = new Scan(form, innerInputList(read), innerOutputList(made));
  const node = applyOp(
    op,
    nodeInputList({
      steps: typeof steps === "number" ? constant(steps, { dtype: "int64" }) : steps,
      sequences: [...sequences],
      initials: states.map(([initial]) => initial),
      carried: [...carried],
      fixed: [...fixed],
    }),
  );
  return op.outputsOf(node);
}

/** The outputs of so many turns of a loop, without a loop: what a gradient does not reach is cut. */
export function writtenOut(description: Loop, turns: number): NodeOutputs<TensorVariable> {
  const { sequences = [], states = [], fixed = [], truncate = -1 } = description;
  const traces = states.map(([initial, first]) =>
    Array.from({ length: -first! }, (_, n) => get(initial, n))
  );
  const maps: TensorVariable[][] = [];
  let carried = [...description.carried ?? []];
  for (let t = 0; t < turns; t++) {
    const cut = (list: readonly TensorVariable[]): TensorVariable[] =>
      truncate < 0 || t >= turns - truncate ? [...list] : list.map(disconnectedGrad);
    const made = madeBy(description, {
      slices: sequences.map((sequence) => get(sequence, t)),
      taps: states.flatMap(([, ...taps], k) => taps.map((tap) => traces[k]!.at(tap)!)),
      carried,
      fixed: [...fixed],
    });
    cut(made.states).forEach((x, k) => traces[k]!.push(x));
    cut(made.maps).forEach((x, k) => (maps[k] ??= []).push(x));
    carried = cut(made.carried);
  }
  return {
    traces: traces.map((rows) => stack(rows)),
    maps: maps.map((rows) => stack(rows)),
    carried,
  };
}
