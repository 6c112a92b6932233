/** @file The options `mode` and `allowGc` of loops. */

import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import * as theano from "@theano/theano";
import { inputs as rootsOf, ioToposort } from "../../core/graph/traverse.ts";
import { isScan, type Scan } from "../../core/ops/scan_op.ts";
import { lowered, wasmTarget } from "../helpers/targets.ts";
import { messageOf } from "./helpers.ts";

const { tensor: T } = theano;
const { DebugMode, MonitorMode, NanGuardMode } = theano.compile;
type Mode = theano.ScanOptions["mode"];
type Variable = theano.tensor.TensorVariable;

const x = T.dvector("x");

/** A state by a formula that some rewrites make shorter. */
function loop(options: theano.ScanOptions = {}): Variable {
  const [result] = theano.scan((row, before) => T.log(T.exp(row!.mul(before!))).add(row!), {
    sequences: x,
    outputsInfo: theano.float64(1),
    ...options,
  });
  return result as Variable;
}

/** The loops of a compiled function. */
function loopsOf(f: theano.CompiledFunction): Scan[] {
  return f.maker.fgraph.toposort().filter(isScan).map(({ op }) => op);
}

/** The names of the ops in a turn. */
function namesIn({ inputs, outputs }: Scan): string[] {
  return ioToposort(inputs, outputs).map(({ op }) => op.name);
}

/** The key of a loop before anything is rewritten. */
function keyOf(options: theano.ScanOptions): string {
  const node = ioToposort(rootsOf([loop(options)]), [loop(options)]).find(isScan)!;
  return node.op.key;
}

/** The elements of a vector, rounded: a logarithm of a power is not quite the exponent. */
function rounded(value: theano.NDArray): number[] {
  return [...value].map((element) => Number(Number(element).toFixed(9)));
}

const modes: Readonly<Record<string, () => Mode>> = {
  "none": () => null,
  FAST_RUN: () => "FAST_RUN",
  FAST_COMPILE: () => "FAST_COMPILE",
  "no rewrites": () => new theano.Mode({ optimizer: null }),
  "linker py": () => new theano.Mode({ linker: "py" }),
  DebugMode: () => "DebugMode",
  NanGuardMode: () => new NanGuardMode({ nanIsError: true }),
  MonitorMode: () => new MonitorMode(),
};

for (const [name, mode] of Object.entries(modes)) {
  Deno.test(`a loop with the mode ${name} computes the same in functions of all modes`, () => {
    const outputs = [loop({ mode: mode()! }), theano.grad(loop({ mode: mode()! }).sum(), x)];
    for (const around of ["FAST_RUN", "FAST_COMPILE", new theano.Mode({ linker: "py" })]) {
      const f = theano.function([x], outputs, { mode: around });
      for (let call = 0; call < 2; call++) {
        const [trace, slope] = f([1, 2, 3]);
        assertEquals([trace, slope].map((value) => rounded(value!)), [[2, 6, 21], [18, 12, 7]]);
      }
    }
  });
}

Deno.test("the rewrites of a mode are those of the turns, and of nothing else", () => {
  const simple = theano.function([x], loop({ mode: "FAST_RUN" }), { mode: "FAST_COMPILE" });
  const plain = theano.function([x], loop({ mode: "FAST_COMPILE" }), { mode: "FAST_RUN" });
  const hasLog = (f: theano.CompiledFunction): boolean =>
    loopsOf(f).some((op) => namesIn(op).join().includes("log"));
  assertEquals([hasLog(simple), hasLog(plain)], [false, true]);
  const without = new theano.Mode({ optimizer: "fast_run" }).excluding("fusion");
  const unfused = theano.function([x], loop({ mode: without }), { mode: "FAST_RUN" });
  const fused = theano.function([x], loop(), { mode: "FAST_RUN" });
  assertEquals([unfused, fused].map((f) => namesIn(loopsOf(f)[0]!).length), [2, 1]);
});

Deno.test("a mode that watches sees each node of each turn, in gradients too", () => {
  const seen: string[] = [];
  const mode = new MonitorMode({ postFunc: (_, node) => void seen.push(node.op.name) });
  theano.function([x], loop({ mode }))([1, 2, 3]);
  assertEquals(seen, new Array(3).fill("Elemwise{Composite{((i0 * i1) + i0)}}"));
  seen.length = 0;
  theano.function([x], theano.grad(loop({ mode, name: "mine" }).sum(), x))([1, 2]);
  assertEquals(seen.length, 4, "two turns forward, two backward");
});

Deno.test("a loop in a loop is compiled by its own mode", () => {
  const seen: string[] = [];
  const mode = new MonitorMode({ postFunc: (_, node) => void seen.push(node.op.name) });
  const m = T.dmatrix("m");
  const [sums] = theano.scan((row, total) => {
    const [inner] = theano.scan((value, before) => before!.mul(value!), {
      sequences: row!,
      outputsInfo: total!,
      mode,
    });
    return (inner as Variable).get(-1);
  }, { sequences: m, outputsInfo: theano.float64(1) });
  const f = theano.function([m], sums as Variable);
  assertEquals(f([[1, 2], [3, 4]]).toArray(), [2, 24]);
  assertEquals(seen.length, 4);
});

