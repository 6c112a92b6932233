/** @file Loops for tests: written as a turn, with what it reads named. */

import { grad } from "../../core/gradient/grad.ts";
import { add, mul, sub } from "../../core/ops/arithmetic.ts";
import { dotMatrices } from "../../core/ops/dot.ts";
import { get } from "../../core/ops/indexing.ts";
import { gt } from "../../core/ops/logic.ts";
import { sum } from "../../core/ops/reduce.ts";
import { shapeI } from "../../core/ops/shape.ts";
import { exp, tanh } from "../../core/ops/transcendental.ts";
import { type Case } from "./helpers.ts";
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
/** Loops of every form. */
export const loopCases: readonly Case[] = [
  {
    name: "a state that reads its last value",
    of: (x, w) =>
      loop({
        steps: 3,
        states: [[x, -1]],
        fixed: [w],
        turn: ({ taps: [h], fixed: [w] }) => ({ states: [tanh(mul(h!, w!))] }),
      }).traces[0]!,
    at: [[[0.5, -0.3]], [0.7, 1.2]],
  },
  {
    name: "a network with a sequence, matrices and a map",
    of: (x, h, w, u) => {
      const { traces, maps } = loop({
        steps: shapeI(x, 0),
        sequences: [x],
        states: [[h, -1]],
        fixed: [w, u],
        turn: ({ slices: [x], taps: [h], fixed: [w, u] }) => {
          const next = tanh(add(dotMatrices(h!, w!), dotMatrices(x!, u!)));
          return { states: [next], maps: [mul(next, x!)] };
        },
      });
      return add(get(traces[0]!, "1:"), maps[0]!);
    },
    at: [[[0.5, -0.3], [0.1, 0.9], [-1.1, 0.4]], [[0.2, -0.4]], [[0.3, -0.6], [0.8, 0.5]], [[
      1,
      0.5,
    ], [-0.3, 0.2]]],
  },
  {
    name: "a state that reads its last two values",
    of: (x, w) =>
      loop({
        steps: 4,
        states: [[x, -2, -1]],
        fixed: [w],
        turn: ({ taps: [a, b], fixed: [w] }) => ({
          states: [add(mul(a!, w!), tanh(mul(a!, b!)))],
        }),
      }).traces[0]!,
    at: [[0.5, -0.3], 0.7],
  },
  {
    name: "a state that skips values",
    of: (x) =>
      loop({
        steps: 4,
        states: [[x, -3, -1]],
        turn: ({ taps: [a, b] }) => ({ states: [mul(a!, exp(b!))] }),
      }).traces[0]!,
    at: [[0.5, -0.3, 0.2]],
  },
  {
    name: "several states that read each other",
    of: (x, y, s) => {
      const [a, b] = loop({
        steps: 3,
        sequences: [s],
        states: [[x, -1], [y, -2]],
        turn: ({ slices: [s], taps: [a, b] }) => ({
          states: [tanh(add(mul(a!, b!), s!)), mul(a!, s!)],
        }),
      }).traces;
      return add(get(a!, "1:"), get(b!, "2:"));
    },
    at: [[0.5], [0.3, -0.2], [1.1, 0.9, -0.4, 2]],
  },
  {
    name: "carried values",
    of: (x, w, s) => {
      const { carried, maps } = loop({
        steps: 3,
        sequences: [s],
        carried: [x],
        fixed: [w],
        turn: ({ slices: [s], carried: [c], fixed: [w] }) => ({
          carried: [tanh(add(mul(c!, w!), s!))],
          maps: [mul(exp(c!), s!)],
        }),
      });
      return mul(carried[0]!, sum(maps[0]!));
    },
    at: [0.5, 0.3, [1.1, 0.9, -0.4]],
  },
  {
    name: "a loop that a condition ends",
    of: (x, w, s) => {
      const { traces, maps } = loop({
        steps: 10,
        sequences: [s],
        states: [[x, -1]],
        fixed: [w],
        turn: ({ slices: [s], taps: [h], fixed: [w] }) => {
          const next = add(mul(h!, w!), s!);
          return { states: [next], maps: [mul(next, h!)], condition: gt(sum(next), 4) };
        },
      });
      return add(sum(traces[0]!), mul(3, sum(maps[0]!)));
    },
    at: [[[0.5, 0.4]], [1.3, 1.1], Array.from({ length: 10 }, (_, k) => [0.1 * k, 0.2])],
  },
  {
    name: "a loop that a condition ends and that carries values only",
    of: (x) =>
      loop({
        steps: 10,
        carried: [x],
        turn: ({ carried: [c] }) => ({ carried: [mul(c!, c!)], condition: gt(c!, 3) }),
      }).carried[0]!,
    at: [1.2],
  },
  {
    name: "a loop in a loop",
    of: (x, w) =>
      loop({
        steps: 2,
        states: [[x, -1]],
        fixed: [w],
        turn: ({ taps: [h], fixed: [w] }) => {
          const inner = loop({
            steps: 3,
            sequences: [w!],
            carried: [h!],
            turn: ({ slices: [w], carried: [c] }) => ({
              carried: [tanh(mul(c!, w!))],
              maps: [sub(c!, w!)],
            }),
          });
          return { states: [add(inner.carried[0]!, sum(inner.maps[0]!, { axis: 0 }))] };
        },
      }).traces[0]!,
    at: [[[0.5, -0.3]], [[0.7, 1.2], [0.3, -0.8], [1.5, 0.4]]],
  },
];

/** A number that depends on every gradient of a case, not linearly. */
export function ofGradients(of: Case["of"]): Case["of"] {
  return (...xs) => {
    const y = of(...xs);
    const grads = grad(sum(mul(y, y)), xs, { disconnectedInputs: "ignore" });
    return grads.map((g) => sum(mul(g, tanh(g)))).reduce((a, b) => add(a, b));
  };
}
