/** @file What is measured beside other libraries. */

/** One row of the tables. */
export interface Row {
  readonly name: string;
  readonly title: string;
  /** Floating point operations of a call, where a rate says more than a time. */
  readonly flops?: number;
  /** Turns of a loop in a call, where the time of one says more. */
  readonly turns?: number;
}

function matmul(size: number, dtype: string): Row {
  const name = `matmul_${dtype}_${size}`;
  return { name, title: `matmul ${dtype} ${size}`, flops: 2 * size ** 3 };
}

const sizes = [256, 512, 1024, 2048];

/** The rows, in order. */
export const rows: readonly Row[] = [
  ...sizes.map((size) => matmul(size, "float32")),
  ...sizes.map((size) => matmul(size, "float64")),
  { name: "batch", title: "matmul of a batch, 64 of 128 float32", flops: 64 * 2 * 128 ** 3 },
  { name: "chain", title: "tanh(a)*a+exp(a), 10⁶ float32" },
  { name: "exp", title: "exp, 230,400 float64" },
  { name: "sum0", title: "sum of axis 0, 1000×1000 float32" },
  { name: "sum1", title: "sum of axis 1, 1000×1000 float32" },
  { name: "softmax", title: "softmax of rows, 1000×1000 float32" },
  { name: "sort", title: "sort, 10⁶ float64" },
  { name: "argsort", title: "argsort, 10⁶ float64" },
  { name: "cumsum", title: "cumsum of rows, 1000×1000 float32" },
  { name: "mrg", title: "10⁷ MRG uniforms, float32" },
  { name: "twister", title: "10⁷ Mersenne Twister uniforms, float64" },
  { name: "normals", title: "10⁷ Mersenne Twister normals, float64" },
  { name: "regression", title: "training step, 400×784 float32" },
  { name: "network", title: "recurrent network, 100 turns of 16×128 float32" },
  { name: "networkGradient", title: "its gradient by the weights" },
  { name: "power", title: "powers of 10 numbers, a loop of 10⁴ turns", turns: 1e4 },
  { name: "polynomial", title: "polynomial, a loop of 10⁴ terms", turns: 1e4 },
  { name: "switch", title: "switch between means of two 10000×1000 float32" },
  { name: "ifelse", title: "ifelse between the same" },
  { name: "scalar", title: "a scalar plus 1, one call" },
];
