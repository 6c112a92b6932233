/**
 * @file A profile as text, in Theano's layout.
 */

import { shapeText } from "../array/shape.ts";
import { config, flags } from "../config/config.ts";
import { dtypes } from "../dtype/dtype.ts";
import type { Apply, Variable } from "../graph/variable.ts";
import { DeviceOp } from "../ops/device_op.ts";
import { isTensorOp } from "../ops/kind.ts";
import { isScan } from "../ops/scan_op.ts";
import { debugprint } from "../printing/debugprint.ts";
import { sumOfUses, transferSeconds } from "./device_use.ts";
import type { ProfileStats } from "./profile.ts";

/** Nodes counted together: those of one class, or of one op. */
interface Group {
  readonly name: string;
  readonly isKernel: boolean;
  time: number;
  calls: number;
  nodes: number;
}

/**
 * A profile as text.
 *
 * @param profile The profile.
 * @param ops How many classes and ops.
 * @param nodes How many nodes.
 */
export function profileText(profile: ProfileStats, ops: number, nodes: number): string {
  const { graph } = profile;
  const lines = [
    ...(flags.profiling.debugprint && graph
      ? [`${debugprint(graph, { file: "str" })}`.trimEnd()]
      : []),
    ...headLines(profile),
    ...functionLines([profile]),
  ];
  if (profile.fctCallcount > 0 && profile.applyTime.size > 0) {
    lines.push(...tableLines([profile], ops), ...nodeLines(profile, nodes), ...loopLines(profile));
    if (flags.profile_memory) lines.push(...memoryLines(profile));
    lines.push(...tipLines(profile));
  }
  const width = flags.profiling.output_line_width;
  return lines.join("\n").split("\n").map((line) => `${line.slice(0, width)}\n`).join("");
}

/**
 * The sum of several profiles as text.
 *
 * @param profiles The profiles.
 */
