import { assert, assertEquals, assertMatch, assertStrictEquals } from "@std/assert";
import * as theano from "@theano/theano";
import { denoCommand } from "../cache/deno_command.ts";
import { inFolder } from "../cache/helpers.ts";
import { messageOf } from "./helpers.ts";

const { tensor: T, config } = theano;
const { ProfileStats } = theano.compile;

/** A profile that is not printed when the tests end. */
function quiet(options: { flagTimeThunks?: boolean } = {}): theano.compile.ProfileStats {
  return new ProfileStats({ atexitPrint: false, message: "of a test", ...options });
}

function profiled(profile: theano.compile.ProfileStats): theano.CompiledFunction<theano.NDArray> {
  const [x, y] = T.dmatrices("x", "y");
  return theano.function([x!, y!], T.exp(T.dot(x!, y!)).sum(1), { profile, mode: "FAST_RUN" });
}

const a = [[1, 2], [3, 4]];
const zeros = [[0, 0], [0, 0]];

Deno.test("a profiled function computes the same, and its profile counts", () => {
  const profile = quiet();
  const f = profiled(profile);
  assertStrictEquals(f.profile, profile);
  assertEquals(f(a, zeros).toArray(), [2, 2]);
  assertEquals(f(a, zeros).toArray(), [2, 2]);
  const nodes = f.maker.fgraph.toposort();
  assertEquals([profile.fctCallcount, profile.nbNodes], [2, nodes.length]);
  assertEquals([...profile.applyTime.keys()], [...nodes]);
  assertEquals([...profile.applyCallcount.values()], nodes.map(() => 2));
  assertEquals([...profile.applyCimpl.values()], nodes.map(() => true));
  assertEquals(profile.variableShape.get(f.maker.fgraph.outputs[0]!), [2]);
});

Deno.test("the times of a profile contain each other", () => {
  const profile = quiet();
  const f = profiled(profile);
  for (let k = 0; k < 5; k++) f(a, zeros);
  const thunks = [...profile.applyTime.values()].reduce((x, y) => x + y, 0);
  assert(0 < thunks && thunks <= profile.vmCallTime && profile.vmCallTime <= profile.fctCallTime);
  const { compileTime, optimizerTime, validateTime, linkerTime, linkerNodeMakeThunks } = profile;
  assert(optimizerTime + linkerTime <= compileTime);
  assert(0 < validateTime && validateTime <= optimizerTime);
  assert(0 < linkerNodeMakeThunks && linkerNodeMakeThunks <= linkerTime);
  const last = f.maker.fgraph.outputs[0]!.owner!;
  assert(Math.abs(profile.computeTotalTimes().get(last)! - thunks) < 1e-12);
});

Deno.test("peakBytes is what intermediate values take at once", () => {
  const x = T.dvector("x");
  // Two vectors live until their sums are taken; nothing is fused or overwritten without rewriting.
  const y = T.exp(x).add(T.sin(x));
  const profile = quiet();
  const mode = new theano.Mode({ linker: "py", optimizer: null });
  const f = theano.function([x], y, { mode, profile });
  assertEquals(profile.peakBytes, 0);
  f([1, 2, 3]);
  assertEquals(profile.peakBytes, 3 * 3 * 8);
  assertEquals([...profile.applyCimpl.values()], [false, false, false]);
});

Deno.test("a loop of which the last value is read needs the memory of one turn", () => {
  const [x, k] = [T.dvector("x"), T.iscalar("k")];
  const [result, updates] = theano.scan((power, factor) => power.mul(factor), {
    outputsInfo: T.onesLike(x),
    nonSequences: x,
    nSteps: k,
  });
  const peakOf = (output: typeof result, turns: number): number => {
    const profile = quiet();
    const f = theano.function([x, k], output, { updates, profile });
    f(new Array<number>(100).fill(1), turns);
    return f.profile!.peakBytes;
  };
  const row = 100 * 8;
  assertEquals(peakOf(result.get(-1), 10_000), peakOf(result.get(-1), 1));
  assert(peakOf(result.get(-1), 10_000) < 3 * row);
  assert(peakOf(result, 10_000) >= 10_000 * row);
});

Deno.test("a loop of which some of the last values are read needs the memory of these", () => {
  const [x, k] = [T.dvector("x"), T.iscalar("k")];
  const [result] = theano.scan((sum, step) => sum.add(step), {
    outputsInfo: T.zerosLike(x),
    nonSequences: x,
    nSteps: k,
  });
  const row = 100 * 8;
  const reads = [result.get("-7:"), result.get(-5).add(result.get(-2))];
  for (const read of reads) {
    const profile = quiet();
    const f = theano.function([x, k], read, { profile });
    const peaks = [20, 10_000].map((turns) => {
      f(new Array<number>(100).fill(1), turns);
      return profile.peakBytes;
    });
    assertEquals(peaks[1], peaks[0]);
    assert(peaks[0]! < 16 * row);
  }
});

