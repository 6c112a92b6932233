/**
 * @file The report of the command `list`, in the layout of `theano-cache list`.
 */

import type { CompileSummary } from "../cache/entry.ts";
import type { ProfileDescription } from "../cache/profiles.ts";
import type { EntryDescription, StoreDescription } from "../cache/store.ts";
import { choiceLines } from "../../gpu/candidates.ts";

/** Entries above this many bytes are listed by size too. */
const bigBytes = 1024 * 1024;

interface Row {
  readonly name: string;
  readonly sizeBytes: number;
  readonly summary: CompileSummary;
  readonly ops: readonly string[];
  /** How many shaders it holds: only functions for a device have some. */
  readonly shaders: number;
}

function rowOf({ name, sizeBytes, meta, sections }: EntryDescription): Row {
  const summary = (typeof meta === "object" ? meta ?? {} : {}) as CompileSummary;
  const shaders = sections.filter((section) => section.endsWith(".wgsl")).length;
  return { name, sizeBytes, summary, ops: [...new Set(summary.ops)], shaders };
}

/** What is said of an entry that is for a device. */
function deviceText({ shaders }: Row): string {
  return shaders === 0 ? "" : ` device: ${shaders} ${shaders === 1 ? "shader" : "shaders"}`;
}

function titled(title: string, underline: string, overline = ""): string[] {
  const lines = overline === "" ? [] : [overline.repeat(title.length)];
  return [...lines, title, underline.repeat(title.length)];
}

function list(texts: readonly string[] = []): string {
  return `[${[...new Set(texts)].sort().join(", ")}]`;
}

function seconds({ compileSeconds = NaN }: CompileSummary): string {
  return `${Number.isNaN(compileSeconds) ? "nan" : compileSeconds.toFixed(3)}s`;
}

function byText<T>(text: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0);
}

/** The name of an op's class: what comes before the first brace of its text. */
function classOf(op: string): string {
  return op.replace(/[{(<].*$/s, "");
}

function classCounts(rows: readonly Row[]): [name: string, count: number][] {
  const counts = new Map<string, number>();
  for (const { summary, ops } of rows) {
    for (const name of new Set(summary.opClasses ?? ops.map(classOf))) {
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  return [...counts].sort(byText(([name]) => name)).sort((a, b) => a[1] - b[1]);
}

function bigLines(rows: readonly Row[]): string[] {
  const big = rows.filter(({ sizeBytes }) => sizeBytes > bigBytes)
    .sort((a, b) => a.sizeBytes - b.sizeBytes);
  if (big.length === 0) return [];
  const total = (some: readonly Row[]): number =>
    some.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return [
    `There are entries bigger than ${bigBytes} bytes (they probably contain big tensor constants)`,
    `They use ${total(big)} bytes out of ${total(rows)} (total size used by all entries)`,
    ...big.map(({ name, sizeBytes, ops }) => `${name} ${sizeBytes} ${list(ops)}`),
  ];
}

/** The machine profiles, which Theano has not: left out where there are none. */
function profileLines(profiles: readonly ProfileDescription[]): string[] {
  if (profiles.length === 0) return [];
  return [
    "",
    ...titled(`List of ${profiles.length} machine profiles`, "+"),
    ...titled("file/adapter/what is the fastest there", "-"),
    ...profiles.flatMap(({ name, adapter, schedules }) => [
      `${name} ${adapter}`,
      ...choiceLines(schedules).map((line) => `    ${line}`),
    ]),
  ];
}

/**
 * The lines of the report.
 *
 * @param directory The compile directory.
 * @param description What is in it.
 */
export function cacheReport(directory: string, description: StoreDescription): string[] {
  const rows = description.entries.map(rowOf);
  const single = rows.filter(({ ops }) => ops.length === 1).sort(byText(({ ops }) => ops[0]!));
  const several = rows.filter(({ ops }) => ops.length > 1)
    .sort(byText(({ ops, summary }) => `${list(ops)} ${list(summary.types)}`));
  const lineOf = (row: Row, ops: string): string =>
    `${row.name} ${seconds(row.summary)} ${ops} ${list(row.summary.types)}${deviceText(row)}`;
  const classes = classCounts(rows);
  const without = rows.length - single.length - several.length;
  return [
    ...titled(`Theano cache: ${directory}`, "=", "="),
    "",
    ...titled(`List of ${single.length} compiled individual ops`, "+"),
    ...titled("entry/compiletime/Op/set of different associated Theano types", "-"),
    ...single.map((row) => lineOf(row, row.ops[0]!)),
    "",
    ...titled(`List of ${several.length} compiled sets of ops`, "+"),
    ...titled("entry/compiletime/Set of ops/set of different associated Theano types", "-"),
    ...several.map((row) => lineOf(row, list(row.ops))),
    "",
    ...titled(
      `List of ${classes.length} compiled Op classes and the number of times they got compiled`,
      "+",
    ),
    ...classes.map(([name, count]) => `${name} ${count}`),
    ...bigLines(rows),
    ...profileLines(description.profiles),
    "",
    ...titled("Number of keys for a compiled module", "+"),
    ...titled("number of keys/number of modules with that number of keys", "-"),
    ...(rows.length === 0 ? [] : [`1 ${rows.length}`]),
    "",
    `Skipped ${without} files that contained 0 op (are they always theano.scalar ops?)`,
    ...(description.unreadable === 0
      ? []
      : [`Skipped ${description.unreadable} files that could not be read`]),
  ];
}
