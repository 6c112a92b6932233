/**
 * @file Arrays in files: `save` and `load`.
 *
 * Both return when the file is written or read; nothing has to be awaited. Permission is used where
 * it is granted and never asked for.
 */

import { array } from "../array/build.ts";
import { NDArray } from "../array/ndarray.ts";
import { fail } from "../errors.ts";
import { files } from "../host/files.ts";
import { runtime } from "../host/host.ts";
import { isNpy, npyParts, readNpy } from "./npy.ts";
import { readSafetensors, safetensorsBytes } from "./safetensors.ts";
import { readZip, zipBytes } from "./zip.ts";

/** Anything that has a value to save: a shared variable. */
export interface ValueHolder {
  /** The value now. */
  getValue(options: { readonly borrow: boolean }): unknown;
}

/** What can be saved: an array in any form, a number, or a shared variable. */
export type Savable =
  | NDArray
  | ValueHolder
  | ArrayBufferView
  | number
  | bigint
  | boolean
  | readonly unknown[];

/** Values by the names they are saved under. */
export type NamedValues = Readonly<Record<string, Savable>> | ReadonlyMap<string, Savable>;

type Format = "npy" | "npz" | "safetensors";

/** Saves one array in a `.npy` file; see below. */
export function save(path: `${string}.npy`, values: Savable | NamedValues): void;
/**
 * Saves arrays in a file: `.npz` or `.safetensors` for values with names, `.npy` for one value.
 *
 * `.npy` and `.npz` are NumPy's own formats; entries of `.npz` are not packed. Arrays are written
 * in C order. The same values give the same bytes.
 *
 * Dtypes: all; `.safetensors` has no complex128.
 *
 * @param path Where, with one of the three endings. A file that is there is replaced.
 * @param values Values or shared variables by name; for `.npy` one of them.
 * @throws {TypeError} If a value is no array.
 * @throws {ValueError} If the ending is unknown or the format cannot hold a dtype.
 * @throws {RuntimeError} If the file cannot be written.
 *
 * @example The parameters of a model
 * ```ts ignore
 * theano.save("model.npz", { w, b });
 * const { w: saved } = theano.load("model.npz");
 * w.setValue(saved);
 * ```
 */
export function save(path: string, values: NamedValues): void;
export function save(path: string, values: Savable | NamedValues): void {
  const format = formatOf(path, "save");
  const bytes = format === "npy" ? npyBytes(path, values) : namedBytes(path, format, values);
  const written = files.write(path, bytes);
  if (!written.ok) refuseFile("save", path, files.canWrite(path), written.text);
}

/** The array of a `.npy` file; see below. */
export function load(path: `${string}.npy`): NDArray;
/**
 * The arrays of a file.
 *
 * Reads what {@linkcode save} and NumPy's `save`, `savez` and `savez_compressed` write, and
 * `.safetensors` of any origin. An entry of an archive that is no array becomes a vector of uint8.
 *
 * Shapes: as saved, in C order.
 * Dtypes: as saved; bfloat16 becomes float32.
 *
 * @param path Where, ending in `.npy`, `.npz` or `.safetensors`.
 * @returns The arrays by name; for `.npy` the array.
 * @throws {ValueError} If the ending is unknown, the file is damaged, or an element type has no
 *   dtype.
 * @throws {RuntimeError} If the file cannot be read.
 */
export function load(path: string): Record<string, NDArray>;
export function load(path: string): NDArray | Record<string, NDArray> {
  const format = formatOf(path, "load");
  const read = files.read(path);
  if (!read.ok) refuseFile("load", path, files.canRead(path), read.text);
  const name = `"${path}"`;
  if (format === "npy") return readNpy(read.value, name);
  const arrays = format === "npz" ? readNpz(read.value, name) : readSafetensors(read.value, name);
  return Object.fromEntries(arrays);
}

function formatOf(path: string, action: string): Format {
  const ending = /\.(npy|npz|safetensors)$/i.exec(path)?.[1]?.toLowerCase();
  return (ending as Format | undefined) ??
    fail("ValueError", `${action} "${path}"`, "its ending names no format", [
      "Use .npz, .safetensors, or .npy for a single array",
    ]);
}

function refuseFile(
  action: "save" | "load",
  path: string,
  isPermitted: boolean,
  text: string,
): never {
  if (isPermitted) return fail("RuntimeError", `${action} "${path}"`, text);
  const flag = action === "save" ? "write" : "read";
  return runtime() === undefined
    ? fail("RuntimeError", `${action} "${path}"`, "a browser has no files")
    : fail("RuntimeError", `${action} "${path}"`, `Deno may not ${flag} it`, [
      `Run with deno run --allow-${flag}=${path}`,
    ]);
}

function npyBytes(path: string, values: Savable | NamedValues): Uint8Array {
  const named = isNamed(values) ? entriesOf(values) : [["", values] as const];
  const [only] = named;
  if (only === undefined || named.length > 1) {
    fail("TypeError", `save "${path}"`, `a .npy file holds one array, not ${named.length}`, [
      "Use .npz for several",
    ]);
  }
  const [header, elements] = npyParts(arrayOf(only[1], path, only[0]));
  const bytes = new Uint8Array(header.length + elements.length);
  bytes.set(header);
  bytes.set(elements, header.length);
  return bytes;
}

function namedBytes(
  path: string,
  format: "npz" | "safetensors",
  values: Savable | NamedValues,
): Uint8Array {
  if (!isNamed(values)) {
    fail("TypeError", `save "${path}"`, "its values have no names", [
      "Give an object: save(path, { w, b })",
    ]);
  }
  const arrays = new Map(
    entriesOf(values).map(([key, value]) => [key, arrayOf(value, path, key)]),
  );
  if (format === "safetensors") return safetensorsBytes(arrays, `"${path}"`);
  const entries = [...arrays].map(([key, value]) => ({
    name: `${key}.npy`,
    parts: npyParts(value),
  }));
  return zipBytes(entries, `"${path}"`);
}

function isNamed(values: unknown): values is NamedValues {
  if (values instanceof Map) return true;
  if (typeof values !== "object" || values === null) return false;
  const prototype = Object.getPrototypeOf(values);
  return prototype === Object.prototype || prototype === null;
}

function entriesOf(values: NamedValues): (readonly [string, Savable])[] {
  return values instanceof Map
    ? [...values as ReadonlyMap<string, Savable>]
    : Object.entries(values as Readonly<Record<string, Savable>>);
}

function arrayOf(value: unknown, path: string, key: string): NDArray {
  const held = isHolder(value) ? value.getValue({ borrow: true }) : value;
  if (held instanceof NDArray) return held;
  if (isArrayLike(held)) return array(held);
  const what = key === "" ? "the value" : `"${key}"`;
  return fail("TypeError", `save ${what} in "${path}"`, "it is neither an array nor a number");
}

function isHolder(value: unknown): value is ValueHolder {
  return typeof (Object(value) as Partial<ValueHolder>).getValue === "function";
}

function isArrayLike(value: unknown): boolean {
  return ["number", "bigint", "boolean"].includes(typeof value) || Array.isArray(value) ||
    ArrayBuffer.isView(value);
}

function readNpz(bytes: Uint8Array, name: string): Map<string, NDArray> {
  const arrays = new Map<string, NDArray>();
  for (const [file, contents] of readZip(bytes, name)) {
    const key = file.replace(/\.npy$/, "");
    const isArray = key !== file || isNpy(contents);
    arrays.set(key, isArray ? readNpy(contents, `"${key}" in ${name}`) : array(contents.slice()));
  }
  return arrays;
}
