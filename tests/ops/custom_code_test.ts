import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import * as theano from "@theano/theano";
import { graphText } from "../../core/graph/equal.ts";
import { f64, op as instruction } from "../../core/wasm/tree.ts";
import { denoCommand } from "../cache/deno_command.ts";
import { allTargets, assertSame, lowered, outcome } from "../helpers/targets.ts";
import { Scaled, vectorModule } from "./wasm_code.ts";

const { tensor: T, Apply, NDArray } = theano;

const host = new theano.Mode({ linker: "py" });

Deno.test("code in WebAssembly runs among kernels, and perform is not called", () => {
  const x = T.dvector("x");
  const op = new Scaled(3);
  const f = theano.function([x], op.call(x.add(1)).mul(x).sum());
  assertEquals(f([1, 2]).item(), 24);
  assertEquals(f([]).item(), 0);
  assertEquals(op.calls, 0);
  assertEquals(theano.function([x], op.call(x), { mode: host })([1, 2]).toArray(), [3, 6]);
  assertEquals(op.calls, 1);
});

Deno.test("every target gives the same, of strided inputs too", () => {
  const x = T.dvector("x");
  for (const op of [new Scaled(3), new Scaled(3, true)]) {
    const back = x.get(T.slice(null, null, -2));
    const program = lowered({ inputs: [x], outputs: [op.call(back), op.call(op.call(x))] });
    const values = [theano.array([1, 2, 3, 4, 5], { dtype: "float64" })];
    const [expected, ...others] = allTargets().map((target) => {
      return outcome(target.build(program).executable, values);
    });
    assertEquals((expected as theano.NDArray[]).map((y) => y.toArray()), [
      [15, 9, 3],
      [9, 18, 27, 36, 45],
    ]);
    for (const other of others) assertSame(other, expected!, "wasm");
    const copies = program.program.steps.filter((s) => s.kind === "run" && s.kernel.kind === "map");
    assertEquals(copies.length > 0, !op.strided);
  }
});

Deno.test("code in WebAssembly has its gradient, and runs in loops and branches", () => {
  const x = T.dvector("x");
  const op = new Scaled(2);
  const gradient = theano.grad(T.sqr(op.call(x)).sum(), x);
  assertEquals(theano.function([x], gradient)([1, 3]).toArray(), [8, 24]);
  const [rows] = theano.scan((v: theano.TensorVariable) => op.call(v), {
    outputsInfo: x,
    nSteps: 3,
  });
  const loop = theano.function([x], rows);
  assertEquals(loop([1, 3]).toArray(), [[2, 6], [4, 12], [8, 24]]);
  const choice = theano.ifelse(x.sum().gt(3), op.call(x), x);
  const choose = theano.function([x], choice);
  assertEquals(choose([1, 3]).toArray(), [2, 6]);
  assertEquals(choose([1, 1]).toArray(), [1, 1]);
  assertEquals(op.calls, 0);
});

/** The first `n` elements, doubled; `n` is an input. */
class Head extends theano.Op {
  override readonly itypes = [T.dvector, T.lscalar];
  override readonly otypes = [T.dvector];
  override makeNode(...inputs: theano.Variable[]): theano.Apply {
    return new Apply(this, inputs, [T.dvector()]);
  }
  perform(_: theano.Apply, [x, n]: readonly theano.NDArray[]): theano.NDArray[] {
    const values = (x!.data as Float64Array).slice(0, Number(n!.item()));
    return [NDArray.of(values.map((v) => 2 * v), [values.length], "float64")];
  }
  override inferShape(node: theano.Apply): readonly theano.Shape[] {
    return [[node.inputs[1] as theano.TensorVariable]];
  }
  override wasm(): theano.WasmCode {
    // The block goes on: x, its length and stride, the address of n, then the output.
    return { bytes: headModule };
  }
}

// deno-fmt-ignore
const headModule = new Uint8Array([
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, // magic, version
  0x01, 0x06, 0x01, 0x60, 0x01, 0x7f, 0x01, 0x7f, // type: (i32) -> i32
  0x02, 0x12, 0x01, 0x03, 0x65, 0x6e, 0x76, 0x06, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, // env.memory
  0x02, 0x03, 0x00, 0x80, 0x80, 0x04, // shared, from 0 to 65,536 pages
  0x03, 0x02, 0x01, 0x00, // function 0 has it
  0x07, 0x07, 0x01, 0x03, 0x72, 0x75, 0x6e, 0x00, 0x00, // export "run"
  0x0a, 0x4f, 0x01, 0x4d, 0x01, 0x03, 0x7f, // code: one body with three locals
  0x20, 0x00, 0x28, 0x02, 0x00, 0x21, 0x01, // x = block[0]
  0x20, 0x00, 0x28, 0x02, 0x14, 0x21, 0x03, // left = block[5]
  0x20, 0x00, 0x28, 0x02, 0x10, 0x21, 0x02, // y = block[4]
  0x02, 0x40, 0x03, 0x40, 0x20, 0x03, 0x45, 0x0d, 0x01, // loop until left is 0
  0x20, 0x02, 0x20, 0x01, 0x2b, 0x03, 0x00, 0x20, 0x01, 0x2b, 0x03, 0x00, 0xa0, 0x39, 0x03, 0x00,
  0x20, 0x01, 0x41, 0x08, 0x6a, 0x21, 0x01, // x += 8
  0x20, 0x02, 0x41, 0x08, 0x6a, 0x21, 0x02, // y += 8
  0x20, 0x03, 0x41, 0x01, 0x6b, 0x21, 0x03, // left -= 1
  0x0c, 0x00, 0x0b, 0x0b, 0x41, 0x00, 0x0b, // end of loop, 0
]);

