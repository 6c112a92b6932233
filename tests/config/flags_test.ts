import { assert, assertEquals, assertThrows } from "@std/assert";
import { configOf } from "../../core/config/config.ts";
import { checkedValue, type Flag, flagTitle, type FlagValue } from "../../core/config/flag.ts";
import { FlagStore } from "../../core/config/flag_store.ts";
import { builtinFlags } from "../../core/config/flags.ts";
import type { FlagSources } from "../../core/config/sources.ts";

function sources(flagsText = "", rcText = ""): FlagSources {
  return {
    flagsText,
    rcFiles: rcText === "" ? [] : [{ path: "/rc", text: rcText }],
    variables: {},
  };
}

function storeOf(flagsText = "", rcText = ""): FlagStore {
  return new FlagStore(builtinFlags(), () => sources(flagsText, rcText));
}

function textOf(value: FlagValue): string {
  return checkedValue({ ...titled, type: "string" }, value) as string;
}

const titled: Flag = { name: "x", type: "string", default: "", doc: "x" };

/** A good value other than the default, as text, and a bad one; by type, or for a flag by name. */
const samples: Readonly<Record<string, readonly [good: string, bad: string | undefined]>> = {
  bool: ["1", "maybe"],
  int: ["2", "two"],
  float: ["2.5", "1,5"],
  string: ["some text", undefined],
  path: ["/some/folder", undefined],
  device: ["webgpu1", "tpu"],
  contexts: ["dev0->webgpu0;dev1->cuda1", "dev0"],
  mode: ["FAST_COMPILE", "FAST"],
  lazy: ["True", "maybe"],
  "compiledir_format": ["compiledir_%(device)s_%%", undefined],
  "unittests.rseed": ["random", "often"],
  "DebugMode.check_preallocated_output": ["previous:strided", "next"],
  "experimental.local_alloc_elemwise": ["true", "False"],
  "gpuarray.sync": ["False", "True"],
  "dnn.conv.workmem": ["", "small"],
  "dnn.conv.workmem_bwd": ["", "small"],
  "dnn.conv.algo_bwd": ["", "small"],
};

function sampleOf(flag: Flag): readonly [good: string, bad: string | undefined] {
  if (flag.type === "enum") return [flag.choices!.at(-1)!, "no such choice"];
  if (flag.type === "bool" && flag.default === true) return samples[flag.name] ?? ["0", "maybe"];
  return samples[flag.name] ?? samples[flag.type]!;
}

for (const flag of builtinFlags()) {
  const { name } = flag;
  const [good, bad] = sampleOf(flag);

  Deno.test(`flag ${name} behaves as its record says`, async (t) => {
    await t.step("is documented, printed, and has a default it accepts", () => {
      assert(flag.doc.length >= 12, "its doc says too little");
      assert(!flag.doc.includes("  ") && flag.doc.trim() === flag.doc);
      const store = storeOf();
      const { value, origin } = store.state(name);
      assertEquals(origin, "default");
      assertEquals(checkedValue(flag, value), value);
      const printed = `${flagTitle(flag)}\n    Doc:  ${flag.doc}\n    Value:  ${
        store.valueText(name)
      }\n\n`;
      assert(String(configOf(store)).includes(printed));
    });

    await t.step("is read from THEANO_FLAGS and from rc files, in that order", () => {
      const dot = name.lastIndexOf(".");
      const section = dot < 0 ? "global" : name.slice(0, dot);
      const rcText = `[${section}]\n${name.slice(dot + 1)} = ${good.replaceAll("%", "%%")}\n`;
      const fromRc = storeOf("", rcText).state(name);
      assertEquals(fromRc, { value: checkedValue(flag, good), origin: "/rc" });
      const fromFlags = storeOf(`${name}=${good}`, `[${section}]\n${name.slice(dot + 1)} = zzz\n`);
      assertEquals(fromFlags.state(name), {
        value: checkedValue(flag, good),
        origin: "environment",
      });
    });

    await t.step("refuses a bad value once and keeps its default", () => {
      if (bad === undefined) return;
      const store = storeOf(`${name}='${bad}'`);
      const error = assertThrows(() => store.state(name), Error);
      const text = error.message;
      const isTheanos = text.includes(bad) || text.includes("deprecated") ||
        text.includes("removed");
      assert(isTheanos, text);
      assertEquals(store.state(name), storeOf().state(name));
    });

    await t.step("can be set by a program exactly if it is not read-only", () => {
      const store = storeOf();
      if (flag.readOnly) {
        const error = assertThrows(() => store.set(name, good), Error);
        assertEquals(error.name, "RuntimeError");
        assertEquals(
          error.message,
          "Can't change the value of this config parameter after initialization!",
        );
        assertEquals(store.state(name).origin, "default");
        return;
      }
      store.set(name, good);
      assertEquals(store.state(name), { value: checkedValue(flag, good), origin: "program" });
    });

    await t.step("changes the text of the cache key exactly if it says so", () => {
      const changed = storeOf(`${name}=${good}`).hashText() !== storeOf().hashText();
      assertEquals(changed, flag.inCacheKey === true);
    });
  });
}

