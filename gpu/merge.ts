/**
 * @file Rows of items in order on devices: what a sort is made of, and what a scatter needs to know
 * who writes where.
 *
 * ```text
 * blocks of `run` items of a row, or several short rows      a workgroup each, in its own memory
 * for width = 1, 2, 4, … while below the block's length
 *   merge
 * for width = run, 2·run, … while below a row's length       a launch each, between workspaces
 *   merge
 *
 * merge: of each two runs of the width, one
 *   rank of an item = its place in its run + how many of the run beside come before it
 * ```
 *
 * The last word of an item is its place, so no two of a row are equal: there is one order, and no
 * race for it.
 */

import { type DeviceLimits, type Launch, type Shader, shaderOf } from "./code.ts";
import { gridOf, groupsOf, threads } from "./grid.ts";
import { Params } from "./operands.ts";
import { block, type Code, shaderText } from "./text.ts";

/** Items that a workgroup puts in order at first, and its threads. */
export const run = 256;

/** The words of an item: those of a key, the highest first, and a place. */
export type Item = "vec2<u32>" | "vec3<u32>";

/** Words that an item has in a workspace. */
const itemWords: Readonly<Record<Item, number>> = { "vec2<u32>": 2, "vec3<u32>": 4 };

/** An item with the key and place given, the words of the key as text. */
export function itemOf(item: Item, key: string, place: string): string {
  return `${item}(${key}, ${place})`;
}

/** The place of an item. */
export function placeIn(item: Item, name: string): string {
  return item === "vec2<u32>" ? `${name}.y` : `${name}.z`;
}

/** The function `isBefore`: which item comes first. */
function isBefore(item: Item): Code {
  const [first, second] = ["x.x < y.x", "x.x == y.x && x.y < y.y"];
  const third = "x.x == y.x && x.y == y.y && x.z < y.z";
  const ways = item === "vec2<u32>" ? [first, second] : [first, second, third];
  const text = ways.map((way, k) => k === 0 ? way : `(${way})`).join(" || ");
  return block(`fn isBefore(x: ${item}, y: ${item}) -> bool`, `return ${text};`);
}

/** A list of which runs are in order, in words of a shader. */
interface Runs {
  /** Where it starts. */
  readonly start: string;
  /** Which of its items is the thread's. */
  readonly at: string;
  readonly length: string;
  /** Items in a run. */
  readonly width: string;
}

/** Where the `item` of a thread goes when each two runs side by side become one: its `goal`. */
function goalLines(list: string, { start, at, length, width }: Runs): Code {
  return [
    `let own = ${at} / ${width};`,
    `let beside = min((own ^ 1u) * ${width}, ${length});`,
    "var low = beside;",
    `var high = min(beside + ${width}, ${length});`,
    block("while (low < high)", [
      "let middle = (low + high) / 2u;",
      `let isBelow = isBefore(${list}[${start} + middle], item);`,
      "low = select(low, middle + 1u, isBelow);",
      "high = select(middle, high, isBelow);",
    ]),
    `let rank = ${at} - own * ${width} + low - beside;`,
    `let goal = ${start} + (own & 0xfffffffeu) * ${width} + rank;`,
  ];
}

/** Rows of items. */
export interface Rows {
  /** How many rows. */
  readonly rows: number;
  /** Items in each. */
  readonly length: number;
}

/** The first blocks of items that are in order, as parts of the shader that makes the items. */
export class Blocks {
  readonly #item: Item;

  /**
   * Blocks of items.
   *
   * @param item What they are.
   * @param params Gets the numbers that the parts need.
   */
  constructor(item: Item, params: Params) {
    this.#item = item;
    params.planned("groups", "workgroups in a row of the grid");
    params.planned("span", "items of a row in a workgroup");
    params.planned("rows");
    params.planned("length", "items in a row");
  }

