/**
 * @file Packing: a strided factor copied into panels that a tile reads from front to back.
 *
 * ```
 * panel(to, from, across, along, width, depth)      to: [depth][W], from: [W][depth] by strides
 *   whole = 0
 *   if width = W
 *     if along is one element                       runs of the depth: transpose blocks
 *       for whole in 0..depth by vectors
 *         to[whole…][0..W] = from[0..W][whole…]
 *     else if across is one element                 runs across: copy rows
 *       for whole in 0..depth
 *         to[whole][0..W] = from[0..W][whole]
 *   to[whole..] = 0, up to a multiple of the unrolling
 *   for i in 0..width, for p in whole..depth
 *     to[p][i] = from[i][p]
 *
 * panels(to, from, across, along, count, depth)
 *   for i in 0..count by W
 *     panel(to, from, across, along, min(W, count − i), depth)
 *     next panel of to and of from
 * ```
 *
 * The left factor is packed by rows, the right one by columns; strides say which is which, so a
 * transposed factor costs nothing more. `across` and `along` are in bytes.
 */

import type { Numbers } from "./gemm_width.ts";
import {
  add,
  and,
  call,
  divU,
  eq,
  Func,
  i32,
  ifElse,
  type Local,
  ltU,
  mul,
  ne,
  type Node,
  op,
  select,
  shuffle,
  sub,
} from "./tree.ts";

/** What panels are made from. */
export interface PanelParts {
  /** How the numbers are held. */
  readonly numbers: Numbers;
  /** Rows or columns in a panel. */
  readonly panelWidth: number;
  /** What the depth of a panel is rounded up to a multiple of. */
  readonly unroll: number;
}

/** A count rounded up to a multiple. */
export function roundedUp(count: Node | Local, multiple: number): Node {
  const past = add(count, multiple - 1);
  const isPower = (multiple & (multiple - 1)) === 0;
  return isPower ? and(past, -multiple) : mul(divU(past, multiple), multiple);
}

/** The smaller of two unsigned numbers. */
export function minU(a: Node, b: Node): Node {
  return select(ltU(a, b), a, b);
}

interface Strides {
  readonly to: Local;
  readonly from: Local;
  readonly across: Local;
  readonly along: Local;
}

/**
 * The function `panel(to, from, across, along, width, depth)` of the head comment.
 *
 * @param name The function's name.
 * @param parts What it is made from.
 * @returns The function.
 */
export function panelKernel(name: string, { numbers, panelWidth, unroll }: PanelParts): Func {
  const { size, scalar, vector } = numbers;
  const f = new Func(name);
  const [to, from] = [f.param("i32", "to"), f.param("i32", "from")];
  const [across, along] = [f.param("i32", "across"), f.param("i32", "along")];
  const [width, depth] = [f.param("i32", "width"), f.param("i32", "depth")];
  const strides: Strides = { to, from, across, along };
  const whole = f.local("i32", "whole");
  const [i, p] = [f.local("i32", "i"), f.local("i32", "p")];
  const [source, target] = [f.local("i32", "source"), f.local("i32", "target")];
  const rest = mul(sub(roundedUp(depth, unroll), whole), panelWidth * size);
  const rows = f.constant(and(depth, -vector.lanes));
  return f.body(
    ifElse(
      eq(width, panelWidth),
      ifElse(
        eq(along, size),
        f.for(whole, 0, rows, vector.lanes, transposed(f, strides, numbers, panelWidth)),
        ifElse(
          eq(across, size),
          f.for(whole, 0, depth, 1, copied(strides, numbers, panelWidth)),
        ),
      ),
    ),
    ifElse(ne(rest, 0), op("memory.fill", to, 0, rest)),
    ifElse(
      ltU(whole, depth),
      f.for(i, 0, width, 1, [
        source.set(from),
        target.set(add(to, mul(i, size))),
        f.for(p, whole, depth, 1, [
          scalar.store(target, scalar.load(source)),
          source.set(add(source, along)),
          target.set(add(target, panelWidth * size)),
        ]),
        from.set(add(from, across)),
      ]),
    ),
  );
}

/** A block of `panelWidth` rows by one vector, put in panel order; both ends move on. */
function transposed(
  f: Func,
  { to, from, across }: Strides,
  { vector: { lanes, load, store } }: Numbers,
  panelWidth: number,
): Node[] {
  const rows = Array.from({ length: panelWidth }, (_, r) => f.local("v128", `row${r}`));
  const outputs = Array.from({ length: panelWidth }, (_, v) => {
    const elements = Array.from({ length: lanes }, (_, l) => v * lanes + l);
    const picked = elements.map((e) =>
      ({ row: rows[e % panelWidth]!, lane: Math.floor(e / panelWidth) }) as const
    );
    return store(add(to, v * 16), gathered(picked));
  });
  return [
    ...rows.map((row, r) => row.set(load(add(from, r === 0 ? 0 : f.constant(mul(across, r)))))),
    ...outputs,
    from.set(add(from, 16)),
    to.set(add(to, panelWidth * 16)),
  ];
}

interface Picked {
  readonly row: Local;
  readonly lane: number;
}

/**
 * A vector of lanes of other vectors: two or four of them. The patterns are those that take one
 * `shufps` each: the low half from one vector, the high half from another.
 */
function gathered(picked: readonly Picked[]): Node {
  const pair = (a: Picked, b: Picked): Node =>
    picked.length === 2
      ? shuffle(a.row, b.row, [a.lane, 2 + b.lane])
      : shuffle(a.row, b.row, [a.lane, a.lane, 4 + b.lane, 4 + b.lane]);
  const [a, b, c, d] = picked;
  if (c === undefined || d === undefined) return pair(a!, b!);
  return shuffle(pair(a!, b!), pair(c, d), [0, 2, 4, 6]);
}

/** One row of the panel, whole vectors first; both ends move on. */
function copied(
  { to, from, along }: Strides,
  { size, scalar, vector }: Numbers,
  panelWidth: number,
): Node[] {
  const copies: Node[] = [];
  for (let i = 0; i < panelWidth;) {
    const width = panelWidth - i >= vector.lanes ? vector : scalar;
    copies.push(width.store(add(to, i * size), width.load(add(from, i * size))));
    i += width.lanes;
  }
  return [...copies, from.set(add(from, along)), to.set(add(to, panelWidth * size))];
}

/**
 * The function `panels(to, from, across, along, count, depth)` of the head comment.
 *
 * @param name The function's name.
 * @param panel The function that packs one panel.
 * @param parts What it is made from.
 * @returns The function.
 */
export function panelsKernel(
  name: string,
  panel: Func,
  { numbers, panelWidth, unroll }: PanelParts,
): Func {
  const f = new Func(name);
  const [to, from] = [f.param("i32", "to"), f.param("i32", "from")];
  const [across, along] = [f.param("i32", "across"), f.param("i32", "along")];
  const [count, depth] = [f.param("i32", "count"), f.param("i32", "depth")];
  const i = f.local("i32", "i");
  const panelBytes = f.constant(mul(roundedUp(depth, unroll), panelWidth * numbers.size));
  return f.body(
    f.for(i, 0, count, panelWidth, [
      call(panel, to, from, across, along, minU(i32(panelWidth), sub(count, i)), depth),
      to.set(add(to, panelBytes)),
      from.set(add(from, mul(across, panelWidth))),
    ]),
  );
}
