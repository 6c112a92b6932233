/**
 * @file Broadcasting as a list of places, for the reference evaluation of ops.
 */

import { eachPosition } from "../array/convert.ts";
import { broadcastStrides, contiguousStrides } from "../array/shape.ts";

/**
 * For each place of a shape, in C order, the position of the element that stands there.
 *
 * Shapes: `own` broadcasts to `shape`.
 *
 * @param own The shape of an array in C order.
 * @param shape The shape it is repeated over.
 */
export function placesOver(own: readonly number[], shape: readonly number[]): number[] {
  const places: number[] = [];
  const strides = broadcastStrides(own, contiguousStrides(own), shape);
  eachPosition({ shape, strides, offset: 0 }, (position) => places.push(position));
  return places;
}