  /** What the parts call. */
  get helpers(): Code {
    return [isBefore(this.#item), `var<workgroup> items: array<${this.#item}, ${run}>;`];
  }

  /** Which item is the thread's: number `at` of `row`, if it `isOne`. */
  get begin(): Code {
    return [
      "let lane = local % params.span;",
      "let part = (group.x + group.y * params.groups) * " +
      `(${run}u / params.span) + local / params.span;`,
      "let parts = (params.length + params.span - 1u) / params.span;",
      "let row = part / parts;",
      "let at = part % parts * params.span + lane;",
      `let isInside = local < ${run}u / params.span * params.span;`,
      "let isOne = isInside && row < params.rows && at < params.length;",
      `var item = ${itemOf(this.#item, this.#lastKey, "at")};`,
    ];
  }

  /** Nothing comes after it but what has a later place. */
  get #lastKey(): string {
    return this.#item === "vec2<u32>" ? "0xffffffffu" : "0xffffffffu, 0xffffffffu";
  }

  /** Puts the `item` of each thread where it belongs in its block of `sorted`. */
  get end(): Code {
    return [
      "items[local] = item;",
      "let base = local - lane;",
      `let reach = min(params.span, ${run}u - base);`,
      block("for (var width = 1u; width < params.span; width *= 2u)", [
        "workgroupBarrier();",
        "item = items[local];",
        goalLines("items", { start: "base", at: "lane", length: "reach", width: "width" }),
        "workgroupBarrier();",
        "items[goal] = item;",
      ]),
      "workgroupBarrier();",
      block("if (isOne)", "sorted[row * params.length + at] = items[local];"),
    ];
  }

  /** The workgroups, and the numbers that the parts need. */
  plan({ rows, length }: Rows, limits: DeviceLimits): {
    readonly groups: Launch["groups"];
    readonly planned: Readonly<Record<string, number>>;
  } {
    const span = Math.max(1, Math.min(length, run));
    const parts = rows * Math.ceil(length / span);
    const groups = groupsOf(Math.ceil(parts / Math.floor(run / span)), limits.groups);
    return { groups, planned: { groups: groups[0], span, rows, length } };
  }
}

/** Doubles the length of runs that are in order, from a workspace to another. */
export class Merge {
  readonly #item: Item;
  readonly #params = new Params();

  /**
   * Merges items.
   *
   * @param item What they are.
   */
  constructor(item: Item) {
    this.#item = item;
    this.#params.planned("stride", "threads in a row of the grid");
    this.#params.planned("count");
    this.#params.planned("length", "items in a row");
    this.#params.planned("width", "items in a run");
  }

  /** The shader that merges from one workspace to the other. */
  shader(from: number, to: number): Shader {
    const workspace = (k: number) =>
      ({ kind: "workspace", workspace: k, isWritten: true }) as const;
    return shaderOf([workspace(from), workspace(to)], () => this.#text());
  }

  #text(): string {
    const type = this.#item;
    return shaderText({
      title: "merge runs of items",
      params: this.#params.fields,
      bindings: ["runs", "merged"].map((name) => ({ name, type, isWritten: true })),
      helpers: isBefore(type),
      threads,
      knows: "id",
      body: [
        "let thread = id.x + id.y * params.stride;",
        block("if (thread >= params.count)", "return;"),
        "let item = runs[thread];",
        "let row = thread / params.length * params.length;",
        "let at = thread - row;",
        goalLines("runs", {
          start: "row",
          at: "at",
          length: "params.length",
          width: "params.width",
        }),
        "merged[goal] = item;",
      ],
    });
  }

  /**
   * The launches that put rows in order, and the words of both workspaces.
   *
   * @param rows The rows, of which blocks are in order.
   * @param shaders The shaders from the first workspace to the second, and back.
   * @param limits What the device allows.
   * @returns The launches; an even number of them ends in the first workspace.
   */
  plan({ rows, length }: Rows, shaders: readonly [number, number], limits: DeviceLimits): {
    readonly launches: readonly Launch[];
    readonly workspaces: readonly [number, number];
  } {
    const count = rows * length;
    const { groups, stride } = gridOf(count, limits.groups);
    const launches: Launch[] = [];
    for (let width = run; count > 0 && width < length; width *= 2) {
      const params = this.#params.words(() => 0, { stride, count, length, width });
      launches.push({ shader: shaders[launches.length % 2]!, params, groups });
    }
    const words = count * itemWords[this.#item];
    return { launches, workspaces: [words, launches.length === 0 ? 0 : words] };
  }
}