Deno.test("summary() has Theano's sections in Theano's order", () => {
  const profile = quiet();
  const f = profiled(profile);
  f(a, zeros);
  const text = profile.summary("str")!;
  const lines = text.split("\n");
  assertEquals(lines.slice(0, 3), [
    "Function profiling",
    "==================",
    "  Message: of a test",
  ]);
  assertMatch(lines[3]!, /^ {2}Time in 1 calls to Function\.__call__: \d\.\d{6}e[+-]\d\ds$/);
  assertMatch(
    lines[4]!,
    /^ {2}Time in Function\.fn\.__call__: \d\.\d{6}e[+-]\d\ds \(\d+\.\d{3}%\)$/,
  );
  const titles = ["Class", "Ops", "Apply"].map((title) => lines.indexOf(title));
  assertEquals(titles, [...titles].sort((x, y) => x - y));
  assert(titles.every((at) => at > 0));
  assertMatch(text, /\n +\d+\.\d% +\d+\.\d% +\d\.\d{3}s +\d\.\d\de-\d\d?s +C +1 +1 {3}Dot22\n/);
  assert(text.includes("    input 0: dtype=float64, shape=(2, 2), strides=(16, 8) \n"));
  assert(text.includes("    output 0: dtype=float64, shape=(2,), strides=(8,) \n"));
  assert(text.includes("   ... (remaining 0 Classes account for   0.00%(0.00s) of the runtime)\n"));
  assert(text.includes("  - Try the Theano flag floatX=float32\n"));
  assert(!text.includes("Memory Profile"));
});

Deno.test("summary() prints as much as it is told to", () => {
  const profile = quiet();
  profiled(profile)(a, zeros);
  const short = profile.summary("str", 1, 1)!;
  const count = profile.nbNodes - 1;
  assert(count > 0 && short.includes(`... (remaining ${count} Apply instances account for`));
  config.changeFlags({ profile_memory: true, "profiling.min_memory_size": 20 }, () => {
    const text = profile.summary("str")!;
    assert(text.includes("Max peak memory with current setting: CPU: 0KB"));
    assert(text.includes("                32B  [(2, 2)] c Dot22(x, y)\n"), text);
    assert(!text.includes("16B"), text);
  });
  config.changeFlags({ "profiling.debugprint": true }, () => {
    assert(profile.summary("str")!.startsWith("Sum{axis=[1], acc_dtype=float64} [id A]"));
  });
  const written: string[] = [];
  profile.summary({ file: { write: (text) => written.push(text) } });
  assertEquals(written, [profile.summary("str")!]);
});

Deno.test("without time_thunks only calls are timed", () => {
  const profile = quiet({ flagTimeThunks: false });
  const f = profiled(profile);
  assertEquals(f(a, zeros).toArray(), [2, 2]);
  assertEquals([profile.fctCallcount, profile.applyTime.size], [1, 0]);
  assert(profile.vmCallTime > 0);
});

Deno.test("reset() forgets calls, and ignore_first_call the first one", () => {
  const profile = quiet();
  const f = profiled(profile);
  f(a, zeros);
  profile.reset();
  assertEquals([profile.fctCallcount, profile.fctCallTime, profile.applyTime.size], [0, 0, 0]);
  config.changeFlags({ "profiling.ignore_first_call": true }, () => {
    const other = quiet();
    const g = profiled(other);
    g(a, zeros);
    assertEquals([other.fctCallcount, other.applyTime.size], [0, 0]);
    g(a, zeros);
    assertEquals(other.fctCallcount, 1);
  });
});

Deno.test("only what is asked for is profiled; a copy has its own", () => {
  const x = T.dvector("x");
  assertEquals(theano.function([x], x.mul(2)).profile, undefined);
  const f = theano.function([x], x.mul(2), { profile: quiet() });
  assertEquals(f.copy().profile, undefined);
  const other = quiet();
  const copy = f.copy({ profile: other });
  assertEquals(copy([1])[0]!.toArray(), [2]);
  assertEquals([other.fctCallcount, f.profile!.fctCallcount], [1, 0]);
  assertEquals(
    messageOf(() => theano.function([x], x, { profile: 3 as never })),
    "TypeError: The option profile must be a boolean, a text or a ProfileStats",
  );
});

Deno.test("debugprint shows the times of a profiled function", () => {
  const f = profiled(quiet());
  f(a, zeros);
  const text = String(theano.dprint(f, { file: "str" }));
  assert(text.includes("Timing Info") && text.includes("Dot22 [id C] ''   0 --> "), text);
});

const script = `
  import * as theano from "${new URL("../../mod.ts", import.meta.url)}";
  const x = theano.tensor.dvector("x");
  const f = theano.function([x], x.mul(2), { name: "first" });
  const g = theano.function([x], x.exp(), { name: "second" });
  theano.function([x], x.sin(), { name: "never called" });
  f([1]); f([2]); g([3]);
`;

function run(flags: string): readonly [stdout: string, stderr: string] {
  const { stdout, stderr } = new Deno.Command(denoCommand(), {
    args: ["eval", "--quiet", script],
    env: { NO_COLOR: "1", THEANO_FLAGS: flags },
    stdin: "null",
  }).outputSync();
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return [text(stdout), text(stderr)];
}

function messagesIn(text: string): string[] {
  return [...text.matchAll(/^ {2}Message: (.*)$/gm)].map(([, message]) => message!);
}

Deno.test("with the flag profile all profiles are printed at the end, and their sum", () => {
  const [stdout, stderr] = run("profile=True");
  assertEquals(stdout, "");
  assertEquals(messagesIn(stderr), [
    "first",
    "second",
    "Sum of all(2) printed profiles at exit excluding Scan op profile.",
  ]);
  assert(stderr.includes("  Time in 3 calls to Function.__call__: "));
  assertEquals(run(""), ["", ""]);
});

Deno.test("profiles go where the flag profiling.destination says", () =>
  inFolder((folder) => {
    const [stdout, stderr] = run("profile=True,profiling.destination=stdout");
    assertEquals([messagesIn(stdout).length, stderr], [3, ""]);
    assertEquals(run(`profile=True,profiling.destination=${folder}/profile.txt`), ["", ""]);
    const text = Deno.readTextFileSync(`${folder}/profile.txt`);
    assertEquals(messagesIn(text).slice(0, 2), ["first", "second"]);
  }));
