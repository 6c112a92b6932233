/**
 * @file What is kept of a function on a device: its program, the texts of its shaders, and what the
 * target of the host keeps of its parts.
 *
 * ```text
 * program.json, …              see core/kernel/stored_program.ts
 * map_0.wgsl, gemm_1_3.wgsl    each text once, named after the first kernel that has it
 * host_0.wasm, …               the sections of each part of the host
 * ```
 *
 * A routine asks for the code of its kernels and for the parts of the host in an order that follows
 * from the program alone, so what is kept is told apart by that order. A routine that is made again
 * plans its kernels as a new one does, but no text is written and no module emitted.
 */

import { internal } from "../core/errors.ts";
import type { Kernel, KernelKind } from "../core/kernel/kernel.ts";
import { sectionOf } from "../core/kernel/stored_array.ts";
import { storedProgram } from "../core/kernel/stored_program.ts";
import type { Build, Lowered, StoredBuild, Target } from "../core/kernel/target.ts";
import { type KernelCode, shaderOf } from "./code.ts";
import type { HostBuilder } from "./host_part.ts";
import { shaderNames } from "./kernels.ts";

/** Gives the code of a kernel; undefined where it has none for the device. */
export type CodeOf = (kernel: Kernel) => KernelCode | undefined;

/** What is kept as JSON. The host's target has no such name in what it keeps. */
interface DeviceMeta {
  readonly device: {
    /** The sections of the shaders of each kernel; null for one that runs on the host. */
    readonly kernels: readonly (readonly string[] | null)[];
    /** What the host keeps of each part as JSON. */
    readonly hosts: readonly unknown[];
  };
}

type Sections = StoredBuild["sections"];

/** Whether a build is that of a function on a device, and not one of the host. */
export function isOfDevice(stored: StoredBuild): boolean {
  const { meta } = stored;
  return typeof meta === "object" && meta !== null && "device" in meta;
}

/** The parts of a routine, made anew, of which a copy can be kept. */
export class NewParts implements HostBuilder {
  readonly #host: HostBuilder;
  readonly #make: CodeOf;
  readonly #kernels: { readonly kind: KernelKind; readonly code: KernelCode | undefined }[] = [];
  readonly #hosts: Build["keep"][] = [];

  /**
   * Starts with none.
   *
   * @param host The target of the host.
   * @param make Gives the code of a kernel.
   */
  constructor(host: HostBuilder, make: CodeOf) {
    this.#host = host;
    this.#make = make;
  }

  /** The code of the next kernel. */
  readonly codeOf: CodeOf = (kernel) => {
    const code = this.#make(kernel);
    this.#kernels.push({ kind: kernel.kind, code });
    return code;
  };

  build(part: Lowered): Build {
    const build = this.#host.build(part);
    this.#hosts.push(build.keep);
    return build;
  }

  /**
   * What is kept of the routine; undefined if the host keeps nothing of one of its parts.
   *
   * @param lowered The routine's program, without host steps.
   */
  kept(lowered: Lowered): StoredBuild | undefined {
    const hosts = this.#hosts.flatMap((keep) => keep?.() ?? []);
    if (hosts.length < this.#hosts.length) return undefined;
    const names = new Map<string, string>();
    const kernels = this.#kernels.map(({ kind, code }, k) => {
      if (code === undefined) return null;
      const texts = code.shaders.map(({ text }) => text);
      const found = [...new Set(texts)].filter((text) => !names.has(text));
      shaderNames(kind, k, found.length).forEach((name, part) => names.set(found[part]!, name));
      return texts.map((text) => names.get(text)!);
    });
    const encoder = new TextEncoder();
    const shaders = [...names].map(([text, name]) => [name, encoder.encode(text)]);
    const meta: DeviceMeta = { device: { kernels, hosts: hosts.map((part) => part.meta) } };
    return {
      sections: {
        ...storedProgram(lowered),
        ...Object.fromEntries(shaders),
        ...Object.assign({}, ...hosts.map(({ sections }, k) => renamed(sections, k))),
      },
      meta,
    };
  }
}

/** The parts of a routine as they were kept. */
export class KeptParts implements HostBuilder {
  readonly #host: Target;
  readonly #make: CodeOf;
  readonly #sections: Sections;
  readonly #kernels: DeviceMeta["device"]["kernels"][number][];
  readonly #hosts: unknown[];
  #parts = 0;

  /**
   * Starts with the first.
   *
   * @param stored What is kept of a function on a device.
   * @param host The target of the host.
   * @param make Gives the code of a kernel, of which the texts are not asked for.
   */
  constructor({ sections, meta }: StoredBuild, host: Target, make: CodeOf) {
    const { kernels, hosts } = (meta as DeviceMeta).device;
    this.#host = host;
    this.#make = make;
    this.#sections = sections;
    this.#kernels = [...kernels];
    this.#hosts = [...hosts];
  }

  /** The code of the next kernel. */
  readonly codeOf: CodeOf = (kernel) => {
    const names = this.#kernels.shift();
    if (names === undefined) return unfit("there are more kernels");
    if (names === null) return undefined;
    const code = this.#make(kernel);
    if (code?.shaders.length !== names.length) return unfit(`a ${kernel.kind} has other shaders`);
    const shaders = code.shaders.map(({ resources }, k) => {
      const bytes = sectionOf(this.#sections, names[k]!);
      return shaderOf(resources, () => new TextDecoder().decode(bytes));
    });
    return { ...code, shaders };
  };

  build(): Build {
    if (this.#hosts.length === 0) unfit("there are more parts of the host");
    const sections = ofPart(this.#sections, this.#parts++);
    return { executable: this.#host.restore({ sections, meta: this.#hosts.shift() }) };
  }
}

function unfit(why: string): never {
  return internal("restore a build for the device", why, "gpu/stored.ts");
}

function renamed(sections: Sections, part: number): Sections {
  return Object.fromEntries(
    Object.entries(sections).map(([name, bytes]) => [`${prefixOf(part)}${name}`, bytes]),
  );
}

function ofPart(sections: Sections, part: number): Sections {
  const prefix = prefixOf(part);
  return Object.fromEntries(
    Object.entries(sections).flatMap(([name, bytes]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), bytes]] : []
    ),
  );
}

function prefixOf(part: number): string {
  return `host_${part}.`;
}
