/**
 * @file The `.safetensors` format: arrays by name, readable by every library of neural networks.
 *
 * Source: Hugging Face, "Safetensors", the section "Format" of its README.
 */

import type { NDArray } from "../array/ndarray.ts";
import { type DType, dtypes } from "../dtype/dtype.ts";
import { fail } from "../errors.ts";
import { arrayOfBytes, bytesOf, type Region } from "./codes.ts";

/** The format's name of each dtype. */
const codes: Readonly<Partial<Record<DType, string>>> = {
  bool: "BOOL",
  int8: "I8",
  int16: "I16",
  int32: "I32",
  int64: "I64",
  uint8: "U8",
  uint16: "U16",
  uint32: "U32",
  uint64: "U64",
  float16: "F16",
  float32: "F32",
  float64: "F64",
  complex64: "C64",
};

/** What the header says about the file as a whole stands under this name. */
const metadataKey = "__metadata__";
/** Units: bytes. */
const alignment = 8;

/** How the header describes an array. */
interface Described {
  readonly dtype: string;
  readonly shape: readonly number[];
  // deno-lint-ignore camelcase -- the format's own name
  readonly data_offsets: readonly [start: number, end: number];
}

/**
 * Arrays as a file.
 *
 * @param arrays The arrays by name.
 * @param name What to call the file in messages.
 * @throws {ValueError} If the format cannot hold a dtype.
 */
export function safetensorsBytes(
  arrays: ReadonlyMap<string, NDArray>,
  name: string,
): Uint8Array<ArrayBuffer> {
  if (arrays.has(metadataKey)) {
    fail("ValueError", `save ${name}`, `the format keeps the name "${metadataKey}" for itself`);
  }
  const described = new Map<string, Described>();
  let end = 0;
  // The widest elements come first, so that each array begins at a multiple of its width.
  for (const [key, value] of [...arrays].sort(([, a], [, b]) => widthOf(b) - widthOf(a))) {
    const start = end;
    end += bytesOf(value).length;
    described.set(key, {
      dtype: codeOf(key, value.dtype, name),
      shape: value.shape,
      data_offsets: [start, end],
    });
  }
  const header = Object.fromEntries([...arrays.keys()].map((key) => [key, described.get(key)]));
  const text = new TextEncoder().encode(JSON.stringify(header));
  const length = Math.ceil(text.length / alignment) * alignment;
  const bytes = new Uint8Array(8 + length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.fill(0x20, 8, 8 + length).set(text, 8);
  for (const [key, value] of arrays) {
    bytes.set(bytesOf(value), 8 + length + described.get(key)!.data_offsets[0]);
  }
  return bytes;
}

function widthOf({ dtype }: NDArray): number {
  return dtypes[dtype].bytes;
}

function codeOf(key: string, dtype: DType, name: string): string {
  return codes[dtype] ??
    fail("ValueError", `save "${key}" in ${name}`, `safetensors has no ${dtype}`, [
      'Save it as ".npz", or convert it: astype("complex64")',
    ]);
}

/**
 * The arrays of a file.
 *
 * Shapes: as saved.
 * Dtypes: as saved; bfloat16 becomes float32.
 *
 * @param bytes The whole file.
 * @param name What to call it in messages.
 * @returns The arrays by name, in the order of the header.
 * @throws {ValueError} If it is no such file, or of a type that has no dtype here.
 */
export function readSafetensors(bytes: Uint8Array, name: string): Map<string, NDArray> {
  const { header, start } = headerOf(bytes, name);
  const arrays = new Map<string, NDArray>();
  for (const [key, described] of Object.entries(header)) {
    if (key === metadataKey) continue;
    const whole = `"${key}" in ${name}`;
    if (!isDescribed(described)) refuse(whole, "its description is malformed");
    const [from, to] = described.data_offsets;
    if (from > to || start + to > bytes.length) refuse(whole, "it lies beyond the end of the file");
    arrays.set(key, arrayOf(bytes.subarray(start + from, start + to), described, whole));
  }
  return arrays;
}

function refuse(name: string, why: string): never {
  return fail("ValueError", `read ${name}`, why, ["The file is damaged or no .safetensors file"]);
}

function headerOf(
  bytes: Uint8Array,
  name: string,
): { readonly header: Readonly<Record<string, unknown>>; readonly start: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = bytes.length < 8 ? NaN : 8 + Number(view.getBigUint64(0, true));
  if (!(start <= bytes.length)) refuse(name, "it ends within its header");
  const text = new TextDecoder().decode(bytes.subarray(8, start));
  const header = parsed(text) ?? refuse(name, "its header is no JSON");
  return { header, start };
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null
      ? value as Readonly<Record<string, unknown>>
      : undefined;
  } catch {
    return undefined;
  }
}

function isDescribed(value: unknown): value is Described {
  const { dtype, shape, data_offsets: offsets } = Object(value) as Partial<Described>;
  return typeof dtype === "string" && isSizes(shape) && isSizes(offsets) && offsets.length === 2;
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function arrayOf(bytes: Uint8Array, { dtype: code, shape }: Described, name: string): NDArray {
  const region = (dtype: DType): Region => ({ name, dtype, shape, isBigEndian: false });
  if (code === "BF16") return arrayOfBytes(widened(bytes), region("float32"));
  const dtype = Object.keys(codes).find((key) => codes[key as DType] === code);
  if (dtype !== undefined) return arrayOfBytes(bytes, region(dtype as DType));
  return fail("ValueError", `read ${name}`, `its elements are of type ${code}`, [
    `Types that can be read: ${Object.values(codes).join(", ")}, BF16`,
  ]);
}

/** The bytes of float32 numbers: bfloat16 is their upper half. */
function widened(bytes: Uint8Array): Uint8Array {
  const wide = new Uint8Array(2 * bytes.length);
  for (let at = 0; at + 1 < bytes.length; at += 2) {
    wide[2 * at + 2] = bytes[at]!;
    wide[2 * at + 3] = bytes[at + 1]!;
  }
  return wide;
}