export function sumText(profiles: readonly ProfileStats[]): string {
  const lines = [
    "Function profiling",
    "==================",
    `  Message: Sum of all(${profiles.length}) printed profiles at exit excluding Scan op profile.`,
    ...functionLines(profiles),
    ...tableLines(profiles, flags.profiling.n_ops),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function functionLines(profiles: readonly ProfileStats[]): string[] {
  const total = (part: (profile: ProfileStats) => number): number =>
    profiles.reduce((sum, profile) => sum + part(profile), 0);
  const calls = total((p) => p.fctCallTime);
  const thunks = total((p) => timeIn(p.applyTime.values()));
  const share = (part: number): string => calls > 0 ? ` (${(100 * part / calls).toFixed(3)}%)` : "";
  const run = total((p) => p.vmCallTime);
  const making = profiles.flatMap((p) => [...p.linkerMakeThunkTime]);
  return [
    `  Time in ${total((p) => p.fctCallcount)} calls to Function.__call__: ${seconds(calls)}`,
    `  Time in Function.fn.__call__: ${seconds(run)}${share(run)}`,
    ...(thunks > 0 ? [`  Time in thunks: ${seconds(thunks)}${share(thunks)}`] : []),
    ...deviceLines(profiles, share),
    `  Total compile time: ${seconds(total((p) => p.compileTime))}`,
    `    Number of Apply nodes: ${total((p) => p.nbNodes)}`,
    `    Theano Optimizer time: ${seconds(total((p) => p.optimizerTime))}`,
    `       Theano validate time: ${seconds(total((p) => p.validateTime))}`,
    "    Theano Linker time (includes C, CUDA code generation/compiling): " +
    seconds(total((p) => p.linkerTime)),
    `       Node make_thunk time ${seconds(total((p) => p.linkerNodeMakeThunks))}`,
    ...making.sort((a, b) => b[1] - a[1]).slice(0, 5).map(([node, time]) =>
      `           Node ${node} time ${seconds(time)}`
    ),
    "",
  ];
}

/** What the functions did on a device; nothing where they used none. */
function deviceLines(
  profiles: readonly ProfileStats[],
  share: (part: number) => string,
): string[] {
  const use = sumOfUses(profiles.flatMap(({ deviceUse }) => deviceUse ?? []));
  if (use === undefined) return [];
  const { kernelSeconds, isByDeviceClock, toDevice, fromDevice, submits } = use;
  const clock = isByDeviceClock ? "by its own clock" : "by waiting for it, since it tells no times";
  const transfers = transferSeconds(use);
  return [
    `  Time in kernels of the device: ${seconds(kernelSeconds)}${share(kernelSeconds)} ${clock}`,
    `  Time in transfers: ${seconds(transfers)}${share(transfers)}, ` +
    `${toDevice.bytes} bytes to the device and ${fromDevice.bytes} bytes from it`,
    `  Number of submits to the device: ${submits}`,
  ];
}

/** What is profiled: a function, or the turns of a loop. */
function headLines({ message, loop, fctCallcount, fctCallTime }: ProfileStats): string[] {
  const line = "==================";
  if (loop === undefined) return ["Function profiling", line, `  Message: ${message}`];
  const { name, callcount, time } = loop;
  const share = (part: number): string => `${seconds(part)} (${percent(part, time, 3, 0)}%)`;
  return [
    `Scan Op profiling ( ${name} )`,
    line,
    `  Message: ${message}`,
    `  Time in ${callcount} calls of the op (for a total of ${fctCallcount} steps) ${
      seconds(time)
    }`,
    `  Total time spent in calling the VM ${share(fctCallTime)}`,
    `  Total overhead (computing slices..) ${share(time - fctCallTime)}`,
    "",
  ];
}

/** What of the time of loops was spent in their turns, where these are timed. */
function loopLines({ applyTime }: ProfileStats): string[] {
  const rows = [...applyTime].flatMap(([node, time]) => {
    const turns = isScan(node) ? node.op.compiled?.times() : undefined;
    if (turns === undefined) return [];
    const share = percent(turns.time, time, 1, 5);
    return [
      `  ${fixed(time, 3, 9)}s  ${fixed(turns.time, 3, 9)}s  ${share}%  ` +
      `${`${turns.calls}`.padStart(6)}   ${node}`,
    ];
  });
  if (rows.length === 0) return [];
  const header = "<Scan op time> <sub scan fct time> <sub scan fct time(% scan op time)> " +
    "<sub scan fct #call> <Apply name>";
  return ["Scan overhead", "---", header, ...rows, ""];
}

/** The tables of classes and ops. */
function tableLines(profiles: readonly ProfileStats[], limit: number): string[] {
  const header = (name: string): string =>
    `<% time> <sum %> <apply time> <time per call> <type> <#call> <#apply> <${name} name>`;
  const table = (title: string, name: string, plural: string, nameOf: NameOf): string[] => {
    const groups = groupsOf(profiles, nameOf);
    const total = timeIn(groups.map(({ time }) => time));
    return [
      title,
      "---",
      header(name),
      ...groups.slice(0, limit).map((group, k) => groupLine(group, groups.slice(0, k), total)),
      restLine(plural, groups.slice(limit).map(({ time }) => time), total),
      "",
    ];
  };
  return [
    ...table("Class", "Class", "Classes", ({ op }) => op.constructor.name),
    ...table("Ops", "Op", "Ops", ({ op }) => op.name),
    ...machineLines(profiles),
  ];
}

/** Whose time is spent. */
type Machine = "cpu" | "gpu" | "transfert";

/** How the time is shared by the two machines; nothing where all of it is the CPU's. */
function machineLines(profiles: readonly ProfileStats[]): string[] {
  const spent: Record<Machine, number> = { cpu: 0, gpu: 0, transfert: 0 };
  for (const { applyTime, applyDeviceUse } of profiles) {
    for (const [node, time] of applyTime) {
      const machine = machineOf(node);
      const use = applyDeviceUse.get(node);
      // What an op on the device does not find there is brought in its own time.
      const moving = machine === "gpu" && use ? Math.min(transferSeconds(use), time) : 0;
      spent.transfert += moving;
      spent[machine] += time - moving;
    }
  }
  const total = spent.cpu + spent.gpu + spent.transfert;
  if (spent.cpu === total) return [];
  const part = (machine: Machine): string =>
    `${fixed(spent[machine], 3, 0)}s(${percent(spent[machine], total, 2, 0)}%)`;
  return [
    `   Spent ${part("cpu")} in cpu Op, ${part("gpu")} in gpu Op and ${part("transfert")} ` +
    "transfert Op",
    "",
  ];
}

function machineOf({ op }: Apply): Machine {
  if (op instanceof DeviceOp) return "gpu";
  return isTensorOp(op) && op.kind === "transfer" ? "transfert" : "cpu";
}

type NameOf = (node: Apply) => string;

function groupsOf(profiles: readonly ProfileStats[], nameOf: NameOf): Group[] {
  const groups = new Map<string, Group>();
  for (const { applyTime, applyCallcount, applyCimpl } of profiles) {
    for (const [node, time] of applyTime) {
      const name = nameOf(node);
      const isKernel = applyCimpl.get(node) ?? false;
      const key = `${isKernel} ${name}`;
      const group = groups.get(key) ?? { name, isKernel, time: 0, calls: 0, nodes: 0 };
      group.time += time;
      group.calls += applyCallcount.get(node) ?? 0;
      group.nodes++;
      groups.set(key, group);
    }
  }
  return [...groups.values()].sort((a, b) => b.time - a.time);
}

function groupLine(
  { name, isKernel, time, calls, nodes }: Group,
  above: readonly Group[],
  total: number,
): string {
  const [part, so] = [time, time + timeIn(above.map((group) => group.time))];
  return `  ${percent(part, total, 1, 4)}%   ${percent(so, total, 1, 5)}%  ${
    fixed(time, 3, 9)
  }s  ` +
    `     ${exponential(time / calls, 2)}s     ${isKernel ? " C" : "Py"}  ` +
    `${`${calls}`.padStart(6)}  ${`${nodes}`.padStart(6)}   ${name}`;
}

function nodeLines(profile: ProfileStats, limit: number): string[] {
  const { applyTime, applyCallcount, graph } = profile;
  const places = new Map(graph?.toposort().map((node, k) => [node, k]));
  const rows = [...applyTime].sort((a, b) => b[1] - a[1]);
  const total = timeIn(applyTime.values());
  let so = 0;
  const lines = rows.slice(0, limit).flatMap(([node, time]) => {
    so += time;
    const calls = applyCallcount.get(node) ?? 0;
    const id = `${places.get(node) ?? ""}`.padStart(4);
    return [
      `  ${percent(time, total, 1, 4)}%   ${percent(so, total, 1, 5)}%  ${fixed(time, 3, 9)}s  ` +
      `     ${exponential(time / calls, 2)}s  ${`${calls}`.padStart(6)}  ${id}   ${node}`,
      ...node.inputs.map((input, i) => `    input ${i}: ${valueText(profile, input)}`),
      ...node.outputs.map((output, i) => `    output ${i}: ${valueText(profile, output)}`),
    ];
  });
  return [
    "Apply",
    "------",
    "<% time> <sum %> <apply time> <time per call> <#call> <id> <Apply name>",
    ...lines,
    restLine("Apply instances", rows.slice(limit).map(([, time]) => time), total),
    "",
  ];
}

/** Dtype, shape and strides in bytes of a variable. */
function valueText({ variableShape, variableStrides }: ProfileStats, variable: Variable): string {
  const { dtype, data } = variable as { readonly dtype?: string; readonly data?: unknown };
  const known = data as { shape?: readonly number[]; strides?: readonly number[] } | undefined;
  const shape = variableShape.get(variable) ?? known?.shape;
  const strides = variableStrides.get(variable) ?? known?.strides;
  const bytes = dtype !== undefined && dtype in dtypes ? dtypes[dtype as "int8"].bytes : 1;
  return `dtype=${dtype ?? "no dtype"}, shape=${shape ? shapeText(shape) : "unknown"}, ` +
    `strides=${strides ? shapeText(strides.map((stride) => stride * bytes)) : "unknown"} `;
}

function memoryLines({ peakBytes, applyTime, variableShape }: ProfileStats): string[] {
  const kilobytes = `${Math.round(peakBytes / 1024)}KB`;
  const rows = [...applyTime.keys()].map((node) => {
    const shapes = node.outputs.map((output) => variableShape.get(output) ?? []);
    const bytes = node.outputs.reduce((sum, output, k) => {
      const { dtype } = output as { readonly dtype?: string };
      const width = dtype !== undefined && dtype in dtypes ? dtypes[dtype as "int8"].bytes : 0;
      return sum + shapes[k]!.reduce((n, length) => n * length, width);
    }, 0);
    const how = node.op.destroyMap?.size ? "i" : node.op.viewMap?.size ? "v" : "c";
    return { bytes, text: `[${shapes.map(shapeText).join(", ")}] ${how} ${node}` };
  }).filter(({ bytes }) => bytes >= flags.profiling.min_memory_size)
    .sort((a, b) => b.bytes - a.bytes);
  return [
    "Memory Profile",
    "(Sparse variables are ignored)",
    "---",
    `    Max peak memory with current setting: CPU: ${kilobytes}`,
    "---",
    "<Sum apply outputs (bytes)> <Apply outputs shape> <created/inplace/view> <Apply node>",
    ...rows.map(({ bytes, text }) => `${`${bytes}`.padStart(18)}B  ${text}`),
    "",
  ];
}

function tipLines({ applyTime }: ProfileStats): string[] {
  const isDouble = (node: Apply): boolean =>
    node.outputs.some((output) => (output as { readonly dtype?: string }).dtype === "float64");
  const tips = [
    ...([...applyTime.keys()].some(isDouble) && config.floatX !== "float32"
      ? ["  - Try the Theano flag floatX=float32"]
      : []),
  ];
  return [
    "Here are tips to potentially make your code run faster",
    "                 (if you think of new ones, suggest them on the mailing list).",
    "                 Test them first, as they are not guaranteed to always provide a speedup.",
    ...(tips.length > 0 ? tips : ["  Sorry, no tip for today."]),
  ];
}

function restLine(plural: string, times: readonly number[], total: number): string {
  const rest = timeIn(times);
  return `   ... (remaining ${times.length} ${plural} account for ${percent(rest, total, 2, 6)}%` +
    `(${rest.toFixed(2)}s) of the runtime)`;
}

function timeIn(times: Iterable<number>): number {
  let total = 0;
  for (const time of times) total += time;
  return total;
}

function percent(part: number, total: number, digits: number, width: number): string {
  return fixed(total === 0 ? 0 : 100 * part / total, digits, width);
}

function fixed(x: number, digits: number, width: number): string {
  return x.toFixed(digits).padStart(width);
}

/** Python's `%e` with a number of digits. */
function exponential(x: number, digits: number): string {
  return x.toExponential(digits).replace(/e([+-])(\d)$/, "e$10$2");
}

function seconds(time: number): string {
  return `${exponential(time, 6)}s`;
}