Deno.test("builtinFlags() has each name once and names every read-only flag of Theano", () => {
  const flags = builtinFlags();
  assertEquals(new Set(flags.map((flag) => flag.name)).size, flags.length);
  const readOnly = flags.filter((flag) => flag.readOnly).map((flag) => flag.name);
  // deno-fmt-ignore
  const theanos = [
    "device", "init_gpu_device", "force_device", "contexts", "print_active_device",
    "gpuarray.preallocate", "gpuarray.sync", "gpuarray.cache_path", "numpy.seterr_all",
    "numpy.seterr_divide", "numpy.seterr_over", "numpy.seterr_under", "numpy.seterr_invalid",
    "warn.ignore_bug_before", "optimizer_excluding", "optimizer_including", "optimizer_requiring",
    "cmodule.preload_cache", "cmodule.age_thresh_use", "compile.wait", "compile.timeout",
    "compiledir_format", "base_compiledir", "compiledir", "ctc.root", "tensor.cmp_sloppy",
    "dnn.conv.workmem", "dnn.conv.workmem_bwd", "dnn.conv.algo_bwd",
  ];
  assertEquals(readOnly.toSorted(), theanos.toSorted());
});

Deno.test("builtinFlags() has Theano's defaults", () => {
  // deno-fmt-ignore
  const wanted: readonly (readonly [string, string])[] = [
    ["floatX", "float64"], ["cast_policy", "custom"], ["int_division", "int"],
    ["warn_float64", "ignore"], ["deterministic", "default"], ["device", "cpu"],
    ["force_device", "False"], ["allow_gc", "True"], ["mode", "Mode"], ["linker", "cvm"],
    ["optimizer", "o4"], ["on_opt_error", "warn"], ["on_shape_error", "warn"],
    ["on_unused_input", "raise"], ["check_stack_trace", "off"], ["cycle_detection", "regular"],
    ["assert_no_cpu_op", "ignore"], ["openmp", "False"], ["openmp_elemwise_minsize", "200000"],
    ["exception_verbosity", "low"], ["compute_test_value", "off"], ["traceback.limit", "8"],
    ["traceback.compile_limit", "0"], ["unittests.rseed", "666"], ["profiling.n_apply", "20"],
    ["profiling.output_line_width", "512"], ["profiling.min_memory_size", "1024"],
    ["profiling.destination", "stderr"], ["scan.allow_gc", "False"],
    ["scan.allow_output_prealloc", "True"], ["tensor.cmp_sloppy", "0"],
    ["tensor.insert_inplace_optimizer_validate_nb", "-1"], ["optdb.position_cutoff", "inf"],
    ["optdb.max_use_ratio", "8.0"], ["DebugMode.patience", "10"],
    ["DebugMode.check_preallocated_output_ndim", "4"], ["NanGuardMode.action", "raise"],
    ["numpy.seterr_all", "ignore"], ["numpy.seterr_over", "None"], ["compile.wait", "5"],
    ["compile.timeout", "120"], ["cmodule.age_thresh_use", "2073600"], ["vm.lazy", "None"],
    ["gpuarray.preallocate", "0.0"], ["gpuarray.sched", "default"], ["dnn.enabled", "auto"],
    ["dnn.conv.algo_fwd", "small"], ["dnn.conv.algo_bwd_data", "none"],
    ["warn.ignore_bug_before", "0.9"], ["warn.round", "False"], ["warn.inc_subtensor1_opt", "True"],
    ["warn.identify_1pexp_bug", "False"], ["blas.check_openmp", "True"], ["check.stages", "False"],
  ];
  const store = storeOf();
  for (const [name, text] of wanted) assertEquals(store.valueText(name), text, name);
});

Deno.test("checkedValue() words a bad boolean, number and choice as Theano does", () => {
  const flagOf = (name: string): Flag => builtinFlags().find((flag) => flag.name === name)!;
  const messageOf = (name: string, value: FlagValue): string =>
    assertThrows(() => checkedValue(flagOf(name), value), RangeError).message;
  assertEquals(
    messageOf("profile", "yes"),
    'Invalid value (yes) for configuration variable "profile".',
  );
  assertEquals(
    messageOf("profiling.n_ops", "0"),
    'Invalid value (0) for configuration variable "profiling.n_ops".',
  );
  assertEquals(
    messageOf("optdb.max_use_ratio", "x"),
    'Invalid value (x) for configuration variable "optdb.max_use_ratio".',
  );
  assertEquals(
    messageOf("on_shape_error", "stop"),
    'Invalid value ("stop") for configuration variable "on_shape_error". ' +
      "Valid options are ('warn', 'raise')",
  );
  assertEquals(
    messageOf("mode", "fast"),
    "Expected one of those string 'Mode', 'DebugMode', 'FAST_RUN', 'NanGuardMode', " +
      "'FAST_COMPILE', 'DEBUG_MODE' or an instance of Mode.",
  );
  assertEquals(
    messageOf("vm.lazy", "no"),
    "Valid values for an vm.lazy parameter should be None, False or True, not `no`.",
  );
  assertEquals(
    messageOf("device", "tpu"),
    'Invalid value ("tpu") for configuration variable "device". ' +
      'Valid options start with one of "cpu", "webgpu", "gpu", "opencl" or "cuda".',
  );
  assertEquals(messageOf("contexts", "a->b->c"), "Malformed context map: a->b->c");
  assertEquals(messageOf("contexts", "cuda0->cuda1"), "Cannot use cuda0 as context name");
});

