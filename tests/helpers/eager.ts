/**
 * @file Code whose first calls find bytecode in Deno's cache.
 *
 * Deno caches what V8 compiles while it reads a module: the top level, and functions in parentheses,
 * which V8 takes for functions that are called at once. Everything else is compiled at its first
 * call, in each process again. So a program is run once with V8's coverage, and the functions that it
 * called are put into parentheses. Methods cannot be; they stay as they are.
 */

import { fail } from "../../core/errors.ts";

/** A part of the text, and how often it ran. */
interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

/** A function as V8's coverage describes it; its first range is all of it. */
interface Covered {
  readonly ranges: readonly [Range];
}

/** Coverage of one file. */
interface FileCoverage {
  readonly url: string;
  readonly functions: readonly Covered[];
}

/** A function in a text. */
interface Span {
  readonly start: number;
  readonly end: number;
  /** Whether it is in no other function. */
  readonly isTop: boolean;
  readonly isCalled: boolean;
}

/**
 * A module with parentheses around the functions that a program calls.
 *
 * @param code The module, minified.
 * @param program What to run; the module's exports are `theano`.
 */
export async function eagerly(code: string, program: string): Promise<string> {
  const inserted = new Map<number, string>();
  const insert = (at: number, text: string): void =>
    void inserted.set(at, (inserted.get(at) ?? "") + text);
  const declared: Span[] = [];
  for (const span of spansOf(await coverage(code, program))) {
    if (!span.isCalled) continue;
    if (span.isTop && isDeclaration(code, span)) declared.push(span);
    else if (isArrow(code.slice(span.start, span.end))) {
      insert(span.start, "(");
      insert(span.end, ")");
    }
  }
  const edits = [...inserted].sort(([a], [b]) => a - b);
  const edited = (start: number, end: number): string => {
    let [text, at] = ["", start];
    for (const [next, added] of edits) {
      if (next < start || next > end) continue;
      text += code.slice(at, next) + added;
      at = next;
    }
    return text + code.slice(at, end);
  };
  return laidOut(declared, edited, code.length);
}

/** Declarations are hoisted; as expressions they come before everything else for the same effect. */
function laidOut(
  declared: readonly Span[],
  edited: (start: number, end: number) => string,
  length: number,
): string {
  const first: string[] = [];
  const rest: string[] = [];
  let at = 0;
  for (const { start, end } of declared) {
    const text = edited(start, end);
    first.push(`var ${/^function ([\w$]+)/.exec(text)![1]}=(${text});\n`);
    rest.push(edited(at, start));
    at = end;
  }
  return [...first, ...rest, edited(at, length)].join("");
}

function isDeclaration(code: string, { start }: Span): boolean {
  return /^function [\w$]+\(/.test(code.slice(start, start + 100)) &&
    /[;}\n]/.test(code[start - 1] ?? ";");
}

function isArrow(text: string): boolean {
  if (/^(async )?[\w$]+=>/.test(text)) return true;
  if (!/^(async)?\(/.test(text)) return false;
  let depth = 0;
  for (let at = text.indexOf("("); at < text.length; at++) {
    if (text[at] === "(") depth++;
    if (text[at] === ")" && --depth === 0) return text.startsWith("=>", at + 1);
  }
  return false;
}

/** The functions of a module in the order of the text, outer ones first, as several runs saw them. */
function spansOf(runs: readonly FileCoverage[]): Span[] {
  const ranges = runs.flatMap(({ functions }) => functions).map(({ ranges: [whole] }) => whole);
  const called = new Set(ranges.filter(({ count }) => count > 0).map(spanKey));
  const distinct = new Map(ranges.map((range) => [spanKey(range), range]));
  const [module, ...inside] = [...distinct.values()]
    .sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
  let outerEnd = module!.startOffset;
  return inside.map((range) => {
    const { startOffset: start, endOffset: end } = range;
    const isTop = start >= outerEnd;
    if (isTop) outerEnd = end;
    return { start, end, isTop, isCalled: called.has(spanKey(range)) };
  });
}

function spanKey({ startOffset, endOffset }: Range): string {
  return `${startOffset}-${endOffset}`;
}

/**
 * What a program calls of a module, as V8 counts it: in one process that compiles its functions, and
 * in one that finds them in the compile cache.
 */
async function coverage(code: string, program: string): Promise<FileCoverage[]> {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/main.js`;
  try {
    await Deno.writeTextFile(`${folder}/theano.js`, code);
    await Deno.writeTextFile(path, `import * as theano from "./theano.js";\n${program}`);
    for (const _ of ["compiles", "finds"]) {
      const { success, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--no-config", `--coverage=${folder}/coverage`, path],
        env: { THEANO_FLAGS: `base_compiledir=${folder}/cache` },
      }).output();
      if (!success) fail("RuntimeError", "run the bundle", new TextDecoder().decode(stderr));
    }
    const files: FileCoverage[] = [];
    for await (const { name } of Deno.readDir(`${folder}/coverage`)) {
      const file: FileCoverage = JSON.parse(
        await Deno.readTextFile(`${folder}/coverage/${name}`),
      );
      if (file.url.endsWith("/theano.js")) files.push(file);
    }
    return files;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
