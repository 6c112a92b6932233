/** @file Prints what the shape of a join is whose parts do not fit, or why there is none. */

import * as theano from "@theano/theano";
import { writeStdout } from "../../core/host/host.ts";

const { tensor: T } = theano;
const [x, y] = [T.matrix("x"), T.matrix("y")];
const f = theano.function([x, y], T.join(0, x, y).shape);
try {
  const shape = f(theano.ones([5, 4]), theano.ones([3, 3]));
  writeStdout(`${shape}\n`);
} catch (error) {
  writeStdout(`${(error as Error).name}\n`);
}
