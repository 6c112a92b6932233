/**
 * @file Speed beside other libraries, then memory and compile time.
 *
 * `deno task bench [text…]` measures the rows whose name contains one of the texts, and each row twice:
 * resident (values stay where the library keeps them) and end to end (typed arrays in and out). Every
 * library uses one core. A ratio is the other library's time by ours: above 1 ours is faster.
 */

// deno-lint-ignore-file no-console
import { compileRows } from "./compile_time.ts";
import { memoryRows } from "./memory.ts";
import { versions } from "./peer.ts";
import { type Answer, splitLast } from "./protocol.ts";
import { type Row, rows } from "./rows.ts";

/** A library in a process of its own. */
class Library {
  readonly #process: Deno.ChildProcess;
  readonly #answers: ReadableStreamDefaultReader<string>;
  readonly #requests: WritableStreamDefaultWriter<Uint8Array>;
  #text = "";

  constructor(readonly name: string, command: string, args: readonly string[]) {
    this.#process = new Deno.Command(command, {
      args: [...args],
      env: { OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1", NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#answers = this.#process.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#requests = this.#process.stdin.getWriter();
  }

  /** The answer to a row; a library that has died has none. */
  async ask(row: string, endToEnd: boolean): Promise<Answer> {
    try {
      const line = `${JSON.stringify({ row, endToEnd })}\n`;
      await this.#requests.write(new TextEncoder().encode(line));
      return JSON.parse(await this.#line()) as Answer;
    } catch {
      return { missing: "does not run here" };
    }
  }

  async #line(): Promise<string> {
    for (;;) {
      const [[line, ...more], rest] = splitLast(this.#text);
      if (line !== undefined) {
        this.#text = [...more, rest].join("\n");
        // Libraries may print warnings: an answer is an object.
        if (line.startsWith("{")) return line;
        continue;
      }
      const { value, done } = await this.#answers.read();
      if (done) throw new RangeError("the process has ended");
      this.#text += value;
    }
  }

  async end(): Promise<void> {
    await this.#requests.close().catch(() => {});
    await this.#process.status;
  }
}

function script(name: string, file: string): Library {
  const path = new URL(file, import.meta.url).pathname;
  return new Library(name, Deno.execPath(), ["run", "-A", "--no-check", "--no-lock", path]);
}

function hasNumpy(): boolean {
  try {
    return new Deno.Command("python3", { args: ["-c", "import numpy"], stderr: "null" })
      .outputSync().success;
  } catch {
    return false;
  }
}

function speed({ flops, turns }: Row, ms: number): string {
  if (turns !== undefined) return `${(ms * 1e6 / turns).toFixed(1)} ns a turn`;
  if (flops !== undefined) return `${(flops / ms / 1e6).toFixed(1)} GFLOP/s`;
  if (ms < 0.01) return `${(ms * 1e6).toFixed(0)} ns`;
  return ms < 1 ? `${(ms * 1e3).toFixed(0)} µs` : `${ms.toFixed(2)} ms`;
}

function cell(row: Row, answer: Answer, own: Answer): string {
  if (answer.ms === undefined) return "–";
  const ratio = own.ms === undefined ? "" : ` ×${(answer.ms / own.ms).toFixed(2)}`;
  return `${speed(row, answer.ms)}${answer === own ? "" : ratio}`;
}

/** Prints one table; a cell of another library ends in its time by ours. */
async function table(
  chosen: readonly Row[],
  libraries: readonly Library[],
  endToEnd: boolean,
): Promise<void> {
  if (chosen.length === 0) return;
  console.log(`\n## ${endToEnd ? "End to end: typed arrays in and out" : "Resident"}\n`);
  console.log(`| row | ${libraries.map(({ name }) => name).join(" | ")} |`);
  console.log(`|---|${"---|".repeat(libraries.length)}`);
  const notes: string[] = [];
  for (const row of chosen) {
    const answers: Answer[] = [];
    for (const library of libraries) answers.push(await library.ask(row.name, endToEnd));
    const cells = answers.map((answer) => cell(row, answer, answers[0]!));
    console.log(`| ${row.title} | ${cells.join(" | ")} |`);
    answers.forEach(({ error, missing }, i) => {
      const note = missing ?? (error && `relative error ${error.toExponential(1)}`);
      if (note !== undefined) notes.push(`${row.title}, ${libraries[i]!.name}: ${note}`);
    });
  }
  if (notes.length > 0) console.log(`\n${notes.join("\n")}`);
}

const texts = Deno.args;
const chosen = texts.length === 0
  ? rows
  : rows.filter(({ name }) => texts.some((text) => name.includes(text)));

const libraries = [
  script("ours", "ours.ts"),
  script(`jax-js ${versions.jax}`, "jax.ts"),
  script(`tfjs-wasm ${versions.tf}`, "tf.ts"),
];
if (hasNumpy()) {
  const path = new URL("numpy_rows.py", import.meta.url).pathname;
  libraries.push(new Library("NumPy", "python3", [path]));
} else console.log("NumPy: skipped, python3 has none");
console.log("tfjs-wasm with two threads: skipped, Deno has no classic workers from blobs");
await table(chosen, libraries, false);
await table(chosen, libraries, true);
for (const library of libraries) await library.end();
if (texts.length === 0 || texts.includes("memory")) await memoryRows();
if (texts.length === 0 || texts.includes("compile")) await compileRows();
