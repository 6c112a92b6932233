/**
 * @file Products at the end of a turn, done once after the loop.
 *
 * A sum over turns of products `a·b` is one product of all `a` side by side and all `b` below each
 * other: that is how the gradient by a weight matrix leaves a recurrent network's loop. A map that is
 * a product with something fixed is the product of all its rows. Both keep what they multiply, a row
 * for each turn.
 */

import { Slice } from "../core/array/slice.ts";
import { isDiscrete } from "../core/dtype/dtype.ts";
import { ancestors, inputs as rootsOf } from "../core/graph/traverse.ts";
import type { Variable } from "../core/graph/variable.ts";
import { add } from "../core/ops/arithmetic.ts";
import { DimShuffle } from "../core/ops/dimshuffle.ts";
import { Dot, dotMatrices } from "../core/ops/dot.ts";
import { Reduce, sum } from "../core/ops/reduce.ts";
import { reductions } from "../core/ops/reduce_record.ts";
import { reshapeItems } from "../core/ops/reshape.ts";
import { axisSize } from "../core/ops/shape.ts";
import { mulItems } from "../core/ops/shape_item.ts";
import type { Scan } from "../core/ops/scan_op.ts";
import { steadyShapes } from "../core/ops/scan_shapes.ts";
import { indexConstant } from "../core/ops/subtensor_index.ts";
import { TensorConstant, type TensorVariable } from "../core/tensor/tensor_variable.ts";
import { inputsOf, madeBy, shuffled } from "./forms.ts";
import { partOf } from "./index_items.ts";
import { rewrite, type Rule } from "./rule.ts";
import {
  computedIn,
  isEmpty,
  type Loop,
  type LoopCarried,
  type LoopMap,
  loopOf,
  replacementOf,
  resultsOf,
  stepsOf,
  withoutUnread,
} from "./scan_loop.ts";
import { firstRows, overRows, shuffledRows } from "./scan_rows.ts";

/** Sums over turns of what turns compute leave the loop. */
export const pushOutDot: Rule = rewrite(
  "scan_pushout_dot1",
  ["scan"],
  (node) => {
    const loop = loopOf(node);
    if (loop.condition) return undefined;
    const steady = steadyShapes(node.op as Scan);
    const sums = loop.carried.flatMap((one) => {
      const terms = summed(loop, one, steady);
      return terms ? [{ one, terms }] : [];
    });
    return sums.length > 0 ? pushedOut(loop, sums, []) : undefined;
  },
  { tags: ["more_mem"] },
);

/** Maps that are products of what turns compute with what is fixed leave the loop. */
export const pushOutOutput: Rule = rewrite(
  "scanOp_pushout_output",
  ["scan"],
  (node) => {
    const loop = loopOf(node);
    if (loop.condition) return undefined;
    const products = loop.maps.filter((map) => isProduct(loop, map));
    return products.length > 0 ? pushedOut(loop, [], products) : undefined;
  },
  { tags: ["more_mem"] },
);

/** A carried value and what each turn adds to it. */
interface Sum {
  readonly one: LoopCarried;
  readonly terms: readonly TensorVariable[];
}

/**
 * The terms that turns add to a carried value, if they do nothing else with it, and if what they are
 * made of has one shape at every turn.
 */
function summed(
  loop: Loop,
  one: LoopCarried,
  steady: ReadonlySet<Variable>,
): readonly TensorVariable[] | undefined {
  const { inner, next } = one;
  const sum = madeBy(next, add.record.name);
  if (sum === undefined || isDiscrete(inner.dtype)) return undefined;
  const terms = inputsOf(sum).filter((x) => x !== inner);
  if (terms.length !== sum.inputs.length - 1) return undefined;
  const others = computedIn(loop).filter((x) => x !== next);
  if (rootsOf([...terms, ...others]).includes(inner)) return undefined;
  const fits = terms.every((x) =>
    x.type.equals(inner.type) && isSummable(loop, x) &&
    inputsOf(x.owner!).every((factor) => isFixed(loop, factor) || steady.has(factor))
  );
  return fits ? terms : undefined;
}

/** Whether a term is made of values of turns, and its sum over turns of all of these. */
function isSummable(loop: Loop, { owner }: TensorVariable): boolean {
  if (owner?.op instanceof Reduce) return owner.op.record === reductions.sum;
  return owner?.op instanceof Dot && inputsOf(owner).every((x) => !isFixed(loop, x));
}

/**
 * Whether a map is a product with something fixed, and so one product of many rows. One that turns need
 * themselves stays: it would be computed twice, and differently, and a gradient may ask whether two
 * values are the same.
 */
function isProduct(loop: Loop, { value, keep }: LoopMap): boolean {
  const { owner } = value;
  if (keep !== null || !(owner?.op instanceof Dot)) return false;
  const [left, right] = inputsOf(owner).map((x) => isFixed(loop, x));
  return left !== right && !isNeededInside(loop, value);
}

/** Whether turns compute more than one thing from a value. */
function isNeededInside(loop: Loop, value: TensorVariable): boolean {
  const results = computedIn(loop);
  const others = results.filter((x) => x !== value);
  return others.length < results.length - 1 || ancestors(others).includes(value);
}

