/**
 * @file Uniform numbers in (0, 1) of MRG31k3p on devices, one thread a stream.
 *
 * ```text
 * for each thread < streams
 *   load the words x1 x2 x3 y1 y2 y3 of its stream
 *   for each of its places: thread, thread + streams, … below the count
 *     step x and y
 *     out[place] = fraction(x1 − y1)
 *   store the words
 * ```
 *
 * Neighbours draw neighbours. No sum or product needs more than 32 bits; sums are reduced by
 * `min(sum, sum − m)`, unsigned. Source: see `core/random/mrg.ts`.
 */

import type { RandomKernel } from "../core/kernel/kernel.ts";
import { modulus1, modulus2, stateSize, unitOfSingle } from "../core/random/mrg.ts";
import { type DeviceLimits, type KernelCode, shaderOf } from "./code.ts";
import { gridOf, threads } from "./grid.ts";
import { Bindings, Params } from "./operands.ts";
import { block, type Code, letLine, type ShaderParts, shaderText, varLine } from "./text.ts";

/** The words of a stream: three of each recurrence, newest first. */
const words = ["x1", "x2", "x3", "y1", "y2", "y3"] as const;

/** The code of a draw; undefined for what devices do not draw: doubles, and the twister's numbers. */
export function randomCode(kernel: RandomKernel, limits: DeviceLimits): KernelCode | undefined {
  const { draw, dims: [count, streams], state, next, output } = kernel;
  if (draw !== "mrgUniform" || output.dtype !== "float32") return undefined;
  const params = new Params();
  params.planned("stride", "threads in a row of the grid");
  params.size("count", count);
  params.size("streams", streams);
  params.size("state", state.offset);
  params.size("next", next.offset);
  params.size("out", output.offset);
  const bindings = new Bindings([state], [next, output]);
  const parts: ShaderParts = {
    title: "draw uniform numbers of MRG31k3p",
    params: params.fields,
    bindings: bindings.list,
    helpers: arithmetic,
    threads,
    knows: "id",
    body: [
      "let thread = id.x + id.y * params.stride;",
      block("if (thread >= params.streams)", "return;"),
      words.map((word, k) => varLine(word, `u32(${bindings.load(state, wordAt("state", k))})`)),
      "let longer = select(0u, 1u, thread < params.count % params.streams);",
      "var place = params.out + thread;",
      block("for (var rows = params.count / params.streams + longer; rows > 0u; rows--)", [
        stepped,
        bindings.store(output, "place", "fraction(x1, y1)"),
        "place += params.streams;",
      ]),
      words.map((word, k) => bindings.store(next, wordAt("next", k), `i32(${word})`)),
    ],
  };
  return {
    shaders: [shaderOf(bindings.resources, () => shaderText(parts))],
    plan: (sizeOf) => {
      const { groups, stride } = gridOf(sizeOf(streams), limits.groups);
      return {
        launches: [{ shader: 0, params: params.words(sizeOf, { stride }), groups }],
        workspaces: [],
      };
    },
  };
}

/** Where a word of the thread's stream is. */
function wordAt(walk: "state" | "next", word: number): string {
  return `params.${walk} + thread * ${stateSize}u${word === 0 ? "" : ` + ${word}u`}`;
}

/** What a step and a draw are made of. */
const arithmetic: Code = [
  "// A sum, less the modulus unless it is below it.",
  block("fn reduced(sum: u32, modulus: u32) -> u32", "return min(sum, sum - modulus);"),
  "// x · 2^up modulo 2³¹ − 1: the bits turn around.",
  block("fn turned(x: u32, up: u32) -> u32", [
    "let low = x & ((1u << (31u - up)) - 1u);",
    "return (low << up) + (x >> (31u - up));",
  ]),
  "// 2¹⁵ · y modulo the second modulus, in which 2³¹ is 21069.",
  block("fn times(y: u32) -> u32", [
    `return reduced(((y & 0xffffu) << 15u) + (y >> 16u) * 21069u, ${modulus2}u);`,
  ]),
  "// The difference, from 1 to the first modulus, as a number between 0 and 1.",
  block("fn fraction(x: u32, y: u32) -> f32", [
    `let drawn = select(x - y, x - y + ${modulus1}u, x <= y);`,
    `return f32(drawn) * ${unitOfSingle}f;`,
  ]),
];

/** Both recurrences, one step. */
const stepped: Code = [
  letLine("left", `reduced(turned(x2, 22u) + turned(x3, 7u), ${modulus1}u)`),
  letLine("x", `reduced(left + x3, ${modulus1}u)`),
  letLine("right", `reduced(times(y3) + y3, ${modulus2}u)`),
  letLine("y", `reduced(right + times(y1), ${modulus2}u)`),
  "x3 = x2;",
  "x2 = x1;",
  "x1 = x;",
  "y3 = y2;",
  "y2 = y1;",
  "y1 = y;",
];
