/**
 * @file Operands at a place in their loops: addresses, registers of elements in and out.
 */

import { elementAt, type Pointer } from "./nest.ts";
import { add, type Local, mul, type Node } from "./tree.ts";
import {
  type Extent,
  type Lanes,
  load,
  loadSplat,
  loadStrided,
  store,
  storeStrided,
} from "./width.ts";

/** Where an operand is after `index` elements of an axis. */
export function moved(p: Pointer, axis: number, base: Node, index: Node): Node {
  const step = p.steps[axis] ?? "zero";
  if (step === "zero") return base;
  if (step === "unit") return elementAt(base, index, p.dtype);
  return add(base, mul(index, p.strides[axis] as Local));
}

/**
 * Elements from an index on along an axis.
 *
 * @param lanes Elements in a register.
 * @param extent How many of them.
 * @param p The operand.
 * @param axis The axis; −1 for an operand of kernels without loops.
 * @param base Where the operand is at index 0.
 * @param index The index.
 */
export function loadAlong(
  lanes: Lanes,
  extent: Extent,
  p: Pointer,
  axis: number,
  base: Node,
  index: Node,
): Node {
  const step = p.steps[axis] ?? "zero";
  const address = moved(p, axis, base, index);
  if (extent === "single") return load(lanes, "single", p.dtype, address);
  if (step === "zero") return loadSplat(lanes, p.dtype, address);
  if (step === "unit") return load(lanes, "whole", p.dtype, address);
  return loadStrided(lanes, p.dtype, address, (p.strides[axis] as Local).get);
}

/** Stores elements from an index on along an axis. `value` must be cheap to repeat. */
export function storeAlong(
  lanes: Lanes,
  extent: Extent,
  p: Pointer,
  axis: number,
  base: Node,
  index: Node,
  value: Node,
): Node[] {
  const address = moved(p, axis, base, index);
  if (extent === "whole" && p.steps[axis] === "any") {
    return storeStrided(lanes, p.dtype, address, (p.strides[axis] as Local).get, value);
  }
  return [store(lanes, extent, p.dtype, address, value)];
}
