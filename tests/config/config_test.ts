import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  addConfigVar,
  changeFlags,
  type Config,
  config,
  configOf,
  flags,
  type FlagSnapshot,
  snapshotOf,
} from "../../core/config/config.ts";
import type { FlagValue } from "../../core/config/flag.ts";
import { FlagStore } from "../../core/config/flag_store.ts";
import { builtinFlags } from "../../core/config/flags.ts";
import {
  BoolParam,
  ConfigParam,
  EnumStr,
  FloatParam,
  IntParam,
  StrParam,
} from "../../core/config/params.ts";
import { warningsOf } from "../cache/helpers.ts";

interface Fresh {
  readonly store: FlagStore;
  readonly config: Config;
  readonly flags: FlagSnapshot;
  /** How often the outside was read. */
  readonly reads: () => number;
}

function fresh(flagsText = "", ...rcTexts: readonly string[]): Fresh {
  let reads = 0;
  const store = new FlagStore(builtinFlags(), () => {
    reads++;
    const rcFiles = rcTexts.map((text, index) => ({ path: `/rc${index}`, text }));
    return { flagsText, rcFiles, variables: { USER: "me" } };
  });
  return { store, config: configOf(store), flags: snapshotOf(store), reads: () => reads };
}

Deno.test("config reads the outside at the first look and only once", () => {
  const { config, flags, reads } = fresh("floatX=float32");
  assertEquals(reads(), 0);
  assertEquals(flags.floatX, "float32");
  assertEquals(config.floatX, "float32");
  assertEquals(reads(), 1);
});

Deno.test("config prefers the program to THEANO_FLAGS to rc files to defaults", () => {
  const { config } = fresh(
    "floatX=float16",
    "[global]\nfloatX=float32\nlinker=py\noptimizer=o1\n",
    "[global]\nlinker=vm\n",
  );
  assertEquals(config.floatX, "float16");
  assertEquals(config.linker, "vm");
  assertEquals(config.origin("floatX"), "environment");
  assertEquals(config.origin("linker"), "/rc1");
  assertEquals(config.origin("optimizer"), "/rc0");
  assertEquals(config.origin("mode"), "default");
  config.floatX = "float32";
  assertEquals(config.floatX, "float32");
  assertEquals(config.origin("floatX"), "program");
});

Deno.test("config holds sections as objects, however deep", () => {
  const { config, flags } = fresh("dnn.conv.algo_fwd=fft,warn.round=True");
  assertEquals(config.warn.round, true);
  assertEquals(config.dnn.conv.algo_fwd, "fft");
  assertEquals(flags.dnn.conv.algo_fwd, "fft");
  config.warn.subtensor_merge_bug = true;
  assertEquals(flags.warn.subtensor_merge_bug, true);
  assertEquals(config.optimizer_excluding, "");
});

Deno.test("config lists its flags and sections, like the objects they are", () => {
  const { config, store } = fresh();
  const top = store.names().map((name) => name.split(".")[0]);
  assertEquals(Object.keys(config), [...new Set(top)]);
  assertEquals(Object.entries(config.vm), [["lazy", null]]);
  assertEquals(["vm" in config, "origin" in config, "nothing" in config], [true, true, false]);
});

Deno.test("config keeps defaults that follow from flags apart from what a program sets", () => {
  const row = { type: "int", doc: "A number." } as const;
  const store = new FlagStore([
    { ...row, name: "one", default: 1 },
    { ...row, name: "next", default: (get) => Number(get("one")) + 1 },
  ], () => ({ flagsText: "", rcFiles: [], variables: {} }));
  store.set("one", 5);
  assertEquals(store.state("next"), { value: 2, origin: "default" });
});

Deno.test("config checks what a program sets", () => {
  const { config } = fresh();
  const error = assertThrows(() => Reflect.set(config, "floatX", "float80"), RangeError);
  assertEquals(
    error.message,
    'Invalid value ("float80") for configuration variable "floatX". ' +
      "Valid options are ('float64', 'float32', 'float16')",
  );
  assertEquals(config.floatX, "float64");
  assertThrows(() => Reflect.set(config.profiling, "n_ops", -1), RangeError);
});

