/**
 * @file The parts of the other libraries that the rows use. They are loaded by name when a row is
 * asked for, so that nothing else ever installs or checks them.
 */

/** An array of jax-js. Using one consumes it, unless it is used as `x.ref`. */
export interface JaxArray {
  readonly ref: JaxArray;
  readonly size: number;
  add(other: JaxArray | number): JaxArray;
  sub(other: JaxArray | number): JaxArray;
  mul(other: JaxArray | number): JaxArray;
  neg(): JaxArray;
  reshape(shape: readonly number[]): JaxArray;
  slice(range: readonly number[] | number): JaxArray;
  dataSync(): Float32Array | Float64Array;
  data(): Promise<Float32Array | Float64Array>;
  blockUntilReady(): Promise<JaxArray>;
  dispose(): void;
}

/** The module `@jax-js/jax`. */
export interface Jax {
  readonly init: (device: string) => Promise<unknown>;
  readonly defaultDevice: (device: string) => void;
  readonly jit: <F>(f: F) => F;
  readonly valueAndGrad: <P>(
    f: (parameters: P, ...data: JaxArray[]) => JaxArray,
  ) => (parameters: P, ...data: JaxArray[]) => [value: JaxArray, gradient: P];
  readonly grad: <F>(f: F) => F;
  readonly nn: Readonly<Record<"sigmoid" | "softmax", (x: JaxArray, axis?: number) => JaxArray>>;
  readonly numpy:
    & Readonly<
      Record<"tanh" | "exp" | "log" | "mean" | "square", (x: JaxArray) => JaxArray>
    >
    & {
      readonly float64: unknown;
      readonly zeros: (shape: readonly number[]) => JaxArray;
      readonly array: (data: ArrayLike<number> | number, options?: object) => JaxArray;
      readonly matmul: (x: JaxArray, y: JaxArray) => JaxArray;
      readonly dot: (x: JaxArray, y: JaxArray) => JaxArray;
      readonly sum: (x: JaxArray, axis?: number) => JaxArray;
      readonly cumsum: (x: JaxArray, axis?: number) => JaxArray;
      readonly sort: (x: JaxArray) => JaxArray;
      readonly argsort: (x: JaxArray) => JaxArray;
    };
}

/** A tensor of TensorFlow.js. */
export interface TfTensor {
  dataSync(): Float32Array;
  dispose(): void;
}

type TfUnary = (x: TfTensor) => TfTensor;
type TfBinary = (x: TfTensor | number, y: TfTensor | number) => TfTensor;

/** The module `@tensorflow/tfjs`. */
export interface Tf {
  readonly env: () => { readonly set: (flag: string, value: boolean) => void };
  readonly setBackend: (name: string) => Promise<unknown>;
  readonly ready: () => Promise<unknown>;
  readonly tidy: <R>(f: () => R) => R;
  readonly tensor: (data: Float32Array, shape: readonly number[]) => TfTensor;
  readonly scalar: (value: number) => TfTensor;
  readonly matMul: (x: TfTensor, y: TfTensor) => TfTensor;
  readonly tanh: TfUnary;
  readonly exp: TfUnary;
  readonly log: TfUnary;
  readonly neg: TfUnary;
  readonly mean: TfUnary;
  readonly square: TfUnary;
  readonly sigmoid: TfUnary;
  readonly add: TfBinary;
  readonly sub: TfBinary;
  readonly mul: TfBinary;
  readonly sum: (x: TfTensor, axis?: number) => TfTensor;
  readonly softmax: (x: TfTensor, axis: number) => TfTensor;
  readonly cumsum: (x: TfTensor, axis: number) => TfTensor;
  readonly reshape: (x: TfTensor, shape: readonly number[]) => TfTensor;
  readonly valueAndGrads: (
    f: (...x: TfTensor[]) => TfTensor,
  ) => (x: TfTensor[]) => { readonly value: TfTensor; readonly grads: TfTensor[] };
}

/** Loads a package by name, which hides it from everything that reads imports. */
export async function load<M>(name: string): Promise<M> {
  return await import(name) as M;
}

/** The versions that are compared with. */
export const versions = { jax: "0.1.25", tf: "4.22.0" } as const;

/** jax-js on its WebAssembly device, one thread. */
export async function loadJax(): Promise<Jax> {
  const jax = await load<Jax>(`npm:@jax-js/jax@${versions.jax}`);
  await jax.init("wasm");
  jax.defaultDevice("wasm");
  return jax;
}

/** TensorFlow.js on its WebAssembly backend, one thread with SIMD. */
export async function loadTf(): Promise<Tf> {
  const backend = `npm:@tensorflow/tfjs-backend-wasm@${versions.tf}`;
  // The whole package, since that is what brings the gradients.
  const tf = await load<Tf>(`npm:@tensorflow/tfjs@${versions.tf}`);
  const wasm = await load<{ setWasmPaths: (folder: string) => void }>(backend);
  tf.env().set("WASM_HAS_SIMD_SUPPORT", true);
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  const file = import.meta.resolve(`${backend}/dist/tfjs-backend-wasm-simd.wasm`);
  wasm.setWasmPaths(new URL(".", file).pathname);
  await tf.setBackend("wasm");
  await tf.ready();
  return tf;
}
