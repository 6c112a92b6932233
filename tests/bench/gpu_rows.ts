/** @file What is measured on a device, as this library computes it and as jax-js does, side by side. */

import * as theano from "@theano/theano";
import type { Jax, JaxArray } from "./peer.ts";
import { uniform32 } from "./protocol.ts";

const { tensor: T } = theano;

type Variable = theano.tensor.TensorVariable;

/** A computation on a device: `run` starts it, `end` waits for all that was started. */
export interface Side {
  readonly run: () => void | Promise<void>;
  readonly end: () => void | Promise<void>;
}

/** One row: the same computation in both libraries. */
export interface GpuRow {
  readonly title: string;
  /** Floating point operations of a run, where a rate says more than a time. */
  readonly flops?: number;
  /** Bytes that a run must read and write at least. */
  readonly bytes?: number;
  readonly ours: () => Side;
  readonly jax: (jax: Jax) => Side;
}

/** Numbers of a shape. */
interface Numbers {
  readonly data: Float32Array<ArrayBuffer>;
  readonly shape: readonly number[];
}

function numbers(...shape: readonly number[]): Numbers {
  const size = shape.reduce((n, length) => n * length, 1);
  return { data: Float32Array.from(uniform32(size)), shape };
}

function shared({ data, shape }: Numbers): theano.tensor.TensorSharedVariable {
  return theano.shared(theano.array(data, { shape: [...shape] }), { borrow: true });
}

function jaxArray({ numpy: np }: Jax, { data, shape }: Numbers): JaxArray {
  return np.array(data).reshape(shape);
}

const nothing = (): void => {};

/** A result that stays on the device. */
function kept(formula: (...inputs: Variable[]) => Variable, inputs: readonly Numbers[]): Side {
  const f = theano.function([], formula(...inputs.map(shared)).transfer("gpu"));
  let last = f();
  const run = (): void => {
    last.free();
    last = f();
  };
  return { run, end: () => last.sync() };
}

/** The same of jax-js. */
function jaxKept(
  jax: Jax,
  formula: (...inputs: JaxArray[]) => JaxArray,
  inputs: readonly Numbers[],
): Side {
  const f = jax.jit(formula);
  const arrays = inputs.map((one) => jaxArray(jax, one));
  const call = (): JaxArray => f(...arrays.map((array) => array.ref));
  let last = call();
  const run = (): void => {
    last.dispose();
    last = call();
  };
  return { run, end: async () => void await last.blockUntilReady() };
}

/** A row of values that stay there. */
function row(
  facts: Pick<GpuRow, "title" | "flops" | "bytes">,
  inputs: readonly (readonly number[])[],
  ours: (...inputs: Variable[]) => Variable,
  theirs: (jax: Jax, ...inputs: JaxArray[]) => JaxArray,
): GpuRow {
  const made = (): Numbers[] => inputs.map((shape) => numbers(...shape));
  return {
    ...facts,
    ours: () => kept(ours, made()),
    jax: (jax) => jaxKept(jax, (...xs) => theirs(jax, ...xs), made()),
  };
}

const latency: GpuRow = {
  title: "a call, its result on the host",
  ours: () => {
    const f = theano.function([], shared(numbers(8)).mul(2));
    return { run: () => void f(), end: nothing };
  },
  jax: (jax) => {
    const [f, x] = [jax.jit((x: JaxArray) => x.mul(2)), jaxArray(jax, numbers(8))];
    return { run: async () => void await f(x.ref).data(), end: nothing };
  },
};

/** A product of matrices. */
function product(n: number): GpuRow {
  return row(
    { title: `product of ${n} × ${n}`, flops: 2 * n ** 3 },
    [[n, n], [n, n]],
    (x, y) => T.dot(x!, y!),
    ({ numpy: np }, x, y) => np.matmul(x!, y!),
  );
}

/** Rows about so many numbers. */
function streams(n: number): GpuRow[] {
  const count = `10${n === 1e6 ? "⁶" : "⁷"}`;
  return [
    row(
      { title: `${count} numbers doubled`, bytes: 8 * n },
      [[n]],
      (x) => x!.mul(2),
      (_, x) => x!.mul(2),
    ),
    row(
      { title: `tanh(a)*a+exp(a) of ${count}`, bytes: 8 * n },
      [[n]],
      (a) => T.tanh(a!).mul(a!).add(T.exp(a!)),
      ({ numpy: np }, a) => np.tanh(a!.ref).mul(a!.ref).add(np.exp(a!)),
    ),
    row(
      { title: `sum of ${count}`, bytes: 4 * n },
      [[n]],
      (x) => x!.sum(),
      ({ numpy: np }, x) => np.sum(x!),
    ),
  ];
}

