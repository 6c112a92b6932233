/**
 * @file Reductions on devices: for each kept index, accumulates over the others.
 *
 * ```text
 * each workgroup: `across` kept elements, `along` threads each, one of `parts` of what is reduced
 *   total = identity
 *   for each block of the part                   a new total a block
 *     block = identity
 *     for r < block step along
 *       block = combine(block, value(…))
 *     total = combine(total, block)
 *   fold the totals of the `along` threads, halving
 *   out = finish(total)                          or, of several parts, a partial
 * of several parts, a second pass reduces the partials
 * ```
 *
 * The order never depends on anything but sizes: a schedule only says how many threads a workgroup
 * has, and how many turns of the inner loop are written as one. A reduction whose order is not free has one thread
 * an element, and goes through it in order.
 *
 * Accuracy: what accumulates in float64 elsewhere does so in float32 here. A sum of n numbers is
 * then off by at most (b + n / (b·t) + log₂ t)·2^−24·Σ|x|, for blocks of b = 64 turns and t threads
 * that share an element: its terms pass so many roundings, not n.
 */

import { stepOf } from "../core/kernel/index_map.ts";
import type { ReduceKernel } from "../core/kernel/kernel.ts";
import { type Expr, inOrder } from "../core/scalar/expr.ts";
import { type DeviceLimits, type KernelCode, type Launch, shaderOf, type SizeOf } from "./code.ts";
import { emitExprs } from "./emit.ts";
import { countOf, groupsOf, indexLines, strides } from "./grid.ts";
import { type Helper, helperTexts } from "./helpers.ts";
import { narrowed } from "./narrow.ts";
import {
  addIntegers,
  Bindings,
  fromWords,
  indexName,
  inputsUsed,
  integerNames,
  Params,
  placeOf,
  toWords,
  type Walk,
  wordCount,
} from "./operands.ts";
import { groupFor, groupSizes, type ReduceSchedule } from "./reduce_schedule.ts";
import { type Sharing, sharingOf } from "./reduce_schedule.ts";
import { type DeviceLane, hasDeviceForm, isDeviceDType, laneTypes } from "./spelling.ts";
import { block, callText, type Code, letLine, shaderText } from "./text.ts";

/** Totals of all threads of a workgroup fit in its memory up to so many words of a thread. */
const mostWords = 16;

/**
 * The code of a reduction; undefined where something in it has no form on devices.
 *
 * @param kernel The kernel.
 * @param limits What the device allows.
 * @param schedule How threads are shared out.
 */
export function reduceCode(
  kernel: ReduceKernel,
  limits: DeviceLimits,
  schedule: ReduceSchedule,
): KernelCode | undefined {
  const narrow = narrowReduce(kernel);
  if (narrow === undefined || countWords(lanesOf(narrow)) > mostWords) return undefined;
  const isFree = kernel.reassociate;
  const made = isFree ? passes : [passes[direct]];
  const writers = groupSizes(schedule).flatMap((threads) =>
    made.map((pass) => new ReduceWriter(narrow, pass, { ...schedule, threads }))
  );
  const launchOf = (pass: number, reduced: number, sharing: Sharing, call: Call): Launch => {
    const shader = made.length * groupFor(schedule, sharing.along) + pass;
    return writers[shader]!.launch(shader, reduced, sharing, call);
  };
  const isRow = runsAlong(kernel);
  return {
    shaders: writers.map((writer) => shaderOf(writer.bindings.resources, () => writer.text())),
    plan: (sizeOf) => {
      const kept = countOf(kernel.dims.slice(0, kernel.kept), sizeOf);
      const reduced = countOf(kernel.dims.slice(kernel.kept), sizeOf);
      const sharing = sharingOf(schedule.order, { kept, reduced, isRow, isFree });
      const call = { sizeOf, limits, kept };
      if (sharing.parts === 1) {
        return { launches: [launchOf(direct, reduced, sharing, call)], workspaces: [] };
      }
      const { parts } = sharing;
      const rest = sharingOf(schedule.order, { kept, reduced: parts, isRow: false, isFree });
      return {
        launches: [
          launchOf(toPartials, reduced, sharing, call),
          launchOf(fromPartials, parts, { ...rest, parts: 1 }, call),
        ],
        workspaces: [countWords(lanesOf(narrow)) * parts * kept],
      };
    },
  };
}

