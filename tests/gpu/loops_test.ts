/** @file Loops and choices on the device: what they compute, and how often they ask the device. */

import * as theano from "@theano/theano";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { deviceTarget } from "../../core/compile/device.ts";
import type { GpuTarget } from "../../gpu/target.ts";
import { loopPrograms } from "../theano/loop_programs.ts";
import { assertAgrees, type Case, functionTest, onDevice, opsOf } from "./compiled.ts";

const { tensor: T } = theano;
type Variable = theano.tensor.TensorVariable;

/** Numbers that are no pattern, near zero. */
function numbers(...shape: readonly number[]): theano.NDArray {
  const rng = new theano.random.RandomState(7);
  return rng.uniform(-0.5, 0.5, shape).astype("float32");
}

function matrix(name: string): Variable {
  return T.fmatrix(name);
}

/** Loops that the device runs, and what they are called with. */
const loops: Readonly<Record<string, () => Case>> = {
  "a trace of a recurrent network": () => {
    const [x, h, w] = [matrix("x"), T.fvector("h"), matrix("w")];
    const [trace] = theano.scan((x, h, w) => T.tanh(T.dot(h, w).add(x)), {
      sequences: x,
      outputsInfo: h,
      nonSequences: w,
    });
    const values = [numbers(9, 4), numbers(4), numbers(4, 4)];
    return { inputs: [x, h, w], outputs: [trace], values };
  },
  "its gradient": () => {
    const [x, h, w] = [matrix("x"), T.fvector("h"), matrix("w")];
    const [trace] = theano.scan((x, h, w) => T.tanh(T.dot(h, w).add(x)), {
      sequences: x,
      outputsInfo: h,
      nonSequences: w,
    });
    const outputs = T.grad(trace.get(-1).sum(), [x, h, w]);
    const values = [numbers(9, 4), numbers(4), numbers(4, 4)];
    return { inputs: [x, h, w], outputs, values };
  },
  "the last value alone": () => {
    const h = T.fvector("h");
    const [trace] = theano.scan((h) => T.sin(h).mul(1.5), { outputsInfo: h, nSteps: 33 });
    return { inputs: [h], outputs: [trace.get(-1)], values: [numbers(5)] };
  },
  "two values back, and a sequence with taps": () => {
    const [x, h] = [T.fvector("x"), T.fvector("h")];
    const [trace] = theano.scan(
      (before, after, two, one) => T.add(before, after, two.mul(0.5), one.mul(0.25)),
      {
        sequences: { input: x, taps: [-1, 1] },
        outputsInfo: { initial: h, taps: [-2, -1] },
      },
    );
    return { inputs: [x, h], outputs: [trace], values: [numbers(12), numbers(2)] };
  },
  "a loop in a loop": () => {
    const [x, y] = [matrix("x"), T.fvector("y")];
    const [sums] = theano.scan(
      (row, y) => {
        const [inner] = theano.scan((e, total, y) => total.mul(e).add(y), {
          sequences: row,
          outputsInfo: T.zerosLike(y),
          nonSequences: y,
        });
        return inner.get(-1);
      },
      { sequences: x, nonSequences: y },
    );
    return { inputs: [x, y], outputs: [sums], values: [numbers(4, 5), numbers(3)] };
  },
  "rows at places that the turns count": () => {
    const x = matrix("x");
    const [rows] = theano.scan((k, x) => x.get(k).mul(k.astype("float32")), {
      sequences: T.arange(x.shape.get(0)),
      nonSequences: x,
    });
    return { inputs: [x], outputs: [rows], values: [numbers(6, 3)] };
  },
  "a choice at every turn": () => {
    const [x, h] = [matrix("x"), T.fvector("h")];
    const [trace] = theano.scan(
      (x, h) => theano.ifelse(T.gt(h.sum(), 0), h.sub(x), T.exp(h).add(x)) as Variable,
      { sequences: x, outputsInfo: h },
    );
    return { inputs: [x, h], outputs: [trace], values: [numbers(8, 3), numbers(3)] };
  },
  "elements at indices": () => {
    const [x, k, h] = [T.fvector("x"), T.imatrix("k"), T.fvector("h")];
    const [trace] = theano.scan((k, h, x) => h.add(x.get(k)), {
      sequences: k,
      outputsInfo: h,
      nonSequences: x,
    });
    const indices = theano.array(Int32Array.of(0, 4, 2, 3, 1, 1)).reshape([3, 2]);
    return { inputs: [x, k, h], outputs: [trace], values: [numbers(5), indices, numbers(2)] };
  },
  "new values of shared variables": () => {
    const [x, n] = [T.fvector("x"), T.iscalar("n")];
    const state = theano.shared(numbers(3), { name: "state" });
    const [last, updates] = theano.scan(
      (h, x) => ({ outputs: h.mul(x), updates: [[state, state.add(h)]] }),
      { outputsInfo: T.onesLike(x), nonSequences: x, nSteps: n },
    );
    return {
      inputs: [x, n],
      outputs: [last.get(-1)],
      values: [numbers(3), 4],
      updates: [[state, updates.get(state)]],
    };
  },
};

