/**
 * @file Index operands on devices, and the check that they are in range.
 *
 * The check is a reduction: of all turns of the loops, the first one that has an index out of range.
 * It leaves four words in the kernel's status: the turn, the number of the index, and its two
 * halves. What an earlier run has left stays: in a loop, the first turn at fault is told.
 */

import {
  type IndexedAxis,
  indexedLoops,
  type Operand,
  type ReduceKernel,
} from "../core/kernel/kernel.ts";
import { isZero, type Size, Sizes } from "../core/kernel/size.ts";
import { Builder, type Expr } from "../core/scalar/expr.ts";
import { type DeviceLimits, type KernelCode, noFault, statusWords, withResources } from "./code.ts";
import { type Bindings, indexName, type Params, placeOf, type Walk } from "./operands.ts";
import { reduceCode } from "./reduce.ts";
import type { Schedules } from "./schedules.ts";
import { type Code, letLine } from "./text.ts";

/** Whether devices read an index: one of 32 bits, or of 64, as two words. */
export function isDeviceIndex({ index: { dtype } }: IndexedAxis): boolean {
  return dtype === "int32" || dtype === "uint32" || dtype === "int64";
}

/** The loops along which an index moves. */
export function movingAxes(indices: readonly IndexedAxis[]): number[] {
  const axes = [...Array(indexedLoops(indices)).keys()];
  return axes.filter((axis) => indices.some(({ index }) => !isZero(index.strides[axis]!)));
}

/** The lower or upper word of an int64 operand; any other operand is its lower word. */
function wordOf(sizes: Sizes, operand: Operand, word: 0 | 1): Operand {
  if (operand.dtype !== "int64") return operand;
  const two = sizes.const(2);
  return {
    buffer: operand.buffer,
    dtype: word === 0 ? "int32" : "uint32",
    offset: sizes.add(sizes.mul(operand.offset, two), sizes.const(word)),
    strides: operand.strides.map((stride) => sizes.mul(stride, two)),
  };
}

/**
 * The code that checks a kernel's indices.
 *
 * @param dims The kernel's loops.
 * @param indices Its indices.
 * @param limits What the device allows.
 * @param schedules How reductions are shared out.
 */
export function checkCode(
  dims: readonly Size[],
  indices: readonly IndexedAxis[],
  limits: DeviceLimits,
  { reduce }: Schedules,
): KernelCode | undefined {
  const code = reduceCode(new CheckMaker(dims, indices).kernel(), limits, reduce);
  return code && {
    ...code,
    shaders: withResources(
      code.shaders,
      (r) =>
        r.kind === "buffer" && r.buffer === statusBuffer ? { kind: "status", isWritten: true } : r,
    ),
  };
}

/** Stands for the status among the buffers of a check. */
const statusBuffer = -1;

/** An index as a check reads it. */
interface Checked {
  readonly isOut: Expr;
  readonly low: Expr;
  readonly high: Expr;
}

class CheckMaker {
  readonly #sizes = new Sizes();
  readonly #s = new Builder();
  readonly #inputs: Operand[] = [];
  readonly #axes: readonly number[];

  constructor(readonly dims: readonly Size[], readonly indices: readonly IndexedAxis[]) {
    this.#axes = movingAxes(indices);
  }