/** The kernel with bodies in dtypes that devices have. */
function narrowReduce(kernel: ReduceKernel): ReduceKernel | undefined {
  const { inputs, extras, outputs, params, counters, identity } = kernel;
  const ofValues = { first: inputs.length, params: params.length, counters: counters.length };
  const first = identity.length + extras.length;
  const ofFinish = { first, params: params.length, counters: 0 };
  const none = { first: 0, params: 0, counters: 0 };
  const float64 = identity.some((e) => e.dtype === "float64") ? "float32" : "float64";
  if (!kernel.values.every(isSimplyWide)) return undefined;
  const values = narrowed(kernel.values, ofValues, float64);
  const start = narrowed(identity, none, float64);
  const combine = narrowed(kernel.combine, none, float64);
  const finish = narrowed(kernel.finish, ofFinish, float64);
  const operands = [...inputs, ...extras, ...outputs];
  const isNarrow = operands.every(({ dtype }) => isDeviceDType(dtype)) &&
    hasDeviceForm([...values, ...start, ...combine, ...finish]);
  return isNarrow ? { ...kernel, values, identity: start, combine, finish } : undefined;
}

/** Whether a value is float64 only in the end, where a narrower float is accumulated as one. */
function isSimplyWide(e: Expr): boolean {
  const below = inOrder([e]).filter((x) => x !== e);
  if (below.some((x) => x.dtype === "float64")) return false;
  return e.dtype !== "float64" || e.kind === "const" ||
    (e.kind === "call" && e.primitive === "convert" && /^float(16|32)$/.test(e.args[0]!.dtype));
}

/** Whether reduced elements lie next to each other, as far as strides show it. */
function runsAlong({ dims, kept, inputs }: ReduceKernel): boolean {
  const gathered = (axis: number): number =>
    inputs.filter((x) => stepOf(x.strides[axis]!) === "any").length;
  return kept === 0 || (kept < dims.length && gathered(dims.length - 1) <= gathered(kept - 1));
}

/** The lanes of the accumulators, if devices have them. */
function lanesOf({ identity }: ReduceKernel): DeviceLane[] {
  return identity.map((e) => e.dtype as DeviceLane);
}

function countWords(lanes: readonly DeviceLane[]): number {
  return lanes.reduce((n, lane) => n + wordCount(lane), 0);
}

/** What a pass reduces, and what it makes. */
interface Pass {
  readonly from: "inputs" | "partials";
  readonly to: "partials" | "outputs";
}

/** The passes there are. */
const passes: readonly [Pass, Pass, Pass] = [
  { from: "inputs", to: "outputs" },
  { from: "inputs", to: "partials" },
  { from: "partials", to: "outputs" },
];
const [direct, toPartials, fromPartials] = [0, 1, 2] as const;

/** What all launches of a call know. */
interface Call {
  readonly sizeOf: SizeOf;
  readonly limits: DeviceLimits;
  /** How many elements are kept. */
  readonly kept: number;
}

class ReduceWriter {
  readonly params = new Params();
  readonly bindings: Bindings;
  readonly #kernel: ReduceKernel;
  readonly #pass: Pass;
  readonly #schedule: ReduceSchedule;
  readonly #isRow: boolean;
  readonly #inputs: readonly (readonly [name: string, Walk])[];
  readonly #extras: readonly (readonly [name: string, Walk])[];
  readonly #outputs: readonly Walk[];
  readonly #helpers = new Set<Helper>();