Deno.test("checkedValue() accepts what Theano accepts", () => {
  const flagOf = (name: string): Flag => builtinFlags().find((flag) => flag.name === name)!;
  const cases: readonly (readonly [name: string, given: FlagValue, kept: FlagValue])[] = [
    ["profile", "True", true],
    ["profile", "true", true],
    ["profile", 1, true],
    ["profile", "False", false],
    ["profile", "0", false],
    ["profile", 0, false],
    ["floatX", "32", "float32"],
    ["profiling.n_ops", " +7 ", 7],
    ["optdb.position_cutoff", "-inf", -Infinity],
    ["optdb.position_cutoff", "1e2", 100],
    ["optdb.position_cutoff", ".5", 0.5],
    ["unittests.rseed", 123, "123"],
    ["vm.lazy", null, null],
    ["dnn.enabled", false, "False"],
    ["contexts", "dev0->cuda0;dev1->opencl0:1", "dev0->cuda0;dev1->opencl0:1"],
    ["optimizer", "None", "None"],
  ];
  for (const [name, given, kept] of cases) assertEquals(checkedValue(flagOf(name), given), kept);
  for (const device of ["cpu", "webgpu", "webgpu0", "gpu", "gpu3", "cuda", "cuda1", "opencl0:0"]) {
    assertEquals(checkedValue(flagOf("device"), device), device);
  }
  for (const device of ["CPU", "webgpux", "gpu_1", ""]) {
    assertThrows(() => checkedValue(flagOf("device"), device), RangeError);
  }
  const mode = {};
  assert(checkedValue(flagOf("mode"), mode) === mode);
  assertEquals(textOf(true), "True");
});

Deno.test("flagTitle() prints choices as a Python tuple and types as Python classes", () => {
  const titleOf = (name: string): string =>
    flagTitle(builtinFlags().find((flag) => flag.name === name)!);
  assertEquals(titleOf("floatX"), "floatX (('float64', 'float32', 'float16')) ");
  assertEquals(titleOf("profiling.n_ops"), "profiling.n_ops (<class 'int'>) ");
  assertEquals(titleOf("device"), "device (cpu, webgpu*, gpu*, opencl*, cuda*) ");
});

Deno.test("warn.ignore_bug_before sets the defaults of its section", () => {
  const bugs = (version: string): string[] => {
    const store = storeOf(`warn.ignore_bug_before=${version}`);
    return store.names().filter((name) =>
      name.startsWith("warn.") && store.state(name).value === true
    );
  };
  assertEquals(bugs("all"), []);
  assertEquals(bugs("1.0.4"), []);
  assertEquals(bugs("0.10"), []);
  assertEquals(bugs("0.9"), ["warn.inc_subtensor1_opt"]);
  assertEquals(bugs("0.8.2"), ["warn.round", "warn.inc_subtensor1_opt"]);
  assertEquals(bugs("0.4").length, 8);
  assertEquals(bugs("None").length, 12);
});

Deno.test("compile.timeout follows compile.wait", () => {
  assertEquals(storeOf("compile.wait=2").state("compile.timeout").value, 48);
});

Deno.test("compiledir is made of base_compiledir and compiledir_format", () => {
  const dir = (flagsText: string): FlagValue => storeOf(flagsText).state("compiledir").value;
  assertEquals(
    dir("base_compiledir=/b,compiledir_format=c (%(device)s)-%(theano_version)s%%"),
    "/b/c_cpu_-0.1.0%",
  );
  assertEquals(dir("base_compiledir=/b/,compiledir=/elsewhere"), "/elsewhere");
  const { deno, v8 } = Deno.version;
  assertEquals(
    dir("base_compiledir=/b"),
    `/b/compiledir_deno-${Deno.build.os}-${Deno.build.arch}-${deno}-${v8}`,
  );
  const error = assertThrows(
    () => dir("base_compiledir=/b,compiledir_format=%(nope)s"),
    RangeError,
  );
  assertEquals(
    error.message,
    'Cannot name the compile directory by "%(nope)s": there is no key "nope"\n' +
      "  The keys are deno_version, device, gxx_version, hostname, numpy_version, platform, " +
      "processor, python_bitwidth, python_int_bitwidth, python_version, short_platform, " +
      "theano_version, v8_version",
  );
});