function isFixed({ fixed }: Loop, x: TensorVariable): boolean {
  return x instanceof TensorConstant || fixed.some(({ inner }) => inner === x);
}

/** The loop without sums and products, and these after it. */
function pushedOut(
  loop: Loop,
  sums: readonly Sum[],
  products: readonly LoopMap[],
): Map<Variable, Variable> {
  const factors = [
    ...sums.flatMap(({ terms }) => terms.flatMap((x) => inputsOf(x.owner!))),
    ...products.flatMap(({ value }) => inputsOf(value.owner!).filter((x) => !isFixed(loop, x))),
  ];
  const rest = {
    ...loop,
    maps: loop.maps.filter((map) => !products.includes(map)),
    carried: loop.carried.filter((one) => !sums.some((sum) => sum.one === one)),
  };
  const kept = [...new Set(factors.map(source))].filter((x) => !hasRows(rest, x));
  const maps = kept.map((value): LoopMap => ({ value, keep: null, result: undefined }));
  const inside = withoutUnread({ ...rest, maps: [...rest.maps, ...maps] });
  const { rowsOf, replacement } = withRows(inside, loop.sequences);
  for (const { one, terms } of sums) {
    const parts = terms.map((x) => summedOutside(x, rowsOf));
    replacement.set(one.result!, add(one.initial, ...parts));
  }
  const outside = new Map(loop.fixed.map(({ inner, outer }) => [inner as Variable, outer]));
  for (const { value, result } of products) {
    const node = value.owner!;
    const rows = new Map(
      inputsOf(node).filter((x) => !isFixed(loop, x)).map((x) =>
        [x as Variable, rowsOf(x)] as const
      ),
    );
    const same = (x: Variable): TensorVariable | undefined =>
      x instanceof TensorConstant ? x : outside.get(x);
    replacement.set(result!, overRows(node, rows, same)!);
  }
  return replacement;
}

/** What a value is but for the order of its axes. */
function source(x: TensorVariable): TensorVariable {
  return x.owner?.op instanceof DimShuffle ? source(inputsOf(x.owner)[0]!) : x;
}

/** Whether a loop keeps a row of a value for each turn. */
function hasRows({ sequences, states, maps }: Loop, x: TensorVariable): boolean {
  return sequences.some(({ inner }) => inner === x) ||
    states.some(({ next, inners, keep }) => keep === null && [next, ...inners].includes(x)) ||
    maps.some(({ value, keep }) => value === x && keep === null);
}

/** Makes a loop; gives what stands for its results, and the rows of its values and of sequences. */
function withRows(loop: Loop, sequences: Loop["sequences"]): {
  readonly rowsOf: (x: TensorVariable) => TensorVariable;
  readonly replacement: Map<Variable, Variable>;
} {
  const made = resultsOf(loop);
  const steps = isEmpty(loop) ? stepsOf({ steps: loop.steps, sequences }) : loop.steps;
  const rows = new Map<Variable, TensorVariable>();
  loop.maps.forEach(({ value, keep }, k) => keep === null && rows.set(value, made.maps[k]!));
  loop.states.forEach(({ next, inners, taps, keep }, k) => {
    if (keep !== null) return;
    const depth = -taps[0]!;
    inners.forEach((inner, i) => {
      rows.set(inner, firstRows(partFrom(made.traces[k]!, depth + taps[i]!), steps));
    });
    rows.set(next, partFrom(made.traces[k]!, depth));
  });
  for (const { inner, outer } of sequences) rows.set(inner, firstRows(outer, steps));
  const rowsOf = (x: TensorVariable): TensorVariable => {
    const { owner } = x;
    return rows.get(x) ?? shuffledRows(
      rowsOf(inputsOf(owner!)[0]!),
      (owner!.op as DimShuffle).order,
    );
  };
  return { rowsOf, replacement: replacementOf(loop, made) };
}

function partFrom(rows: TensorVariable, first: number): TensorVariable {
  return first === 0 ? rows : partOf(rows, [new Slice<TensorVariable>(indexConstant(first))]);
}

/** The sum over all turns of a product, or of a sum, from the rows of what it is made of. */
function summedOutside(
  { owner }: TensorVariable,
  rowsOf: (x: TensorVariable) => TensorVariable,
): TensorVariable {
  const { op } = owner!;
  const [left, right] = inputsOf(owner!) as [TensorVariable, TensorVariable];
  if (op instanceof Reduce) {
    const axes = op.axis ?? [...left.broadcastable.keys()];
    const axis = [0, ...axes.map((k) => k + 1)];
    return sum(rowsOf(left), { axis, dtype: op.dtype!, accDtype: op.accDtype! });
  }
  const turned = left.ndim === 1 ? rowsOf(left) : shuffledRows(rowsOf(left), [1, 0]);
  const across = oneBelowOther(turned);
  const first = left.ndim === 1 ? across : shuffled(across, [1, 0]);
  return dotMatrices(first, oneBelowOther(rowsOf(right)));
}

/** Rows that are vectors or matrices as one. */
function oneBelowOther(rows: TensorVariable): TensorVariable {
  const [turns, length, ...rest] = rows.broadcastable.map((_, axis) => axisSize(rows, axis));
  return reshapeItems(rows, [mulItems(turns!, length!), ...rest]);
}
