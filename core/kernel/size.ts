/**
 * @file Integer expressions: sizes, strides, offsets and trip counts of a program.
 *
 * Whatever a kernel needs to know about shapes is such an expression over the shapes of the
 * program's inputs and the values of its integer scalars, so one program serves all shapes. Equal
 * expressions are one object (they are interned), which is how contiguity and equal lengths are
 * seen while compiling. Values are exact integers below 2^53.
 */

import { internal } from "../errors.ts";

/**
 * What an integer expression can do. Comparisons give 0 or 1; `select(c, x, y)` is `x` if `c ≠ 0`.
 */
export type SizeOp =
  | "add"
  | "sub"
  | "mul"
  | "floorDiv"
  | "floorMod"
  | "min"
  | "max"
  | "lt"
  | "le"
  | "eq"
  | "select";

/** A number known while compiling. */
export interface ConstSize {
  readonly kind: "const";
  readonly id: number;
  readonly value: number;
}

/** The length of an axis of a buffer whose shape is known only at a call. */
export interface DimSize {
  readonly kind: "dim";
  readonly id: number;
  readonly buffer: number;
  readonly axis: number;
}

/** The value of a 0-d integer buffer, read at the start of the segment that uses it. */
export interface ValueSize {
  readonly kind: "value";
  readonly id: number;
  readonly buffer: number;
}

/** An operation on integers. */
export interface CallSize {
  readonly kind: "call";
  readonly id: number;
  readonly op: SizeOp;
  readonly args: readonly Size[];
}

/** An integer expression. */
export type Size = ConstSize | DimSize | ValueSize | CallSize;

/** What each operation means. */
export const sizeMeaning: Readonly<Record<SizeOp, (x: number, y: number, z: number) => number>> = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  floorDiv: (x, y) => y === 0 ? 0 : Math.floor(x / y),
  floorMod: (x, y) => y === 0 ? 0 : x - Math.floor(x / y) * y,
  min: (x, y) => Math.min(x, y),
  max: (x, y) => Math.max(x, y),
  lt: (x, y) => Number(x < y),
  le: (x, y) => Number(x <= y),
  eq: (x, y) => Number(x === y),
  select: (x, y, z) => x !== 0 ? y : z,
};

/** Makes sizes, each distinct one once, simplified. One a program. */
export class Sizes {
  readonly #made = new Map<string, Size>();

  /** All that were made, in order. */
  get made(): readonly Size[] {
    return [...this.#made.values()];
  }

  /** A number. */
  const(value: number): Size {
    return this.#intern(`${value}`, (id) => ({ kind: "const", id, value }));
  }

  /** The length of an axis of a buffer. */
  dim(buffer: number, axis: number): Size {
    return this.#intern(`d${buffer}.${axis}`, (id) => ({ kind: "dim", id, buffer, axis }));
  }

  /** The value of a 0-d integer buffer. */
  value(buffer: number): Size {
    return this.#intern(`v${buffer}`, (id) => ({ kind: "value", id, buffer }));
  }

  add(x: Size, y: Size): Size {
    if (isZero(x)) return y;
    if (isZero(y)) return x;
    return this.call("add", x, y);
  }
  sub(x: Size, y: Size): Size {
    return x === y ? this.const(0) : isZero(y) ? x : this.call("sub", x, y);
  }
  mul(x: Size, y: Size): Size {
    if (isZero(x) || isOne(y)) return x;
    if (isZero(y) || isOne(x)) return y;
    return this.call("mul", x, y);
  }

  /** The product of several sizes, from the right, as contiguous strides multiply. */
  product(sizes: readonly Size[]): Size {
    return sizes.reduceRight((product, n) => this.mul(product, n), this.const(1));
  }

  /** Any operation; folded when its arguments are numbers. */
  call(op: SizeOp, ...args: readonly Size[]): Size {
    if (args.every((x) => x.kind === "const")) {
      const [x, y, z] = args.map((a) => a.value);
      return this.const(sizeMeaning[op](x!, y!, z!));
    }
    const simpler = this.#simplified(op, args);
    return simpler ??
      this.#intern(`${op}(${args.map((a) => a.id)})`, (id) => ({ kind: "call", id, op, args }));
  }

  #simplified(op: SizeOp, [x, y, z]: readonly Size[]): Size | undefined {
    switch (op) {
      case "min":
      case "max":
        return x === y ? x : undefined;
      case "eq":
      case "le":
        return x === y ? this.const(1) : undefined;
      case "lt":
        return x === y ? this.const(0) : undefined;
      case "select":
        return x!.kind === "const" ? (x!.value !== 0 ? y : z) : y === z ? y : undefined;
      case "sub":
        return subtracted(x!, y!);
      case "floorDiv":
        return isOne(y!) ? x : undefined;
      default:
        return undefined;
    }
  }

