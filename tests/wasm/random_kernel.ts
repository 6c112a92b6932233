/**
 * @file Random kernels of each kind over random strided arrays, legal by construction.
 */

import { type DType, dtypes, type Element, isDiscrete } from "../../core/dtype/dtype.ts";
import type {
  CumulativeKernel,
  GatherKernel,
  IndexedAxis,
  Kernel,
  MapKernel,
  Operand,
  ReduceKernel,
  RowPass,
  RowsKernel,
  ScatterKernel,
  SortKernel,
} from "../../core/kernel/kernel.ts";
import type { Size } from "../../core/kernel/size.ts";
import type { SortScratch } from "../../core/kernel/target.ts";
import { Builder, type Expr, type ScalarValue } from "../../core/scalar/expr.ts";
import { sortScratch } from "../../core/wasm/sort.ts";
import { KernelCase } from "../helpers/kernel_case.ts";
import type { Random } from "../helpers/random.ts";
import { laneDTypes, randomElement, randomExpr } from "../helpers/random_expr.ts";
import { combinations, toSmall } from "./combinations.ts";

const lengths: readonly number[] = [0, 1, 2, 3, 5, 7, 16, 33];

/** How an operand lies in its buffer. */
interface Place {
  readonly offset: number;
  readonly strides: readonly number[];
  /** Elements the buffer must have. */
  readonly size: number;
}

/** Makes the parts of one random kernel. */
export class KernelMaker {
  readonly case: KernelCase = new KernelCase();
  readonly s: Builder = new Builder();
  readonly #random: Random;
  readonly #mulAdd: boolean;
  readonly #dtypes: readonly DType[];

  /**
   * Starts a kernel.
   *
   * @param random What decides.
   * @param mulAdd Whether `mulAdd` may occur.
   * @param dtypes The dtypes of operands.
   */
  constructor(random: Random, mulAdd: boolean, dtypes: readonly DType[] = laneDTypes) {
    this.#random = random;
    this.#mulAdd = mulAdd;
    this.#dtypes = dtypes;
  }

