/**
 * @file The WASM target: programs to modules, modules to executables.
 */

import { NDArray } from "../array/ndarray.ts";
import { sizeOf } from "../array/shape.ts";
import { type DType, dtypes } from "../dtype/dtype.ts";
import { internal } from "../errors.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { Body, Program, Step, View } from "../kernel/program.ts";
import { type Size, Sizes } from "../kernel/size.ts";
import {
  type ArrayFacts,
  arrayOf,
  elementBytes,
  factsOf,
  sectionOf,
} from "../kernel/stored_array.ts";
import type {
  Artifact,
  Build,
  Executable,
  Lowered,
  StoredBuild,
  Target,
} from "../kernel/target.ts";
import { Arena } from "./arena.ts";
import { WasmExecutable } from "./executable.ts";
import { type Features, features } from "./features.ts";
import { gemmDtypes, gemmModule, gemmNames, gemmScratchBytes } from "./gemm.ts";
import { viewOf } from "./memory.ts";
import type { BlockLayout } from "./block.ts";
import { customFunction, customModules } from "./custom.ts";
import { randomModule } from "./random.ts";
import { emitProgram } from "./run.ts";
import { sortModule, sortScratch } from "./sort.ts";
import { moduleToWat } from "./wat.ts";
import { Workspace } from "./workspace.ts";

/** What a stored build keeps as JSON: enough to run without sizes or graph. */
interface StoredMeta {
  readonly program: Program;
  readonly layout: BlockLayout;
  readonly constants: readonly ArrayFacts[];
}

/** What a target is made with. */
export interface WasmOptions {
  readonly arena?: Arena;
  readonly features?: Features;
}

/** Runs programs in WebAssembly, on one linear memory. */
export class WasmTarget implements Target {
  readonly name = "wasm";
  readonly productScratch = {
    float32: gemmScratchBytes("float32"),
    float64: gemmScratchBytes("float64"),
  };
  readonly sortScratch = sortScratch;
  readonly customForms = ["wasm"] as const;
  readonly #options: WasmOptions;
  readonly #given = new FinalizationRegistry<number>((address) => this.arena.free(address));
  readonly #shared = new Map<string, SharedKernel>();
  #arena: Arena | undefined;
  #workspace: Workspace | undefined;
  #features: Features | undefined;

  /**
   * Makes the target. Memory and features are looked for at the first use.
   *
   * @param options The memory to use and the features to rely on; by default a new one and the
   *   engine's.
   */
  constructor(options: WasmOptions = {}) {
    this.#options = options;
  }

  /** The memory. */
  get arena(): Arena {
    return this.#arena ??= this.#options.arena ?? new Arena();
  }

  get features(): string {
    return `wasm relaxed=${this.#has.relaxed}`;
  }

  get #has(): Features {
    return this.#features ??= this.#options.features ?? features();
  }

  /**
   * An array in the target's own memory, its contents not defined: given as an input, it is not
   * copied. Its memory comes back when its data is collected.
   *
   * @param shape Length of each axis.
   * @param dtype The dtype.
   * @returns A contiguous array.
   */
  empty(shape: readonly number[], dtype: DType): NDArray {
    const size = sizeOf(shape);
    const address = this.arena.allocate(dtypes[dtype].bytes * size);
    const data = viewOf(this.arena, address, dtype, size);
    this.#given.register(data, address);
    return NDArray.of(data, shape, dtype);
  }

  build(lowered: Lowered): Build {
    const { sizes, program, constants, hosts } = lowered;
    const { bytes, layout } = emitProgram(sizes, program, {
      relaxed: this.#has.relaxed,
      names: false,
    });
    const module = new WebAssembly.Module(bytes);
    const own = customModules(program);
    const executable = this.#executable(program, layout, constants, hosts, module, own);
    if (hosts.length > 0) return { executable };
    const names = families.flatMap((family) => importsOf(module, family));
    const code = Object.fromEntries(names.map((name) => [name, this.#shared.get(name)!.bytes]));
    return {
      executable,
      keep: () => storedBuild(program, layout, constants, { ...code, wasm: bytes }),
    };
  }

  restore({ sections, meta }: StoredBuild): Executable {
    const { program, layout, constants } = meta as StoredMeta;
    const values = constants.map((facts, k) => arrayOf(facts, sectionOf(sections, `c${k}`)));
    const module = new WebAssembly.Module(sectionOf(sections, "wasm"));
    return this.#executable(program, layout, values, [], module, sections);
  }

  /** The module of a program as text, and as bytes with the names of functions. */
  describe({ sizes, program }: Lowered): Artifact[] {
    const { relaxed } = this.#has;
    const { module, bytes } = emitProgram(sizes, program, { relaxed, names: true });
    return [
      { name: "module.wat", content: `${moduleToWat(module)}\n` },
      { name: "module.wasm", content: bytes },
    ];
  }

  #executable(
    program: Program,
    layout: BlockLayout,
    constants: readonly NDArray[],
    hosts: Lowered["hosts"],
    module: WebAssembly.Module,
    stored: StoredBuild["sections"] = {},
  ): Executable {
    const kernelsOf = (family: Family): WebAssembly.ModuleImports =>
      Object.fromEntries(
        importsOf(module, family).map((name) => [name, this.#sharedKernel(family, name, stored)]),
      );
    const instance = new WebAssembly.Instance(module, {
      env: { memory: this.arena.memory },
      ...Object.fromEntries(families.map((family) => [family, kernelsOf(family)])),
    });
    return new WasmExecutable({
      program,
      layout,
      constants,
      hosts,
      instance,
      arena: this.arena,
      workspace: this.#workspace ??= new Workspace(this.arena),
    });
  }

  /** A shared kernel, made at its first use, from stored code where there is some. */
  #sharedKernel(
    family: Family,
    name: string,
    stored: StoredBuild["sections"],
  ): WebAssembly.ExportValue {
    const known = this.#shared.get(name);
    if (known) return known.run;
    const bytes = stored[name] ?? sharedModules[family](name, this.#has);
    const run = family === "custom"
      ? customFunction(bytes, this.arena.memory)
      : this.#kernel(name, bytes);
    this.#shared.set(name, { bytes, run });
    return run;
  }

  /** The function that a module exports under its own name. */
  #kernel(name: string, bytes: Uint8Array<ArrayBuffer>): WebAssembly.ExportValue {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
      env: { memory: this.arena.memory },
      math: { log: Math.log },
    });
    return exports[name]!;
  }
}

