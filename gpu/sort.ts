/**
 * @file Pairs of a key and a place in order on devices: what a scatter needs to know who writes
 * where.
 *
 * ```text
 * blocks of `run` pairs are in order                a workgroup each, in its own memory
 * for width = run, 2·run, … while below the count   a launch each, from one workspace to the other
 *   rank of a pair = its place in its run + how many of the run beside come before it
 * ```
 *
 * No two pairs are equal, as places are not; so there is one order, and no race for it.
 */

import { type DeviceLimits, type Launch, type Shader, shaderOf } from "./code.ts";
import { gridOf, threads } from "./grid.ts";
import { Params } from "./operands.ts";
import { block, type Code, shaderText } from "./text.ts";

/** Pairs that a workgroup puts in order at first. */
export const run = 256;

/** Which pair comes first. */
export const isBefore: Code = block("fn isBefore(x: vec2<u32>, y: vec2<u32>) -> bool", [
  "return x.x < y.x || (x.x == y.x && x.y < y.y);",
]);

/** Puts each pair of a workgroup's block, `pair`, where it belongs in it. */
export const blockInOrder: Code = [
  "pairs[local] = pair;",
  "workgroupBarrier();",
  "var rank = 0u;",
  block(`for (var k = 0u; k < ${run}u; k++)`, [
    block("if (isBefore(pairs[k], pair))", "rank++;"),
  ]),
];

/** The workgroup's memory for {@linkcode blockInOrder}. */
export const blockMemory: Code = `var<workgroup> pairs: array<vec2<u32>, ${run}>;`;

/** Doubles the length of runs that are in order, from a workspace to another. */
export class Merge {
  readonly #params = new Params();

  constructor() {
    this.#params.planned("stride", "threads in a row of the grid");
    this.#params.planned("count");
    this.#params.planned("width", "pairs in a run");
  }

  /** The shader that merges from one workspace to the other. */
  shader(from: number, to: number): Shader {
    const workspace = (k: number) =>
      ({ kind: "workspace", workspace: k, isWritten: true }) as const;
    return shaderOf([workspace(from), workspace(to)], () => this.#text());
  }

  #text(): string {
    return shaderText({
      title: "merge runs of pairs",
      params: this.#params.fields,
      bindings: ["runs", "merged"].map((name) => ({ name, type: "vec2<u32>", isWritten: true })),
      helpers: isBefore,
      threads,
      knows: "id",
      body: [
        "let thread = id.x + id.y * params.stride;",
        block("if (thread >= params.count)", "return;"),
        "let pair = runs[thread];",
        "let own = thread / params.width;",
        "let beside = min((own ^ 1u) * params.width, params.count);",
        "var low = beside;",
        "var high = min(beside + params.width, params.count);",
        block("while (low < high)", [
          "let middle = (low + high) / 2u;",
          "let isBelow = isBefore(runs[middle], pair);",
          "low = select(low, middle + 1u, isBelow);",
          "high = select(middle, high, isBelow);",
        ]),
        "let rank = thread - own * params.width + low - beside;",
        "merged[(own & 0xfffffffeu) * params.width + rank] = pair;",
      ],
    });
  }

  /**
   * The launches that put a number of pairs in order.
   *
   * @param count How many pairs.
   * @param shaders The shaders from the first workspace to the second, and back.
   * @param limits What the device allows.
   * @returns The launches; an even number of them ends in the first workspace.
   */
  launches(count: number, shaders: readonly [number, number], limits: DeviceLimits): Launch[] {
    const launches: Launch[] = [];
    for (let width = run; width < count; width *= 2) {
      const { groups, stride } = gridOf(count, limits.groups);
      const params = this.#params.words(() => 0, { stride, count, width });
      launches.push({ shader: shaders[launches.length % 2]!, params, groups });
    }
    return launches;
  }
}
