import { assert, assertEquals, assertThrows } from "@std/assert";
import * as theano from "@theano/theano";
import { dumpRequest } from "../../core/cli/dump.ts";
import { InternalError } from "../../core/errors.ts";
import type { FunctionGraph } from "../../core/graph/function_graph.ts";
import { setWarningListener } from "../../core/host/warn.ts";
import { denoCommand } from "../cache/deno_command.ts";
import { inFolder } from "../cache/helpers.ts";

const { tensor: T, config, Mode } = theano;

function listOf(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
}

/** Compiles a small function under a name; it is new each time, since names of dumps are kept apart. */
function compileNamed(name: string): theano.CompiledFunction {
  const [x, y] = T.dmatrices("x", "y");
  return theano.function([x!, y!], T.dot(x!, y!).add(1).mul(1), { name, mode: "FAST_RUN" });
}

Deno.test("dump.dir writes one folder a function, files numbered by stage", () =>
  inFolder((folder) => {
    config.changeFlags({ "dump.dir": folder }, () => compileNamed("a dot/b"));
    assertEquals(listOf(folder), ["a_dot_b"]);
    const names = listOf(`${folder}/a_dot_b`);
    assertEquals(names.filter((name) => !/^[1-5]/.test(name)), [
      "00_user.txt",
      "60_kernels.txt",
      "70_module.wasm",
      "70_module.wat",
      "80_program.txt",
    ]);
    assert(names.some((name) => /^1\d_canonicalize\.txt$/.test(name)), names.join());
    const read = (name: string): string => Deno.readTextFileSync(`${folder}/a_dot_b/${name}`);
    assert(read("00_user.txt").includes("Elemwise{mul,no_inplace}"));
    assert(read("60_kernels.txt").includes("gemm"), read("60_kernels.txt"));
    assert(read("70_module.wat").startsWith("(module $theano"));
    assert(read("80_program.txt").startsWith("nodes\n"));
    const bytes = Deno.readFileSync(`${folder}/a_dot_b/70_module.wasm`);
    assert(WebAssembly.validate(bytes));
    assertEquals(WebAssembly.Module.exports(new WebAssembly.Module(bytes)).map((e) => e.name), [
      "bind0",
      "run0",
    ]);
  }));

Deno.test("a pass has the same number in the dumps of two functions, and old files go", () =>
  inFolder((folder) => {
    Deno.mkdirSync(`${folder}/renumbered`);
    Deno.writeTextFileSync(`${folder}/renumbered/33_old_pass.txt`, "");
    Deno.writeTextFileSync(`${folder}/renumbered/notes.txt`, "");
    config.changeFlags({ "dump.dir": folder }, () => {
      compileNamed("renumbered");
      compileNamed("renumbered");
    });
    const [first, second] = [listOf(`${folder}/renumbered`), listOf(`${folder}/renumbered_2`)];
    assert(first.includes("notes.txt") && !first.includes("33_old_pass.txt"), first.join());
    assertEquals(first.filter((name) => name !== "notes.txt"), second);
  }));

Deno.test("dump.filter leaves out functions whose name lacks it", () =>
  inFolder((folder) => {
    config.changeFlags({ "dump.dir": folder, "dump.filter": "train" }, () => {
      compileNamed("predict_7");
      compileNamed("train_7");
    });
    assertEquals(listOf(folder), ["train_7"]);
  }));

Deno.test("a dump that may not be written is one warning", () => {
  const warnings: string[] = [];
  const before = setWarningListener((_, text) => void warnings.push(text));
  try {
    config.changeFlags({ "dump.dir": "/proc/nowhere" }, () => compileNamed("unwritable"));
  } finally {
    setWarningListener(before);
  }
  assertEquals(warnings, [
    'Cannot dump a compilation into "/proc/nowhere/unwritable": not permitted. Allow it by ' +
    "--allow-read and --allow-write, or unset the flag dump.dir",
  ]);
});

Deno.test("check.stages finds the pass that broke the books of a graph", () => {
  const x = T.dvector("x");
  const breaking = {
    text: () => "breaking",
    optimize(
      graph: FunctionGraph,
      _: unknown,
      options: { onPass?: (pass: string, g: FunctionGraph, r: { changes: number }) => void } = {},
    ): void {
      const [node] = graph.toposort();
      node!.inputs[1] = node!.inputs[0]!;
      options.onPass?.("careless", graph, { changes: 1 });
    },
  };
  const mode = new Mode({ linker: "vm", optimizer: breaking });
  const compile = (): unknown => theano.function([x], x.add(x.mul(2)), { mode });
  config.changeFlags({ "check.stages": true }, () => {
    const error = assertThrows(compile, InternalError);
    assert(error.message.endsWith("; found after the pass careless"), error.message);
  });
});

Deno.test("check.stages lets a sound compilation through", () => {
  const f = config.changeFlags({ "check.stages": true }, () => compileNamed("sound"));
  assertEquals(String(f([[1, 2], [3, 4]], [[1, 0], [0, 1]])), "[[2. 3.]\n [4. 5.]]");
});

Deno.test("dumpRequest() reads script and options, and says how it is used", () => {
  assertEquals(dumpRequest(["a.ts"]), { script: "a.ts", dir: "dump", filter: "" });
  assertEquals(dumpRequest(["--dir=out", "a.ts", "--filter=f"]), {
    script: "a.ts",
    dir: "out",
    filter: "f",
  });
  const usage = "Usage: deno task dump script.ts [--dir=folder] [--filter=name]";
  assertEquals(dumpRequest([]), usage);
  assertEquals(dumpRequest(["a.ts", "b.ts"]), usage);
  assertEquals(dumpRequest(["-x", "a.ts"]), `There is no option -x. ${usage}`);
});

Deno.test("the program runs a script and dumps what it compiles", () =>
  inFolder((folder) => {
    const program = new URL("../../core/cli/dump.ts", import.meta.url).pathname;
    const script = new URL("../../examples/baby_steps.ts", import.meta.url).pathname;
    const { code, stderr } = new Deno.Command(denoCommand(), {
      args: ["run", "-A", "--quiet", "--no-check", program, script, `--dir=${folder}/out`],
      env: { NO_COLOR: "1", THEANO_FLAGS: "" },
      stdin: "null",
    }).outputSync();
    assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
    const dumps = listOf(`${folder}/out`);
    assert(dumps.length > 0 && dumps.every((name) => name.startsWith("baby_steps.ts_")));
    assert(listOf(`${folder}/out/${dumps[0]}`).includes("80_program.txt"));
  }));
