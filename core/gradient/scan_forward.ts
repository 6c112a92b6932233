/**
 * @file The R-op of a loop: the loop with tangents beside the values.
 */

import { applyOp } from "../graph/op.ts";
import type { Variable } from "../graph/variable.ts";
import {
  innerInputList,
  innerOutputList,
  nodeInputList,
  type NodeOutputs,
} from "../ops/scan_form.ts";
import { Scan } from "../ops/scan_op.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import type { PatternOf, Tangent, TangentsInside } from "./derivative.ts";
import { grown, isSmooth, pathsOf, type ScanNode, type ScanPaths } from "./scan_paths.ts";
import { gradientRoot, zerosFor } from "./values.ts";

type Point = TensorVariable | undefined;

/** What moves, and how. */
interface Movement {
  /** By output: its tangent inside. One that does not exist counts as zero in the turns after. */
  readonly tangents: readonly Tangent[];
  /** By root of the graph inside that moves: the root of its tangent. */
  readonly directions: ReadonlyMap<Variable, TensorVariable>;
  /** The outputs that later turns read and that move. */
  readonly recurrent: ReadonlySet<number>;
}

/** The tangents of a loop's outputs, by those of its inputs. */
export function scanRop(
  node: ScanNode,
  points: readonly Point[],
  tangents: TangentsInside,
  patternOf: PatternOf,
): readonly Tangent[] {
  const paths = pathsOf(node, patternOf);
  const movement = movementOf(node, paths, points, tangents);
  const found = withTangents(node, paths, points, movement);
  const { traces } = paths.outputs;
  return node.outputs.map((_, k) =>
    movement.tangents[k] === null && !traces.includes(k) ? null : found.get(k)
  );
}

function movementOf(
  node: ScanNode,
  { within, readAs, rootsFor }: ScanPaths,
  points: readonly Point[],
  tangents: TangentsInside,
): Movement {
  const initials = new Set(readAs.values());
  const given = [...points.keys()].filter((i) => points[i] && isSmooth(node.inputs[i]));
  const moved = given.filter((i) => !initials.has(i));
  const smooth = [...readAs.keys()].filter((k) => isSmooth(node.outputs[k]));
  const first = smooth.filter((k) =>
    given.includes(readAs.get(k)!) || moved.some((i) => within[i]![k])
  );
  const recurrent = grown(first, smooth, (k, earlier) => within[readAs.get(earlier)!]![k]!);
  const roots = [...moved, ...[...recurrent].map((k) => readAs.get(k)!)].flatMap(rootsFor);
  const directions = new Map(roots.map((root) => [root, gradientRoot(root)]));
  const outputs = node.op.outputs.slice(0, node.outputs.length);
  return { tangents: tangents(outputs, directions), directions, recurrent };
}

/** The loop with tangents; by output, those that are not zero. */
function withTangents(
  node: ScanNode,
  paths: ScanPaths,
  points: readonly Point[],
  movement: Movement,
): Map<number, TensorVariable> {
  const { inputs, outputs, rootsFor } = paths;
  const { form } = node.op;
  const pointOf = (i: number): TensorVariable =>
    points[i] ?? zerosFor(node.inputs[i] as TensorVariable);
  const both = (numbers: readonly number[]): TensorVariable[] => [
    ...numbers.map((i) => node.inputs[i] as TensorVariable),
    ...numbers.filter((i) => movement.directions.has(rootsFor(i)[0]!)).map(pointOf),
  ];
  const op = loopWithTangents(node, paths, movement);
  const loop = applyOp(
    op,
    nodeInputList({
      steps: node.op.inputsOf(node).steps,
      sequences: both(inputs.sequences),
      initials: both(inputs.initials),
      carried: both(inputs.carried),
      fixed: both(inputs.fixed),
    }),
  );
  const { traces, maps, carried } = op.outputsOf(loop);
  const moving = movingOutputs(outputs, movement);
  return new Map([
    ...moving.traces.map((k, n) => [k, traces[form.states.length + n]!] as const),
    ...moving.maps.map((k, n) => [k, maps[n]!] as const),
    ...moving.carried.map((k, n) => [k, carried[form.carried + n]!] as const),
  ]);
}

/** The outputs that have a tangent. */
function movingOutputs(
  { traces, maps, carried }: NodeOutputs<number>,
  { recurrent, tangents }: Movement,
): NodeOutputs<number> {
  return {
    traces: traces.filter((k) => recurrent.has(k)),
    maps: maps.filter((k) => tangents[k]),
    carried: carried.filter((k) => recurrent.has(k)),
  };
}

/** The loop with tangents after the values; of maps, which no turn reads, with tangents alone. */
function loopWithTangents(
  { op }: ScanNode,
  { outputs }: ScanPaths,
  movement: Movement,
): Scan {
  const { form, innerInputs, innerOutputs } = op;
  const moving = movingOutputs(outputs, movement);
  const direction = (x: TensorVariable): TensorVariable[] => {
    const found = movement.directions.get(x);
    return found ? [found] : [];
  };
  const both = (list: readonly TensorVariable[]): TensorVariable[] => [
    ...list,
    ...list.flatMap(direction),
  ];
  const tangentOf = (k: number): TensorVariable => movement.tangents[k] ?? zerosFor(op.outputs[k]!);
  const slices = both(innerInputs.slices);
  return new Scan(
    {
      ...form,
      sequences: slices.length,
      states: [
        ...form.states,
        ...moving.traces.map((k) => form.states[outputs.traces.indexOf(k)]!),
      ],
      maps: moving.maps.map((k) => form.maps[outputs.maps.indexOf(k)]!),
      carried: form.carried + moving.carried.length,
      label: `rop_of_${form.label}`,
    },
    innerInputList({
      slices,
      taps: [...innerInputs.taps, ...innerInputs.taps.map((taps) => taps.flatMap(direction))],
      carried: both(innerInputs.carried),
      fixed: both(innerInputs.fixed),
    }),
    innerOutputList({
      states: [...innerOutputs.states, ...moving.traces.map(tangentOf)],
      maps: moving.maps.map(tangentOf),
      carried: [...innerOutputs.carried, ...moving.carried.map(tangentOf)],
      condition: innerOutputs.condition,
    }),
  );
}
