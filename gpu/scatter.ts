/**
 * @file Elements set or increased at indices on devices, as if in loop order.
 *
 * ```text
 * check                                            a reduction, see indices.ts
 * for each turn p of the loops that move an index, or do not move the target
 *   pairs[p] = (base(p) + Σ index·stride, p)       the key: where the turn leads
 * put the pairs in order                           see merge.ts
 * for each pair s that is the first of its key, each turn f of the other loops
 *   for each pair t from s on with the same key    in loop order
 *     target[key + base(f)] becomes, or grows by, value[p…, f…]
 * ```
 *
 * The other loops walk axes of the target that the keys do not, so different keys never meet. Every
 * element has one writer, which goes through its values as the host does: the last one wins, and
 * sums have the same bits. Where the check finds an index out of range, nothing is written. A key
 * that very many turns share keeps one thread busy for long.
 */

import type { IndexedAxis, Operand, ScatterKernel } from "../core/kernel/kernel.ts";
import { isZero, Sizes } from "../core/kernel/size.ts";
import { Builder } from "../core/scalar/expr.ts";
import {
  type DeviceLimits,
  inTurn,
  type KernelCode,
  noFault,
  type Shader,
  shaderOf,
} from "./code.ts";
import { emitExprs, type Emitted } from "./emit.ts";
import { countOf, gridOf, indexLines, threads } from "./grid.ts";
import { helperTexts } from "./helpers.ts";
import { checkCode, IndexReader, isDeviceIndex, movingAxes } from "./indices.ts";
import { Bindings, indexName, Params, placeOf } from "./operands.ts";
import type { Schedules } from "./schedules.ts";
import { Blocks, Merge, run } from "./merge.ts";
import { isDeviceDType } from "./spelling.ts";
import { block, type Code, letLine, setLine, type ShaderParts, shaderText } from "./text.ts";

/** The code of a scatter; undefined where something in it has no form on devices. */
export function scatterCode(
  kernel: ScatterKernel,
  limits: DeviceLimits,
  schedules: Schedules,
): KernelCode | undefined {
  const { dims, target, indices } = kernel;
  if (!isDeviceDType(target.dtype) || !indices.every(isDeviceIndex)) return undefined;
  const check = checkCode(dims, indices, limits, schedules);
  return check && inTurn([check, new ScatterWriter(kernel, limits).code()]);
}

/** The workspaces of pairs. */
const [first, second] = [0, 1] as const;

/** A key and a turn. */
const pair = "vec2<u32>";

class ScatterWriter {
  readonly #kernel: ScatterKernel;
  readonly #limits: DeviceLimits;
  /** The loops that may lead to one place at several turns, and the others. */
  readonly #moving: readonly number[];
  readonly #still: readonly number[];

