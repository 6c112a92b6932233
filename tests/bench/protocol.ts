/**
 * @file How libraries are timed: each in a process of its own that answers one row at a time, so that
 * all of them do a row within the same few seconds.
 */

/** A row that a library was asked for: its name, and whether values start and end as typed arrays. */
export interface Request {
  readonly row: string;
  readonly endToEnd: boolean;
}

/** What a library answers: the best time of a call in ms, or why there is none. */
export interface Answer {
  readonly ms?: number;
  /** The largest relative error, for rows that measure it. */
  readonly error?: number;
  readonly missing?: string;
}

/** A prepared computation: each call does all the work of a row once. */
export interface Work {
  readonly run: () => void;
  /** The values of the last call, for rows whose accuracy is measured. */
  readonly values?: () => ArrayLike<number>;
  /** Gives memory back. */
  readonly free?: () => void;
}

/** Prepares a row, with values that stay where they are or with typed arrays in and out. */
export type Prepare = (endToEnd: boolean) => Work;

/** What a library can do, by the row's name. */
export type Rows = Readonly<Record<string, Prepare>>;

/** How long a row is measured, in ms. */
const budget = 700;

/** The best time of a call, in ms. Calls too short for the clock are timed many at once. */
function bestTime(run: () => void): number {
  const timed = (calls: number): number => {
    const start = performance.now();
    for (let i = 0; i < calls; i++) run();
    return (performance.now() - start) / calls;
  };
  const first = timed(1);
  // What takes seconds is not repeated: nobody waits for a better figure.
  if (first > 3000) return first;
  timed(1);
  const calls = Math.max(1, Math.floor(0.5 / Math.max(timed(1), 1e-4)));
  timed(calls);
  let best = Infinity;
  const end = performance.now() + budget;
  for (let samples = 0; samples < 3 || performance.now() < end; samples++) {
    best = Math.min(best, timed(calls));
  }
  return best;
}

/** The largest relative error of values of `exp`, beside the engine's own. */
function errorOfExp(values: ArrayLike<number>): number {
  const inputs = uniform(values.length, -2, 2);
  return inputs.reduce(
    (worst, x, i) => Math.max(worst, Math.abs(values[i]! / Math.exp(x) - 1)),
    0,
  );
}

/**
 * Answers the rows asked for on standard input, one JSON line each, until it ends.
 *
 * @param rows What this library can do.
 */
export async function serve(rows: Rows): Promise<void> {
  const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
  let rest = "";
  for await (const part of lines) {
    const [complete, last] = splitLast(rest + part);
    rest = last;
    for (const line of complete) {
      const answer = answerTo(JSON.parse(line) as Request, rows);
      Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(answer)}\n`));
    }
  }
}

/** The lines of a text that have ended, and the beginning of the next. */
export function splitLast(text: string): [complete: string[], rest: string] {
  const lines = text.split("\n");
  const rest = lines.pop()!;
  return [lines, rest];
}

function answerTo({ row, endToEnd }: Request, rows: Rows): Answer {
  const prepare = rows[row];
  if (!prepare) return { missing: "not offered" };
  try {
    const work = prepare(endToEnd);
    const ms = bestTime(work.run);
    const error = work.values && errorOfExp(work.values());
    work.free?.();
    return error === undefined ? { ms } : { ms, error };
  } catch (failure) {
    return { missing: String(failure).split("\n")[0]!.slice(0, 80) };
  }
}

/**
 * Random numbers in double, the same for every library.
 *
 * @param size How many.
 * @param low From where.
 * @param high To where.
 * @param seed Which numbers.
 */
export function uniform(size: number, low = -1, high = 1, seed = 1234567): Float64Array {
  let state = seed >>> 0;
  return Float64Array.from({ length: size }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return low + (high - low) * ((state >>> 0) / 2 ** 32);
  });
}

/** The same in single precision. */
export function uniform32(size: number, low = -1, high = 1, seed = 1234567): Float32Array {
  return Float32Array.from(uniform(size, low, high, seed));
}

/** Numbers that differ in all bits: those of {@linkcode uniform} have 32. */
export function fullDoubles(size: number): Float64Array {
  return uniform(size).map(Math.sin);
}
