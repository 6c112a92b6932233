/**
 * @file A tile of a matrix product on devices: a workgroup's part of the result.
 *
 * ```text
 * sums = 0                                       threadRows × threadColumns registers a thread
 * for p of the part step depth
 *   tileA[q][i…], tileB[q][j…] = a, b            each thread some vectors of four
 *   for q < depth
 *     for each four rows and each four columns of the thread
 *       sums += tileA[q][rows] · tileB[q][columns]
 * c = ending(sums, …)                            or, of several parts, a partial
 * ```
 *
 * The next tiles are read while the products of these are computed. What lies beyond an edge is read
 * as zero, and to the end of the inner axis the same zeros are added in tiles of any depth, since even
 * these can change a bit, that of `−0`. A row of the tiles in memory is one vector longer than it needs
 * to be, so that threads which write down a column do not wait for each other.
 */

import { stepOf } from "../core/kernel/index_map.ts";
import type { Operand } from "../core/kernel/kernel.ts";
import { Builder } from "../core/scalar/expr.ts";
import type { Launch, SizeOf } from "./code.ts";
import { emitExprs } from "./emit.ts";
import type { GemmShare, GemmTile } from "./gemm_schedule.ts";
import { threadsOf } from "./gemm_schedule.ts";
import { groupsOf, indexLines } from "./grid.ts";
import { helperTexts } from "./helpers.ts";
import { Bindings, indexName, Params, placeOf, type Walk } from "./operands.ts";
import type { Ending, Product } from "./product.ts";
import { type DeviceLane, laneTypes } from "./spelling.ts";
import { block, type Code, letLine, setLine, shaderText, varLine } from "./text.ts";

/** A tile's vectors of four along rows or columns. */
interface Side {
  /** `a` or `b`. */
  readonly name: "a" | "b";
  readonly operand: Operand;
  /** Which of the operand's axes after the batch is the result's; the other is the inner one. */
  readonly outer: 0 | 1;
  /** How many elements a tile and a thread have along the outer axis. */
  readonly tile: number;
  readonly thread: number;
  /** The name of the outer axis's length. */
  readonly length: string;
}

/** Writes the shader of a tile. */
export class TileWriter {
  readonly params = new Params();
  readonly bindings: Bindings;
  /** The axes of the batch. */
  readonly #batch: readonly number[];
  readonly #tile: GemmTile;
  readonly #isPartial: boolean;
  readonly #ending: Ending;
  readonly #sides: readonly [Side, Side];
  readonly #walks: Readonly<Record<"a" | "b" | "c", Walk>>;
  readonly #beside: readonly Walk[];

