/** @file Functions compiled for a device compute what they compute on the host. */

import * as theano from "@theano/theano";
import { assert, assertEquals } from "@std/assert";
import {
  assertAgrees,
  assertOnDevice,
  type Case,
  functionTest,
  onDevice,
  opsOf,
} from "./compiled.ts";

const { tensor: T } = theano;

/** Numbers that look random, the same in every run. */
function floats(...shape: readonly number[]): theano.NDArray {
  const size = shape.reduce((n, length) => n * length, 1);
  const data = Float32Array.from({ length: size }, (_, k) => Math.sin(k * k + 1) * 2);
  return theano.array(data, { shape });
}

function shared(...shape: readonly number[]): theano.tensor.TensorSharedVariable {
  return theano.shared(floats(...shape));
}

functionTest("elementwise functions of every dtype of the device", async () => {
  const ops = await assertAgrees((): Case => {
    const x = T.fmatrix("x");
    const row = T.frow("row");
    const n = T.ivector("n");
    const u = T.tensor("uint32", [false]);
    const b = T.tensor("bool", [false]);
    return {
      inputs: [x, row, n, u, b],
      outputs: [
        T.exp(x).add(T.tanh(x).mul(row)),
        T.nnet.sigmoid(x),
        T.log1p(T.sqr(x)).sub(T.sqrt(T.abs(x))),
        x.gt(row),
        T.switch(x.lt(0), x.neg(), row),
        n.mul(3).add(n.mod(4)),
        u.add(u),
        T.invert(b),
        T.cast(n, "float32").div(2),
      ],
      values: [
        floats(5, 7),
        floats(1, 7),
        [1, -2, 3],
        new Uint32Array([1, 2, 2 ** 31]),
        theano.array([true, false], { dtype: "bool" }),
      ],
    };
  });
  assertOnDevice(ops);
  assert(ops.some((op) => op.startsWith("GpuElemwise{Composite")));
});

// A driver that knows the uniforms which decide a branch must not undo what holds sums apart.
functionTest("functions of constants and of numbers that all threads share", async () => {
  await assertAgrees((): Case => {
    const [x, n] = [T.fvector("x"), T.iscalar("n")];
    const scale = T.cast(n, "float32");
    return {
      inputs: [x, n],
      outputs: [
        T.pow(2, x),
        T.pow(theano.float32(-2.5), T.ceil(x)),
        T.tanh(scale.div(3)).add(x),
        T.sin(scale.mul(100)).mul(x),
        T.log(scale).sub(x),
      ],
      values: [[1, -0.6231657, 3, 0.25], 7],
    };
  });
});

functionTest("reductions along every axis", async () => {
  const ops = await assertAgrees((): Case => {
    const x = T.ftensor3("x");
    return {
      inputs: [x],
      outputs: [
        x.sum(),
        x.sum({ axis: 0 }),
        x.sum({ axis: [0, 2] }),
        x.max({ axis: 1 }),
        x.min(),
        T.exp(x).prod({ axis: 2 }),
        T.any(x.gt(1), { axis: 0 }),
        T.all(x.lt(5)),
        x.mean({ axis: 1, keepdims: true }),
        x.var({ axis: 0 }),
      ],
      values: [floats(4, 6, 5)],
    };
  });
  assertOnDevice(ops);
});

functionTest("running sums and products along every axis", async () => {
  const ops = await assertAgrees((): Case => {
    const [x, n] = [T.ftensor3("x"), T.imatrix("n")];
    const cost = T.cumsum(x, { axis: 1 }).mul(x).sum();
    return {
      inputs: [x, n],
      outputs: [
        T.cumsum(x),
        T.cumsum(x, { axis: 0 }),
        T.cumprod(x, { axis: 1 }),
        T.cumsum(n, { axis: 0 }),
        T.cumprod(n, { axis: 1 }),
        T.grad(cost, x) as theano.TensorVariable,
      ],
      values: [floats(4, 6, 5), [[1, 2, 2 ** 30], [2 ** 30, 2 ** 30, 5]]],
    };
  });
  assertOnDevice(ops);
});

functionTest("sorting, the places of elements, and the largest ones", async () => {
  const ops = await assertAgrees((): Case => {
    const [x, n] = [T.fmatrix("x"), T.ivector("n")];
    const cost = T.sort(x, 0).mul(T.arange(7).astype("float32")).sum();
    return {
      inputs: [x, n],
      outputs: [
        T.sort(x),
        T.argsort(x, 0),
        T.sort(n),
        ...T.topkAndArgtopk(x, 3, { sorted: false, idxDtype: "int32" }),
        T.topk(x, -2, { axis: 0, sorted: false }),
        T.grad(cost, x) as theano.TensorVariable,
      ],
      values: [floats(300, 7), [3, -1, 2, -1, 2 ** 31 - 1]],
    };
  });
  assertOnDevice(ops, "ARange{dtype='int64'}");
});

functionTest("products of vectors and matrices", async () => {
  const ops = await assertAgrees((): Case => {
    const [a, b] = T.fmatrices("a", "b");
    const [v, w] = T.fvectors("v", "w");
    const s = T.ftensor3("s");
    return {
      inputs: [a!, b!, v!, w!, s],
      outputs: [
        T.dot(a!, b!),
        T.dot(a!.T, a!).mul(0.5).add(T.dot(b!, b!.T).get(":17", ":17").mul(0.25)),
        T.dot(a!, v!),
        T.dot(w!, a!),
        T.dot(v!, v!),
        T.outer(v!, w!),
        T.batchedDot(s, s.dimshuffle(0, 2, 1)),
      ],
      values: [floats(19, 17), floats(17, 23), floats(17), floats(19), floats(3, 4, 5)],
    };
  });
  assertOnDevice(ops);
  assert(ops.includes("GpuDot22") && ops.some((op) => op.startsWith("GpuGemv")));
});

