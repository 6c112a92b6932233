/**
 * @file The committed points of the scalar functions: arguments and values with more digits than the
 * dtype. See `data/generate.py`.
 */

/** Points of one function in one dtype. */
export interface Points {
  /** The arguments, one array an input. */
  readonly xs: readonly ArrayLike<number>[];
  /** The values rounded to the dtype. */
  readonly values: ArrayLike<number>;
  /** What the true values have beyond, in hundredths of the last place. */
  readonly rests: Int8Array;
}

/** The dtypes that there are points of. */
export type PointDType = "float32" | "float64";

const folder = new URL("./data/", import.meta.url);

/** Reads all points. */
export function readPoints(): (name: string, dtype: PointDType) => Points {
  const { buffer } = Deno.readFileSync(new URL("functions.bin", folder));
  const index = JSON.parse(Deno.readTextFileSync(new URL("functions.json", folder)));
  return (name, dtype) => {
    const [count, start] = index[name][dtype] as [number, number];
    let offset = start;
    const floats = (): ArrayLike<number> => {
      const array = dtype === "float32"
        ? new Float32Array(buffer, offset, count)
        : new Float64Array(buffer, offset, count);
      offset += Math.ceil(array.byteLength / 8) * 8;
      return array;
    };
    const arity = ["pow", "arctan2"].includes(name) ? 2 : 1;
    const xs = Array.from({ length: arity }, floats);
    return { xs, values: floats(), rests: new Int8Array(buffer, offset, count) };
  };
}
