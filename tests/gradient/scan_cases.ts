/** @file Loops for tests: written as a turn, with what it reads named. */

import { applyOp } from "../../core/graph/op.ts";
import {
  innerInputList,
  type InnerInputs,
  innerOutputList,
  type InnerOutputs,
  nodeInputList,
  type NodeInputs,
  type NodeOutputs,
  type ScanForm,
} from "../../core/ops/scan_form.ts";
import { Scan } from "../../core/ops/scan_op.ts";
import { TensorType } from "../../core/tensor/tensor_type.ts";
import { constant } from "../../core/tensor/constructors.ts";
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
  readonly states?: readonly (readonly [initial: TensorVariable, ...taps: number[]])[];
  readonly carried?: readonly TensorVariable[];
  readonly fixed?: readonly TensorVariable[];
  readonly truncate?: number;
  /** Makes the graph of a turn; the taps of all states are in one list. */
  readonly turn: (read: Read) => Partial<InnerOutputs<TensorVariable>>;
}

/** The outputs of a loop. */
export function loop(
  { steps, sequences = [], states = [], carried = [], fixed = [], truncate = -1, turn }: Loop,
): NodeOutputs<TensorVariable> {
  const row = ({ type }: TensorVariable): TensorVariable =>
    new TensorType(type.dtype, type.broadcastable.slice(1)).makeVariable();
  const like = ({ type }: TensorVariable): TensorVariable => type.makeVariable();
  const read: InnerInputs<TensorVariable> = {
    slices: sequences.map(row),
    taps: states.map(([initial, ...taps]) => taps.map(() => row(initial))),
    carried: carried.map(like),
    fixed: fixed.map(like),
  };
  const made = {
    states: [],
    maps: [],
    carried: [],
    condition: undefined,
    ...turn({ ...read, taps: read.taps.flat() }),
  };
  const form: ScanForm = {
    sequences: sequences.length,
    states: states.map(([, ...taps]) => ({ taps, keep: null })),
    maps: made.maps.map(() => null),
    carried: carried.length,
    hasCondition: made.condition !== undefined,
    truncate,
    label: "scan_fn",
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