  kernel(): ReduceKernel {
    const { indices } = this;
    const s = this.#s;
    const dims = this.#dims();
    const lows = indices.map(({ index }) => this.#input(index, 0));
    const highs = indices.map(({ index }) => index.dtype === "int64" ? this.#input(index, 1) : -1);
    const first = this.#inputs.length;
    const lengths = indices.map((_, k) => s.input(first + k, "uint32"));
    const after = dims.slice(1).map((_, k) => s.input(first + indices.length + k, "uint32"));
    const params = [
      ...indices.map(({ length }) => length),
      ...dims.slice(1).map((_, k) => this.#sizes.product(dims.slice(k + 1))),
    ];
    const counters = dims.map((_, k) => s.input(first + params.length + k, "uint32"));
    const place = counters.map((i, k) => k < after.length ? s.mul(i, after[k]!) : i)
      .reduce((sum, term) => s.add(sum, term), s.const(0, "uint32"));
    const checked = indices.map((axis, k) => this.#checked(axis, lows[k]!, highs[k]!, lengths[k]!));
    const [x, y] = [0, statusWords].map((from) => words(s, from)) as [Expr[], Expr[]];
    const isFirst = s.lt(y[0]!, x[0]!);
    return {
      kind: "reduce",
      dims,
      kept: 0,
      inputs: this.#inputs,
      params,
      counters: dims.map((_, axis) => axis),
      values: this.#found(place, checked),
      identity: [noFault, 0, 0, 0].map((word) => s.const(word, "uint32")),
      combine: x.map((word, k) => s.select(isFirst, y[k]!, word)),
      reassociate: true,
      finish: this.#kept(x),
      extras: x.map((_, k) => this.#output(k)),
      outputs: x.map((_, k) => this.#output(k)),
    };
  }

  /** What was found, unless an earlier run has found something. */
  #kept(found: readonly Expr[]): Expr[] {
    const s = this.#s;
    const before = words(s, statusWords);
    const isKept = s.ne(before[0]!, s.const(noFault, "uint32"));
    return found.map((word, k) => s.select(isKept, before[k]!, word));
  }

  /** The loops in which an index moves; none has a turn where a loop around them has none. */
  #dims(): Size[] {
    const sizes = this.#sizes;
    const outer = this.dims.slice(0, indexedLoops(this.indices));
    const still = outer.filter((_, axis) => !this.#axes.includes(axis));
    const isSome = sizes.call("lt", sizes.const(0), sizes.product(still));
    return this.#axes.map((axis, k) => k === 0 ? sizes.mul(isSome, outer[axis]!) : outer[axis]!);
  }

  /** A word of an index as an operand over the moving axes; its number. */
  #input(index: Operand, word: 0 | 1): number {
    const operand = wordOf(this.#sizes, index, word);
    const strides = this.#axes.map((axis) => operand.strides[axis]!);
    return this.#inputs.push({ ...operand, strides }) - 1;
  }

  #output(word: number): Operand {
    return { buffer: statusBuffer, dtype: "uint32", offset: this.#sizes.const(word), strides: [] };
  }

  #checked({ index, wraps }: IndexedAxis, low: number, high: number, length: Expr): Checked {
    const s = this.#s;
    if (index.dtype === "uint32") {
      const given = s.input(low, "uint32");
      return { isOut: s.le(length, given), low: given, high: s.const(0, "uint32") };
    }
    const given = s.input(low, "int32");
    const sign = s.convert(s.shr(given, 31), "uint32");
    const fromEnd = s.add(given, s.convert(length, "int32"));
    const from = wraps ? s.select(s.lt(given, 0), fromEnd, given) : given;
    const isOut = s.le(length, s.convert(from, "uint32"));
    const word = s.convert(given, "uint32");
    if (high < 0) return { isOut, low: word, high: sign };
    const upper = s.input(high, "uint32");
    return { isOut: s.or(isOut, s.ne(upper, sign)), low: word, high: upper };
  }

  /** The words of a turn's first index out of range, or of none. */
  #found(place: Expr, checked: readonly Checked[]): Expr[] {
    const s = this.#s;
    const none = [noFault, 0, 0, 0].map((word) => s.const(word, "uint32"));
    return checked.reduceRight<Expr[]>((later, { isOut, low, high }, k) => {
      const found = [place, s.const(k, "uint32"), low, high];
      return found.map((word, n) => s.select(isOut, word, later[n]!));
    }, none);
  }
}

/** The words of a status as inputs from a number on. */
function words(s: Builder, from: number): Expr[] {
  return Array.from({ length: statusWords }, (_, k) => s.input(from + k, "uint32"));
}

/** Indices as a shader reads them that comes after the check. */
export class IndexReader {
  /** What is to be bound. */
  readonly operands: readonly Operand[];
  readonly #indices: readonly IndexedAxis[];
  #walks: readonly Walk[] = [];

  constructor(indices: readonly IndexedAxis[]) {
    const sizes = new Sizes();
    this.#indices = indices;
    this.operands = indices.map(({ index }) => ({ ...wordOf(sizes, index, 0), dtype: "int32" }));
  }

  /** Adds what the shader must know of the indices. */
  addTo(params: Params): void {
    this.#walks = this.operands.map((o, k) => params.walk(`at${k}`, o));
    this.#indices.forEach(({ length, stride }, k) => {
      params.size(`length${k}`, length);
      params.size(`step${k}`, stride);
    });
  }

  /** Reads the indices at the loop indices, and how far they lead as `shift`. */
  lines(bindings: Bindings): Code {
    const moves = this.#indices.map((_, k) => `u32(from${k}) * params.step${k}`);
    return [
      this.#indices.map(({ wraps }, k) => {
        const walk = this.#walks[k]!;
        const value = bindings.load(walk.operand, placeOf(walk, indexName));
        if (!wraps) return letLine(`from${k}`, value);
        return [
          letLine(`at${k}`, value),
          `let from${k} = select(at${k}, at${k} + i32(params.length${k}), at${k} < 0);`,
        ];
      }),
      letLine("shift", moves.join(" + ") || "0u"),
    ];
  }
}
