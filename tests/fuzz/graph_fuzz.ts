/**
 * @file Random graphs, each computed by the reference, in FAST_RUN, in FAST_COMPILE and with a random pass
 * or rule left out. What disagrees is made smaller and printed as a test to keep.
 *
 * `deno task fuzz [--seed=N] [--seconds=N] [--steps=N] [--failures=N]`
 */

// deno-lint-ignore-file no-console
import * as theano from "@theano/theano";
import { pipeline } from "../../optimize/pipeline.ts";
import { Random } from "../helpers/random.ts";
import {
  build,
  givens,
  type Program,
  programText,
  randomProgram,
} from "../helpers/random_graph.ts";
import { disagreement, expectedOf, type ModeArgument } from "./compare.ts";
import { shrink } from "./shrink.ts";

interface Way {
  readonly mode: () => ModeArgument;
  readonly text: string;
}

const ways: readonly Way[] = [
  { mode: () => "FAST_RUN", text: '"FAST_RUN"' },
  { mode: () => "FAST_COMPILE", text: '"FAST_COMPILE"' },
];

/** The names of all passes and rules. */
const switches = [
  ...new Set(pipeline.flatMap(({ name, rules }) => [name, ...rules.map((rule) => rule.name)])),
];

/** FAST_RUN without one pass or rule. */
function without(name: string): Way {
  return {
    mode: () => theano.compile.getMode("FAST_RUN").excluding(name),
    text: `theano.compile.getMode("FAST_RUN").excluding(${JSON.stringify(name)})`,
  };
}

/** What is wrong with a program in a mode; undefined also where the reference has no result. */
function wrongWith(program: Program, { mode }: Way): string | undefined {
  const built = build(program);
  const values = givens(program, built);
  let expected;
  try {
    expected = expectedOf(built.outputs, values);
  } catch {
    return undefined;
  }
  return disagreement(built.outputs, values, mode(), expected);
}

/** The same without the numbers in it, to tell faults apart. */
function kindOf(text: string): string {
  return text.replace(/[\d.e+-]+/g, "#").slice(0, 60);
}

/** Prints a failure as the smallest program that shows it. */
function report(program: Program, way: Way, wrong: string, seed: number): void {
  const kind = kindOf(wrong);
  const isFailing = (smaller: Program): boolean => {
    try {
      const again = wrongWith(smaller, way);
      return again !== undefined && kindOf(again) === kind;
    } catch {
      return false;
    }
  };
  const small = shrink(program, isFailing);
  console.log(`\nseed ${seed}, ${way.text}: ${wrongWith(small, way)}\n`);
  console.log(programText(small, `a graph of seed ${seed} agrees with the reference`, way.text));
}

/** Tries one seed; gives the number of failures, which is 0 or 1. */
function trySeed(seed: number, steps: number): number {
  const random = new Random(seed);
  const program = randomProgram(random, 2 + random.below(steps));
  if (program.steps.length === 0) return 0;
  for (const way of [...ways, without(random.pick(switches))]) {
    const wrong = wrongWith(program, way);
    if (wrong === undefined) continue;
    report(program, way, wrong, seed);
    return 1;
  }
  return 0;
}

function option(name: string, otherwise: number): number {
  const given = Deno.args.find((text) => text.startsWith(`--${name}=`));
  return given === undefined ? otherwise : Number(given.slice(name.length + 3));
}

if (import.meta.main) {
  const first = option("seed", Date.now() % 1e9);
  console.log(`seed ${first}`);
  const end = performance.now() + option("seconds", 60) * 1000;
  const [steps, most] = [option("steps", 8), option("failures", 3)];
  let [seed, failed] = [first, 0];
  while (performance.now() < end && failed < most) failed += trySeed(seed++, steps);
  console.log(`${seed - first - failed} passed, ${failed} failed`);
  if (failed > 0) Deno.exit(1);
}
