/**
 * @file Running sums and their kin on devices: along each row, what has been combined so far.
 *
 * ```text
 * each workgroup: `across` rows, `along` threads each, one of `parts` of the columns
 *   for begin < part step along
 *     x = in[row, begin + lane]
 *     for width = 1, 2, 4 … while below along      neighbours, then neighbours of neighbours
 *       x = combine(x of the thread width before, x)
 *     x = combine(total, x), but for the first turn
 *     out[row, begin + lane] = x;  total = x of the last thread
 * of several parts
 *   the totals of a row's parts, the same way
 *   for each column but those of the first part
 *     out[row, column] = combine(total of the parts before, out[row, column])
 * ```
 *
 * The order depends on nothing but sizes.
 */

import { stepOf } from "../core/kernel/index_map.ts";
import type { CumulativeKernel, Operand } from "../core/kernel/kernel.ts";
import {
  type DeviceLimits,
  type KernelCode,
  type Launch,
  type Shader,
  shaderOf,
  type SizeOf,
} from "./code.ts";
import { emitExprs } from "./emit.ts";
import { countOf, gridOf, groupsOf, indexLines, threads as threadsOfGrid } from "./grid.ts";
import { helperTexts } from "./helpers.ts";
import {
  Bindings,
  fromWords,
  indexName,
  Params,
  placeOf,
  toWords,
  type Walk,
  wordCount,
} from "./operands.ts";
import { type ReduceOrder, sharingOf } from "./reduce_schedule.ts";
import type { Schedules } from "./schedules.ts";
import { type DeviceLane, hasDeviceForm, isDeviceDType, laneTypes } from "./spelling.ts";
import { block, type Code, letLine, setLine, shaderText } from "./text.ts";

/** The code of a cumulative kernel; undefined where something in it has no form on devices. */
export function cumulativeCode(
  kernel: CumulativeKernel,
  limits: DeviceLimits,
  { reduce: { order } }: Schedules,
): KernelCode | undefined {
  const { input, output, combine } = kernel;
  const hasForm = isDeviceDType(input.dtype) && hasDeviceForm([combine]);
  if (!hasForm) return undefined;
  const isRow = runsAlong(input);
  const whole = new ScanWriter(kernel, { of: "elements", isRow, hasTotals: false }, order);
  const first = new ScanWriter(kernel, { of: "elements", isRow, hasTotals: true }, order);
  const second = new ScanWriter(kernel, { of: "totals", isRow: true, hasTotals: false }, order);
  const spread = new SpreadWriter(kernel);
  return {
    shaders: [whole, first, second, spread].map((w) => shaderOf(w.resources, () => w.text())),
    plan: (sizeOf) => {
      const { dims } = kernel;
      const rows = countOf(dims.slice(0, -1), sizeOf);
      const length = sizeOf(dims.at(-1)!);
      const call = { sizeOf, limits, rows };
      const cut = cutOf(order, { rows, length, isRow });
      if (cut.parts === 1) {
        return { launches: [whole.launch(0, length, cut, call)], workspaces: [] };
      }
      const ofTotals = cutOf(order, { rows, length: cut.parts, isRow: true });
      const onePart = { along: ofTotals.along, part: cut.parts, parts: 1 };
      return {
        launches: [
          first.launch(1, length, cut, call),
          second.launch(2, cut.parts, onePart, call),
          spread.launch(3, length, cut, call),
        ],
        workspaces: [rows * cut.parts * wordCount(output.dtype as DeviceLane)],
      };
    },
  };
}

/** Whether the columns lie next to each other, as far as strides show it. */
function runsAlong({ strides }: Operand): boolean {
  const steps = strides.map(stepOf);
  return steps.length === 1 || steps.at(-1) !== "any" || steps.at(-2) === "any";
}

/** How rows are cut up. */
interface Cut {
  /** Threads that share a row. */
  readonly along: number;
  /** Columns in a part, a multiple of the threads unless there is one part. */
  readonly part: number;
  readonly parts: number;
}

function cutOf(
  order: ReduceOrder,
  { rows, length, isRow }: { readonly rows: number; readonly length: number; isRow: boolean },
): Cut {
  const { along, parts } = sharingOf(order, {
    kept: rows,
    reduced: length,
    isRow,
    isFree: true,
  });
  const part = Math.ceil(length / (parts * along)) * along;
  return { along, part, parts: Math.max(1, Math.ceil(length / Math.max(part, 1))) };
}

