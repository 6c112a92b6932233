/**
 * @file Ops with code in WebAssembly, for tests.
 */

import * as theano from "@theano/theano";
import { Module } from "../../core/wasm/encode.ts";
import { add, f64, Func, i32, type Node, op, opAt, shl } from "../../core/wasm/tree.ts";

const { tensor: T, NDArray } = theano;
type Arrays = readonly theano.NDArray[];

/**
 * A module whose `run` sets each element of a float64 vector to something of the input's element.
 *
 * @param value The value stored, from that of the input.
 * @param status What `run` returns.
 */
export function vectorModule(
  value: (x: Node) => Node,
  status: number = 0,
): Uint8Array<ArrayBuffer> {
  const f = new Func("run", ["i32"]);
  const block = f.param("i32", "block");
  const number = (k: number): Node => opAt("i32.load", 4 * k, block);
  const [x, n, stride, y] = ["x", "n", "stride", "y"].map((name) => f.local("i32", name));
  const i = f.local("i32", "i");
  const at = (start: typeof x, index: Node): Node => add(start!, shl(index, i32(3)));
  f.body([
    [x, n, stride, y].map((local, k) => local!.set(number(k))),
    f.for(i, 0, n!, 1, [
      op(
        "f64.store",
        at(y, i.get),
        value(op("f64.load", at(x, op("i32.mul", i, stride!)))),
      ),
    ]),
  ], i32(status));
  const module = new Module("test").importMemory();
  module.add(f, "run");
  return module.encode({ names: false });
}

/** `factor · x` of a float64 vector. */
export class Scaled extends theano.Op {
  override readonly itypes = [T.dvector];
  override readonly otypes = [T.dvector];
  override readonly props = ["factor"];
  calls = 0;

  constructor(readonly factor: number, readonly strided: boolean = false) {
    super();
  }

  perform(_: theano.Apply, [x]: Arrays): theano.NDArray[] {
    this.calls++;
    const scaled = Float64Array.from(x!.dense().data as Float64Array, (v) => v * this.factor);
    return [NDArray.of(scaled, x!.shape, "float64")];
  }

  override inferShape(
    _: theano.Apply,
    shapes: readonly theano.Shape[],
  ): readonly (theano.Shape | null)[] {
    return shapes;
  }

  override grad(
    _: theano.TensorVariable[],
    [g]: theano.TensorVariable[],
  ): theano.TensorVariable[] {
    return [this.call(g)];
  }

  override wasm(): theano.WasmCode | undefined {
    const bytes = vectorModule((x) => op("f64.mul", x, f64(this.factor)));
    return { bytes, strided: this.strided };
  }
}
