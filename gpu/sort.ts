/**
 * @file Rows put in order on devices.
 *
 * ```text
 * for each element                         in blocks that are in order, see merge.ts
 *   sorted[…] = (key(in[i…]), its column)
 * merge the blocks of each row
 * for each item at i…
 *   values[i…] = in[…, its column];  places[i…] = its column
 * ```
 *
 * A key is one word or two, in the order of the elements: both zeros have one, and so has every
 * NaN, the largest.
 */

import type { SortKernel } from "../core/kernel/kernel.ts";
import { type DeviceLimits, type KernelCode, type Shader, shaderOf, type SizeOf } from "./code.ts";
import { countOf, gridOf, indexLines, threads } from "./grid.ts";
import { Blocks, type Item, itemOf, Merge, placeIn, type Rows, run } from "./merge.ts";
import { Bindings, indexName, Params, placeOf } from "./operands.ts";
import { type DeviceLane, isDeviceDType } from "./spelling.ts";
import { block, type Code, letLine, type ShaderParts, shaderText } from "./text.ts";

/** The code of a sort; undefined for dtypes that devices do not have. */
export function sortCode(kernel: SortKernel, limits: DeviceLimits): KernelCode | undefined {
  return isDeviceDType(kernel.input.dtype) ? new SortWriter(kernel, limits).code() : undefined;
}

/** The workspaces of items. */
const [first, second] = [0, 1] as const;

/** A shader and what its uniform is made of. */
interface Written {
  readonly shader: Shader;
  readonly params: Params;
}

class SortWriter {
  readonly #kernel: SortKernel;
  readonly #limits: DeviceLimits;
  readonly #lane: DeviceLane;
  readonly #item: Item;
  /** The loops over rows, and the one along them. */
  readonly #rows: readonly number[];
  readonly #column: number;

  constructor(kernel: SortKernel, limits: DeviceLimits) {
    this.#kernel = kernel;
    this.#limits = limits;
    this.#lane = kernel.input.dtype as DeviceLane;
    this.#item = this.#lane === "int64" ? "vec3<u32>" : "vec2<u32>";
    this.#column = kernel.dims.length - 1;
    this.#rows = [...kernel.dims.keys()].slice(0, -1);
  }

  code(): KernelCode {
    const limits = this.#limits;
    const { blocks, ...keys } = this.#keys();
    const merge = new Merge(this.#item);
    const stores = [first, second].map((from) => this.#store(from)) as [Written, Written];
    return {
      shaders: [
        keys.shader,
        merge.shader(first, second),
        merge.shader(second, first),
        ...stores.map(({ shader }) => shader),
      ],
      plan: (sizeOf) => {
        const rows = this.#sizes(sizeOf);
        const count = rows.rows * rows.length;
        const { groups, planned } = blocks.plan(rows, limits);
        const merges = merge.plan(rows, [1, 2], limits);
        const where = merges.launches.length % 2;
        const grid = gridOf(count, limits.groups);
        const ends = { stride: grid.stride, count, length: rows.length };
        const params = stores[where]!.params.words(sizeOf, ends);
        return {
          launches: [
            { shader: 0, params: keys.params.words(sizeOf, planned), groups },
            ...merges.launches,
            { shader: 3 + where, params, groups: grid.groups },
          ],
          workspaces: merges.workspaces,
        };
      },
    };
  }

  #sizes(sizeOf: SizeOf): Rows {
    const { dims } = this.#kernel;
    const rows = countOf(this.#rows.map((axis) => dims[axis]!), sizeOf);
    return { rows, length: sizeOf(dims[this.#column]!) };
  }

  /** Items in blocks that are in order. */
  #keys(): Written & { readonly blocks: Blocks } {
    const { input } = this.#kernel;
    const params = new Params();
    const blocks = new Blocks(this.#item, params);
    this.#addRows(params);
    const walk = params.walk("source", input);
    const bindings = new Bindings([input], []);
    bindings.add("sorted", workspace(first), { type: this.#item });
    const element = bindings.load(input, placeOf(walk, indexName));
    const parts: ShaderParts = {
      title: `items of ${input.dtype}`,
      params: params.fields,
      bindings: bindings.list,
      helpers: [blocks.helpers, this.#lane.startsWith("float") ? keyOfFloat : []],
      threads: run,
      knows: "group",
      body: [
        blocks.begin,
        block("if (isOne)", [
          indexLines("row", this.#rows),
          letLine(indexName(this.#column), "at"),
          letLine("x", element),
          `item = ${itemOf(this.#item, keyTexts[this.#lane], "at")};`,
        ]),
        blocks.end,
      ],
    };
    const shader = shaderOf(bindings.resources, () => shaderText(parts));
    return { shader, params, blocks };
  }

  /** The results, from the items in a workspace. */
  #store(from: number): Written {
    const { input, values, places } = this.#kernel;
    const params = new Params();
    params.planned("stride", "threads in a row of the grid");
    params.planned("count");
    params.planned("length", "items in a row");
    this.#addRows(params);
    const source = values && params.walk("source", input);
    const [value, place] = [values, places].map((o, k) =>
      o && params.walk(["values", "places"][k]!, o)
    );
    const outputs = [values, places].filter((o) => o !== null);
    const bindings = new Bindings(values ? [input] : [], outputs);
    bindings.add("sorted", workspace(from), { type: this.#item });
    const there = (axis: number): string => axis === this.#column ? "place" : indexName(axis);
    const stored: Code[] = [];
    if (source && value) {
      const element = bindings.load(input, placeOf(source, there));
      stored.push(bindings.store(value.operand, placeOf(value, indexName), element));
    }
    if (place) {
      const wide = "vec2<u32>(place, 0u)";
      stored.push(bindings.store(place.operand, placeOf(place, indexName), wide));
    }
    const parts: ShaderParts = {
      title: `results of sorting ${input.dtype}`,
      params: params.fields,
      bindings: bindings.list,
      helpers: [],
      threads,
      knows: "id",
      body: [
        "let thread = id.x + id.y * params.stride;",
        block("if (thread >= params.count)", "return;"),
        "let row = thread / params.length;",
        letLine(indexName(this.#column), "thread % params.length"),
        indexLines("row", this.#rows),
        "let item = sorted[thread];",
        letLine("place", placeIn(this.#item, "item")),
        stored,
      ],
    };
    return { shader: shaderOf(bindings.resources, () => shaderText(parts)), params };
  }

  #addRows(params: Params): void {
    this.#rows.forEach((axis) => params.size(`n${axis}`, this.#kernel.dims[axis]!));
  }
}

function workspace(k: number): Shader["resources"][number] {
  return { kind: "workspace", workspace: k, isWritten: true };
}

/** The words of the key of an element `x`. */
const keyTexts: Readonly<Record<DeviceLane, string>> = {
  bool: "select(0u, 1u, x)",
  int32: "bitcast<u32>(x) ^ 0x80000000u",
  uint32: "x",
  float16: "keyOf(x)",
  float32: "keyOf(x)",
  int64: "x.y ^ 0x80000000u, x.x",
};

const keyOfFloat: Code = block("fn keyOf(x: f32) -> u32", [
  "let size = bitcast<u32>(x) & 0x7fffffffu;",
  "let bits = select(bitcast<u32>(x), 0u, size == 0u);",
  "let turned = bits ^ select(0x80000000u, 0xffffffffu, bits >= 0x80000000u);",
  "return select(turned, 0xffffffffu, size > 0x7f800000u);",
]);