Deno.test("config refuses names that are no flags and points at near ones", () => {
  const { config } = fresh();
  const messageOf = (action: () => unknown): string => assertThrows(action, RangeError).message;
  assertEquals(
    messageOf(() => Reflect.set(config, "floatx", "float32")),
    'Cannot use the flag "floatx": there is no flag of that name\n  Did you mean "floatX"?',
  );
  assertEquals(
    messageOf(() => Reflect.set(config, "allowGc", false)),
    'Cannot use the flag "allowGc": there is no flag of that name\n' +
      '  Did you mean "allow_gc" or "scan.allow_gc"?',
  );
  assertEquals(
    messageOf(() => Reflect.set(config.warn, "rounding", false)),
    'Cannot use the flag "warn.rounding": there is no flag of that name\n' +
      "  String(theano.config) lists every flag",
  );
  assertEquals(
    messageOf(() => config.origin("nothing")),
    'Cannot use the flag "nothing": there is no flag of that name\n' +
      "  String(theano.config) lists every flag",
  );
});

Deno.test("config throws every bad value outside once, and goes on with defaults", () => {
  const { config } = fresh("floatX=float80,profile=maybe,linker=py", "[global]\nnonsense\n");
  let message = "";
  const warnings = warningsOf(() => {
    message = assertThrows(() => config.linker, SyntaxError).message;
  });
  assertEquals(
    message,
    'Cannot read line 2 of "/rc0": it is neither a [section] nor a key = value\n  nonsense',
  );
  assertEquals(warnings, [
    'TheanoConfigWarning: Invalid value ("float80") for configuration variable "floatX". ' +
    "Valid options are ('float64', 'float32', 'float16')",
    'TheanoConfigWarning: Invalid value (maybe) for configuration variable "profile".',
  ]);
  assertEquals(config.floatX, "float64");
  assertEquals(config.linker, "py");
});

Deno.test("config warns of a key without a value and keeps unknown ones", () => {
  const { config, store } = fresh("profile,future.flag=3,floatX=float32");
  const warnings = warningsOf(() => assertEquals(config.floatX, "float32"));
  assertEquals(warnings, [
    "TheanoConfigWarning: Config key 'profile' has no value, ignoring it",
  ]);
  assertEquals(store.unknownNames(), ["future.flag"]);
});

Deno.test("String(config) is Theano's table", () => {
  const text = String(fresh("optdb.position_cutoff=20").config);
  assert(text.startsWith("floatX (('float64', 'float32', 'float16')) \n    Doc:  The dtype "));
  assert(text.includes("optdb.position_cutoff (<class 'float'>) \n    Doc:  Stop before"));
  assert(text.includes("    Value:  20.0\n\n"));
  assert(text.endsWith("\n\n"));
  assertEquals(Deno.inspect(fresh("optdb.position_cutoff=20").config), text);
});

Deno.test("changeFlags() sets for a scope and restores values and origins", () => {
  const { config } = fresh("floatX=float32");
  const inside = config.changeFlags({ floatX: "float16", "warn.round": true }, () => [
    config.floatX,
    config.warn.round,
    config.origin("floatX"),
  ]);
  assertEquals(inside, ["float16", true, "program"]);
  assertEquals(config.floatX, "float32");
  assertEquals(config.warn.round, false);
  assertEquals(config.origin("floatX"), "environment");
});

Deno.test("changeFlags() restores when the function throws", () => {
  const { config } = fresh();
  assertThrows(() => config.changeFlags({ floatX: "float32" }, () => config.origin("nothing")));
  assertEquals(config.floatX, "float64");
});

Deno.test("changeFlags() restores when the promise settles", async () => {
  const { config } = fresh();
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const done = config.changeFlags({ floatX: "float32" }, () => promise);
  assertEquals(config.floatX, "float32");
  resolve("done");
  assertEquals(await done, "done");
  assertEquals(config.floatX, "float64");
  reject();

  const failing = config.changeFlags({ floatX: "float16" }, () => Promise.reject(TypeError("x")));
  assertEquals(config.floatX, "float16");
  await assertRejects(() => failing, TypeError, "x");
  assertEquals(config.floatX, "float64");
});