const matrixRows: readonly GpuRow[] = [0, 1].map((axis) =>
  row(
    { title: `sum of axis ${axis}, 2048 × 2048`, bytes: 4 * 2048 ** 2 },
    [[2048, 2048]],
    (x) => x!.sum(axis),
    ({ numpy: np }, x) => np.sum(x!, axis),
  )
);

const softmax: GpuRow = row(
  { title: "softmax of rows, 2048 × 2048", bytes: 8 * 2048 ** 2 },
  [[2048, 2048]],
  (x) => T.nnet.softmax(x!),
  ({ nn }, x) => nn.softmax(x!, -1),
);

const [samples, features, classes, rate] = [600, 784, 10, 0.13];

/** Digits as rows of a matrix of zeros and ones. */
function digits(): { x: Numbers; labels: Int32Array<ArrayBuffer>; ones: Numbers } {
  const labels = Int32Array.from({ length: samples }, (_, k) => (k * 7) % classes);
  const data = new Float32Array(samples * classes);
  labels.forEach((label, k) => data[k * classes + label] = 1);
  return { x: numbers(samples, features), labels, ones: { data, shape: [samples, classes] } };
}

function zeros(...shape: readonly number[]): Numbers {
  return { data: new Float32Array(shape.reduce((n, length) => n * length, 1)), shape };
}

/** A step of learning digits, of the demo's network and batch. */
const learning: GpuRow = {
  title: "a step of learning digits, 600 × 784",
  flops: 4 * samples * features * classes,
  ours: () => {
    const { x: images, labels } = digits();
    const [x, y] = [shared(images), theano.shared(labels)];
    const [w, b] = [shared(zeros(features, classes)), shared(zeros(classes))];
    const p = T.nnet.softmax(T.dot(x, w).add(b));
    const cost = T.log(p).get(T.arange(y.shape.get(0)), y).mean().neg();
    const [gw, gb] = T.grad(cost, [w, b]);
    const step = theano.function([], [], {
      updates: [[w, w.sub(gw!.mul(rate))], [b, b.sub(gb!.mul(rate))]],
    });
    return { run: () => void step(), end: () => step.syncShared() };
  },
  jax: (jax) => {
    const { numpy: np, nn } = jax;
    const { x: images, ones } = digits();
    const loss = ({ w, b }: Parameters, ...[x, y]: JaxArray[]): JaxArray => {
      const p = nn.softmax(np.dot(x!, w).add(b), -1);
      return np.mean(np.sum(y!.mul(np.log(p)), 1)).neg();
    };
    const step = jax.jit((parameters: Parameters, x: JaxArray, y: JaxArray) => {
      const used = { w: parameters.w.ref, b: parameters.b.ref };
      const [value, slope] = jax.valueAndGrad(loss)(used, x, y);
      const w = parameters.w.sub(slope.w.mul(rate));
      return { value, w, b: parameters.b.sub(slope.b.mul(rate)) };
    });
    const [x, y] = [jaxArray(jax, images), jaxArray(jax, ones)];
    let state: Parameters = {
      w: jaxArray(jax, zeros(features, classes)),
      b: jaxArray(jax, zeros(classes)),
    };
    const run = (): void => {
      const { value, w, b } = step(state, x.ref, y.ref);
      value.dispose();
      state = { w, b };
    };
    return { run, end: async () => void await state.w.blockUntilReady() };
  },
};

interface Parameters {
  readonly w: JaxArray;
  readonly b: JaxArray;
}

/** A recurrent network, whose turns jax-js writes out: it has no loop. */
const network: GpuRow = row(
  { title: "recurrent network, 100 turns of 16 × 128", flops: 100 * 2 * 16 * 128 ** 2 },
  [[100, 16, 128], [128, 128]],
  (x, w) => {
    const [trace] = theano.scan(
      (x: Variable, h: Variable, w: Variable) => T.tanh(T.dot(h, w).add(x)),
      { sequences: x!, outputsInfo: T.zeros([16, 128], "float32"), nonSequences: w! },
    ) as [Variable, unknown];
    return trace.get(-1);
  },
  ({ numpy: np }, x, w) => {
    let state = np.zeros([16, 128]);
    for (let t = 0; t < 100; t++) {
      state = np.tanh(np.matmul(state, w!.ref).add(x!.ref.slice(t)));
    }
    w!.dispose();
    x!.dispose();
    return state;
  },
);

/** The rows, in order. */
export const gpuRows: readonly GpuRow[] = [
  latency,
  row({ title: "a call, its result kept there" }, [[8]], (x) => x!.mul(2), (_, x) => x!.mul(2)),
  ...streams(1e6),
  ...streams(1e7),
  ...matrixRows,
  softmax,
  learning,
  network,
  ...[512, 1024, 2048, 4096].map(product),
];
