import { assertEquals } from "@std/assert";
import * as theano from "@theano/theano";

const { tensor: T } = theano;
type Tensor = theano.tensor.TensorVariable;

// A gradient known of a variable was taken for all of it, though another output read the variable.
Deno.test("gradients of several outputs add up where one output is read by another", () => {
  const x = T.dscalar("x");
  const square = x.pow(2);
  const both = [square, square.mul(square)];
  const weighed = T.Lop(both, x, [T.constant(1.5), T.constant(2)]);
  assertEquals(theano.function([x], weighed)(3).item(), 1.5 * 6 + 2 * 108);

  const op = new theano.OpFromGraph([x], both);
  const [first, second] = op.call<[Tensor, Tensor]>(x);
  const slope = T.grad(first.mul(1.5).add(second.mul(2)), x);
  assertEquals(theano.function([x], slope)(3).item(), 1.5 * 6 + 2 * 108);
});
