/**
 * @file How threads are laid out, and which loop indices are whose.
 */

import type { Size } from "../core/kernel/size.ts";
import { defaultLimits, type SizeOf } from "./code.ts";
import { block, type Code, letLine, varLine } from "./text.ts";

/** Threads in a workgroup of those that each have an element. */
export const threads = 256;

/** How workgroups are laid out. */
export interface Grid {
  /** Workgroups along x and y. */
  readonly groups: readonly [x: number, y: number];
  /** Threads in a row. */
  readonly stride: number;
}

/**
 * The grid for a number of elements; more workgroups than fit in a row go on in the next.
 *
 * @param count How many elements, fewer than 2^32.
 * @param most Workgroups allowed along an axis.
 */
export function gridOf(count: number, most: number = defaultLimits.groups): Grid {
  const groups = groupsOf(Math.ceil(count / threads), most);
  return { groups, stride: groups[0] * threads };
}

/** So many workgroups along x, and the rest in further rows, the last of which may be too long. */
export function groupsOf(count: number, most: number): readonly [x: number, y: number] {
  const x = Math.min(count, most);
  return [x, x === 0 ? 0 : Math.ceil(count / x)];
}

/** How many turns loops have. */
export function countOf(dims: readonly Size[], sizeOf: SizeOf): number {
  return dims.reduce((n, size) => n * sizeOf(size), 1);
}

/** The loop indices of a place in loops that are counted together, the last axis fastest. */
export function indexLines(place: string, axes: readonly number[]): Code {
  return axes.map((axis, k): Code => {
    const rest = k === axes.length - 1 ? place : `rest${axis}`;
    if (k === 0) return letLine(`i${axis}`, rest);
    return [
      letLine(`i${axis}`, `${rest} % params.n${axis}`),
      letLine(`rest${axes[k - 1]}`, `${rest} / params.n${axis}`),
    ];
  }).reverse();
}

/**
 * A loop over places that are a step apart, several of them a turn while so many are left, so that what
 * the next ones read does not wait for what is done with these.
 *
 * @param place The name of a place in the turn.
 * @param first The first place.
 * @param end The place before which the loop ends.
 * @param step How far a place is from the next.
 * @param unroll How many places a turn has.
 * @param turn What is done at a place.
 */
export function strides(
  place: string,
  first: string,
  end: string,
  step: string,
  unroll: number,
  turn: Code,
): Code {
  const singly = (from: string): Code =>
    block(`for (var ${place} = ${from}; ${place} < ${end}; ${place} += ${step})`, turn);
  if (unroll === 1) return singly(first);
  const at = `${place}_first`;
  const places = Array.from({ length: unroll }, (_, k) => k === 0 ? at : `${at} + ${k}u * ${step}`);
  return [
    varLine(at, first),
    block(
      `for (; ${places.at(-1)} < ${end}; ${at} += ${unroll}u * ${step})`,
      places.map((one) => block("", [letLine(place, one), turn])),
    ),
    singly(at),
  ];
}
