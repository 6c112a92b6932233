/**
 * @file Lengths that a check has made equal, so that later kernels see arrays of one shape as such.
 */

import { type Size, type Sizes, sizesInOrder } from "./size.ts";

/** Which lengths are known to be equal from here on. */
export class EqualSizes {
  readonly #sizes: Sizes;
  readonly #same = new Map<Size, Size>();

  /**
   * Starts with no two equal.
   *
   * @param sizes Where sizes are made.
   */
  constructor(sizes: Sizes) {
    this.#sizes = sizes;
  }

  /** Says that two sizes are equal, which a check ensures. */
  add(x: Size, y: Size): void {
    const [first, second] = [this.unified(x), this.unified(y)];
    if (first === second) return;
    if (stands(second, first)) this.#same.set(second, first);
    else if (stands(first, second)) this.#same.set(first, second);
  }

  /** The size in terms of one length among equal ones. */
  unified(size: Size): Size {
    if (this.#same.size === 0 || size.kind === "const") return size;
    const known = this.#same.get(size);
    if (known) return this.unified(known);
    if (size.kind !== "call") return size;
    const args = size.args.map((x) => this.unified(x));
    if (args.every((x, k) => x === size.args[k])) return size;
    const [x, y] = args as [Size, Size];
    if (size.op === "add") return this.#sizes.add(x, y);
    if (size.op === "sub") return this.#sizes.sub(x, y);
    return size.op === "mul" ? this.#sizes.mul(x, y) : this.#sizes.call(size.op, ...args);
  }
}

/**
 * Whether a leaf may be replaced by another size: not by one that is computed from the leaf itself.
 */
function stands(leaf: Size, replacement: Size): boolean {
  return isLeaf(leaf) && !sizesInOrder([replacement]).includes(leaf);
}

/** Whether a size is a length or an integer that the call brings. */
function isLeaf(size: Size): boolean {
  return size.kind === "dim" || size.kind === "value";
}
