/**
 * @file The manual's "Theano + PyCUDA" example: an op with a kernel of its own, as a shader.
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import * as theano from "@theano/theano";
import { assertAgrees, assertHasShaders, functionTest, onDevice, opsOf } from "./compiled.ts";
import { float16Test } from "./device.ts";

const { tensor: T, NDArray } = theano;

/** Doubles a matrix of float32. */
class DoubleOp extends theano.Op {
  override readonly itypes: NonNullable<theano.Op["itypes"]> = [T.fmatrix];
  override readonly otypes: NonNullable<theano.Op["otypes"]> = [T.fmatrix];
  override readonly props = [];

  perform(_: theano.Apply, [x]: readonly theano.NDArray[]): theano.NDArray[] {
    const doubled = Float32Array.from(x!.dense().data as Float32Array, (v) => v * 2);
    return [NDArray.of(doubled, x!.shape, "float32")];
  }

  override inferShape(_: theano.Apply, shapes: readonly theano.Shape[]): readonly theano.Shape[] {
    return shapes;
  }

  override wgsl(): theano.WgslCode {
    return {
      text: `
        @group(0) @binding(0) var<uniform> count: u32;
        @group(0) @binding(1) var<storage, read> x: array<f32>;
        @group(0) @binding(2) var<storage, read_write> y: array<f32>;

        @compute @workgroup_size(64)
        fn main(@builtin(global_invocation_id) id: vec3<u32>) {
          if (id.x < count) {
            y[id.x] = x[id.x] * 2.0;
          }
        }`,
      params: [{ output: 0 }],
      bindings: [{ input: 0 }, { output: 0 }],
      workgroups: [{ of: { output: 0 }, per: 64 }],
    };
  }
}

Deno.test("without a device the op of a shader runs by perform", () => {
  const x = T.fmatrix("x");
  const f = theano.function([x], new DoubleOp().call(x));
  const y = f(theano.ones([4, 5], "float32"));
  assertEquals([y.shape, y.dtype], [[4, 5], "float32"]);
  assertEquals([...y.data as Float32Array], new Array(20).fill(2));
});

functionTest("DoubleOp gives 2 on ones, on the device", async () => {
  const x = T.fmatrix("x");
  const f = await onDevice(() => theano.function([x], new DoubleOp().call(x)));
  const y = f(theano.ones([4, 5], "float32"));
  assertEquals([y.shape, y.dtype], [[4, 5], "float32"]);
  assertEquals([...y.data as Float32Array], new Array(20).fill(2));
  assert(opsOf(f).includes("GpuDoubleOp"));
  assertHasShaders(f);
});

functionTest("a shader meets views, other work, empty arrays and shared variables", async () => {
  const values = [theano.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]], { dtype: "float32" })];
  const ops = await assertAgrees(() => {
    const [x, op] = [T.fmatrix("x"), new DoubleOp()];
    const w = theano.shared(theano.ones([3, 3], "float32"));
    const inner = op.call(T.exp(x).dot(w));
    return {
      inputs: [x],
      outputs: [inner, op.call(x.get("1:")), op.call(x.T), op.call(x.get("3:")), inner.sum()],
      values,
      updates: [[w, op.call(w)]],
    };
  });
  assertEquals(ops.filter((name) => name === "GpuDoubleOp").length, 5);
});

float16Test("a shader of float16 runs where the device has it", async () => {
  const type = T.tensor("float16", [false]).type;
  const op = new (class extends DoubleOp {
    override readonly itypes = [type];
    override readonly otypes = [type];

    override perform(_: theano.Apply, [x]: readonly theano.NDArray[]): theano.NDArray[] {
      const doubled = Float16Array.from(x!.dense().data as Float16Array, (v) => v * 2);
      return [NDArray.of(doubled, x!.shape, "float16")];
    }

    override wgsl(): theano.WgslCode {
      const { text, ...rest } = super.wgsl();
      const ofHalves = text.replaceAll("array<f32>", "array<f16>").replace("2.0", "2.0h");
      return { ...rest, text: `enable f16;\n${ofHalves}` };
    }
  })();
  const ops = await assertAgrees(() => {
    const x = T.tensor("float16", [false], "x");
    return { inputs: [x], outputs: [op.call(x.add(1))], values: [[1, 2.5, -3]] };
  });
  assert(ops.some((name) => name.startsWith("Gpu") && !name.startsWith("GpuElemwise")));
});

functionTest("an op of a shader alone runs by perform where a device cannot help", async () => {
  const x = T.fmatrix("x");
  class Blind extends DoubleOp {
    override inferShape(): never[] {
      return [];
    }
  }
  const f = await onDevice(() => theano.function([x], new Blind().call(x)));
  assertEquals(f([[1, 2]]).toArray(), [[2, 4]]);
});

functionTest("an op of a shader alone computes rows of a loop", async () => {
  const x = T.fmatrix("x");
  const [rows] = await onDevice(() =>
    theano.scan((v: theano.TensorVariable) => new DoubleOp().call(v), {
      outputsInfo: x,
      nSteps: 2,
    })
  ) as [theano.TensorVariable, unknown];
  const g = await onDevice(() => theano.function([x], rows));
  assertEquals(g([[1, 2]]).toArray(), [[[2, 4]], [[4, 8]]]);
});

Deno.test("code of a shader that does not fit its node is refused", () => {
  const x = T.fmatrix("x");
  const good = new DoubleOp().wgsl();
  const refusal = (changes: Partial<theano.WgslCode>): string => {
    const op = new (class extends DoubleOp {
      override wgsl(): theano.WgslCode {
        return { ...good, ...changes };
      }
    })();
    const { message } = assertThrows(() => theano.function([x], op.call(x)), TypeError);
    assert(message.startsWith(`Cannot use the WGSL code of ${op.name}: `), message);
    return message.slice(message.indexOf(": ") + 2);
  };
  assertEquals(refusal({ text: "fn other() {}" }), "it has no entry point main");
  assertEquals(refusal({ bindings: [{ input: 1 }] }), 'there is no array {"input":1}');
  assertEquals(refusal({ bindings: [{ input: 0 }] }), "it does not bind all outputs");
  assertEquals(
    refusal({ bindings: [{ output: 0 }, { input: 0 }, { output: 0 }] }),
    "it binds an array twice",
  );
  assertEquals(
    refusal({ params: [{ output: 0, axis: 2 }] }),
    'there is no axis {"output":0,"axis":2}',
  );
  assertEquals(
    refusal({ workgroups: [] }),
    "there must be workgroups along x, or along x and y",
  );
  assertEquals(
    refusal({ workgroups: [{ of: 1, per: 0 }] }),
    "a workgroup is for a whole number above zero",
  );
  const wide = new (class extends DoubleOp {
    override readonly itypes = [T.dmatrix];
    override readonly otypes = [T.dmatrix];
  })();
  const y = T.dmatrix("y");
  const { message } = assertThrows(() => theano.function([y], wide.call(y)), TypeError);
  assertEquals(message.split(": ")[1], "shaders see no float64");
});
