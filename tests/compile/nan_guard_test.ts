import { assert, assertEquals, assertThrows } from "@std/assert";
import * as theano from "@theano/theano";
import { setWarningListener } from "../../core/host/warn.ts";

const { tensor: T, config, errors } = theano;
const { getMode, NanGuardMode } = theano.compile;
const { AssertionError } = errors;

const x = T.dvector("x");

function guarded(
  y: theano.tensor.TensorVariable,
  mode: theano.Mode = new NanGuardMode(),
): (value: readonly number[]) => unknown {
  const f = theano.function([x], y, { mode });
  return (value) => f(value).toArray();
}

Deno.test("NanGuardMode computes what other modes compute where there is nothing to report", () => {
  assertEquals(guarded(T.log(x).add(x).sum())([1, 1]), 2);
  assertEquals(guarded(T.log(x), new NanGuardMode({ linker: "py" }))([1]), [0]);
});

Deno.test("NanGuardMode names the node whose output has NaN, infinity or a big value", () => {
  const log = guarded(T.log(x));
  const nan = assertThrows(() => log([1, -1]), AssertionError);
  assertEquals(nan.message.split("\n").slice(0, 4), [
    "NaN detected",
    "NanGuardMode found an error in the output of a node in this variable:",
    "Elemwise{log,no_inplace} [id A] ''   ",
    " |x [id B]",
  ]);
  assert(nan.message.includes("nan_guard_test.ts"), "no trace");
  const inf = assertThrows(() => log([0]), AssertionError);
  assert(inf.message.startsWith("Inf detected\nBig value detected\n"), inf.message);
  const big = assertThrows(() => guarded(x.mul(100))([2e9]), AssertionError);
  assert(big.message.startsWith("Big value detected\n"), big.message);
});

Deno.test("NanGuardMode looks at inputs and shared values first", () => {
  const error = assertThrows(() => guarded(T.log(x))([NaN]), AssertionError);
  assert(
    error.message.startsWith(
      "NaN detected\nNanGuardMode found an error in an input of the graph.\n",
    ),
    error.message,
  );
  const w = theano.shared(theano.array([Infinity]), "w");
  const f = theano.function([], w.mul(2), { mode: "NanGuardMode" });
  assertThrows(() => f(), AssertionError, "Inf detected");
});

Deno.test("NanGuardMode looks only for what it is told to, by options or flags", () => {
  const onlyNan = new NanGuardMode({ infIsError: false, bigIsError: false });
  assertEquals(guarded(T.log(x), onlyNan)([0]), [-Infinity]);
  assertThrows(() => guarded(T.log(x), onlyNan)([-1]), AssertionError, "NaN detected");
  const off = {
    "NanGuardMode.nan_is_error": false,
    "NanGuardMode.inf_is_error": false,
    "NanGuardMode.big_is_error": false,
  };
  config.changeFlags(off, () => assertThrows(() => new NanGuardMode(), errors.ValueError));
  config.changeFlags({ ...off, "NanGuardMode.big_is_error": true }, () => {
    const values = guarded(T.log(x), getMode("NanGuardMode"))([-1]) as number[];
    assert(Number.isNaN(values[0]));
  });
});

Deno.test("NanGuardMode warns where the flag action says so, and goes on", () => {
  const warnings: string[] = [];
  const before = setWarningListener((_, text) => void warnings.push(text));
  try {
    config.changeFlags({ "NanGuardMode.action": "warn" }, () => {
      assertEquals(guarded(T.log(x))([0]), [-Infinity]);
    });
  } finally {
    setWarningListener(before);
  }
  assertEquals(warnings.length, 1);
  assert(warnings[0]!.startsWith("Inf detected\n"));
});

Deno.test("NanGuardMode leaves alone what a tag excepts, integers, and empty arrays", () => {
  const y = T.log(x);
  y.tag["nanGuardModeCheck"] = false;
  const f = theano.function([x], y, { mode: new NanGuardMode({ optimizer: null }) });
  assertEquals(f([0]).toArray(), [-Infinity]);
  assertEquals(guarded(T.log(x))([]), []);
  const i = T.lvector("i");
  const g = theano.function([i], i.mul(2), { mode: "NanGuardMode" });
  assertEquals(g([3]).toArray(), [6]);
});

Deno.test("a failed call changes no shared variable", () => {
  const w = theano.shared(theano.array([1]), "w");
  const f = theano.function([x], T.log(x), { updates: [[w, w.add(1)]], mode: "NanGuardMode" });
  assertThrows(() => f([-1]), AssertionError);
  assertEquals(w.getValue().toArray(), [1]);
  f([1]);
  assertEquals(w.getValue().toArray(), [2]);
});