/** Kernels in modules of their own, which programs import: one module a kernel. */
type Family = "gemm" | "random" | "sort" | "custom";

const families: readonly Family[] = ["gemm", "random", "sort", "custom"];

/** The bytes of the module that exports one of a family, by its name. */
const sharedModules: Readonly<
  Record<Family, (name: string, features: Features) => Uint8Array<ArrayBuffer>>
> = {
  gemm: (name, features) =>
    gemmModule(features, { dtypes: gemmDtypes.filter((dtype) => gemmNames[dtype] === name) }),
  random: (name) => randomModule(name),
  sort: (name) => sortModule(name),
  custom: (name) => internal(`find ${name}`, "no program brought it", "core/wasm/target.ts"),
};

/** A kernel of a family: its code, and the function itself. */
interface SharedKernel {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly run: WebAssembly.ExportValue;
}

function importsOf(module: WebAssembly.Module, family: Family): string[] {
  return WebAssembly.Module.imports(module).filter((i) => i.module === family).map((i) => i.name);
}

function storedBuild(
  program: Program,
  layout: BlockLayout,
  constants: readonly NDArray[],
  code: StoredBuild["sections"],
): StoredBuild {
  const sections: Record<string, Uint8Array<ArrayBuffer>> = { ...code };
  constants.forEach((value, k) => sections[`c${k}`] = elementBytes(value));
  const meta: StoredMeta = {
    program: essentials(program),
    layout,
    constants: constants.map(factsOf),
  };
  return { sections, meta };
}

/**
 * What of a program an executable reads: its kernels are code, its shapes are cells of the block;
 * what is left is where buffers come from and the texts of errors.
 */
function essentials(program: Program): Program {
  return {
    ...program,
    buffers: program.buffers.map((spec) => ({ ...spec, shape: spec.shape && [] })),
    steps: program.steps.map(essentialStep),
    outputs: program.outputs.map(bare),
    commits: program.commits.map(({ shared, value }) => ({ shared, value: bare(value) })),
  };
}

function bare(view: View): View {
  return { ...view, shape: [], strides: [], offset: nought };
}

function essentialStep(step: Step): Step {
  if (step.kind === "run") return { ...step, kernel: noKernel };
  if (step.kind === "loop") return { ...step, turns: nought, body: essentialBody(step.body) };
  if (step.kind !== "branch") return step;
  const [then, otherwise] = step.bodies;
  const condition = bare(step.condition);
  return { ...step, condition, bodies: [essentialBody(then), essentialBody(otherwise)] };
}

function essentialBody({ program }: Body): Body {
  return { program: essentials(program), sizes: new Sizes(), inputs: [], outputs: [] };
}

const nought: Size = { kind: "const", id: 0, value: 0 };

const noKernel: Kernel = {
  kind: "map",
  dims: [],
  inputs: [],
  params: [],
  counters: [],
  outputs: [],
  bodies: [],
};
