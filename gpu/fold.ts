/**
 * @file Totals of threads made one, halving: the total of a thread and that of the thread half the way
 * on become one, until one is left.
 *
 * ```text
 * while 8 totals or more are left
 *   wait;  a thread combines eight, as three halvings would      a third of the waits
 * while 2 are left
 *   wait;  a thread combines two
 * ```
 */

import { block, type Code, letLine, setLine } from "./text.ts";

/** What is folded. */
export interface Fold {
  /** The array in the workgroup's memory: each thread's total is at `local`. */
  readonly totals: string;
  /** How far on is the total of the thread `lanes` lanes on. */
  readonly distance: (lanes: string) => string;
  /** Two totals as one; the second is a name. */
  readonly combine: (x: string, y: string) => string;
}

/** Folds the totals of `params.along` threads into that of lane 0, in the order of halving. */
export function foldCode({ totals, distance, combine }: Fold): Code {
  const own = `${totals}[local]`;
  const at = (lanes: string): string => `${totals}[local + ${distance(lanes)}]`;
  const pair = (name: string, x: string, y: string): Code => [
    letLine(`${name}_other`, y),
    letLine(name, combine(x, `${name}_other`)),
  ];
  const steps = (k: number): string => k === 0 ? own : at(k === 1 ? "step" : `${k}u * step`);
  return block("", [
    "var width = params.along / 2u;",
    block("for (; width >= 4u; width /= 8u)", [
      "workgroupBarrier();",
      "let step = width / 4u;",
      block("if (lane < step)", [
        [0, 1, 2, 3].map((k) => pair(`eighth${k}`, steps(k), steps(k + 4))),
        letLine("quarter0", combine("eighth0", "eighth2")),
        letLine("quarter1", combine("eighth1", "eighth3")),
        setLine(own, combine("quarter0", "quarter1")),
      ]),
    ]),
    block("for (; width > 0u; width /= 2u)", [
      "workgroupBarrier();",
      block("if (lane < width)", [
        letLine("other", at("width")),
        setLine(own, combine(own, "other")),
      ]),
    ]),
  ]);
}
