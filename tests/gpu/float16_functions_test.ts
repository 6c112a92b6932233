/** @file Functions of float16 compute on a device what they compute on the host. */

import * as theano from "@theano/theano";
import { assert, assertEquals } from "@std/assert";
import { assertAgrees, assertOnDevice, type Case, onDevice, opsOf } from "./compiled.ts";
import { float16Test } from "./device.ts";

const { tensor: T } = theano;

/** Numbers that look random, the same in every run. */
function halves(...shape: readonly number[]): theano.NDArray {
  const size = shape.reduce((n, length) => n * length, 1);
  const data = Float16Array.from({ length: size }, (_, k) => Math.sin(k * k + 1) * 2);
  return theano.array(data, { shape });
}

function variable(ndim: number): theano.tensor.TensorVariable {
  return T.tensor("float16", new Array<boolean>(ndim).fill(false));
}

float16Test("elementwise functions of float16, and casts from and to it", async () => {
  const ops = await assertAgrees((): Case => {
    const [x, row] = [variable(2), T.tensor("float16", [true, false])];
    const [n, f] = [T.ivector("n"), T.fvector("f")];
    return {
      inputs: [x, row, n, f],
      outputs: [
        T.exp(x).mul(row),
        T.nnet.sigmoid(x),
        T.log1p(T.sqr(x)),
        T.sqrt(T.abs(x)),
        x.neg(),
        x.gt(row),
        T.switch(x.lt(0), x.neg(), row),
        T.floor(x.mul(10)),
        T.cast(x, "int32"),
        T.cast(x, "bool"),
        T.cast(x, "float32").mul(3),
        T.cast(n, "float16"),
        T.cast(f, "float16"),
        T.isinf(T.cast(f, "float16")),
      ],
      values: [
        halves(5, 7),
        halves(1, 7),
        [1, -2049, 70000],
        new Float32Array([1e-7, -65519, 65520, NaN, 0.1]),
      ],
    };
  });
  assertOnDevice(ops);
});

float16Test("reductions of float16, and places of extremes among many", async () => {
  const ops = await assertAgrees((): Case => {
    const [x, long] = [variable(3), variable(1)];
    return {
      inputs: [x, long],
      outputs: [
        x.sum(),
        x.sum({ axis: [0, 2] }),
        x.mean({ axis: 1, keepdims: true }),
        x.max({ axis: 1 }),
        x.min(),
        x.prod({ axis: 2 }),
        T.argmax(x, { axis: 2 }),
        T.argmax(long),
        T.max(long),
      ],
      values: [halves(4, 6, 5), halves(70_001)],
    };
  });
  assertOnDevice(ops, "Elemwise{Mul}[(0, 0)]", "Elemwise{mul,no_inplace}");
});

float16Test("products of float16, of odd lengths and large ones", async () => {
  const ops = await assertAgrees((): Case => {
    const [a, b, large] = [variable(2), variable(2), variable(2)];
    const [v, w] = [variable(1), variable(1)];
    const cube = variable(3);
    return {
      inputs: [a, b, v, w, cube, large],
      outputs: [
        T.dot(a, b),
        T.dot(a.T, a).mul(0.5),
        T.dot(a, v),
        T.dot(w, a).add(v),
        T.dot(v, v),
        T.outer(v, w),
        T.batchedDot(cube, cube.dimshuffle(0, 2, 1)),
        T.dot(large, large),
      ],
      values: [
        halves(19, 17),
        halves(17, 23),
        halves(17),
        halves(19),
        halves(3, 4, 5),
        halves(70, 70),
      ],
    };
  });
  assertOnDevice(ops);
  assert(ops.some((op) => /^GpuDot/.test(op)), ops.join(" "));
});

