/**
 * @file What long loops leave behind: resident memory of a fresh process, before and after.
 *
 * Each row must stay flat: it makes far more in total than it may keep.
 */

// deno-lint-ignore-file no-console
import * as theano from "@theano/theano";

const MiB = 2 ** 20;
const { tensor: T } = theano;

/** 2,000 shared variables of 2 MB, made and dropped in one synchronous loop. */
function sharedOnly(): void {
  for (let i = 0; i < 2000; i++) {
    theano.shared(new Float64Array(250_000).fill(i), { borrow: true });
  }
}

/** The same, each used once by a compiled function. */
function sharedUsed(): void {
  const x = T.dvector("x");
  const state = theano.shared(new Float64Array(250_000), "state");
  const f = theano.function([], state.sum());
  const g = theano.function([x], x.sum());
  for (let i = 0; i < 2000; i++) {
    const one = theano.shared(new Float64Array(250_000).fill(i), { borrow: true });
    const h = f.copy({ swap: [[state, one]] });
    if (+h() !== i * 250_000) throw new RangeError(`sum of variable ${i}`);
    if (i % 100 === 0) g(one.getValue({ borrow: true }));
  }
}

/** 100,000 calls that each give an array. */
function calls(): void {
  const x = T.dvector("x");
  const f = theano.function([x], x.mul(2));
  const input = new Float64Array(1000);
  for (let i = 0; i < 100_000; i++) f(input);
}

const loops: Readonly<Record<string, readonly [title: string, run: () => void]>> = {
  shared: ["2,000 shared variables of 2 MB, dropped", sharedOnly],
  used: ["2,000 shared variables of 2 MB, each used by a function, dropped", sharedUsed],
  calls: ["100,000 calls with a result of 8 kB", calls],
};

/** Runs each loop in a process of its own and prints what it left. */
export async function memoryRows(): Promise<void> {
  console.log("\n## Memory\n\n| row | before | most | after | time |\n|---|---|---|---|---|");
  for (const [name, [title]] of Object.entries(loops)) {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--no-lock", import.meta.url, name],
      stderr: "inherit",
    }).output();
    console.log(`| ${title} | ${new TextDecoder().decode(stdout).trim()} |`);
  }
}

/** The most memory that this process had so far, in MiB, where the system says so. */
function peak(): string {
  try {
    const line = /VmHWM:\s+(\d+) kB/.exec(Deno.readTextFileSync("/proc/self/status"));
    return line ? `${(Number(line[1]) / 1024).toFixed(0)} MiB` : "?";
  } catch {
    return "?";
  }
}

if (import.meta.main) {
  const [, run] = loops[Deno.args[0]!]!;
  const size = (): string => `${(Deno.memoryUsage().rss / MiB).toFixed(0)} MiB`;
  const before = size();
  const start = performance.now();
  run();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${before} | ${peak()} | ${size()} | ${seconds} s`);
}