functionTest("rows of arrays that are larger than what a shader may see", async () => {
  const { device: { facts } } = await onDevice(() => deviceTarget() as GpuTarget);
  const { largestBinding } = facts;
  Object.assign(facts, { largestBinding: 1024 });
  try {
    const make = (): Case => {
      const [x, h] = [matrix("x"), T.fmatrix("h")];
      const [trace] = theano.scan((x, two, one) => T.add(x, two.mul(0.5), one.mul(0.25)), {
        sequences: x,
        outputsInfo: { initial: h, taps: [-2, -1] },
      });
      return { inputs: [x, h], outputs: [trace], values: [numbers(40, 30), numbers(2, 30)] };
    };
    assert((await assertAgrees(make)).includes("for{gpu,scan_fn}"));
  } finally {
    Object.assign(facts, { largestBinding });
  }
});

functionTest("streams draw on in every turn", async () => {
  const make = (): Case => {
    const n = T.iscalar("n");
    const streams = new theano.sandbox.rngMrg.MRG_RandomStreams(5);
    const [draws, updates] = theano.scan(
      (total) => total.add(streams.uniform([3], { dtype: "float32" })),
      { outputsInfo: T.zeros([3], { dtype: "float32" }), nSteps: n },
    );
    const pairs = [...updates] as unknown as NonNullable<Case["updates"]>;
    return { inputs: [n], outputs: [draws], values: [4], updates: pairs };
  };
  const ops = await assertAgrees(make);
  assert(ops.some((name) => name.startsWith("for{gpu,")), ops.join(" "));
});

functionTest("a loop of more turns than are written down at once", async () => {
  const make = (): Case => {
    const x = T.fvector("x");
    const [trace] = theano.scan((h, x) => T.minimum(h.add(x), 1000), {
      outputsInfo: T.zerosLike(x),
      nonSequences: x,
      nSteps: 17_000,
    });
    return { inputs: [x], outputs: [trace.get(-1)], values: [Float32Array.of(0.25, 2)] };
  };
  assert((await assertAgrees(make, 1)).includes("for{gpu,scan_fn}"));
});

for (const [what, make] of Object.entries(loops)) {
  functionTest(`loops: ${what}`, async () => {
    const ops = await assertAgrees(make);
    assert(ops.some((name) => name.startsWith("for{gpu,")), ops.join(" "));
    assert(!ops.some((name) => name.startsWith("for{cpu,")), ops.join(" "));
  });
}

/** A loop that adds `x` to `h` until an element is beyond a bound. */
function untilBeyond(keep: "all" | "last" | "three"): Case {
  const [x, h, bound] = [T.fvector("x"), T.fvector("h"), T.fscalar("bound")];
  const [trace] = theano.scan(
    (h, x, bound) => {
      const next = h.add(x);
      return { outputs: next, until: T.gt(next.max(), bound) };
    },
    { outputsInfo: h, nonSequences: [x, bound], nSteps: 200 },
  );
  const kept = { all: trace, last: trace.get(-1), three: trace.get("-3:") };
  const values = [Float32Array.of(1, 0.5), Float32Array.of(0, 0)];
  return { inputs: [x, h, bound], outputs: [kept[keep]], values };
}

for (const keep of ["all", "last", "three"] as const) {
  functionTest(`a loop ends after the turn that says so, where ${keep} is kept`, async () => {
    for (const bound of [0.5, 2.5, 62.5, 63.5, 64.5, 127.5, 150.5, 1000]) {
      const make = (): Case => {
        const { values, ...rest } = untilBeyond(keep);
        return { ...rest, values: [...values, bound] };
      };
      const ops = await assertAgrees(make, 1);
      assert(ops.some((name) => name.startsWith("do_while{gpu,")), ops.join(" "));
    }
  });
}

