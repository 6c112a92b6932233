/**
 * @file An open device: its memory, its pipelines, what it was told to do, and what it says.
 *
 * Contract:
 * - Blocks are taken and given back by whoever knows when they are needed; a block that was given back
 *   may be taken again at once, because commands take effect in order.
 * - Whoever asks for bytes gets those; machines move the words in which they lie, see `words.ts`.
 * - Dispatches and copies wait in a list until something is read, something is written, or a call ends.
 * - WebGPU tells of faults later than a synchronous caller wants to know. So every read also reads the
 *   number of the read itself, which the device only has if it did what it was told; what the runtime
 *   has said by then is part of the error.
 */

import { fail } from "../core/errors.ts";
import type { DeviceFacts } from "./code.ts";
import type { Access, BufferUse, Command, Dispatch, Machine, Part } from "./machine.ts";
import { inWholeWords, sizeClass, type Span, upToWords, wordsAround } from "./words.ts";

/** Memory of the device. */
export interface Block {
  readonly id: number;
  /** At least as many as were asked for. */
  readonly bytes: number;
}

/** A value that the device keeps and that can be taken back to the host. */
export interface Evictable {
  /** The number of the call that used it last. */
  readonly lastUse: number;
  readonly bytes: number;
  /** Saves the value and gives its memory back. */
  evict(): void;
}

/** What is to be read: bytes of a block. */
export interface Wanted extends Span {
  readonly block: Block;
}

/** A read on its way. */
interface Reading {
  readonly wanted: readonly Wanted[];
  readonly staging: Block;
  readonly bytes: number;
  readonly number: number;
}

/** Memory handed out before old values of the device are taken back to the host. */
const softLimit = 2 ** 31;

/** Submissions after which a caller that reads nothing waits for the device. */
const mostAhead = 64;

/** An open device. */
export class Device {
  readonly facts: DeviceFacts;
  readonly #machine: Machine;
  readonly #softLimit: number;
  readonly #free = new Map<string, Block[]>();
  readonly #pipelines = new Map<string, number>();
  readonly #evictables = new Set<Evictable>();
  readonly #faults: string[] = [];
  readonly #counter: Block;
  #isLost = false;
  #mustAwait = false;
  #ids = 0;
  #reads = 0;
  #ahead = 0;
  #commands: Command[] = [];
  #epoch = 0;
  /** The calls that run: several, where some are awaited. */
  readonly #running = new Set<number>();
  /** Bytes handed out to kernels and values. */
  usedBytes = 0;
  #freeBytes = 0;
  /** Gives where the times of the next submission are written, as long as times are taken. */
  timing: (() => Block) | undefined;
  /** Bytes written to and read from the device so far. */
  readonly traffic = { written: 0, writeSeconds: 0, read: 0, submits: 0 };