functionTest("softmax, losses and their gradients", async () => {
  await assertAgrees((): Case => {
    const x = T.fmatrix("x");
    const b = T.fvector("b");
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
      values: [floats(6, 5), floats(5), [0, 4, 2, 2, 1, 3]],
    };
  });
});

functionTest("indices, slices, joins and shapes", async () => {
  await assertAgrees((): Case => {
    const x = T.fmatrix("x");
    const i = T.lvector("i");
    const n = T.lscalar("n");
    return {
      inputs: [x, i, n],
      outputs: [
        x.get("::-1", "1:4"),
        x.get(n, ":"),
        x.get(T.slice(n, n.add(2))),
        x.get(i),
        x.get(i, i),
        T.setSubtensor(x.get("1:3"), 7),
        T.incSubtensor(x.get(":", i), 0.5),
        T.incSubtensor(x.get(i), x.get(i)),
        T.join(1, x, x.neg()),
        T.stack([x, x.mul(2)]),
        x.reshape([n.mul(2), -1]),
        x.T.flatten(),
        T.zerosLike(x).add(T.alloc(T.cast(n, "float32"), 6)),
        T.extraOps.repeat(x, 2, 0),
        T.tile(x, [1, 2]),
      ],
      values: [floats(4, 6), [3, 0, 3], 2],
    };
  });
});

functionTest("work that devices cannot do stays on the host, in one function", async () => {
  const ops = await assertAgrees((): Case => {
    const x = T.fmatrix("x");
    const d = T.dvector("d");
    const c = T.permuteRowElements(x, [4, 3, 2, 1, 0]);
    return {
      inputs: [x, d],
      outputs: [
        T.exp(x).mul(2).sum({ axis: 1 }).add(d),
        T.exp(c).sum(),
        T.argmax(T.nnet.softmax(x), { axis: 1 }),
        T.sort(d),
        x.shape,
      ],
      values: [floats(3, 5), new Float64Array([1, 2, 3])],
    };
  });
  assert(ops.some((op) => op.startsWith("Elemwise")) && ops.some((op) => /Gpu/.test(op)));
});

functionTest("loops and choices run on the host, between waves of the device", async () => {
  const ops = await assertAgrees((): Case => {
    const x = T.fmatrix("x");
    const c = T.iscalar("c");
    const w = theano.shared(floats(3, 3));
    const step = (
      row: theano.tensor.TensorVariable,
      before: theano.tensor.TensorVariable,
    ): theano.tensor.TensorVariable => T.tanh(T.dot(w, before).add(row));
    const [states] = theano.scan(step as Parameters<typeof theano.scan>[0], {
      sequences: [T.exp(x)],
      outputsInfo: [T.zeros([3], "float32")],
    });
    const last = (states as theano.tensor.TensorVariable).get(-1);
    return {
      inputs: [x, c],
      outputs: [T.sqr(x).sum().mul(last), theano.ifelse(c, T.exp(x), x.mul(2))],
      values: [floats(4, 3), 1],
    };
  });
  assert(ops.some((op) => op.startsWith("for{")) && ops.some((op) => op.startsWith("Gpu")));
});

functionTest("random numbers of MRG31k3p, the host's bits, call after call", async () => {
  const make = (): theano.CompiledFunction<theano.NDArray> => {
    const srng = new T.MRG_RandomStreams(11);
    return theano.function([], srng.uniform([300, 7], { dtype: "float32" }).sub(0.5));
  };
  const [onHost, there] = [make(), await onDevice(make)];
  assert(opsOf(there)[0]!.startsWith("GPUA_mrg_uniform{GpuArrayType<None>(float32, matrix)"));
  for (let call = 0; call < 3; call++) assertEquals(there().data, onHost().data);
  assertEquals(opsOf(there).filter((op) => op.startsWith("GpuFromHost")), []);
});

functionTest("dropout learns on the device as on the host", async () => {
  const ops = await assertAgrees((): Case => {
    const srng = new T.MRG_RandomStreams(3);
    const [w, x] = [shared(4, 3), T.fmatrix("x")];
    const kept = srng.binomial({ size: [5, 3], p: 0.5, dtype: "float32" });
    const cost = T.sqr(T.dot(x, w).mul(kept).sub(1)).mean();
    const noise = srng.normal([8], { dtype: "float32" });
    return {
      inputs: [x],
      outputs: [cost, noise],
      values: [floats(5, 4)],
      updates: [[w, w.sub(theano.grad(cost, w).mul(0.1))]],
    };
  }, 3);
  assertOnDevice(ops, "Elemwise{Mul}[(0, 0)]");
});

functionTest("shared variables are updated where they are", async () => {
  await assertAgrees((): Case => {
    const [w, b] = [shared(4, 3), theano.shared(theano.float32(0.5))];
    const x = T.fmatrix("x");
    const y = T.tanh(T.dot(x, w).add(b));
    const cost = T.sqr(y.sub(1)).mean();
    const [gw, gb] = theano.grad(cost, [w, b]);
    return {
      inputs: [x],
      outputs: [cost],
      values: [floats(5, 4)],
      updates: [[w, w.sub(gw!.mul(0.1))], [b, b.sub(gb!.mul(0.1))]],
    };
  }, 4);
});

functionTest("empty arrays and arrays of one element", async () => {
  for (const shape of [[0, 3], [2, 0], [1, 1]] as const) {
    await assertAgrees((): Case => {
      const x = T.fmatrix("x");
      return {
        inputs: [x],
        outputs: [T.exp(x), x.sum({ axis: 0 }), x.sum(), T.dot(x, x.T), T.join(0, x, x)],
        values: [floats(...shape)],
      };
    }, 1);
  }
});