  #intern(key: string, make: (id: number) => Size): Size {
    const known = this.#made.get(key);
    if (known) return known;
    const made = make(this.#made.size);
    this.#made.set(key, made);
    return made;
  }
}

/** `(x + y) − x` is `y`. */
function subtracted(x: Size, y: Size): Size | undefined {
  if (x.kind !== "call" || x.op !== "add") return undefined;
  const [first, second] = x.args;
  return first === y ? second : second === y ? first : undefined;
}

/** Whether a size is the number 0. */
export function isZero(x: Size): boolean {
  return x.kind === "const" && x.value === 0;
}

/** Whether a size is the number 1. */
export function isOne(x: Size): boolean {
  return x.kind === "const" && x.value === 1;
}

/** Whether a size is known while compiling not to be below zero. */
export function isCount(x: Size): boolean {
  if (x.kind === "const") return x.value >= 0;
  if (x.kind !== "call") return x.kind === "dim";
  if (x.op === "max") return x.args.some(isCount);
  return x.op === "lt" || x.op === "le" || x.op === "eq" ||
    (x.op === "add" || x.op === "mul" || x.op === "min" || x.op === "floorDiv") &&
      x.args.every(isCount);
}

/** Every size below the roots once, arguments first. */
export function sizesInOrder(roots: Iterable<Size>): Size[] {
  const order = new Set<Size>();
  const visit = (x: Size): void => {
    if (order.has(x)) return;
    if (x.kind === "call") x.args.forEach(visit);
    order.add(x);
  };
  for (const root of roots) visit(root);
  return [...order];
}

/**
 * A size over other leaves.
 *
 * @param sizes Where the result is made.
 * @param size The size.
 * @param leaf What stands for a length or value.
 */
export function substitute(
  sizes: Sizes,
  size: Size,
  leaf: (leaf: DimSize | ValueSize) => Size,
): Size {
  switch (size.kind) {
    case "const":
      return sizes.const(size.value);
    case "call": {
      const [x, y, z] = size.args.map((a) => substitute(sizes, a, leaf));
      switch (size.op) {
        case "add":
          return sizes.add(x!, y!);
        case "sub":
          return sizes.sub(x!, y!);
        case "mul":
          return sizes.mul(x!, y!);
        default:
          return sizes.call(size.op, ...[x!, y!, z!].slice(0, size.args.length));
      }
    }
    default:
      return leaf(size);
  }
}

/** What sizes are computed from at a call. */
export interface SizeInputs {
  /** The length of an axis of a buffer. */
  dim(buffer: number, axis: number): number;
  /** The value of a 0-d integer buffer. */
  value(buffer: number): number;
}

/** The value of a size: what the generated code computes, in plain JavaScript. */
export function evaluateSize(size: Size, inputs: SizeInputs): number {
  switch (size.kind) {
    case "const":
      return size.value;
    case "dim":
      return inputs.dim(size.buffer, size.axis);
    case "value":
      return inputs.value(size.buffer);
    case "call": {
      const [x, y, z] = size.args.map((a) => evaluateSize(a, inputs));
      return sizeMeaning[size.op](x!, y!, z!);
    }
  }
}

/** A size as text: `(n0.0 * 4)`. */
export function sizeText(size: Size): string {
  switch (size.kind) {
    case "const":
      return `${size.value}`;
    case "dim":
      return `b${size.buffer}.${size.axis}`;
    case "value":
      return `*b${size.buffer}`;
    case "call":
      return `${size.op}(${size.args.map(sizeText).join(", ")})`;
    default:
      return internal("print a size", "its kind is unknown", "core/kernel/size.ts");
  }
}