  /**
   * Takes over a machine.
   *
   * @param facts What it is and allows.
   * @param open Opens it, given whom to tell of faults.
   * @param limitBytes Memory handed out before old values are taken back to the host.
   */
  constructor(
    facts: DeviceFacts,
    open: (onFault: (text: string, isLost: boolean) => void) => Machine,
    limitBytes: number = softLimit,
  ) {
    this.facts = facts;
    this.#softLimit = limitBytes;
    this.#machine = open((text, isLost) => {
      this.#faults.push(text);
      if (isLost) this.#isLost = true;
    });
    this.#counter = this.#make(16, "storage");
  }

  /** Number of the call that runs, by which uses of values are dated. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Whether it is gone. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Whether what it computed can be read without waiting for the event loop: tried once. */
  answersNow(): boolean {
    try {
      this.sync();
    } catch {
      this.#faults.length = 0;
      this.#mustAwait = true;
    }
    return !this.#mustAwait;
  }

  /** Says that a call starts, and gives its number; refuses if the device is lost or has failed. */
  enter(): number {
    this.check();
    this.#running.add(++this.#epoch);
    return this.#epoch;
  }

  /** Says that the call of a number ends. */
  leave(epoch: number): void {
    this.#running.delete(epoch);
  }

  /** Fails if the device is lost or has told of a fault. */
  check(): void {
    if (this.#isLost) this.#refuse("it is lost");
    if (this.#faults.length > 0) this.#refuse("it failed in an earlier call");
  }

  #refuse(why: string): never {
    const texts = this.#faults.splice(0).map((text) => `it says: ${text}`);
    return fail("RuntimeError", `use the device "${this.facts.asked}"`, why, [
      ...texts,
      ...this.#isLost ? [`Open it again with await theano.gpu.use("${this.facts.asked}")`] : [],
    ]);
  }

  /**
   * Memory for kernels.
   *
   * @param bytes How many are wanted; there are whole times 16 of them, and not none.
   * @throws {RangeError} If no buffer has so many.
   */
  take(bytes: number): Block {
    const size = sizeClass(bytes);
    if (bytes > this.facts.largestBlock) {
      fail(
        "RangeError",
        `allocate ${bytes} bytes on the device "${this.facts.name}"`,
        `its arrays have at most ${this.facts.largestBlock}`,
        ['Use smaller batches, or keep the array on the CPU with tag.target = "cpu"'],
      );
    }
    const block = this.#free.get(`storage ${size}`)?.pop();
    this.usedBytes += size;
    if (block) {
      this.#freeBytes -= size;
      return block;
    }
    if (this.usedBytes > this.#softLimit) this.#evict();
    if (this.usedBytes + this.#freeBytes > this.#softLimit) this.#trim();
    return this.#make(size, "storage");
  }

  /** Takes memory back. */
  give(block: Block): void {
    this.usedBytes -= block.bytes;
    this.#freeBytes += block.bytes;
    this.#put("storage", block);
  }

  /** Gives blocks that nobody has back for good, those of sizes that were not wanted again. */
  #trim(): void {
    this.submit();
    for (const [key, blocks] of this.#free) {
      if (!key.startsWith("storage")) continue;
      for (const block of blocks) this.destroy(block);
      this.#free.delete(key);
    }
    this.#freeBytes = 0;
  }

  #make(bytes: number, use: BufferUse): Block {
    const id = this.#ids++;
    this.#machine.createBuffer(id, bytes, use);
    return { id, bytes };
  }

  #put(use: string, block: Block): void {
    const key = `${use} ${block.bytes}`;
    const list = this.#free.get(key);
    if (list) list.push(block);
    else this.#free.set(key, [block]);
  }

  #staging(bytes: number): Block {
    const size = sizeClass(bytes);
    return this.#free.get(`staging ${size}`)?.pop() ?? this.#make(size, "staging");
  }

  /** Memory for the parameters or the times of kernels, which its taker keeps. */
  takeKept(bytes: number, use: "uniform" | "times"): Block {
    return this.#make(sizeClass(bytes), use);
  }

  /** Gives memory back for good. */
  destroy(block: Block): void {
    this.#machine.destroyBuffer(block.id);
  }

  /** Registers a value that may be taken back to the host. */
  track(value: Evictable): void {
    this.#evictables.add(value);
  }

  /** Forgets a value. */
  untrack(value: Evictable): void {
    this.#evictables.delete(value);
  }

  /** Takes values back to the host that no running call uses, the oldest first. */
  #evict(): void {
    const first = Math.min(this.#epoch, ...this.#running);
    const old = [...this.#evictables].filter(({ lastUse }) => lastUse < first)
      .sort((a, b) => a.lastUse - b.lastUse);
    for (const value of old) {
      if (this.usedBytes <= this.#softLimit / 2) break;
      value.evict();
    }
  }

  /** Writes to a block, before everything that is dispatched afterwards. */
  write(block: Block, data: ArrayBufferView<ArrayBuffer>): void {
    if (this.#commands.length > 0) this.submit();
    if (data.byteLength === 0) return;
    this.traffic.written += data.byteLength;
    const bytes = inWholeWords(data);
    const start = performance.now();
    this.#machine.write(block.id, 0, bytes);
    this.traffic.writeSeconds += (performance.now() - start) / 1000;
  }

  /** Copies the first bytes of a block to another, after everything dispatched. */
  copy(from: Block, to: Block, bytes: number): void {
    if (bytes === 0) return;
    const whole = { fromOffset: 0, toOffset: 0, bytes: upToWords(bytes) };
    this.#commands.push({ kind: "copy", from: from.id, to: to.id, ...whole });
  }

  /** The pipeline of a shader, made once a text. */
  pipeline(text: string, access: readonly Access[]): number {
    const known = this.#pipelines.get(text);
    if (known !== undefined) return known;
    const id = this.#ids++;
    this.#machine.createPipeline(id, text, access);
    this.#pipelines.set(text, id);
    return id;
  }

  /** Binds memory for a pipeline. */
  group(pipeline: number, parts: readonly Part[]): number {
    const id = this.#ids++;
    this.#machine.createGroup(id, pipeline, parts);
    return id;
  }

  /** Lets go of what was bound. */
  dropGroup(group: number): void {
    this.#machine.destroyGroup(group);
  }

  /** Adds a dispatch to those that wait. */
  dispatch(dispatch: Omit<Dispatch, "kind">): void {
    this.#commands.push({ kind: "dispatch", ...dispatch });
  }

  /** Submits what waits; after many submissions without a read, waits for the device. */
  submit(): void {
    if (this.#commands.length === 0) return;
    this.#submit();
    if (this.#ahead >= mostAhead && !this.#mustAwait) this.sync();
  }

  #submit(): void {
    const commands = this.#commands;
    const isTimed = this.timing !== undefined && commands.some(({ kind }) => kind === "dispatch");
    this.#machine.submit(commands, isTimed ? this.timing!().id : undefined);
    this.#commands = [];
    this.#ahead++;
    this.traffic.submits++;
  }

  /** Writes what time it is to memory for times, after everything dispatched. */
  stamp(times: Block): void {
    this.submit();
    this.#machine.submit([], times.id);
  }

  /** Waits until everything is done. */
  sync(): void {
    this.read([]);
  }

  /** Bytes of blocks, after everything dispatched. Blocks the thread. */
  read(wanted: readonly Wanted[]): Uint8Array<ArrayBuffer>[] {
    if (this.#mustAwait) {
      fail("RuntimeError", "wait for the device", "this runtime answers only to those who await", [
        "Use callAsync() of functions and toHostAsync() of arrays",
      ]);
    }
    const reading = this.#beginRead(wanted);
    return this.#endRead(reading, () => this.#machine.readNow(reading.staging.id, reading.bytes));
  }

  /** The same, without blocking. */
  async readLater(wanted: readonly Wanted[]): Promise<Uint8Array<ArrayBuffer>[]> {
    const reading = this.#beginRead(wanted);
    let data: Uint8Array<ArrayBuffer> | Error;
    try {
      data = await this.#machine.readLater(reading.staging.id, reading.bytes);
    } catch (error) {
      data = error as Error;
    }
    return this.#endRead(reading, () => {
      if (data instanceof Error) throw data;
      return data;
    });
  }

  /**
   * Submits what waits and copies of what is wanted, with the number of the read behind them: a fault
   * of any of these commands makes the device refuse them all.
   */
  #beginRead(wanted: readonly Wanted[]): Reading {
    const number = ++this.#reads;
    const words = Uint32Array.of(number);
    this.#machine.write(this.#counter.id, 0, new Uint8Array(words.buffer));
    const total = wanted.reduce((sum, part) => sum + wordsAround(part).bytes, 0);
    const staging = this.#staging(total + 4);
    let toOffset = 0;
    const all = [...wanted, { block: this.#counter, offset: 0, bytes: 4 }];
    for (const part of all) {
      const { offset: fromOffset, bytes } = wordsAround(part);
      const [from, to] = [part.block.id, staging.id];
      const copy = { kind: "copy", from, fromOffset, to, toOffset, bytes } as const;
      toOffset += bytes;
      if (bytes > 0) this.#commands.push(copy);
    }
    this.#submit();
    this.#ahead = 0;
    return { wanted, staging, bytes: total + 4, number };
  }

  #endRead(
    { wanted, staging, bytes, number }: Reading,
    take: () => Uint8Array<ArrayBuffer>,
  ): Uint8Array<ArrayBuffer>[] {
    let data: Uint8Array<ArrayBuffer>;
    try {
      data = take();
    } catch (error) {
      this.#faults.push((error as Error).message);
      return this.#refuse("it gives nothing back");
    }
    this.#put("staging", staging);
    if (new DataView(data.buffer).getUint32(bytes - 4, true) !== number) {
      this.#refuse("it did not do what it was told");
    }
    this.check();
    this.traffic.read += bytes - 4;
    let end = 0;
    return wanted.map((part) => {
      const around = wordsAround(part);
      const start = end + part.offset - around.offset;
      end += around.bytes;
      return data.subarray(start, start + part.bytes);
    });
  }

  /** Gives the device back. */
  close(): void {
    this.#isLost = true;
    this.#faults.push("it was closed");
    this.#machine.destroy();
  }
}
