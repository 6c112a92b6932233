/**
 * @file Writing to parts of tensors: what changes nothing goes away, and several increments of one
 * tensor become a chain that can work in place.
 */

import { Slice } from "../core/array/slice.ts";
import type { FunctionGraph } from "../core/graph/function_graph.ts";
import { call } from "../core/graph/op.ts";
import type { Apply, Variable } from "../core/graph/variable.ts";
import {
  AdvancedIncSubtensor,
  AdvancedIncSubtensor1,
  AdvancedSubtensor1,
} from "../core/ops/advanced_subtensor.ts";
import { add, cast } from "../core/ops/arithmetic.ts";
import { padLeft } from "../core/ops/dimshuffle.ts";
import { numbersOf } from "../core/ops/elements.ts";
import type { Shape } from "../core/ops/kind.ts";
import { eq, le, lt } from "../core/ops/logic.ts";
import { itemVariable } from "../core/ops/shape_item.ts";
import { IncSubtensor, slicedShape, Subtensor } from "../core/ops/subtensor.ts";
import { indexInputs, indexList, isFullSlice, knownIndex } from "../core/ops/subtensor_index.ts";
import { Assert } from "../core/ops/view.ts";
import { TensorConstant, type TensorVariable } from "../core/tensor/tensor_variable.ts";
import { allocOf } from "./alloc_rules.ts";
import { hasOneClient, inputsOf, outputOf, recordOf } from "./forms.ts";
import { itemsOf } from "./index_items.ts";
import { scalarValue } from "./match.ts";
import { rewrite, type Rule } from "./rule.ts";
import { sameSize, shapesOf } from "./shape_feature.ts";
import { lengthOf } from "./subtensor_rules.ts";

type Writing = IncSubtensor | AdvancedIncSubtensor1 | AdvancedIncSubtensor;

function isWriting({ op }: Apply): boolean {
  return op instanceof IncSubtensor || op instanceof AdvancedIncSubtensor1 ||
    op instanceof AdvancedIncSubtensor;
}

const writings = ["incSubtensor", "advancedIncSubtensor"] as const;

/** Everything is replaced, or zeros incremented: the value in another order at most. */
export const uselessIncSubtensor: Rule = rewrite(
  "local_useless_inc_subtensor",
  ["incSubtensor"],
  (node, graph) => {
    const op = node.op as IncSubtensor;
    const [x, y] = inputsOf(node);
    if (!op.setInsteadOfInc && scalarValue(x!) !== 0) return undefined;
    if (!x!.type.equals(y!.type)) return undefined;
    const items = itemsOf(node);
    const isPlain = items.every((item) =>
      item instanceof Slice && item.start === null && item.stop === null &&
      (item.step === null || Math.abs(Number(knownIndex(item.step))) === 1)
    );
    if (!isPlain || !shapesOf(graph)?.sameShape(x!, y!)) return undefined;
    if (items.every(isFullSlice)) return y;
    return call(new Subtensor(indexList(items)), y!, ...indexInputs(items));
  },
);

/** Rows replaced by themselves and something are rows incremented, if no row comes twice. */
export const setToInc: Rule = rewrite(
  "local_set_to_inc_subtensor",
  ["advancedIncSubtensor"],
  (node) => {
    if (!(node.op instanceof AdvancedIncSubtensor1) || !node.op.setInsteadOfInc) return undefined;
    const [x, y, rows] = inputsOf(node);
    const sum = y!.owner;
    if (recordOf(sum)?.name !== "add" || !isDistinct(rows!)) return undefined;
    const terms = inputsOf(sum!);
    const at = terms.findIndex(({ owner }) =>
      owner?.op instanceof AdvancedSubtensor1 && owner.inputs[0] === x &&
      owner.inputs[1] === rows
    );
    if (at < 0 || y!.dtype !== x!.dtype) return undefined;
    const others = terms.filter((_, i) => i !== at);
    if (others.length === 0) return undefined;
    const value = others.length === 1 ? others[0]! : add(...others);
    return call(new AdvancedIncSubtensor1(), x!, value, rows!);
  },
);

/** Whether rows are known to be different ones. */
function isDistinct(rows: TensorVariable): boolean {
  if (!(rows instanceof TensorConstant)) return false;
  const numbers = numbersOf(rows.data);
  const isOneSided = numbers.every((row) => row >= 0) || numbers.every((row) => row < 0);
  return isOneSided && new Set(numbers).size === numbers.length;
}

/** Zeros added to a part. */
export const incOfZeros: Rule = rewrite("local_incsubtensor_of_zeros", writings, (node) => {
  const [x, y] = inputsOf(node);
  return !(node.op as Writing).setInsteadOfInc && scalarValue(y!) === 0 ? x : undefined;
}, { tags: ["local_incsubtensor_of_allocs"] });

/** Adding to zeros is writing, where no element is written twice; a −0 that is added stays one. */
export const incOfZerosToSet: Rule = rewrite(
  "local_incsubtensor_of_zeros_to_setsubtensor",
  ["incSubtensor"],
  (node) => {
    const { setInsteadOfInc, idxList, inplace } = node.op as IncSubtensor;
    const [x, ...rest] = inputsOf(node);
    if (setInsteadOfInc || scalarValue(x!) !== 0) return undefined;
    return call(new IncSubtensor(idxList, { inplace, setInsteadOfInc: true }), x!, ...rest);
  },
);

