/** @file Prints what the shape of a join is whose parts do not fit, or why there is none. */

import * as theano from "@theano/theano";

const { tensor: T } = theano;
const [x, y] = [T.matrix("x"), T.matrix("y")];
const f = theano.function([x, y], T.join(0, x, y).shape);
try {
  const shape = f(theano.ones([5, 4]), theano.ones([3, 3]));
  console.log(String(shape));
} catch (error) {
  console.log((error as Error).name);
}
