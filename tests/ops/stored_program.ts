/**
 * @file Compiles one function: with ops of the library only, or with one of a user's.
 */

import * as theano from "@theano/theano";

const { tensor: T } = theano;
const x = T.dvector("x");

class Same extends theano.Op {
  override readonly itypes = [T.dvector];
  override readonly otypes = [T.dvector];
  override readonly props = [];
  perform(_: theano.Apply, inputs: readonly theano.NDArray[]): theano.NDArray[] {
    return [...inputs];
  }
}

const outputs: Readonly<Record<string, () => theano.TensorVariable>> = {
  library: () => x.mul(2),
  op: () => new Same().call(x),
  function: () => theano.asOp(T.dvector, T.dvector, (v) => v)(x),
  elementwise: () =>
    theano.scalar.unary({
      name: "same",
      dtype: "same",
      ref: (v) => v,
      body: (s, v) => s.mul(v, 1),
    })(x),
};

theano.function([x], outputs[Deno.args[0]!]!())([1, 2]);
