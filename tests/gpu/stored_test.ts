/** @file Functions on a device from the compile cache. */

import * as theano from "@theano/theano";
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { decodeEntry, encodeEntry, type JsonValue } from "../../core/cache/entry.ts";
import { fail } from "../../core/errors.ts";
import { lowerGraph } from "../../core/kernel/lower.ts";
import { InterpreterTarget } from "../../core/kernel/stepper.ts";
import type { Lowered, StoredBuild, Target } from "../../core/kernel/target.ts";
import { defaultLimits } from "../../gpu/code.ts";
import type { Device } from "../../gpu/device.ts";
import { openDevice } from "../../gpu/open.ts";
import { GpuTarget } from "../../gpu/target.ts";
import { exactText, wasmTarget } from "../helpers/targets.ts";
import { assertClose, type Case, functionTest, onDevice } from "./compiled.ts";
import { counting } from "./counting.ts";

const { tensor: T } = theano;

/** Numbers that look random, the same in every run. */
function floats(...shape: readonly number[]): theano.NDArray {
  const size = shape.reduce((n, length) => n * length, 1);
  const data = Float32Array.from({ length: size }, (_, k) => Math.sin(k * k + 1) * 2);
  return theano.array(data, { shape });
}

/** The program of a function that was optimised for the device; shared variables are arguments. */
async function programOf(make: () => theano.CompiledFunction<unknown>): Promise<Lowered> {
  const { fgraph } = (await onDevice(make)).maker;
  return lowerGraph(fgraph, {
    inputs: fgraph.inputs.map((_, index) => ({ role: "argument", index })),
    outputs: fgraph.outputs.map(() => ({ borrow: false })),
    updates: [],
    target: wasmTarget(),
  });
}

/** What is kept of a build, as it comes back from a file. */
function fromFile({ sections, meta }: StoredBuild): StoredBuild {
  const decoded = decodeEntry(encodeEntry("key", { sections, meta: meta as JsonValue }));
  return "entry" in decoded ? decoded.entry : fail("RuntimeError", "read a build", decoded.problem);
}

/** A target of the host that emits nothing. */
function restoringOnly(): Target {
  const host = wasmTarget();
  return {
    name: host.name,
    features: host.features,
    productScratch: host.productScratch,
    sortScratch: host.sortScratch,
    customForms: host.customForms,
    build: () => {
      throw new Error("emitted");
    },
    restore: (stored) => host.restore(stored),
  };
}

/** A function with kernels of most kinds, and with work in double precision, which the host does. */
function mixed(): theano.CompiledFunction<theano.NDArray[]> {
  const [x, w] = [T.fmatrix("x"), T.fmatrix("w")];
  const i = T.lvector("i");
  const h = T.tanh(T.dot(x, w));
  const total = T.exp(T.cast(h.sum({ axis: 0 }), "float64"));
  const weights = T.constant(new Float32Array([1.5, 2, -3]));
  const last = T.cast(total.add(T.constant([1, 2, 3])), "float32").mul(weights).mul(h);
  return theano.function([x, w, i], [T.nnet.softmax(last), h.get(i), T.incSubtensor(h.get(i), 1)]);
}

const mixedArgs = [floats(4, 5), floats(5, 3), theano.array([1, 3, 1], { dtype: "int64" })];

functionTest(
  "a build from a file runs like the first, without texts and modules made",
  async () => {
    const program = await programOf(mixed);
    const device = await openDevice("webgpu");
    const { executable, keep } = new GpuTarget(device, wasmTarget()).build(program);
    const stored = fromFile(keep!()!);
    const names = Object.keys(stored.sections);
    for (const name of ["program.json", "constant_0", "host_0.wasm", "host_0.c0", "map_1.wgsl"]) {
      assert(names.includes(name), `${name} of ${names}`);
    }
    const restored = new GpuTarget(device, restoringOnly()).restore(stored);
    const expected = executable.run(mixedArgs, []).map(exactText);
    for (const _ of [1, 2]) assertEquals(restored.run(mixedArgs, []).map(exactText), expected);
    assertEquals((await restored.runLater!(mixedArgs, [])).map(exactText), expected);
    const outside = [...mixedArgs.slice(0, 2), theano.array([4], { dtype: "int64" })];
    const text = "index 4 is out of bounds for axis 0 with size 4";
    assertThrows(() => restored.run(outside, []), Error, text);
    restored.free();
    assertEquals(restored.run(mixedArgs, []).map(exactText), expected);
    device.close();
  },
);

/** Makes a device seem to allow so many buffers of a shader. */
function setLimit(device: Device, storageBuffers: number): void {
  Object.assign(device, {
    facts: { ...device.facts, limits: { ...defaultLimits, storageBuffers } },
  });
}