Deno.test("what a mode finds in a turn names the node inside, and the loop", () => {
  const mode = new NanGuardMode({ nanIsError: true, infIsError: false, bigIsError: false });
  const [logs] = theano.scan((row, before) => T.log(row!.sub(before!)), {
    sequences: x,
    outputsInfo: theano.float64(0),
    mode,
    name: "guarded",
  });
  const f = theano.function([x], logs as Variable);
  assertEquals(f([1]).toArray(), [0]);
  const text = messageOf(() => f([1, -1]));
  assertStringIncludes(text, "AssertionError: NaN detected");
  assertStringIncludes(
    text,
    "Apply node that caused the error: Elemwise{Composite{log((i0 - i1))}",
  );
  assertStringIncludes(text, "Apply node that caused the error: for{cpu,guarded}(");
});

Deno.test("DebugMode for turns refuses a NaN that one makes, where the function around does not", () => {
  const build = (mode: Mode): theano.CompiledFunction<theano.NDArray> => {
    const [roots] = theano.scan((row, before) => T.sqrt(row!.sub(before!)), {
      sequences: x,
      outputsInfo: theano.float64(0),
      mode: mode!,
    });
    return theano.function([x], roots as Variable, { mode: "FAST_RUN" });
  };
  assertEquals(build(null)([1, -4]).toArray(), [1, NaN]);
  const debugged = build(new DebugMode());
  assertEquals(debugged([4, 6]).toArray(), [2, 2]);
  assertStringIncludes(messageOf(() => debugged([1, -4])), "InvalidValueError");
});

Deno.test("loops become one only if their turns are compiled in the same way", () => {
  const count = (first: Mode, second: Mode): number => {
    const [doubled] = theano.scan((row, before) => row!.mul(2).add(before!), {
      sequences: x,
      outputsInfo: theano.float64(0),
      mode: second!,
    });
    const f = theano.function([x], [loop({ mode: first! }), doubled as Variable]);
    const [trace, sums] = f([1, 2]);
    assertEquals([trace!.toArray(), sums!.toArray()], [[2, 6], [2, 6]]);
    return loopsOf(f).length;
  };
  const watching = new MonitorMode();
  assertEquals(count(null, null), 1);
  assertEquals(count("FAST_COMPILE", "FAST_COMPILE"), 1);
  assertEquals(count(watching, watching), 1);
  assertEquals(count(null, "FAST_COMPILE"), 2);
  assertEquals(count(watching, new MonitorMode()), 2);
});

Deno.test("what compiles the turns is part of the key of a loop", () => {
  const stable = [{}, { mode: "FAST_RUN" }, { mode: "FAST_COMPILE" }].map(keyOf);
  assertEquals(new Set(stable).size, 3);
  assert(stable.every((key) => !key.includes("unique:")));
  assertEquals(keyOf({ mode: "FAST_RUN" }), stable[1]);
  assertStringIncludes(keyOf({ mode: "DebugMode" }), "unique:");
  assertNotEquals(keyOf({ mode: "DebugMode" }), keyOf({ mode: "DebugMode" }));
});

Deno.test("a loop refuses what is no mode", () => {
  const refusal = (mode: unknown): string => messageOf(() => loop({ mode: mode as Mode & string }));
  assertEquals(refusal("nope"), "ValueError: No predefined mode exist for string: nope");
  assertEquals(refusal(5), "TypeError: No predefined mode exist for string: 5");
  assertEquals(
    refusal({}),
    "TypeError: Cannot make a loop: its mode is an object\n" +
      '  Give a mode, such as new theano.Mode(), or the name of one, such as "FAST_RUN"',
  );
});

Deno.test("allowGc changes neither results nor memory, nor does the flag scan.allow_gc", () => {
  const results = [true, false, null].flatMap((allowGc) =>
    [true, false].map((flag) =>
      theano.config.changeFlags({ "scan.allow_gc": flag }, () => {
        const f = theano.function([x], loop({ allowGc }));
        return f([1, 2, 3]).toArray();
      })
    )
  );
  assertEquals(results, new Array(6).fill([2, 6, 21]));
  assertEquals(keyOf({ allowGc: true }), keyOf({ allowGc: false }));
  assertEquals(
    messageOf(() => loop({ allowGc: "yes" as unknown as boolean })),
    'TypeError: Cannot make a loop: allowGc is "yes" and no boolean',
  );
});

Deno.test("all turns use the same memory", () => {
  const [start, turns] = [T.dmatrix("start"), T.lscalar("turns")];
  const [powers] = theano.scan((before) => T.dot(T.dot(before!, before!), before!).mul(0.5), {
    outputsInfo: start,
    nSteps: turns,
  });
  const f = theano.function([start, turns], (powers as Variable).get(-1));
  const { inputs, outputs } = f.maker.fgraph;
  const { executable } = wasmTarget().build(lowered({ inputs, outputs }));
  const bytesOf = (count: number): number => {
    const identity = theano.array(new Array(16).fill(0.1), { dtype: "float64" }).reshape([4, 4]);
    executable.run([identity, theano.int64(count)], []);
    return executable.workspaceBytes;
  };
  assertEquals(bytesOf(10_000), bytesOf(2));
});
