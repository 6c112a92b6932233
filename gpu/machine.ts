/**
 * @file What a graphics card does for us, in plain numbers: things are named by ids, so that the same
 * commands can be given to a device of this thread or to one of another.
 *
 * {@linkcode LocalMachine} uses nothing from outside its class but what every runtime with WebGPU has,
 * because its text is what a worker runs: see `worker.ts`.
 */

/** What a shader does with a binding. */
export type Access = "read" | "write";

/** What a buffer is for: kernels, the parameters of kernels, being read by the host, or times. */
export type BufferUse = "storage" | "uniform" | "staging" | "times";

/** Bytes of a buffer. */
export interface Part {
  readonly buffer: number;
  readonly offset: number;
  readonly bytes: number;
}

/** A pipeline run once, with what is bound. */
export interface Dispatch {
  readonly kind: "dispatch";
  readonly pipeline: number;
  readonly group: number;
  /** Where its parameters begin in the uniform, in bytes. */
  readonly offset: number;
  readonly groups: readonly [x: number, y: number];
}

/** Bytes copied from one buffer to another. */
export interface Copy {
  readonly kind: "copy";
  readonly from: number;
  readonly fromOffset: number;
  readonly to: number;
  readonly toOffset: number;
  readonly bytes: number;
}

/** What a device is told to do; each command sees what those before it did. */
export type Command = Dispatch | Copy;

/** A device, driven by ids. Commands take effect in order; failures are told to `onFault` later. */
export interface Machine {
  createBuffer(id: number, bytes: number, use: BufferUse): void;
  destroyBuffer(id: number): void;
  /** Writes words before everything that is submitted afterwards. */
  write(id: number, offset: number, data: Uint8Array<ArrayBuffer>): void;
  /** Makes a pipeline of a shader; the uniform is at binding 0, storage at 1, 2, …. */
  createPipeline(id: number, text: string, access: readonly Access[]): void;
  /** Binds a pipeline's uniform, of which each dispatch says where it begins, and its storage. */
  createGroup(id: number, pipeline: number, parts: readonly Part[]): void;
  destroyGroup(id: number): void;
  /**
   * Carries out commands, in order. When the first dispatch begins and the last one ends is written to
   * a buffer, if one is named: two counts of the device's clock, 64 bits each.
   */
  submit(commands: readonly Command[], times?: number): void;
  /** The first bytes of a staging buffer, after all that was submitted. */
  readNow(id: number, bytes: number): Uint8Array<ArrayBuffer>;
  /** The same, without blocking. */
  readLater(id: number, bytes: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Gives the device back. */
  destroy(): void;
}

/** Commands given to a device of this thread. */
export class LocalMachine implements Machine {
  readonly #device: GPUDevice;
  readonly #buffers = new Map<number, GPUBuffer>();
  readonly #pipelines = new Map<number, GPUComputePipeline>();
  readonly #groups = new Map<number, GPUBindGroup>();
  #times: GPUQuerySet | undefined;

