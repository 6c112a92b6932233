/**
 * @file The program behind `deno task tune`: measures how kernels are cut up best for the graphics
 * adapter of this machine, prints what was tried, and keeps the choice in the compile directory.
 */

import { defaultStore } from "../cache/store.ts";
import { flags } from "../config/config.ts";
import { setExitStatus, writeStderr, writeStdout } from "../host/host.ts";
import { choiceOf } from "../../gpu/candidates.ts";
import { tuneDevice } from "../../gpu/open.ts";
import type { Tuned, TuneTable } from "../../gpu/tune.ts";

/**
 * Measures and prints.
 *
 * @returns The exit status: 0, or 1 if there is no adapter.
 */
export async function main(): Promise<number> {
  const asked = flags.device === "cpu" ? "webgpu" : flags.device;
  try {
    const { name, ...tuned } = await tuneDevice(asked);
    defaultStore().profiles.write(name, choiceOf(tuned.schedules));
    writeStdout(`${tuneLines(name, tuned).join("\n")}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    writeStderr(`${error.message}\n`);
    return 1;
  }
}

/**
 * What was tried and chosen, as lines to print.
 *
 * @param adapter What the adapter's maker calls it.
 * @param tuned What came out.
 */
export function tuneLines(adapter: string, { tables }: Pick<Tuned, "tables">): string[] {
  return [
    `Machine profile of ${adapter}`,
    ...tables.flatMap((table) => ["", ...tableLines(table)]),
  ];
}

/** The probes, then a row a candidate with a column a probe. */
function tableLines({ title, probes, rows, chosen, ratio }: TuneTable): string[] {
  const numbers = probes.map((_, k) => `${k + 1}`);
  const nameWidth = Math.max(...[...probes, ...rows].map(({ name }) => name.length));
  const line = (name: string, cells: readonly string[]): string =>
    `  ${name.padEnd(nameWidth)}${cells.map((cell) => cell.padStart(7)).join("")}`;
  return [
    `${title}, by the defaults`,
    ...probes.map(({ name, seconds }, k) =>
      `${line(name, [numbers[k]!])}  ${(seconds * 1000).toPrecision(3).padStart(7)} ms`
    ),
    "What was tried, as ratios to these times",
    line("", numbers),
    ...rows.map(({ name, ratios }) => line(name, ratios.map(ratioText))),
    `Chosen: ${chosen}; in all ${ratioText(ratio)} of the default's time`,
  ];
}

function ratioText(ratio: number): string {
  return Number.isFinite(ratio) ? ratio.toFixed(2) : "no";
}

if (import.meta.main) setExitStatus(await main());