/** A part of a repeated number replaced by the same number. */
export const setOfConstants: Rule = rewrite(
  "local_setsubtensor_of_constants",
  ["incSubtensor"],
  (node) => {
    if (!(node.op as IncSubtensor).setInsteadOfInc) return undefined;
    const [x, y] = inputsOf(node);
    const [old, value] = [x!, y!].map(scalarValue);
    return old !== undefined && Object.is(old, value) ? x : undefined;
  },
  { tags: ["local_setsubtensor_of_allocs"] },
);

const checkedRows = new Assert(
  "Bad indexing or shapes in a AdvancedIncSubtensor1 that was optimized away",
);

/** Rows that were just written are what was written there, if no row came twice. */
export const advSub1AdvIncSub1: Rule = rewrite(
  "local_adv_sub1_adv_inc_sub1",
  ["advancedSubtensor"],
  (node, graph) => {
    const written = node.inputs[0]!.owner;
    if (!(node.op instanceof AdvancedSubtensor1)) return undefined;
    if (!(written?.op instanceof AdvancedIncSubtensor1) || !written.op.setInsteadOfInc) {
      return undefined;
    }
    const [x, y, rows] = inputsOf(written);
    if (rows !== node.inputs[1] || !isDistinct(rows!)) return undefined;
    const value = cast(y!, x!.dtype);
    if (!value.type.equals(outputOf(node).type)) return undefined;
    const numbers = numbersOf((rows as TensorConstant).data);
    const size = itemVariable(lengthOf(x!, 0, graph));
    const [n, m] = [lengthOf(rows!, 0, graph), lengthOf(y!, 0, graph)];
    const conditions = [
      lt(Math.max(0, ...numbers), size),
      le(Math.max(0, ...numbers.map((row) => -row)), size),
      ...(sameSize(n, m) ? [] : [eq(itemVariable(n), itemVariable(m))]),
    ];
    return checkedRows.call(value, ...conditions) as TensorVariable;
  },
);

const checkedValue = new Assert("The value written to a part of a tensor does not have its shape");

/** A value that is repeated over the part it is written to is repeated by the writing. */
export const uselessIncAlloc: Rule = rewrite(
  "local_useless_inc_subtensor_alloc",
  writings,
  (node, graph) => {
    const [x, y] = inputsOf(node);
    const repeated = allocOf(y!);
    const shapes = shapesOf(graph);
    if (repeated === undefined || shapes === undefined) return undefined;
    const [value] = inputsOf(repeated);
    const part = partShape(node, shapes.shapeOf(x!), shapes.shapeOf.bind(shapes));
    if (part === undefined || value!.type.equals(y!.type)) return undefined;
    const padded = padLeft(value!, y!.ndim);
    const offset = part.length - y!.ndim;
    const sizes = shapes.shapeOf(y!);
    const conditions = sizes.flatMap((size, axis) => {
      if (y!.broadcastable[axis] || !padded.broadcastable[axis]) return [];
      const wanted = part[axis + offset]!;
      return sameSize(size, wanted) ? [] : [eq(itemVariable(size), itemVariable(wanted))];
    });
    const checked = conditions.length === 0
      ? value!
      : checkedValue.call(value!, ...conditions) as TensorVariable;
    return node.op.makeNode(x!, checked, ...node.inputs.slice(2)).outputs[0];
  },
);

/** The shape of the part that a node writes to, where it does not depend on data. */
function partShape(
  node: Apply,
  shape: Shape,
  shapeOf: (x: TensorVariable) => Shape,
): Shape | undefined {
  const { op } = node;
  const indices = inputsOf(node).slice(2);
  if (op instanceof IncSubtensor) return slicedShape(op.idxList, shape, indices);
  if (op instanceof AdvancedIncSubtensor1) return [shapeOf(indices[0]!)[0]!, ...shape.slice(1)];
  return undefined;
}

/** A sum of increments of tensors is a chain of increments of a sum. */
export const serialize: Rule = rewrite("local_IncSubtensor_serialize", "*", (node, graph) => {
  if (recordOf(node)?.name !== "add") return undefined;
  const { type } = outputOf(node);
  const isMovable = (x: Variable): boolean => isIncrement(graph, x) && x.type.equals(type);
  const moved = inputsOf(node).filter(isMovable);
  if (moved.length === 0) return undefined;
  const terms = [
    ...inputsOf(node).filter((x) => !isMovable(x)),
    ...moved.map((x) => inputsOf(x.owner!)[0]!),
  ];
  const sum = terms.length === 1 ? terms[0]! : add(...terms);
  if (!sum.type.equals(type)) return undefined;
  return moved.reduce<TensorVariable>((tip, { owner }) => {
    const made = owner!.op.makeNode(tip, ...owner!.inputs.slice(1));
    return made.outputs[0] as TensorVariable;
  }, sum);
});

function isIncrement(graph: FunctionGraph, x: Variable): boolean {
  const { owner } = x;
  return owner !== null && isWriting(owner) && !(owner.op as Writing).setInsteadOfInc &&
    !(owner.op as Writing).inplace && hasOneClient(graph, x);
}