  /**
   * Takes over a device.
   *
   * @param device The device.
   * @param onFault Told of what went wrong, when the runtime says so.
   */
  constructor(device: GPUDevice, onFault: (text: string, isLost: boolean) => void) {
    this.#device = device;
    device.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      onFault((event as GPUUncapturedErrorEvent).error.message, false);
    });
    void device.lost.then(({ message, reason }) => onFault(message || reason, true));
  }

  createBuffer(id: number, size: number, use: BufferUse): void {
    const { STORAGE, UNIFORM, COPY_SRC, COPY_DST, MAP_READ, QUERY_RESOLVE } = GPUBufferUsage;
    const usage = {
      storage: STORAGE | COPY_SRC | COPY_DST,
      uniform: UNIFORM | COPY_DST,
      staging: MAP_READ | COPY_DST,
      times: QUERY_RESOLVE | COPY_SRC,
    }[use];
    const mappedAtCreation = use === "staging";
    const buffer = this.#device.createBuffer({ size, usage, mappedAtCreation });
    // Deno ends the process where a buffer that was never mapped is read while its mapping is pending.
    if (mappedAtCreation) buffer.unmap();
    this.#buffers.set(id, buffer);
  }

  destroyBuffer(id: number): void {
    this.#buffers.get(id)?.destroy();
    this.#buffers.delete(id);
  }

  write(id: number, offset: number, data: Uint8Array<ArrayBuffer>): void {
    this.#device.queue.writeBuffer(this.#buffers.get(id)!, offset, data);
  }

  createPipeline(id: number, text: string, access: readonly Access[]): void {
    const device = this.#device;
    const visibility = GPUShaderStage.COMPUTE;
    const storage = access.map((one, k): GPUBindGroupLayoutEntry => ({
      binding: k + 1,
      visibility,
      buffer: { type: one === "read" ? "read-only-storage" : "storage" },
    }));
    const buffer = { hasDynamicOffset: true };
    const uniform: GPUBindGroupLayoutEntry = { binding: 0, visibility, buffer };
    const layout = device.createPipelineLayout({
      bindGroupLayouts: [device.createBindGroupLayout({ entries: [uniform, ...storage] })],
    });
    const module = device.createShaderModule({ code: text });
    const compute = { module, entryPoint: "main" };
    this.#pipelines.set(id, device.createComputePipeline({ layout, compute }));
  }

  createGroup(id: number, pipeline: number, parts: readonly Part[]): void {
    const entries = parts.map(({ buffer, offset, bytes }, binding) => ({
      binding,
      resource: { buffer: this.#buffers.get(buffer)!, offset, size: bytes },
    }));
    const layout = this.#pipelines.get(pipeline)!.getBindGroupLayout(0);
    this.#groups.set(id, this.#device.createBindGroup({ layout, entries }));
  }

  destroyGroup(id: number): void {
    this.#groups.delete(id);
  }

  submit(commands: readonly Command[], times?: number): void {
    const encoder = this.#device.createCommandEncoder();
    let pass: GPUComputePassEncoder | undefined;
    let [current, passes] = [-1, 0];
    for (const command of commands) {
      if (command.kind === "copy") {
        pass?.end();
        pass = undefined;
        this.#copy(encoder, command);
        continue;
      }
      const { pipeline, group, offset, groups } = command;
      if (pass === undefined || pipeline !== current) {
        pass ??= encoder.beginComputePass(times === undefined ? {} : this.#timed(passes++));
        pass.setPipeline(this.#pipelines.get(pipeline)!);
        current = pipeline;
      }
      pass.setBindGroup(0, this.#groups.get(group)!, [offset]);
      pass.dispatchWorkgroups(groups[0], groups[1]);
    }
    pass?.end();
    if (times !== undefined && passes === 0) encoder.beginComputePass(this.#timed(passes++)).end();
    if (passes > 0) encoder.resolveQuerySet(this.#times!, 0, 2, this.#buffers.get(times!)!, 0);
    this.#device.queue.submit([encoder.finish()]);
  }

  /** A pass that leaves its times: the first one both, later ones when they end. */
  #timed(pass: number): GPUComputePassDescriptor {
    this.#times ??= this.#device.createQuerySet({ type: "timestamp", count: 2 });
    const querySet = this.#times;
    const end = { querySet, endOfPassWriteIndex: 1 };
    return { timestampWrites: pass === 0 ? { ...end, beginningOfPassWriteIndex: 0 } : end };
  }

  #copy(encoder: GPUCommandEncoder, { from, fromOffset, to, toOffset, bytes }: Copy): void {
    const [source, target] = [this.#buffers.get(from)!, this.#buffers.get(to)!];
    encoder.copyBufferToBuffer(source, fromOffset, target, toOffset, bytes);
  }

  /**
   * Deno waits for the device inside `mapAsync` and has mapped the buffer when it returns, although its
   * promise is settled 10 ms later. Where a runtime does otherwise, this throws.
   */
  readNow(id: number, bytes: number): Uint8Array<ArrayBuffer> {
    const buffer = this.#buffers.get(id)!;
    buffer.mapAsync(GPUMapMode.READ).catch(() => {});
    return this.#taken(buffer, bytes);
  }

  async readLater(id: number, bytes: number): Promise<Uint8Array<ArrayBuffer>> {
    const buffer = this.#buffers.get(id)!;
    await buffer.mapAsync(GPUMapMode.READ);
    return this.#taken(buffer, bytes);
  }

  #taken(buffer: GPUBuffer, bytes: number): Uint8Array<ArrayBuffer> {
    const data = new Uint8Array(buffer.getMappedRange(0, bytes)).slice();
    buffer.unmap();
    return data;
  }

  destroy(): void {
    this.#device.destroy();
  }
}