/** What all launches of a call know. */
interface Call {
  readonly sizeOf: SizeOf;
  readonly limits: DeviceLimits;
  readonly rows: number;
}

/** What a pass goes along. */
interface Pass {
  /** The elements, or the totals of parts, in place. */
  readonly of: "elements" | "totals";
  /** Whether neighbouring threads have neighbouring columns, or neighbouring rows. */
  readonly isRow: boolean;
  /** Whether it leaves the total of each part. */
  readonly hasTotals: boolean;
}

/** The totals of parts: words of a workspace. */
const totalsOf = { kind: "workspace", workspace: 0, isWritten: true } as const;

/** What the shaders of a cumulative kernel have in common. */
class Writer {
  readonly params = new Params();
  protected readonly kernel: CumulativeKernel;
  protected readonly lane: DeviceLane;
  /** The type of an element in a shader. */
  protected readonly type: string;

  constructor(kernel: CumulativeKernel) {
    this.kernel = kernel;
    this.lane = kernel.output.dtype as DeviceLane;
    this.type = laneTypes[this.lane].value;
  }

  /** The lengths of the loops over rows. */
  protected addRows(): void {
    this.kernel.dims.slice(0, -1).forEach((size, axis) => this.params.size(`n${axis}`, size));
  }

  /** The loop indices of a row and a column. */
  protected indices(row: string, column: string): Code {
    const last = this.kernel.dims.length - 1;
    const rows = [...this.kernel.dims.keys()].slice(0, -1);
    return [indexLines(row, rows), letLine(indexName(last), column)];
  }

  /** The function that combines, and what it calls. */
  protected get combine(): Code {
    const { code, values, helpers } = emitExprs([this.kernel.combine], ["x", "y"]);
    return [
      helperTexts(helpers),
      block(`fn combine(x: ${this.type}, y: ${this.type}) -> ${this.type}`, [
        code,
        `return ${values[0]};`,
      ]),
    ];
  }

  /** The words of a total. */
  protected totalWords(place: string): string[] {
    const count = wordCount(this.lane);
    return Array.from(
      { length: count },
      (_, k) => `totals[${count === 1 ? place : `${count}u * (${place}) + ${k}u`}]`,
    );
  }

  protected storeTotal(place: string, value: string): Code {
    const words = toWords(this.lane, value);
    return this.totalWords(place).map((word, k) => setLine(word, words[k]!));
  }

  protected loadTotal(place: string): string {
    return fromWords(this.lane, this.totalWords(place));
  }
}

/** A pass along parts of rows. */
class ScanWriter extends Writer {
  readonly #bindings: Bindings;
  readonly #pass: Pass;
  readonly #threads: number;
  readonly #walks: readonly [input: Walk, output: Walk] | undefined;

  constructor(kernel: CumulativeKernel, pass: Pass, { lanes }: ReduceOrder) {
    super(kernel);
    this.#pass = pass;
    this.#threads = lanes;
    const { params } = this;
    params.planned("groups", "workgroups in a row of the grid");
    params.planned("along", "threads that share a row");
    params.planned("parts", "cut into so many, each a workgroup's");
    params.planned("part", "columns in a part");
    params.planned("rows");
    params.planned("length", "columns");
    const { input, output } = kernel;
    const isOfElements = pass.of === "elements";
    this.#bindings = isOfElements ? new Bindings([input], [output]) : new Bindings([], []);
    if (isOfElements) {
      this.addRows();
      this.#walks = [params.walk("source", input), params.walk("out", output)];
    }
    if (pass.hasTotals || !isOfElements) this.#bindings.add("totals", totalsOf);
  }

  get resources(): Shader["resources"] {
    return this.#bindings.resources;
  }

  /** The launch of this pass over rows of a length. */
  launch(shader: number, length: number, { along, part, parts }: Cut, call: Call): Launch {
    const across = this.#threads / along;
    const count = length === 0 ? 0 : Math.ceil(call.rows / across) * parts;
    const groups = groupsOf(count, call.limits.groups);
    const planned = { groups: groups[0], along, parts, part, rows: call.rows, length };
    return { shader, params: this.params.words(call.sizeOf, planned), groups };
  }

