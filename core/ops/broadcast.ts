/**
 * @file Strides that walk an array over a larger shape.
 */

/**
 * Strides, in C-order elements, of an array repeated over the shape it broadcasts to.
 *
 * @param shape The array's shape, with as many axes as `over`.
 * @param over The shape to walk.
 * @returns One stride an axis, 0 where an axis of length one is repeated.
 */
export function broadcastStrides(shape: readonly number[], over: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = shape[axis] === 1 && over[axis] !== 1 ? 0 : step;
    step *= shape[axis]!;
  }
  return strides;
}