  constructor(kernel: ReduceKernel, pass: Pass, schedule: ReduceSchedule) {
    this.#kernel = kernel;
    this.#pass = pass;
    this.#schedule = schedule;
    this.#isRow = pass.from === "inputs" && runsAlong(kernel);
    const { params } = this;
    params.planned("row", "workgroups in a row of the grid");
    params.planned("along", "threads that share a kept element");
    params.planned("parts", "cut into so many, each a workgroup's");
    params.planned("part", "reduced elements in a part");
    params.planned("kept");
    params.planned("reduced");
    kernel.dims.forEach((size, k) => params.size(`n${k}`, size));
    const { values, finish, inputs, extras, outputs, identity } = kernel;
    const [fromInputs, toOutputs] = [pass.from === "inputs", pass.to === "outputs"];
    const used = fromInputs ? inputsUsed(values) : new Set<number>();
    const ended = toOutputs ? inputsUsed(finish) : new Set<number>();
    const loaded = [...inputs.entries()].filter(([k]) => used.has(k));
    const beside = [...extras.entries()].filter(([k]) => ended.has(identity.length + k));
    const stored = toOutputs ? outputs : [];
    this.bindings = new Bindings([...loaded, ...beside].map(([, o]) => o), stored);
    this.#inputs = loaded.map(([k, o]) => [`x${k}`, params.walk(`in${k}`, o)]);
    this.#extras = beside.map(([k, o]) => [`e${k}`, params.walk(`extra${k}`, o)]);
    this.#outputs = stored.map((o, k) => params.walk(`out${k}`, o));
    addIntegers(params, kernel.params, used, inputs.length, kernel.counters.length);
    addIntegers(params, kernel.params, ended, identity.length + extras.length, 0);
    if (!(fromInputs && toOutputs)) {
      this.bindings.add("partials", { kind: "workspace", workspace: 0, isWritten: true });
    }
  }

  /** The launch of this pass over so many reduced elements. */
  launch(shader: number, reduced: number, { along, parts }: Sharing, call: Call): Launch {
    const across = this.#schedule.threads / along;
    const groups = groupsOf(Math.ceil(call.kept / across) * parts, call.limits.groups);
    const part = Math.ceil(reduced / parts);
    const planned = { row: groups[0], along, parts, part, kept: call.kept, reduced };
    return { shader, params: this.params.words(call.sizeOf, planned), groups };
  }

  text(): string {
    const { inputs, outputs } = this.#kernel;
    const { threads } = this.#schedule;
    const [from, to] = [inputs, outputs].map((all) => all.map((o) => o.dtype).join(", "));
    const { from: source, to: goal } = this.#pass;
    const isWhole = source === "inputs" && goal === "outputs";
    const functions = [this.#totals(), this.#start(), this.#combine()];
    const body = [
      this.#place(),
      "var total = start();",
      block("if (kept < params.kept)", [
        indexLines("kept", this.#axes("kept")),
        this.#accumulate(),
      ]),
      this.#kernel.reassociate ? this.#fold() : [],
      block("if (lane == 0u && kept < params.kept)", [
        goal === "partials" ? this.#storePartials() : this.#finish(),
      ]),
    ];
    return shaderText({
      title: `reduce ${from} → ${to}${isWhole ? "" : `, ${source} to ${goal}`}`,
      params: this.params.fields,
      bindings: this.bindings.list,
      helpers: [helperTexts(this.#helpers), functions],
      threads,
      knows: "group",
      body,
    });
  }

  /** Kept axes, or reduced ones. */
  #axes(which: "kept" | "reduced"): number[] {
    const { dims, kept } = this.#kernel;
    return [...dims.keys()].filter((axis) => (axis < kept) === (which === "kept"));
  }

  #lanes(): DeviceLane[] {
    return lanesOf(this.#kernel);
  }

  #emit(roots: readonly Expr[], names: readonly string[]): { code: Code; values: string[] } {
    const { code, values, helpers } = emitExprs(roots, names);
    helpers.forEach((helper) => this.#helpers.add(helper));
    return { code, values: [...values] };
  }

  #totals(): Code {
    const fields = this.#lanes().map((lane, k) => `a${k}: ${laneTypes[lane].value},`);
    const { threads } = this.#schedule;
    return [
      block("struct Totals", fields),
      this.#kernel.reassociate ? `var<workgroup> totals: array<Totals, ${threads}>;` : [],
    ];
  }

  #start(): Code {
    const { code, values } = this.#emit(this.#kernel.identity, []);
    return block("fn start() -> Totals", [code, `return ${callText("Totals", values)};`]);
  }

  #combine(): Code {
    const { identity, values, combine } = this.#kernel;
    const args = values.map(({ dtype }, k) => `y${k}: ${laneTypes[dtype as DeviceLane].value}`);
    const names = [...identity.map((_, k) => `x.a${k}`), ...values.map((_, k) => `y${k}`)];
    const emitted = this.#emit(combine, names);
    return block(`fn combine(${["x: Totals", ...args].join(", ")}) -> Totals`, [
      emitted.code,
      `return ${callText("Totals", emitted.values)};`,
    ]);
  }

