/**
 * @file NumPy's `.npy`: one array.
 *
 * Source: NumPy reference, "numpy.lib.format", versions 1.0, 2.0 and 3.0.
 */

import type { NDArray } from "../array/ndarray.ts";
import { shapeText } from "../array/shape.ts";
import { fail } from "../errors.ts";
import { arrayOfBytes, bytesOf, codingOf, numpyCode } from "./codes.ts";

const magic = "\x93NUMPY";
/** Headers are filled up so that the elements begin at a multiple of this. Units: bytes. */
const alignment = 64;

/**
 * An array as a file, in parts to be written one after the other.
 *
 * @param value The array.
 * @returns Header and elements; the latter are the array's own memory where it is dense.
 */
export function npyParts(value: NDArray): readonly [header: Uint8Array, elements: Uint8Array] {
  const text = `{'descr': '${numpyCode(value.dtype)}', 'fortran_order': False, ` +
    `'shape': ${shapeText(value.shape)}, }`;
  const isShort = text.length + 1 + alignment < 65536;
  const prefix = magic.length + 2 + (isShort ? 2 : 4);
  const length = Math.ceil((prefix + text.length + 1) / alignment) * alignment;
  const header = new Uint8Array(length).fill(0x20);
  header.set(latin1(magic));
  const view = new DataView(header.buffer);
  view.setUint8(magic.length, isShort ? 1 : 2);
  view.setUint8(magic.length + 1, 0);
  if (isShort) view.setUint16(magic.length + 2, length - prefix, true);
  else view.setUint32(magic.length + 2, length - prefix, true);
  header.set(latin1(text), prefix);
  header[length - 1] = 0x0a;
  return [header, bytesOf(value)];
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Whether bytes begin as a `.npy` file does. */
export function isNpy(bytes: Uint8Array): boolean {
  return textAt(bytes, 0, magic.length) === magic;
}

/** Bytes as text, one character a byte. */
function textAt(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (const byte of bytes.subarray(start, end)) text += String.fromCharCode(byte);
  return text;
}

/**
 * The array of a file.
 *
 * Shapes: as saved; arrays in Fortran's order are put into C order.
 * Dtypes: as saved, in either order of bytes.
 *
 * @param bytes The whole file.
 * @param name What to call it in messages.
 * @throws {ValueError} If it is no such file, or of a type that has no dtype here.
 */
export function readNpy(bytes: Uint8Array, name: string): NDArray {
  const { text, end } = headerOf(bytes, name);
  const code = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1] ?? refuseType(name, descriptionIn(text));
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1] ??
    refuse(name, "its header says nothing about the order of elements");
  const lengths = /'shape'\s*:\s*\(([^)]*)\)/.exec(text)?.[1] ??
    refuse(name, "its header has no shape");
  const coding = codingOf(code) ?? refuseType(name, `'${code}'`);
  // Python 2 wrote long integers as 3L.
  const shape = (lengths.match(/\d+/g) ?? []).map(Number);
  return arrayOfBytes(bytes.subarray(end), { name, shape, isFortran: order === "True", ...coding });
}

function headerOf(
  bytes: Uint8Array,
  name: string,
): { readonly text: string; readonly end: number } {
  if (!isNpy(bytes)) refuse(name, "it does not begin as a .npy file does");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = magic.length + 2;
  const version = bytes.length < at + 4 ? 0 : bytes[magic.length]!;
  if (version < 1 || version > 3) refuse(name, "its header is of no known version");
  const start = at + (version === 1 ? 2 : 4);
  const end = start + (version === 1 ? view.getUint16(at, true) : view.getUint32(at, true));
  if (end > bytes.length) refuse(name, "it ends within its header");
  return { text: textAt(bytes, start, end), end };
}

function descriptionIn(text: string): string {
  return /'descr'\s*:\s*(.*?),\s*'fortran_order'/.exec(text)?.[1] ?? "unknown";
}

function refuse(name: string, why: string): never {
  return fail("ValueError", `read ${name}`, why);
}

function refuseType(name: string, code: string): never {
  return fail("ValueError", `read ${name}`, `its elements are of NumPy's type ${code}`, [
    "Numbers and booleans can be read; convert it in NumPy first: a.astype('float64')",
  ]);
}