  constructor(kernel: ScatterKernel, limits: DeviceLimits) {
    this.#kernel = kernel;
    this.#limits = limits;
    const indexed = movingAxes(kernel.indices);
    const axes = [...kernel.dims.keys()];
    this.#moving = axes.filter((axis) =>
      indexed.includes(axis) || isZero(kernel.target.strides[axis]!)
    );
    this.#still = axes.filter((axis) => !this.#moving.includes(axis));
  }

  code(): KernelCode {
    const { dims } = this.#kernel;
    const limits = this.#limits;
    const [{ blocks, ...keys }, merge] = [this.#keys(), new Merge(pair)];
    const applies = [first, second].map((pairs) => this.#apply(pairs));
    return {
      shaders: [
        keys.shader,
        merge.shader(first, second),
        merge.shader(second, first),
        ...applies.map(({ shader }) => shader),
      ],
      plan: (sizeOf) => {
        const turns = countOf(this.#moving.map((axis) => dims[axis]!), sizeOf);
        const others = countOf(this.#still.map((axis) => dims[axis]!), sizeOf);
        const row = { rows: 1, length: turns };
        const ordered = blocks.plan(row, limits);
        const merges = merge.plan(row, [1, 2], limits);
        const where = merges.launches.length % 2;
        const { groups, stride } = gridOf(turns * others, limits.groups);
        const ofKeys = keys.params.words(sizeOf, ordered.planned);
        const ofApply = applies[where]!.params.words(sizeOf, { stride, turns, others });
        return {
          launches: [
            { shader: 0, params: ofKeys, groups: ordered.groups },
            ...merges.launches,
            { shader: 3 + where, params: ofApply, groups },
          ],
          workspaces: merges.workspaces,
        };
      },
    };
  }

  /** Pairs in blocks that are in order. */
  #keys(): { readonly shader: Shader; readonly params: Params; readonly blocks: Blocks } {
    const { dims, target, indices } = this.#kernel;
    const params = new Params();
    const blocks = new Blocks(pair, params);
    this.#moving.forEach((axis) => params.size(`n${axis}`, dims[axis]!));
    const reader = new IndexReader(onAxes(indices, this.#moving));
    reader.addTo(params);
    const base = params.walk("goal", onlyAlong(target, this.#moving));
    const bindings = new Bindings(reader.operands, []);
    bindings.add("sorted", workspace(first), { type: pair });
    const parts: ShaderParts = {
      title: "where the turns of a scatter lead",
      params: params.fields,
      bindings: bindings.list,
      helpers: blocks.helpers,
      threads: run,
      knows: "group",
      body: [
        blocks.begin,
        block("if (isOne)", [
          indexLines("at", this.#moving),
          reader.lines(bindings),
          `item.x = ${placeOf(base, indexName)} + shift;`,
        ]),
        blocks.end,
      ],
    };
    const shader = shaderOf(bindings.resources, () => shaderText(parts));
    return { shader, params, blocks };
  }

  /** The writes, in the order of the pairs in a workspace. */
  #apply(pairs: number): { readonly shader: Shader; readonly params: Params } {
    const { dims, target, value, accumulate } = this.#kernel;
    const params = new Params();
    params.planned("stride", "threads in a row of the grid");
    params.planned("turns");
    params.planned("others");
    dims.forEach((size, axis) => params.size(`n${axis}`, size));
    const from = params.walk("value", value);
    const beside = params.moves("goal", onlyAlong(target, this.#still));
    const bindings = new Bindings([value], [target]);
    bindings.add("sorted", workspace(pairs), { type: pair });
    bindings.add("status", { kind: "status", isWritten: true });
    const place = placeOf(beside, indexName, "key");
    const next = bindings.load(value, placeOf(from, indexName));
    const parts: ShaderParts = {
      title: `scatter ${target.dtype}${accumulate ? ", added up" : ""}`,
      params: params.fields,
      bindings: bindings.list,
      helpers: accumulate ? helperTexts(this.#sum().helpers) : [],
      threads,
      knows: "id",
      body: [
        "let thread = id.x + id.y * params.stride;",
        block(
          `if (thread >= params.turns * params.others || status[0] != ${noFault}u)`,
          "return;",
        ),
        "let other = thread % params.others;",
        "let pair = thread / params.others;",
        "let key = sorted[pair].x;",
        indexLines("other", this.#still),
        this.#write(bindings, place, next),
      ],
    };
    return { shader: shaderOf(bindings.resources, () => shaderText(parts)), params };
  }

  /** What a total becomes; of bools, whether any is true. */
  #sum(): Emitted {
    const s = new Builder();
    const { dtype } = this.#kernel.target;
    const [total, next] = [s.input(0, dtype), s.input(1, dtype)];
    return emitExprs([dtype === "bool" ? s.or(total, next) : s.add(total, next)], [
      "total",
      "next",
    ]);
  }

  #write(bindings: Bindings, place: string, next: string): Code {
    const { accumulate, target } = this.#kernel;
    const turn = [letLine("turn", "sorted[pair].y"), indexLines("turn", this.#moving)];
    if (!accumulate) {
      return [
        block("if (pair + 1u < params.turns && sorted[pair + 1u].x == key)", "return;"),
        turn,
        bindings.store(target, place, next),
      ];
    }
    return [
      block("if (pair > 0u && sorted[pair - 1u].x == key)", "return;"),
      letLine("place", place),
      `var total = ${bindings.load(target, "place")};`,
      block("for (var k = pair; k < params.turns && sorted[k].x == key; k++)", [
        letLine("turn", "sorted[k].y"),
        indexLines("turn", this.#moving),
        letLine("next", next),
        setLine("total", this.#sum().values[0]!),
      ]),
      bindings.store(target, "place", "total"),
    ];
  }
}

function workspace(k: number): Shader["resources"][number] {
  return { kind: "workspace", workspace: k, isWritten: true };
}

/** Indices as loops see them that are the moving ones alone. */
function onAxes(indices: readonly IndexedAxis[], axes: readonly number[]): IndexedAxis[] {
  return indices.map((x) => ({ ...x, index: onlyAlong(x.index, axes) }));
}

/** An operand that moves along some axes only. */
function onlyAlong(operand: Operand, axes: readonly number[]): Operand {
  const zero = new Sizes().const(0);
  const strides = operand.strides.map((size, axis) => axes.includes(axis) ? size : zero);
  return { ...operand, strides };
}