/** A stored build with another text in place of a section. */
function changed(
  stored: StoredBuild,
  name: string,
  change: (text: string) => string,
): StoredBuild {
  const text = change(new TextDecoder().decode(stored.sections[name]));
  return { ...stored, sections: { ...stored.sections, [name]: new TextEncoder().encode(text) } };
}

functionTest("a restored function runs the texts that were stored", async () => {
  const x = T.fvector("x");
  const program = await programOf(() => theano.function([x], x.mul(3)));
  const device = await openDevice("webgpu");
  const target = new GpuTarget(device, wasmTarget());
  const stored = target.build(program).keep!()!;
  assertEquals(Object.keys(stored.sections).filter((name) => /wgsl/.test(name)), ["map_0.wgsl"]);
  const other = changed(stored, "map_0.wgsl", (text) => text.replace("3.0", "5.0"));
  const results = [stored, other].map((build) =>
    target.restore(build).run([floats(2)], [])[0]!.toArray()
  );
  const [first, second] = floats(2).toArray() as [number, number];
  assertEquals(results, [3, 5].map((by) => [first, second].map((v) => Math.fround(v * by))));
  device.close();
});

functionTest("a build that is damaged, or of another device, is refused", async () => {
  const program = await programOf(mixed);
  const device = await openDevice("webgpu");
  const target = new GpuTarget(device, wasmTarget());
  const stored = target.build(program).keep!()!;
  const without = (name: string): StoredBuild => {
    const sections = Object.entries(stored.sections).filter(([other]) => other !== name);
    return { ...stored, sections: Object.fromEntries(sections) };
  };
  const meta = stored.meta as { device: { kernels: (string[] | null)[]; hosts: unknown[] } };
  const { kernels, hosts } = meta.device;
  const withMeta = (more: object): StoredBuild => ({
    ...stored,
    meta: { device: { kernels, hosts, ...more } },
  });
  const damaged = [
    ...Object.keys(stored.sections).map(without),
    changed(stored, "program.json", (text) => text.slice(1)),
    changed(stored, "host_0.wasm", (text) => text.slice(1)),
    withMeta({ kernels: kernels.slice(1) }),
    withMeta({ kernels: kernels.map((names) => names?.slice(1) ?? null) }),
    withMeta({ kernels: kernels.map(() => null) }),
    withMeta({ hosts: [] }),
    { ...stored, meta: { device: null } },
  ];
  for (const build of damaged) assertThrows(() => target.restore(build));
  target.restore(stored);
  setLimit(device, 1);
  assertThrows(() => target.restore(stored));
  device.close();
});

functionTest("what shaders depend on is part of a target's features", async () => {
  const device = await openDevice("webgpu");
  const target = new GpuTarget(device, wasmTarget());
  const own = target.features;
  assert(own.includes(wasmTarget().features));
  assertEquals(own, new GpuTarget(device, wasmTarget()).features);
  setLimit(device, 1);
  assert(target.features !== own);
  device.close();
});

functionTest("nothing is kept of what ops of the host are part of", async () => {
  const x = T.fvector("x");
  const device = await openDevice("webgpu");
  const turned = T.permuteRowElements(x.mul(2), [1, 0]).mul(3);
  const program = await programOf(() => theano.function([x], turned));
  assertEquals(program.hosts.length, 1);
  assertEquals(new GpuTarget(device, wasmTarget()).build(program).keep, undefined);
  const plain = await programOf(() => theano.function([x], x.mul(2)));
  const both = await programOf(mixed);
  const target = new GpuTarget(device, new InterpreterTarget());
  assertEquals(target.build(both).keep!(), undefined);
  assert(target.build(plain).keep!() !== undefined);
  device.close();
});

type Shared = theano.tensor.TensorSharedVariable;

