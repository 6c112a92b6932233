/**
 * @file Kernels that work along a row, slowly: see `interpret.ts`.
 */

import type { ScalarValue } from "../scalar/expr.ts";
import { interpreter } from "../scalar/interpret.ts";
import type { CumulativeKernel, SortKernel } from "./kernel.ts";
import { indices, type KernelMemory, readScalar, walkOf, write } from "./walk.ts";

/** Column after column. */
export function runCumulative(kernel: CumulativeKernel, memory: KernelMemory): null {
  const lengths = kernel.dims.map((n) => memory.size(n));
  const [from, to] = [walkOf(memory, kernel.input), walkOf(memory, kernel.output)];
  const combine = interpreter([kernel.combine]);
  let total: ScalarValue = 0;
  for (const at of indices(lengths)) {
    const next = readScalar(from, at);
    total = at.at(-1) === 0 ? next : combine([total, next])[0]!;
    write(to, at, total);
  }
  return null;
}

/** Each row in order, by the host's own stable sort. */
export function runSort({ dims, input, values, places }: SortKernel, memory: KernelMemory): null {
  const lengths = dims.map((n) => memory.size(n));
  const columns = Array.from({ length: lengths.at(-1)! }, (_, column) => column);
  const from = walkOf(memory, input);
  const [value, place] = [values, places].map((o) => o && walkOf(memory, o));
  for (const row of indices(lengths.slice(0, -1))) {
    const elements = columns.map((column) => readScalar(from, [...row, column]));
    columns.toSorted((i, j) => compared(elements[i]!, elements[j]!)).forEach((source, column) => {
      if (value) write(value, [...row, column], elements[source]!);
      if (place) write(place, [...row, column], BigInt(source));
    });
  }
  return null;
}

/** Below zero where one comes first, above where the other does; NaN is after all numbers. */
function compared(x: ScalarValue, y: ScalarValue): number {
  const [isNone, isOtherNone] = [x !== x, y !== y];
  if (isNone || isOtherNone) return Number(isNone) - Number(isOtherNone);
  return x < y ? -1 : Number(x > y);
}