/** How often a call submits, once its parameters are on the device. */
async function submitsOf(make: () => Case): Promise<number> {
  const { inputs, outputs, values } = make();
  const f = await onDevice(() => theano.function(inputs as Variable[], [...outputs]));
  f(...values);
  const { traffic } = await onDevice(() => (deviceTarget() as GpuTarget).device);
  const before = traffic.submits;
  f(...values);
  return traffic.submits - before;
}

functionTest("a loop is one submission, one for 64 turns where it may end early", async () => {
  for (const what of ["a trace of a recurrent network", "its gradient", "a loop in a loop"]) {
    assertEquals(await submitsOf(loops[what]!), 1, what);
  }
  const until = (bound: number) => (): Case => {
    const { values, ...rest } = untilBeyond("all");
    return { ...rest, values: [...values, bound] };
  };
  // One for each 64 turns, and one for the result.
  assertEquals(await submitsOf(until(150.5)), 4);
  assertEquals(await submitsOf(until(1000)), 5);
});

/** Elements of `x` at indices, one a turn, until one is above 5. */
function untilAbove(): theano.CompiledFunction<theano.NDArray> {
  const [x, k] = [T.fvector("x"), T.imatrix("k")];
  const [found] = theano.scan(
    (k, x) => {
      const element = x.get(k);
      return { outputs: element, until: T.gt(element.max(), 5) };
    },
    { sequences: k, nonSequences: x },
  );
  return theano.function([x, k], found);
}

functionTest("an index out of range in a turn is the error of the host", async () => {
  const onHost = untilAbove();
  const there = await onDevice(untilAbove);
  assert(opsOf(there).includes("do_while{gpu,scan_fn}"));
  const x = Float32Array.of(1, 2, 3, 9);
  const after = [[0], [1], [3], [7], [0]];
  assertEquals(there(x, after).toArray(), [[1], [2], [9]]);
  const before = [[0], [7], [3], [0], [0]];
  const error = assertThrows(() => there(x, before), theano.errors.IndexError);
  const own = assertThrows(() => onHost(x, before), theano.errors.IndexError);
  assertEquals(error.message.split("\n")[0], own.message.split("\n")[0]);
  assertStringIncludes(error.message, "AdvancedSubtensor1(x_copy, k[t])");
  assertEquals(there(x, after).toArray(), [[1], [2], [9]]);
});

functionTest(
  "a choice takes one branch, and asks the device for a condition from there",
  async () => {
    const make = (): Case => {
      const [x, y] = [matrix("x"), matrix("y")];
      const chosen = theano.ifelse(T.gt(x.sum(), 0), T.exp(x).sum(0), T.tanh(y).sum(0)) as Variable;
      return { inputs: [x, y], outputs: [chosen, T.grad(chosen.sum(), x)], values: [] };
    };
    for (const sign of [1, -1]) {
      const x = theano.full([3, 4], sign * 0.25, "float32");
      const withValues = (): Case => ({ ...make(), values: [x, numbers(3, 4)] });
      const ops = await assertAgrees(withValues);
      assertEquals(ops.filter((name) => name.startsWith("if{")), ["if{gpu}", "if{gpu}"]);
      assertEquals(await submitsOf(withValues), 2);
    }
  },
);

functionTest("only the branch that is taken runs", async () => {
  const [a, b] = [T.fscalar("a"), T.fscalar("b")];
  const [x, y] = [matrix("x"), matrix("y")];
  const profile = new theano.compile.ProfileStats({ atexitPrint: false });
  const f = await onDevice(() => {
    const lazy = theano.ifelse(T.lt(a, b), T.mean(x), T.mean(y)) as Variable;
    return theano.function([a, b, x, y], lazy, { profile });
  });
  assertEquals(f(0, 1, numbers(2, 2), numbers(2, 2)).shape, []);
  const sums = [...profile.applyCallcount].filter(([{ op }]) => op.name.startsWith("GpuCAReduce"));
  assertEquals(sums.reduce((total, [, count]) => total + count, 0), 1);
});

/** The programs of the manual whose loops stay on the host, and why. */
const onHostOnly: Readonly<Record<string, string>> = {
  "49": "no loop is left",
  "56": "it counts in int64",
  "57": "its numbers are int64",
  "57, its note": "no loop is left",
  "59": "powers of whole numbers are float64",
  "60": "powers of whole numbers are float64",
};

for (const { name, run } of loopPrograms) {
  functionTest(`loop ${name}`, async () => {
    const f = await onDevice(() => run("FAST_RUN"));
    const isOnHost = name.split(":")[0]! in onHostOnly;
    assertEquals(opsOf(f).some((op) => op.startsWith("for{gpu,")), !isOnHost);
  });
}