float16Test("softmax and losses of float16, and their gradients", async () => {
  const ops = await assertAgrees((): Case => {
    const [x, b] = [variable(2), variable(1)];
    const y = T.ivector("y");
    const p = T.nnet.softmax(x.add(b));
    const loss = T.nnet.categoricalCrossentropy(p, y).mean();
    return {
      inputs: [x, b, y],
      outputs: [
        p,
        T.nnet.logsoftmax(x),
        loss,
        theano.grad(loss, x),
        theano.grad(loss, b),
        theano.grad(T.sqr(p).sum(), x),
      ],
      values: [halves(6, 5), halves(5), [0, 4, 2, 2, 1, 3]],
    };
  });
  assert(ops.some((op) => /^GpuSoftmax/.test(op)), ops.join(" "));
});

float16Test("indices, slices and joins of float16, from odd places on", async () => {
  await assertAgrees((): Case => {
    const x = variable(2);
    const [i, n] = [T.lvector("i"), T.lscalar("n")];
    return {
      inputs: [x, i, n],
      outputs: [
        x.get("::-1", "1:4"),
        x.get(n, ":"),
        x.flatten().get("1:"),
        x.get(i),
        x.get(i, i),
        T.setSubtensor(x.get("1:3"), 7),
        T.incSubtensor(x.get(":", i), 0.5),
        T.incSubtensor(x.get(i), x.get(i)),
        T.join(1, x, x.neg()),
        T.stack([x, x.mul(2)]),
        x.reshape([n, -1]),
        x.T.flatten(),
        T.zerosLike(x).add(T.alloc(T.cast(n, "float16"), 7)),
        T.tile(x, [1, 2]),
      ],
      values: [halves(5, 7), [3, 0, 3], 1],
    };
  });
});

float16Test("shared variables of float16 learn where they are", async () => {
  const ops = await assertAgrees((): Case => {
    const [w, b] = [theano.shared(halves(5, 3)), theano.shared(halves(3))];
    const x = variable(2);
    const cost = T.sqr(T.tanh(T.dot(x, w).add(b)).sub(1)).mean();
    const [gw, gb] = theano.grad(cost, [w, b]);
    return {
      inputs: [x],
      outputs: [cost],
      values: [halves(5, 5)],
      updates: [[w, w.sub(gw!.mul(theano.float16(0.125)))], [
        b,
        b.sub(gb!.mul(theano.float16(0.125))),
      ]],
    };
  }, 4);
  assert(ops.filter((op) => /^GpuElemwise/.test(op)).length >= 2, ops.join(" "));
});

float16Test("empty and single float16 arrays", async () => {
  for (const shape of [[0, 3], [2, 0], [1, 1]] as const) {
    await assertAgrees((): Case => {
      const x = variable(2);
      return {
        inputs: [x],
        outputs: [T.exp(x), x.sum({ axis: 0 }), x.sum(), T.dot(x, x.T), T.join(0, x, x)],
        values: [halves(...shape)],
      };
    }, 1);
  }
});

float16Test("float16 results stay on the device, and arguments come from there", async () => {
  const x = variable(1);
  const [f, g] = await onDevice(() =>
    [
      theano.function([x], x.add(1).transfer("gpu")),
      theano.function([x], x.get("1:").mul(2)),
    ] as const
  );
  assertEquals(opsOf(f), ["GpuFromHost<None>", "GpuElemwise{add,no_inplace}"]);
  const there = f([1, 2, 3]) as theano.NDArray;
  assert(there instanceof theano.gpu.GpuArray);
  assertEquals([there.dtype, g(there).toArray()], ["float16", [6, 8]]);
  assertEquals(there.toArray(), [2, 3, 4]);
  const state = theano.shared(there);
  assertEquals(state.getValue().toArray(), [2, 3, 4]);
});

float16Test("what rounds to float16 on its way is one kernel on the device", async () => {
  const ops = await assertAgrees((): Case => {
    const x = T.fvector("x");
    const y = T.cast(x.mul(3), "float16");
    return {
      inputs: [x],
      outputs: [T.cast(y, "float32").add(T.cast(T.exp(y), "float32"))],
      values: [new Float32Array([0.1, -2.3, 1e-4])],
    };
  });
  assertEquals(ops.length, 3, ops.join(" "));
  assertOnDevice(ops);
});