Deno.test("a shape may depend on the value of an input", () => {
  const [x, n] = [T.dvector("x"), T.lscalar("n")];
  const op = new Head();
  for (const count of [n, n.add(T.constant(0)), x.sum().astype("int64")]) {
    const program = lowered({ inputs: [x, n], outputs: [op.call(x, count)] });
    const values = [theano.array([2, 0, 0], { dtype: "float64" }), NDArray.scalar(2, "int64")];
    for (const target of allTargets()) {
      const result = outcome(target.build(program).executable, values) as theano.NDArray[];
      assertEquals(result[0]!.toArray(), [4, 0], target.name);
    }
  }
  const f = theano.function([x, n], op.call(x, n));
  const { message } = assertThrows(() => f([1], -1), theano.errors.ValueError);
  assertStringIncludes(message, "Cannot use the length -1 that Head.inferShape gives");
});

/** A scaling that has other code. */
function withCode(bytes: Uint8Array<ArrayBuffer>): theano.Op {
  return new (class extends Scaled {
    override wasm(): theano.WasmCode {
      return { bytes };
    }
  })(2);
}

Deno.test("a number that the code returns is an error of its node", () => {
  const x = T.dvector("x");
  const failing = withCode(vectorModule((v) => v, 7));
  const f = theano.function([x], failing.call(x).sum());
  const { message } = assertThrows(() => f([1]), theano.errors.RuntimeError);
  assertStringIncludes(message, "failed: it returned 7\nApply node that caused the error: ");
});

Deno.test("what is no such module is refused when the function is made", () => {
  const x = T.dvector("x");
  const refusal = (bytes: Uint8Array<ArrayBuffer>): string =>
    assertThrows(() => theano.function([x], withCode(bytes).call(x)), TypeError).message;
  assertStringIncludes(refusal(new Uint8Array(3)), "Cannot use the WebAssembly code of an op: ");
  const empty = headModule.slice(0, 8);
  assertStringIncludes(refusal(empty), "It exports run: [i32] -> [i32]");
  const data = [0x0b, 0x07, 0x01, 0x00, 0x41, 0x00, 0x0b, 0x01, 0x2a];
  const { length } = headModule;
  const withData = new Uint8Array([...headModule, ...data]);
  assertEquals(withData.length, length + 9);
  assertStringIncludes(refusal(withData), "it puts data at fixed addresses of the memory");
});

Deno.test("an op without the shapes of its outputs, or without code for a node, runs on the host", () => {
  const x = T.dvector("x");
  class Blind extends Scaled {
    override inferShape(): readonly (theano.Shape | null)[] {
      return [null];
    }
  }
  class Unable extends Scaled {
    override inferShape(): never {
      throw new theano.errors.NotImplementedError("cannot tell");
    }
  }
  class Without extends Scaled {
    override wasm(): undefined {}
  }
  for (const op of [new Blind(2), new Unable(2), new Without(2)]) {
    assertEquals(theano.function([x], op.call(x))([1]).toArray(), [2]);
    assertEquals(op.calls, 1);
    assertEquals(graphText([x], [op.call(x)]), undefined);
  }
});

Deno.test("a shape that is none is refused", () => {
  const x = T.dvector("x");
  class Wrong extends Scaled {
    override inferShape(): readonly theano.Shape[] {
      return [[1, 2]];
    }
  }
  const { message } = assertThrows(() => theano.function([x], new Wrong(2).call(x)), TypeError);
  assertStringIncludes(message, "is not one integer for each of 1 axes");
});

Deno.test("the text of a graph tells code and shapes apart, and classes do not count", () => {
  const x = T.dvector("x");
  const text = (op: theano.Op): string | undefined => graphText([x], [op.call(x)]);
  assert(text(new Scaled(2)) !== undefined);
  assertEquals(text(new Scaled(2)), text(new Scaled(2)));
  assert(text(new Scaled(2)) !== text(new Scaled(3)));
  assert(text(new Scaled(2)) !== text(new Scaled(2, true)));
  class Shorter extends Scaled {
    override get name(): string {
      return new Scaled(2).name;
    }
    override inferShape(
      _: theano.Apply,
      [x]: readonly theano.Shape[],
    ): readonly theano.Shape[] {
      return [[T.minimum(x![0]!, 2)]];
    }
  }
  assert(text(new Scaled(2)) !== text(new Shorter(2)));
});

Deno.test("a function with code in WebAssembly is stored, and found by another process", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const run = async (): Promise<unknown> => {
      const command = new Deno.Command(denoCommand(), {
        args: ["run", "-A", new URL("stored_code.ts", import.meta.url).pathname],
        env: { THEANO_FLAGS: `base_compiledir=${folder}` },
      });
      const { stdout, stderr } = await command.output();
      assertEquals(new TextDecoder().decode(stderr), "");
      return JSON.parse(new TextDecoder().decode(stdout));
    };
    assertEquals(await run(), { results: [[3, 6], [9, 18]], graphs: 1 });
    assertEquals(await run(), { results: [[3, 6], [9, 18]], graphs: 0 });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("DebugMode holds code against perform", () => {
  const x = T.dvector("x");
  const good = theano.function([x], new Scaled(2).call(x), { mode: "DebugMode" });
  assertEquals(good([1, 2]).toArray(), [2, 4]);
  const bad = withCode(vectorModule((v) => instruction("f64.mul", v, f64(5))));
  const f = theano.function([x], bad.call(x), { mode: "DebugMode" });
  assertThrows(() => f([1, 2]), theano.errors.BadThunkOutput);
});
