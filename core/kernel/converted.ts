/**
 * @file A view in another dtype.
 */

import type { DType } from "../dtype/dtype.ts";
import { Builder } from "../scalar/expr.ts";
import { operand } from "./index_map.ts";
import type { Lowering } from "./lowering.ts";
import type { View } from "./program.ts";

/**
 * The elements in a dtype: the view itself if it has that one, else a converted copy.
 *
 * @param l The lowering.
 * @param view A view of a dtype that is not complex.
 * @param dtype The dtype wanted, not complex either.
 */
export function converted(l: Lowering, view: View, dtype: DType): View {
  if (view.dtype === dtype) return view;
  const fresh = l.allocate(dtype, view.shape);
  const s = new Builder();
  l.map(view.shape, [operand(view)], [fresh], [s.convert(s.input(0, view.dtype), dtype)]);
  return fresh;
}
