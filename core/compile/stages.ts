/**
 * @file The stages of a compilation, shown to whoever asked by flags: `check.stages` checks each one,
 * `dump.dir` writes each one into a file.
 *
 * A dump is one folder a function. Files are numbered so that a listing of the folder is the pipeline,
 * and a pass has the same number in every dump of a mode, so that two dumps can be compared by `diff -r`.
 */

import { flags } from "../config/config.ts";
import { internal } from "../errors.ts";
import type { FunctionGraph } from "../graph/function_graph.ts";
import { checkIntegrity } from "../graph/integrity.ts";
import { files, joinPath } from "../host/files.ts";
import { warn } from "../host/warn.ts";
import { printKernel, printProgram } from "../kernel/print.ts";
import type { Artifact, Lowered, Target } from "../kernel/target.ts";
import { verifyProgram } from "../kernel/verify.ts";
import { debugprint } from "../printing/debugprint.ts";

/** Told of each stage of one compilation. */
export interface Stages {
  /** The graph before the first pass. */
  readonly collected: (graph: FunctionGraph) => void;
  /** The graph after a pass that was on. */
  readonly passed: (
    pass: string,
    graph: FunctionGraph,
    report: { readonly changes: number },
  ) => void;
  /** The program, before it is built. */
  readonly lowered: (lowered: Lowered, target: Target) => void;
}

/** What programs are in other forms than a target's, such as those of a target that is not in use. */
const describers: ((lowered: Lowered) => readonly Artifact[])[] = [];

/** From now on dumps hold another form of each program, too. */
export function describeAlso(describer: (lowered: Lowered) => readonly Artifact[]): void {
  describers.push(describer);
}

/**
 * Who is to be told of the stages of one compilation, by the flags of now.
 *
 * @param name Gives the function's name.
 */
export function stagesOf(name: () => string): Stages[] {
  const { check, dump } = flags;
  const all: Stages[] = [];
  if (check.stages) all.push(checker);
  if (dump.dir !== "" && name().includes(dump.filter)) {
    all.push(new Dump(joinPath(dump.dir, folderName(name()))));
  }
  return all;
}

const checker: Stages = {
  collected: (graph) => checkStage("what was asked for", graph),
  passed: (pass, graph) => checkStage(`the pass ${pass}`, graph),
  lowered: (lowered, target) => {
    verifyProgram(lowered.program);
    for (const { name, content } of target.describe?.(lowered) ?? []) {
      if (typeof content === "string" || WebAssembly.validate(content)) continue;
      internal(`run ${name}`, "its bytes are not valid", `the target ${target.name}`);
    }
  },
};

function checkStage(stage: string, graph: FunctionGraph): void {
  try {
    checkIntegrity(graph);
  } catch (error) {
    if (error instanceof Error) error.message += `; found after ${stage}`;
    throw error;
  }
}

/** How often a name was dumped by this process. */
const dumped = new Map<string, number>();

/** A name as a folder's, told apart from those of other functions of the process. */
function folderName(name: string): string {
  const plain = name.replace(/[^\w.-]+/g, "_").replace(/^\.+/, "_");
  const count = (dumped.get(plain) ?? 0) + 1;
  dumped.set(plain, count);
  return count === 1 ? plain : `${plain}_${count}`;
}

/** Writes the stages of one compilation into a folder. */
class Dump implements Stages {
  readonly #folder: string;
  #passes = 0;
  #isRefused = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  readonly collected: Stages["collected"] = (graph) => {
    this.#clear();
    this.#write("00_user.txt", graphText(graph));
  };

  readonly passed: Stages["passed"] = (pass, graph, { changes }) => {
    const number = 10 + this.#passes++;
    if (changes > 0) this.#write(`${number}_${pass}.txt`, graphText(graph));
  };

  readonly lowered: Stages["lowered"] = (lowered, target) => {
    const { program } = lowered;
    const kernels = program.steps.flatMap((step) =>
      step.kind === "run" ? [`# ${program.nodes[step.node]}\n${printKernel(step.kernel)}`] : []
    );
    this.#write("60_kernels.txt", kernels.join("\n"));
    const own = target.describe?.(lowered) ?? [];
    const others = describers.flatMap((describer) => describer(lowered));
    for (const { name, content } of [...own, ...others]) {
      this.#write(`70_${name}`, content);
    }
    this.#write("80_program.txt", printProgram(program));
  };

  /** Takes away the files of an earlier dump, which may have gone through other passes. */
  #clear(): void {
    const made = files.makeFolders(this.#folder);
    if (!made.ok) return this.#refuse(made.text);
    const listed = files.list(this.#folder);
    for (const { name } of listed.ok ? listed.value : []) {
      if (/^\d\d_.+\.(txt|wat|wasm|wgsl)$/.test(name)) files.remove(joinPath(this.#folder, name));
    }
  }

  #write(name: string, content: Artifact["content"]): void {
    if (this.#isRefused) return;
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const written = files.write(joinPath(this.#folder, name), bytes);
    if (!written.ok) this.#refuse(written.text);
  }

  #refuse(why: string): void {
    this.#isRefused = true;
    warn(
      "UserWarning",
      `Cannot dump a compilation into "${this.#folder}": ${why}. ` +
        "Allow it by --allow-read and --allow-write, or unset the flag dump.dir",
    );
  }
}

function graphText(graph: FunctionGraph): string {
  return `${debugprint(graph, { file: "str", printType: true })}`;
}