  /**
   * Starts a shader.
   *
   * @param product The product.
   * @param tile Its tile.
   * @param isPartial Whether the sums of parts go to a workspace.
   */
  constructor(product: Product, tile: GemmTile, isPartial: boolean) {
    const { batch, dims, a, b, c, ending } = product;
    const { params } = this;
    this.#batch = batch.map((_, axis) => axis);
    this.#tile = tile;
    this.#isPartial = isPartial;
    const partial: Ending = { body: new Builder().input(0, "float32"), operands: [] };
    this.#ending = isPartial ? partial : ending;
    params.planned("row", "workgroups in a row of the grid");
    params.planned("across", "tiles in a row of the result");
    params.planned("tiles", "of one product");
    params.planned("items", "products");
    params.planned("parts", "cut along the inner axis, each a workgroup's");
    params.planned("part", "inner steps in a part");
    params.planned("steps", "inner steps in all, filled up with zeros");
    batch.forEach((size, axis) => params.size(`n${axis}`, size));
    ["m", "n", "k"].forEach((name, axis) => params.size(name, dims[axis]!));
    const { operands } = this.#ending;
    this.bindings = new Bindings([a, b, ...operands], isPartial ? [] : [c]);
    this.#walks = { a: params.walk("a", a), b: params.walk("b", b), c: params.walk("c", c) };
    this.#beside = operands.map((o, k) => o === c ? this.#walks.c : params.walk(`y${k}`, o));
    const { rows, columns, threadRows, threadColumns } = tile;
    this.#sides = [
      { name: "a", operand: a, outer: 0, tile: rows, thread: threadRows, length: "m" },
      { name: "b", operand: b, outer: 1, tile: columns, thread: threadColumns, length: "n" },
    ];
    if (isPartial) {
      const resource = { kind: "workspace", workspace: 0, isWritten: true } as const;
      this.bindings.add("partials", resource, { type: "f32" });
    }
  }

  /** The launch of a product that is shared out. */
  launch(shader: number, share: GemmShare, sizeOf: SizeOf, most: number): Launch {
    const groups = groupsOf(share.tiles * share.items * share.parts, most);
    const params = this.params.words(sizeOf, { ...share, row: groups[0] });
    return { shader, params, groups };
  }

  text(): string {
    const { rows, columns, depth } = this.#tile;
    const ending = this.#endingFunction();
    const body = [
      this.#place(),
      this.#sides.map((side) => this.#reads(side, "first")),
      this.#sums().map((name) => varLine(name, "vec4<f32>(0.0)")),
      block(`for (var p = first; p < last; p += ${depth}u)`, [
        "workgroupBarrier();",
        this.#sides.map((side) => this.#writes(side)),
        "workgroupBarrier();",
        this.#sides.map((side) => this.#reads(side, `p + ${depth}u`)),
        this.#products(),
      ]),
      this.#stores(),
    ];
    return shaderText({
      title: `gemm in tiles of ${rows} × ${columns}${this.#isPartial ? ", to partials" : ""}`,
      params: this.params.fields,
      bindings: this.bindings.list,
      helpers: [
        ending.helpers,
        this.#starts().map(({ name }) => `var<private> start_${name}: u32;`),
        this.#sides.map(({ name, tile }) =>
          `var<workgroup> tile_${name}: array<vec4<f32>, ${depth * (tile / 4 + 1)}>;`
        ),
        this.#sides.map((side) => this.#readFunction(side)),
        ending.code,
        this.#storeFunction(),
      ],
      threads: threadsOf(this.#tile),
      knows: "group",
      body,
    });
  }

  /** The workgroup's tile and part, and the thread's place in the tile. */
  #place(): Code {
    const { rows, columns, threadColumns } = this.#tile;
    const across = columns / threadColumns;
    return [
      "let number = group.x + group.y * params.row;",
      "let tile = number / params.parts % params.tiles;",
      "let item = number / params.parts / params.tiles;",
      block("if (item >= params.items)", "return;"),
      indexLines("item", this.#batch),
      this.#starts().map((walk) => {
        const steps = walk.steps.map((step, axis) => this.#batch.includes(axis) ? step : "zero");
        return setLine(`start_${walk.name}`, placeOf({ ...walk, steps }, indexName));
      }),
      letLine("row", `tile / params.across * ${rows}u`),
      letLine("column", `tile % params.across * ${columns}u`),
      letLine("own_a", `local / ${across}u`),
      letLine("own_b", `local % ${across}u`),
      "let first = number % params.parts * params.part;",
      "let end = min(first + params.part, params.k);",
      "let last = min(first + params.part, params.steps);",
    ];
  }

  /** The walks that start elsewhere for each product of a batch. */
  #starts(): Walk[] {
    const { a, b, c } = this.#walks;
    const all = new Set([a, b, ...this.#isPartial ? [] : [c], ...this.#beside]);
    return this.#batch.length === 0 ? [] : [...all];
  }

  /** An element of a matrix of the batch, at places along its two axes. */
  #at(walk: Walk, place: (axis: number) => string): string {
    const first = this.#batch.length;
    if (first === 0) return placeOf(walk, place);
    const steps = walk.steps.map((step, axis) => this.#batch.includes(axis) ? "zero" : step);
    return placeOf({ ...walk, steps }, (axis) => place(axis - first), `start_${walk.name}`);
  }

  /** Four neighbours along the outer axis at an inner place; zeros beyond the edges. */
  #readFunction(side: Side): Code {
    const { name, operand, outer, length } = side;
    const walk = this.#walks[name];
    const element = (k: number): string => {
      const place = this.#at(walk, (axis) => axis !== outer ? "q" : later("i", k));
      return this.bindings.load(operand, place);
    };
    return block(`fn read_${name}(i: u32, q: u32, end: u32) -> vec4<f32>`, [
      block(`if (q < end && i + 3u < params.${length})`, [
        `return vec4<f32>(`,
        four.map((k) => `  ${element(k)},`),
        ");",
      ]),
      "var some = vec4<f32>(0.0);",
      block(`if (q < end && i < params.${length})`, [
        `some.x = ${element(0)};`,
        [1, 2].map((k) =>
          block(`if (${later("i", k)} < params.${length})`, `some[${k}] = ${element(k)};`)
        ),
      ]),
      "return some;",
    ]);
  }

  /** The vectors of a tile that the thread moves: their place in the tile. */
  #moved(side: Side): { readonly outer: string; readonly inner: string; readonly k: number }[] {
    const { depth } = this.#tile;
    const threads = threadsOf(this.#tile);
    const vectors = side.tile / 4;
    const count = Math.ceil(vectors * depth / threads);
    const isInnerFast =
      stepOf(side.operand.strides[this.#batch.length + 1 - side.outer]!) === "unit";
    return Array.from({ length: count }, (_, k) => {
      const vector = k === 0 ? "local" : `(local + ${k * threads}u)`;
      return isInnerFast
        ? { outer: `${vector} / ${depth}u`, inner: `${vector} % ${depth}u`, k }
        : { outer: `${vector} % ${vectors}u`, inner: `${vector} / ${vectors}u`, k };
    });
  }

  #reads(side: Side, from: string): Code {
    const { name } = side;
    const start = name === "a" ? "row" : "column";
    const declare = from === "first" ? "var " : "";
    return this.#moved(side).map(({ outer, inner, k }) =>
      `${declare}next_${name}${k} = read_${name}(${start} + ${outer} * 4u, ${from} + ${inner}, end);`
    );
  }

  #writes(side: Side): Code {
    const width = side.tile / 4 + 1;
    return this.#moved(side).map(({ outer, inner, k }) =>
      `tile_${side.name}[${inner} * ${width}u + ${outer}] = next_${side.name}${k};`
    );
  }

  /** The names of a thread's sums: a row of the tile, and four columns of it. */
  #sums(): string[] {
    const { threadRows, threadColumns } = this.#tile;
    return Array.from(
      { length: threadRows },
      (_, i) => Array.from({ length: threadColumns / 4 }, (_, j) => `sum${i}_${j}`),
    ).flat();
  }

  #products(): Code {
    const { depth, unroll } = this.#tile;
    const turns = Array.from({ length: unroll }, (_, u) => this.#turn(u));
    return block(`for (var q = 0u; q < ${depth}u; q += ${unroll}u)`, turns);
  }

  /** The products of one step of the inner axis. */
  #turn(u: number): Code {
    const step = u === 0 ? "q" : `(q + ${u}u)`;
    const loads = this.#sides.map(({ name, tile, thread }) => {
      const width = tile / 4 + 1;
      return Array.from({ length: thread / 4 }, (_, n) => {
        const own = later(`own_${name}`, n * tile / thread);
        return letLine(`${name}${n}`, `tile_${name}[${step} * ${width}u + ${own}]`);
      });
    });
    const { threadRows, threadColumns } = this.#tile;
    const sums = Array.from(
      { length: threadRows },
      (_, i) =>
        Array.from({ length: threadColumns / 4 }, (_, j) => {
          const left = `vec4<f32>(a${Math.floor(i / 4)}.${"xyzw"[i % 4]})`;
          return `sum${i}_${j} = fma(${left}, b${j}, sum${i}_${j});`;
        }),
    );
    return block("", [loads, sums]);
  }

  /** The ending as a function of the sum and what else it reads. */
  #endingFunction(): { readonly code: Code; readonly helpers: Code } {
    const { body, operands } = this.#ending;
    if (operands.length === 0 && body.kind === "input") return { code: [], helpers: [] };
    const names = ["sum", ...operands.map((_, k) => `y${k}`)];
    const { code, values, helpers } = emitExprs([body], names);
    const types = ["float32", ...operands.map(({ dtype }) => dtype)].map((dtype) =>
      laneTypes[dtype as DeviceLane].value
    );
    const args = names.map((name, k) => `${name}: ${types[k]}`).join(", ");
    return {
      code: block(`fn ending(${args}) -> ${laneTypes[body.dtype as DeviceLane].value}`, [
        code,
        `return ${values[0]};`,
      ]),
      helpers: helperTexts(helpers),
    };
  }

  /** Stores four neighbours of a row of the result, up to its edges. */
  #storeFunction(): Code {
    return block("fn store(i: u32, j: u32, number: u32, sums: vec4<f32>)", [
      block(
        "if (i < params.m)",
        four.map((k) =>
          block(`if (${later("j", k)} < params.n)`, this.#store(`sums[${k}]`, later("j", k)))
        ),
      ),
    ]);
  }

  #store(sum: string, j: string): Code {
    const index = (axis: number): string => axis === 0 ? "i" : j;
    if (this.#isPartial) {
      return `partials[(number * params.m + i) * params.n + ${j}] = ${sum};`;
    }
    const { operand } = this.#walks.c;
    const beside = this.#beside.map((walk) =>
      this.bindings.load(walk.operand, this.#at(walk, index))
    );
    const isPlain = beside.length === 0 && this.#ending.body.kind === "input";
    const value = isPlain ? sum : `ending(${[sum, ...beside].join(", ")})`;
    return this.bindings.store(operand, this.#at(this.#walks.c, index), value);
  }

  #stores(): Code {
    const { rows, columns, threadRows, threadColumns } = this.#tile;
    return [
      "let i = row + own_a * 4u;",
      "let j = column + own_b * 4u;",
      "let result = number % params.parts * params.items + item;",
      Array.from({ length: threadRows }, (_, i) => {
        const below = Math.floor(i / 4) * 4 * rows / threadRows + i % 4;
        return Array.from({ length: threadColumns / 4 }, (_, j) => {
          const right = j * 4 * columns / threadColumns;
          return `store(${later("i", below)}, ${later("j", right)}, result, sum${i}_${j});`;
        });
      }),
    ];
  }
}

/** The four places in a vector. */
const four = [0, 1, 2, 3] as const;

/** A place so much later. */
function later(place: string, by: number): string {
  return by === 0 ? place : `${place} + ${by}u`;
}
