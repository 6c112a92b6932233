/** @file Loops of every form, as cases for checks of gradients. */

import { grad } from "../../core/gradient/grad.ts";
import { add, mul, sub } from "../../core/ops/arithmetic.ts";
import { padLeft } from "../../core/ops/dimshuffle.ts";
import { dotMatrices } from "../../core/ops/dot.ts";
import { get } from "../../core/ops/indexing.ts";
import { gt } from "../../core/ops/logic.ts";
import { sum } from "../../core/ops/reduce.ts";
import { shapeI } from "../../core/ops/shape.ts";
import { exp, tanh } from "../../core/ops/transcendental.ts";
import { constant } from "../../core/tensor/constructors.ts";
import type { Case } from "./helpers.ts";
import { loop } from "./scan_loops.ts";

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
    name: "a network with a gate, of which the last value is read",
    of: (x, h, w, u) => {
      const { traces } = loop({
        steps: shapeI(x, 0),
        sequences: [x],
        states: [[h, -1]],
        fixed: [w, u],
        turn: ({ slices: [x], taps: [h], fixed: [w, u] }) => {
          const gate = exp(mul(-1, exp(dotMatrices(h!, w!))));
          return { states: [add(mul(gate, h!), mul(sub(1, gate), tanh(dotMatrices(x!, u!))))] };
        },
      });
      return get(traces[0]!, -1);
    },
    at: [[[[0.5, -0.3]], [[0.1, 0.9]], [[-1.1, 0.4]]], [[[0.2, -0.4]]], [[0.3, -0.6], [0.8, 0.5]], [
      [1, 0.5],
      [-0.3, 0.2],
    ]],
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
    name: "outputs that are read by others, twice outputs, or no more than inputs",
    of: (x, y, w) => {
      const { traces, maps, carried } = loop({
        steps: 3,
        states: [[x, -1], [y, -1]],
        carried: [w],
        fixed: [w],
        turn: ({ taps: [a, b], carried: [c], fixed: [w] }) => {
          const next = mul(a!, w!);
          return { states: [next, a!], maps: [exp(next), next, w!, b!], carried: [c!] };
        },
      });
      const total = [...traces, ...maps, mul(2, carried[0]!)].map((one) => sum(mul(one, one)));
      return total.reduce((a, b) => add(mul(2, a), b));
    },
    at: [[0.5], [0.4], 0.7],
  },
  {
    name: "values with axes of length one",
    of: (x, s, w) => {
      const { traces, maps } = loop({
        steps: 2,
        sequences: [s],
        states: [[x, -1]],
        fixed: [w],
        turn: ({ slices: [s], taps: [h], fixed: [w] }) => ({
          states: [tanh(mul(h!, w!))],
          maps: [add(h!, dotMatrices(s!, h!))],
        }),
      });
      return add(sum(traces[0]!), sum(maps[0]!, { axis: 0 }));
    },
    at: [[[[0.4, -0.3]]], [[[0.5], [0.2]], [[-0.7], [0.9]]], [[0.7, 1.3]]],
    patterns: [[false, true, false], [false, false, true], [true, false]],
  },
  {
    name: "a loop with a counter that picks elements",
    of: (x, w) =>
      loop({
        steps: 3,
        states: [[constant([0], { dtype: "int64" }), -1]],
        carried: [constant(1, { dtype: "int64" }), x],
        fixed: [w],
        turn: ({ taps: [n], carried: [m, c], fixed: [w] }) => {
          const picked = mul(get(w!, n!), get(w!, m!));
          return {
            states: [add(n!, 1)],
            carried: [add(m!, 1), mul(c!, c!, picked)],
            maps: [mul(picked, c!)],
          };
        },
      }).carried[1]!,
    at: [1.1, [0.7, 1.2, -0.8, 1.5]],
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
  {
    name: "a loop of more turns in each turn of a loop",
    of: (x, w) =>
      loop({
        steps: 3,
        sequences: [constant([1, 3, 2], { dtype: "int64" })],
        carried: [x],
        fixed: [w],
        turn: ({ slices: [n], carried: [c], fixed: [w] }) => {
          const inner = loop({
            steps: n!,
            sequences: [w!],
            states: [[padLeft(c!, 1), -1]],
            turn: ({ slices: [w], taps: [h] }) => ({ states: [tanh(mul(h!, w!))] }),
          });
          return { carried: [add(get(inner.traces[0]!, -1), mul(c!, 0.5))] };
        },
      }).carried[0]!,
    at: [0.4, [0.7, 1.2, -0.8]],
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