Deno.test("changeFlags() changes nothing if one of the values is bad", () => {
  const { config } = fresh();
  const run = (changes: Record<string, FlagValue>): unknown =>
    config.changeFlags(changes, () => assert(false));
  assertThrows(() => run({ floatX: "float32", profile: "maybe" }), RangeError);
  assertEquals([config.floatX, config.origin("floatX")], ["float64", "default"]);
  assertThrows(() => run({ floatX: "float32", "no.flag": 1 }), RangeError);
  assertThrows(() => run({ floatX: "float32", device: "webgpu" }), Error, "Can't change");
  assertEquals(config.floatX, "float64");
});

Deno.test("changeFlags() nests", () => {
  const { config } = fresh();
  const seen = config.changeFlags({ floatX: "float32" }, () => {
    const inner = config.changeFlags({ floatX: "float16" }, () => config.floatX);
    return [inner, config.floatX];
  });
  assertEquals(seen, ["float16", "float32"]);
});

Deno.test("addConfigVar() adds flags of every class, in sections of their own", () => {
  addConfigVar("testing.word", "A word.", new EnumStr("a", "b", { allowOverride: false }));
  addConfigVar("testing.deep.count", "A count.", IntParam(3, (value) => Number(value) > 0));
  addConfigVar("testing.ratio", "A ratio.", FloatParam(() => 0.5), { inCKey: false });
  addConfigVar("testing.text", "A text.", StrParam("x"));
  addConfigVar("testing.isOn", "A switch.", BoolParam(false));
  addConfigVar("testing.any", "Anything.", new ConfigParam(null));
  const testing = Reflect.get(config, "testing") as Record<string, FlagValue>;
  const deep = testing["deep"] as unknown as Record<string, FlagValue>;
  assertEquals([testing["word"], deep["count"], testing["ratio"]], ["a", 3, 0.5]);
  deep["count"] = "4";
  assertEquals(deep["count"], 4);
  assertThrows(() => deep["count"] = 0, RangeError);
  assertThrows(() => testing["word"] = "b", Error, "Can't change the value");
  testing["any"] = { a: 1 };
  assertEquals(testing["any"], { a: 1 });
  assert(String(config).includes("testing.word (('a', 'b')) \n    Doc:  A word.\n"));
});

Deno.test("addConfigVar() refuses a name that is taken", () => {
  for (const name of ["floatX", "warn", "floatX.size"]) {
    const error = assertThrows(() => addConfigVar(name, "x", StrParam("")), TypeError);
    assertEquals([error.name, error.message], [
      "AttributeError",
      `This name is already taken: ${name}`,
    ]);
  }
});

Deno.test("addConfigVar() takes a value given outside before the flag was known", () => {
  const { store, config } = fresh("late.flag=7,late.bad=x");
  assertEquals(config.floatX, "float64");
  const row = IntParam(1).row;
  store.define({ ...row, name: "late.flag", doc: "x" });
  assertEquals(store.state("late.flag"), { value: 7, origin: "environment" });
  assertThrows(() => store.define({ ...row, name: "late.bad", doc: "x" }), RangeError);
  assertEquals(store.names().includes("late.bad"), false);
});

Deno.test("a bad default of a flag of one's own matters only if nothing replaces it", () => {
  const row = IntParam(0, (value) => Number(value) > 0).row;
  const flag = { ...row, name: "mine", doc: "x" };
  assertThrows(() => fresh().store.define(flag), RangeError, "Invalid value (0)");
  const { store } = fresh("mine=2");
  store.define(flag);
  assertEquals(store.state("mine").value, 2);
});

Deno.test("flags follows config and changeFlags()", () => {
  assertEquals(flags.floatX, config.floatX);
  const inside = changeFlags({ floatX: "float16", "NanGuardMode.action": "warn" }, () => [
    flags.floatX,
    flags.NanGuardMode.action,
  ]);
  assertEquals(inside, ["float16", "warn"]);
  assertEquals(flags.NanGuardMode.action, "raise");
});

Deno.test("hashText() lists flags of the cache key by name", () => {
  const lines = fresh("floatX=float32").store.hashText().split("\n");
  assertEquals(lines.includes("floatX = float32"), true);
  assertEquals(lines, lines.toSorted());
  assertEquals(lines.some((line) => line.startsWith("profile")), false);
});