  /** What params and counters are where that is free. */
  get #integer(): "int64" | "uint32" {
    return this.#dtypes.includes("int64") ? "int64" : "uint32";
  }

  get #complex(): readonly DType[] {
    return this.#dtypes.includes("float64") ? ["complex64", "complex128"] : [];
  }

  /** A number as a size: known while compiling or not. */
  #size(value: number, known = 0.4): Size {
    return this.#random.chance(known) ? this.case.constant(value) : this.case.dynamic(value);
  }

  /** Lengths of loops, not too many turns in all. */
  #lengths(rank: number, most = 600): number[] {
    const dims = this.#random.list(rank, () => this.#random.pick(lengths));
    while (dims.reduce((a, b) => a * b, 1) > most) dims[this.#random.below(rank)] = 2;
    return dims;
  }

  #place(dims: readonly number[], still: number): Place {
    const random = this.#random;
    const strides = dims.map(() => 0);
    let step = random.chance(0.8) ? 1 : 2;
    const order = random.chance(0.6)
      ? [...dims.keys()].reverse()
      : random.shuffled([...dims.keys()]);
    let first = random.below(3);
    for (const axis of order) {
      if (random.chance(still)) continue;
      const isBackwards = random.chance(0.15);
      const span = step * Math.max(0, dims[axis]! - 1);
      strides[axis] = isBackwards ? -step : step;
      if (isBackwards) first += span;
      step = (step + span) * (random.chance(0.8) ? 1 : 2);
    }
    const reach = dims.reduce(
      (sum, n, axis) => sum + Math.max(0, strides[axis]!) * Math.max(0, n - 1),
      first,
    );
    return { offset: first, strides, size: reach + 1 + random.below(3) };
  }

  #operand(buffer: number, dtype: DType, { offset, strides }: Place): Operand {
    return {
      buffer,
      dtype,
      offset: this.#size(offset, offset === 0 ? 0.8 : 0.4),
      strides: strides.map((n) => this.#size(n, n === 0 || n === 1 ? 0.85 : 0.3)),
    };
  }

  /** An operand to read, of elements that a function makes. */
  input(
    dims: readonly number[],
    dtype: DType,
    element: (k: number) => Element = () => randomElement(this.#random, dtype),
    still = 0.15,
  ): Operand {
    const place = this.#place(dims, still);
    const elements = this.#random.list(place.size, element);
    return this.#operand(this.case.input(dtype, elements), dtype, place);
  }

  /** An operand to write, which starts with random elements. */
  output(dims: readonly number[], dtype: DType): Operand {
    const place = this.#place(dims, 0);
    const elements = this.#random.list(place.size, () => randomElement(this.#random, dtype));
    return this.#operand(this.case.output(dtype, elements), dtype, place);
  }

  expr(inputs: readonly DType[], dtype: DType, depth = 1 + this.#random.below(4)): Expr {
    return randomExpr(this.#random, this.s, { inputs, mulAdd: this.#mulAdd }, dtype, depth);
  }

  #lane(): DType {
    return this.#random.pick(this.#dtypes);
  }

  /** `few` dtypes more often than many, so that registers of four lanes are common. */
  #lanes(most: number): DType[] {
    const narrow: readonly DType[] = ["float32", "int32", "uint8", "bool", "float16", "int16"];
    const few = narrow.filter((dtype) => this.#dtypes.includes(dtype));
    const pool = this.#random.chance(0.5) ? few : this.#dtypes;
    return this.#random.list(this.#random.below(most + 1), () => this.#random.pick(pool));
  }

  map(): MapKernel {
    const random = this.#random;
    const dims = this.#lengths(random.below(5));
    const inputs = this.#lanes(3).map((dtype) => this.input(dims, dtype));
    const outputs = random.list(1 + random.below(2), (k) => {
      const dtype = inputs[k]?.dtype ?? this.#lane();
      return this.output(dims, random.chance(0.5) ? dtype : this.#lane());
    });
    if (random.chance(0.2)) inputs.push(outputs[0]!);
    const params = random.list(random.below(2), () => this.#size(random.below(100) - 50));
    const counters = [...dims.keys()].filter(() => random.chance(0.2));
    const types = inputTypes(inputs, params.length + counters.length, this.#integer);
    const bodies = outputs.map((o) => this.expr(types, o.dtype));
    const loops = dims.map((n) => this.#size(n));
    return { kind: "map", dims: loops, inputs, params, counters, outputs, bodies };
  }

  /** A reduction whose order is free: over values that no order rounds. */
  freeReduce(): ReduceKernel {
    const random = this.#random;
    const acc = random.pick(this.#dtypes.filter((t) => t !== "float16"));
    const how = random.pick(combinations(acc));
    const { dims, kept } = this.#reduceLengths();
    const input = this.input(dims, acc, () => how.element(random));
    const s = this.s;
    const out = random.chance(0.7) ? acc : this.#lane();
    const extras = random.list(
      random.below(2),
      () => this.input(dims.slice(0, kept), this.#lane()),
    );
    const types = [acc, ...inputTypes(extras, 0)];
    const finish = random.chance(0.5) ? s.convert(s.input(0, acc), out) : this.expr(types, out, 2);
    return {
      kind: "reduce",
      dims: dims.map((n) => this.#size(n)),
      kept,
      inputs: [input],
      params: [],
      counters: [],
      values: [s.input(0, acc)],
      identity: [s.const(how.identity, acc)],
      combine: [how.combine(s, acc)],
      reassociate: true,
      finish: [finish],
      extras,
      outputs: [this.output(dims.slice(0, kept), out)],
    };
  }

  #reduceLengths(): { dims: number[]; kept: number } {
    const rank = this.#random.below(5);
    return { dims: this.#lengths(rank, 800), kept: this.#random.below(rank + 1) };
  }

  /** A reduction in order, with several accumulators that may be anything. */
  orderedReduce(): ReduceKernel {
    const random = this.#random;
    const { dims, kept } = this.#reduceLengths();
    const inputs = this.#lanes(2).map((dtype) => this.input(dims, dtype));
    const params = random.list(random.below(2), () => this.#size(random.below(9)));
    const counters = [...dims.keys()].filter(() => random.chance(0.4));
    const types = inputTypes(inputs, params.length + counters.length, this.#integer);
    const accumulators = random.list(1 + random.below(3), () => this.#lane());
    const values = random.list(1 + random.below(3), () => this.expr(types, this.#lane(), 2));
    const both = [...accumulators, ...values.map((e) => e.dtype)];
    const extras = random.list(
      random.below(2),
      () => this.input(dims.slice(0, kept), this.#lane()),
    );
    const outputs = random.list(
      1 + random.below(2),
      () => this.output(dims.slice(0, kept), this.#lane()),
    );
    const known = [...accumulators, ...inputTypes(extras, params.length)];
    return {
      kind: "reduce",
      dims: dims.map((n) => this.#size(n)),
      kept,
      inputs,
      params,
      counters,
      values,
      identity: accumulators.map((dtype) =>
        this.s.const(randomElement(random, dtype) as ScalarValue, dtype)
      ),
      combine: accumulators.map((dtype) => this.expr(both, dtype, 2)),
      reassociate: false,
      finish: outputs.map((o) => this.expr(known, o.dtype, 2)),
      extras,
      outputs,
    };
  }

  /**
   * The first largest element and its place, or the first NaN: what `argmax` lowers to. In any
   * order the place decides between equal elements.
   */
  search(anyOrder: boolean): ReduceKernel {
    const random = this.#random;
    const dtype = this.#lane();
    const rank = 1 + random.below(3);
    const dims = this.#lengths(rank, 1500);
    const kept = random.below(rank);
    const input = this.input(
      dims,
      dtype,
      () => random.chance(0.9) ? toSmall(random, dtype) : randomElement(random, dtype),
      0,
    );
    const s = this.s;
    const integer = anyOrder ? "uint32" : this.#integer;
    const [best, at] = [s.input(0, dtype), s.input(1, integer)];
    const [next, nextAt] = [s.input(2, dtype), s.input(3, integer)];
    const larger = dtype === "bool" ? s.and(next, s.not(best)) : s.lt(best, next);
    const better = s.or(larger, s.and(s.ne(next, next), s.eq(best, best)));
    const isNaN = s.and(s.ne(next, next), s.ne(best, best));
    const earlier = s.and(s.or(s.eq(best, next), isNaN), s.lt(nextAt, at));
    const takes = s.or(anyOrder ? earlier : s.lt(at, 0), better);
    const axes = dims.length - kept;
    const after = dims.slice(kept + 1).map((_, k) =>
      dims.slice(kept + 1 + k).reduce((a, b) => a * b, 1)
    );
    const count = (k: number): Expr => s.input(1 + after.length + k, integer);
    const place = Array.from(
      { length: axes },
      (_, k) => k === axes - 1 ? count(k) : s.mul(count(k), s.input(1 + k, integer)),
    );
    const outputs = [dtype, integer].map((t) => this.output(dims.slice(0, kept), t as DType));
    return {
      kind: "reduce",
      dims: dims.map((n) => this.#size(n)),
      kept,
      inputs: [input],
      params: after.map((n) => this.#size(n)),
      counters: Array.from({ length: axes }, (_, k) => kept + k),
      values: [s.input(0, dtype), place.reduce((sum, x) => s.add(sum, x))],
      identity: [
        s.const(dtypes[dtype].limits?.[0] ?? -Infinity, dtype),
        s.const(anyOrder ? 2 ** 32 - 1 : -1, integer),
      ],
      combine: [s.select(takes, next, best), s.select(takes, nextAt, at)],
      reassociate: anyOrder,
      finish: [best, at],
      extras: [],
      outputs,
    };
  }

  rows(): RowsKernel {
    const random = this.#random;
    const dims = [random.pick(lengths), random.pick(lengths)] as const;
    const noHalf = this.#dtypes.filter((t) => t !== "float16");
    const lane = (): DType => random.pick(noHalf);
    const inputs = random.list(1 + random.below(2), () => this.input(dims, lane()));
    const outputs = random.list(1 + random.below(2), () => this.output(dims, lane()));
    const stored: Operand[] = [];
    const known = inputTypes(inputs, 0);
    const passes = random.list(1 + random.below(3), (k): RowPass => {
      const store = outputs[k] && random.chance(0.7) ? k : null;
      const dtype = store === null ? lane() : outputs[store]!.dtype;
      const value = this.expr(known, dtype, 2);
      if (store !== null) stored.push(outputs[store]!);
      if (random.chance(0.3)) return { value, store, accumulate: null };
      const how = random.pick(combinations(dtype).filter((c) => c.anyElement));
      known.push(dtype);
      const identity = this.s.const(how.identity, dtype);
      return { value, store, accumulate: { identity, combine: how.combine(this.s, dtype) } };
    });
    const results = known.slice(inputs.length);
    const ends = random.list(random.below(2), () => {
      const dtype = lane();
      const unread = inputTypes(inputs, 0);
      const value = this.#endOf(unread, results, dtype);
      return { value, output: this.output([dims[0]], dtype) };
    });
    const loops = [this.#size(dims[0]), this.#size(dims[1])] as const;
    return { kind: "rows", dims: loops, inputs, passes, outputs, ends };
  }

  /** An expression over the results of the passes alone. */
  #endOf(inputs: readonly DType[], results: readonly DType[], dtype: DType): Expr {
    const body = this.expr(results, dtype, 2);
    return this.s.substitute(body, (e) => this.s.input(e.index + inputs.length, e.dtype));
  }

  /** In place or not. */
  cumulative(): CumulativeKernel {
    const random = this.#random;
    const dtype = this.#lane();
    const how = random.pick(combinations(dtype));
    const dims = [...this.#lengths(random.below(4), 200), random.pick(lengths)];
    const input = this.input(dims, dtype);
    const output = this.output(dims, dtype);
    return {
      kind: "cumulative",
      dims: dims.map((n) => this.#size(n)),
      input: random.chance(0.2) ? output : input,
      output,
      combine: how.combine(this.s, dtype),
    };
  }

  /** Rows of few different elements, some long. */
  sort(): SortKernel {
    const random = this.#random;
    const dtype = this.#lane();
    const columns = random.pick([...lengths, 64, 65, 300, 600]);
    const dims = [...this.#lengths(random.below(3), Math.max(4, 2000 / (columns + 1))), columns];
    const isSmall = random.chance(0.5);
    const element = (): Element =>
      isSmall && random.chance(0.9) ? toSmall(random, dtype) : randomElement(random, dtype);
    const input = this.input(dims, dtype, element);
    const [hasValues, hasPlaces] = random.pick([[true, false], [false, true], [true, true]]);
    return {
      kind: "sort",
      dims: dims.map((n) => this.#size(n)),
      input,
      values: hasValues ? this.output(dims, dtype) : null,
      places: hasPlaces ? this.output(dims, "int64") : null,
      scratch: this.#scratch(sortScratch(dtype, hasPlaces!), columns),
    };
  }

  #scratch({ bytes, bytesPerColumn }: SortScratch, columns: number): Operand {
    const buffer = this.case.scratch("uint8", bytes + columns * bytesPerColumn);
    return { buffer, dtype: "uint8", offset: this.case.constant(0), strides: [] };
  }

  #indexedAxis(dims: readonly number[], axis: number, step: number): {
    indexed: IndexedAxis;
    length: number;
  } {
    const random = this.#random;
    const length = 1 + random.below(6);
    const wraps = random.chance(0.7);
    const dtype = random.pick(this.#dtypes.filter((t) => t !== "bool" && isDiscrete(t)));
    const low = wraps && !dtype.startsWith("u") ? -length : 0;
    const outside = random.chance(0.1);
    const index = this.input(dims, dtype, () => {
      const value = low + random.below(length - low) + (outside && random.chance(0.2) ? 20 : 0);
      return dtypes[dtype].bytes === 8 ? BigInt(value) : value;
    });
    return {
      indexed: { index, length: this.#size(length), stride: this.#size(step), axis, wraps },
      length,
    };
  }

  /** A source of one stretch for each place of the indices, and the axes that lead there. */
  #indexed(dims: readonly number[], first = 1): { axes: IndexedAxis[]; stretch: number } {
    let stretch = first;
    const axes = this.#random.list(1 + this.#random.below(2), (k) => {
      const { indexed, length } = this.#indexedAxis(dims, k, stretch);
      stretch *= length;
      return indexed;
    });
    return { axes, stretch };
  }

  gather(): GatherKernel {
    const random = this.#random;
    const dtype = random.pick([...this.#dtypes, ...this.#complex]);
    const dims = this.#lengths(random.below(4));
    const { axes, stretch } = this.#indexed(dims);
    const place = this.#place(dims, 0.6);
    const size = place.size + stretch;
    const buffer = this.case.input(dtype, random.list(size, () => randomElement(random, dtype)));
    return {
      kind: "gather",
      dims: dims.map((n) => this.#size(n)),
      source: this.#operand(buffer, dtype, place),
      indices: axes,
      output: this.output(dims, dtype),
    };
  }

  /** The indices lead past what the loops cover, as axes of one array do. */
  scatter(): ScatterKernel {
    const random = this.#random;
    const accumulate = random.chance(0.5);
    const dtype = random.pick(
      [...this.#dtypes, ...accumulate ? [] : this.#complex],
    );
    const dims = this.#lengths(random.below(4));
    const place = this.#place(dims, 0.6);
    const { axes, stretch } = this.#indexed(dims, place.size);
    const size = place.size + stretch;
    const buffer = this.case.output(dtype, random.list(size, () => randomElement(random, dtype)));
    const target = this.#operand(buffer, dtype, place);
    const zero = this.case.constant(0);
    const strides = target.strides.map((size, axis) => place.strides[axis] === 0 ? zero : size);
    return {
      kind: "scatter",
      dims: dims.map((n) => this.#size(n)),
      target: { ...target, strides },
      indices: axes,
      value: this.input(dims, dtype),
      accumulate,
    };
  }
}

function inputTypes(
  operands: readonly Operand[],
  integers: number,
  integer: DType = "int64",
): DType[] {
  return [...operands.map((o) => o.dtype), ...new Array<DType>(integers).fill(integer)];
}

/** The kinds of random kernel. */
export const kernelMakers: Readonly<Record<string, (maker: KernelMaker) => Kernel>> = {
  map: (maker) => maker.map(),
  "reduce in any order": (maker) => maker.freeReduce(),
  "reduce in order": (maker) => maker.orderedReduce(),
  "search in order": (maker) => maker.search(false),
  "search in any order": (maker) => maker.search(true),
  rows: (maker) => maker.rows(),
  gather: (maker) => maker.gather(),
  scatter: (maker) => maker.scatter(),
  cumulative: (maker) => maker.cumulative(),
  sort: (maker) => maker.sort(),
};