  text(): string {
    const { of, hasTotals } = this.#pass;
    const what = of === "totals" ? "totals of parts" : hasTotals ? "parts of rows" : "rows";
    return shaderText({
      title: `${what} of ${this.lane}, combined so far`,
      params: this.params.fields,
      bindings: this.#bindings.list,
      helpers: [
        this.combine,
        `var<workgroup> found: array<${this.type}, ${this.#threads}>;`,
      ],
      threads: this.#threads,
      knows: "group",
      body: [
        this.#place(),
        `var total: ${this.type};`,
        block("for (var begin = first; begin < end; begin += params.along)", this.#turn()),
        hasTotals
          ? block("if (lane == 0u && row < params.rows)", [
            this.storeTotal("row * params.parts + number % params.parts", "total"),
          ])
          : [],
      ],
    });
  }

  /** The part and row of a thread; the threads of its row are `step` apart from `base` on. */
  #place(): Code {
    const [lane, column, base, step] = this.#pass.isRow
      ? ["local % params.along", "local / params.along", "local - lane", "1u"]
      : ["local / across", "local % across", "local % across", "across"];
    return [
      "let number = group.x + group.y * params.groups;",
      `let across = ${this.#threads}u / params.along;`,
      letLine("lane", lane),
      letLine("row", `number / params.parts * across + ${column}`),
      letLine("base", base),
      letLine("step", step),
      "let first = number % params.parts * params.part;",
      "let end = min(first + params.part, params.length);",
    ];
  }

  #turn(): Code {
    return [
      "let at = begin + lane;",
      "let isOne = row < params.rows && at < end;",
      `var x: ${this.type};`,
      block("if (isOne)", this.#load()),
      "found[local] = x;",
      block("for (var width = 1u; width < params.along; width *= 2u)", [
        "workgroupBarrier();",
        "let before = found[local - min(width, lane) * step];",
        "workgroupBarrier();",
        block("if (lane >= width)", ["x = combine(before, x);", "found[local] = x;"]),
      ]),
      block("if (begin > first)", "x = combine(total, x);"),
      "found[local] = x;",
      "workgroupBarrier();",
      "total = found[base + (params.along - 1u) * step];",
      "workgroupBarrier();",
      block("if (isOne)", this.#store()),
    ];
  }

  #load(): Code {
    if (!this.#walks) return setLine("x", this.loadTotal("row * params.length + at"));
    const [{ operand }] = this.#walks;
    const element = this.#bindings.load(operand, placeOf(this.#walks[0], indexName));
    return [this.indices("row", "at"), setLine("x", element)];
  }

  #store(): Code {
    if (!this.#walks) return this.storeTotal("row * params.length + at", "x");
    const [, out] = this.#walks;
    const stored = this.#bindings.store(out.operand, placeOf(out, indexName), "x");
    return [this.indices("row", "at"), stored];
  }
}

/** The totals of the parts before joined to each element after the first part. */
class SpreadWriter extends Writer {
  readonly #bindings: Bindings;
  readonly #walk: Walk;

  constructor(kernel: CumulativeKernel) {
    super(kernel);
    const { params } = this;
    params.planned("stride", "threads in a row of the grid");
    params.planned("count");
    params.planned("parts", "cut into so many");
    params.planned("part", "columns in a part");
    params.planned("rest", "columns after the first part");
    this.addRows();
    this.#walk = params.walk("out", kernel.output);
    this.#bindings = new Bindings([], [kernel.output]);
    this.#bindings.add("totals", totalsOf);
  }

  get resources(): Shader["resources"] {
    return this.#bindings.resources;
  }

  /** The launch over rows of a length. */
  launch(shader: number, length: number, { part, parts }: Cut, call: Call): Launch {
    const rest = length - part;
    const count = call.rows * rest;
    const { groups, stride } = gridOf(count, call.limits.groups);
    const planned = { stride, count, parts, part, rest };
    return { shader, params: this.params.words(call.sizeOf, planned), groups };
  }

  text(): string {
    const { operand } = this.#walk;
    const place = placeOf(this.#walk, indexName);
    return shaderText({
      title: `parts of rows of ${this.lane}, combined with those before`,
      params: this.params.fields,
      bindings: this.#bindings.list,
      helpers: this.combine,
      threads: threadsOfGrid,
      knows: "id",
      body: [
        "let thread = id.x + id.y * params.stride;",
        block("if (thread >= params.count)", "return;"),
        "let row = thread / params.rest;",
        "let at = params.part + thread % params.rest;",
        letLine("before", this.loadTotal("row * params.parts + at / params.part - 1u")),
        this.indices("row", "at"),
        letLine("x", this.#bindings.load(operand, place)),
        this.#bindings.store(operand, place, "combine(before, x)"),
      ],
    });
  }
}