  /** Which kept element the thread works on, and which of those that share it the thread is. */
  #place(): Code {
    const { threads } = this.#schedule;
    const [lane, column] = this.#isRow
      ? ["local % params.along", "local / params.along"]
      : ["local / across", "local % across"];
    return [
      "let number = group.x + group.y * params.row;",
      `let across = ${threads}u / params.along;`,
      letLine("lane", lane),
      `let kept = number / params.parts * across + ${column};`,
    ];
  }

  #accumulate(): Code {
    if (!this.#kernel.reassociate) {
      return block("for (var r = 0u; r < params.reduced; r++)", this.#turn("total"));
    }
    const fields = this.#lanes().map((_, k) => `some.a${k}`);
    const { order, unroll } = this.#schedule;
    return [
      "let first = number % params.parts * params.part;",
      "let end = min(first + params.part, params.reduced);",
      `let block = ${order.block}u * params.along;`,
      block("for (var begin = first; begin < end; begin += block)", [
        "var some = start();",
        "let to = min(begin + block, end);",
        strides("r", "begin + lane", "to", "params.along", unroll, this.#turn("some")),
        `total = ${callText("combine", ["total", ...fields])};`,
      ]),
    ];
  }

  /** Combines what is at place `r` of the reduced axes. */
  #turn(total: string): Code {
    const next = (values: readonly string[]): Code =>
      `${total} = ${callText("combine", [total, ...values])};`;
    if (this.#pass.from === "partials") {
      return next(this.#lanes().map((lane, k) => fromWords(lane, this.#partial(k, "r"))));
    }
    const { inputs, params, counters, values } = this.#kernel;
    const names = [...inputs.map((_, k) => `x${k}`), ...integerNames(params, counters)];
    const emitted = this.#emit(values, names);
    const axes = this.#axes("reduced");
    return [
      indexLines("r", axes),
      this.#inputs.map((x) => this.#load(x)),
      emitted.code,
      next(emitted.values),
    ];
  }

  #load([name, walk]: readonly [name: string, walk: Walk]): Code {
    return letLine(name, this.bindings.load(walk.operand, placeOf(walk, indexName)));
  }

  /** The words of an accumulator that a part came to; neighbours belong to neighbours. */
  #partial(accumulator: number, part: string): string[] {
    const parts = this.#pass.from === "partials" ? "params.reduced" : "params.parts";
    const lanes = this.#lanes();
    const first = countWords(lanes.slice(0, accumulator));
    return Array.from({ length: wordCount(lanes[accumulator]!) }, (_, k) => {
      const before = first + k === 0 ? part : `${first + k}u * ${parts} + ${part}`;
      return `partials[(${before}) * params.kept + kept]`;
    });
  }

  #fold(): Code {
    const other = this.#isRow ? "local + width" : "local + width * across";
    const fields = this.#lanes().map((_, k) => `other.a${k}`);
    return [
      "totals[local] = total;",
      block("for (var width = params.along / 2u; width > 0u; width /= 2u)", [
        "workgroupBarrier();",
        block("if (lane < width)", [
          `let other = totals[${other}];`,
          `totals[local] = ${callText("combine", ["totals[local]", ...fields])};`,
        ]),
      ]),
      "total = totals[local];",
    ];
  }

  #storePartials(): Code {
    return [
      "let place = number % params.parts;",
      this.#lanes().map((lane, k) => {
        const words = toWords(lane, `total.a${k}`);
        return this.#partial(k, "place").map((place, n) => `${place} = ${words[n]};`);
      }),
    ];
  }

  #finish(): Code {
    const { identity, extras, params, finish } = this.#kernel;
    const names = [
      ...identity.map((_, k) => `total.a${k}`),
      ...extras.map((_, k) => `e${k}`),
      ...integerNames(params, []),
    ];
    const { code, values } = this.#emit(finish, names);
    return [
      indexLines("kept", this.#axes("kept")),
      this.#extras.map((x) => this.#load(x)),
      code,
      this.#outputs.map((walk, k) =>
        this.bindings.store(walk.operand, placeOf(walk, indexName), values[k]!)
      ),
    ];
  }
}