const cases: Readonly<Record<string, () => Case>> = {
  "formulas and constants": () => {
    const [x, y] = [T.fvector("x"), T.fvector("y")];
    const weights = T.constant(new Float32Array([1, 2, 3]));
    return {
      inputs: [x, y],
      outputs: [T.exp(x).add(y).mul(weights)],
      values: [[1, 2, 3], [4, 5, 6]],
    };
  },
  "a step of learning": () => {
    const [x, y] = [T.fmatrix("x"), T.ivector("y")];
    const [w, b] = [theano.shared(floats(6, 4)), theano.shared(floats(4))] as [Shared, Shared];
    const p = T.nnet.softmax(T.dot(T.tanh(x), w).add(b));
    const cost = T.nnet.categoricalCrossentropy(p, y).mean();
    const [gw, gb] = theano.grad(cost, [w, b]) as theano.tensor.TensorVariable[];
    return {
      inputs: [x, y],
      outputs: [cost],
      values: [floats(5, 6), [0, 3, 1, 1, 2]],
      updates: [[w, w.sub(gw!.mul(0.1))], [b, b.sub(gb!.mul(0.1))]],
    };
  },
  "a loop and a choice": () => {
    const [x, c] = [T.fvector("x"), T.iscalar("c")];
    const [rows] = theano.scan((v: theano.TensorVariable) => T.tanh(v).mul(2), {
      outputsInfo: x.mul(0.5),
      nSteps: 4,
    });
    const last = (rows as theano.tensor.TensorVariable).get(-1).add(x);
    return {
      inputs: [x, c],
      outputs: [theano.ifelse(c.gt(1), last, x.neg()) as theano.tensor.TensorVariable],
      values: [[0.5, -1, 2], 2],
    };
  },
  "work in double precision": () => {
    const x = T.fvector("x");
    const wide = T.cast(x.mul(2), "float64").sum();
    return { inputs: [x], outputs: [T.cast(wide, "float32").mul(x), wide], values: [[1, 2, 3]] };
  },
};

for (const [name, make] of Object.entries(cases)) {
  functionTest(`${name}: a function from the cache computes what the first one does`, async () => {
    const { mode, count } = counting(name);
    const compiled = (options: object = {}): { f: theano.CompiledFunction; of: Case } => {
      const of = make();
      const { inputs, outputs, updates = [] } = of;
      const given = inputs as theano.tensor.TensorVariable[];
      return { f: theano.function(given, outputs, { updates, ...options }), of };
    };
    const host = compiled();
    const [first, second] = await onDevice(() => [compiled({ mode }), compiled({ mode })]);
    assertEquals(count(), 1);
    for (let call = 0; call < 3; call++) {
      const expected = host.f(...host.of.values) as theano.NDArray[];
      const results = [first!, second!].map(({ f, of }) => f(...of.values) as theano.NDArray[]);
      assertEquals(results[1]!.map(exactText), results[0]!.map(exactText));
      expected.forEach((value, k) => assertClose(results[1]![k]!, value, `${call}, output ${k}`));
    }
    host.of.updates?.forEach(([shared], k) => {
      assertClose(second!.of.updates![k]![0].getValue(), shared.getValue(), `${shared}`);
    });
    assertEquals(count(), 1);
  });
}

functionTest("a copy of a function from the cache is made of what is kept", async () => {
  const { mode, count } = counting("copies");
  const copies = await onDevice(() =>
    [1, 2].map(() => {
      const x = T.fvector("x");
      return theano.function([x], [T.exp(x).sum()], { mode }).copy();
    })
  );
  const [first, second] = copies.map((f) => f([1, 2]).map(exactText));
  assertEquals(second, first);
  assertEquals(count(), 1);
});

functionTest(
  "a function from the cache names the node at fault as the first one does",
  async () => {
    const { mode, count } = counting("faults");
    const messages = async (names: readonly string[]): Promise<string[]> => {
      const [x, i] = [T.fmatrix(names[0]!), T.lvector(names[1]!)];
      const f = await onDevice(() => theano.function([x, i], T.exp(x).get(i).mul(2), { mode }));
      const call = (index: number) => () => f(floats(2, 3), [index]);
      assertEquals((call(1)() as theano.NDArray).shape, [1, 3]);
      return [2, -3].map((index) => (assertThrows(call(index)) as Error).message);
    };
    const first = await messages(["x", "i"]);
    const before = count();
    const second = await messages(["u", "v"]);
    assertMatch(first[0]!, /^index 2 is out of bounds for axis 0 with size 2\n/);
    assertMatch(first[0]!, /Apply node that caused the error: GpuAdvancedSubtensor/);
    // The optimised graph is made again only to say which node it was.
    assertEquals([before, count()], [1, 2]);
    const renamed = first.map((text) => text.replace(/\bx\b/g, "u").replace(/\bi\b/g, "v"));
    assertEquals(
      second.map((text) => text.split("\n")[1]),
      renamed.map((text) => text.split("\n")[1]),
    );
  },
);

functionTest("random streams of functions from the cache go on by themselves", async () => {
  const { mode, count } = counting("streams");
  const draws = await onDevice(() =>
    [1, 2].map(() => {
      const streams = new theano.sandbox.rngMrg.MRG_RandomStreams(7);
      const f = theano.function([], streams.uniform([3, 2]).mul(1), { mode });
      return [f(), f()].map((value) => exactText(value as theano.NDArray));
    })
  );
  assertEquals(count(), 1);
  assertEquals(draws[1], draws[0]);
  assert(draws[0]![0] !== draws[0]![1]);
});
