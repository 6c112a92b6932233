import { assert, assertEquals, assertThrows } from "@std/assert";
import * as theano from "@theano/theano";
import { denoCommand } from "../cache/deno_command.ts";

const { tensor: T } = theano;
const { MonitorMode } = theano.compile;

for (const linker of ["py", "vm"] as const) {
  Deno.test(`MonitorMode calls around each node, with its values (${linker})`, () => {
    const seen: string[] = [];
    const mode = new MonitorMode({
      preFunc: (i, node, fn) => {
        seen.push(`before ${i} ${node.op.name} ${fn.inputs.map(([v]) => v)} ${fn.outputs.length}`);
      },
      postFunc: (i, _, fn) => void seen.push(`after ${i} ${fn.outputs.map(([v]) => v)}`),
      optimizer: null,
      linker,
    });
    const x = T.dvector("x");
    const f = theano.function([x], T.exp(x).sum(), { mode });
    assertEquals(f([0, 0]).item(), 2);
    assertEquals(seen, [
      "before 0 Elemwise{exp,no_inplace} [0. 0.] 0",
      "after 0 [1. 1.]",
      "before 1 Sum{acc_dtype=float64} [1. 1.] 0",
      "after 1 2.0",
    ]);
  });

  Deno.test(`what a monitor puts into a cell takes the value's place (${linker})`, () => {
    const x = T.dvector("x");
    const y = T.exp(x).mul(x);
    const mode = new MonitorMode({
      preFunc: (_, node, { inputs }) => {
        if (node.op.name.includes("exp")) inputs[0]![0] = theano.array([0, 0]);
      },
      postFunc: (_, node, { outputs }) => {
        if (node.op.name.includes("mul")) outputs[0]![0] = outputs[0]![0].get([1, 0]);
      },
      optimizer: null,
      linker,
    });
    assertEquals(theano.function([x], y, { mode })([3, 4]).toArray(), [4, 3]);
  });
}

Deno.test("what a monitor throws ends the call with the node's text", () => {
  const x = T.dvector("x");
  const mode = new MonitorMode(null, () => {
    throw new TypeError("enough");
  });
  const error = assertThrows(() => theano.function([x], T.exp(x), { mode })([1]), TypeError);
  assert(error.message.startsWith("enough\nApply node that caused the error: Elemwise{exp"));
});

Deno.test("detectNan prints the first node with NaN, its inputs and its outputs", () => {
  const script = `
    import * as theano from "${new URL("../../mod.ts", import.meta.url)}";
    const { tensor: T, compile: { detectNan, MonitorMode } } = theano;
    const x = T.dvector("x");
    const mode = new MonitorMode({ postFunc: detectNan, optimizer: null });
    theano.function([x], T.log(x).sum(), { mode })([1, -1]);
    theano.function([x], T.log(x).sum(), { mode })([1, 1]);
  `;
  const { stdout, stderr } = new Deno.Command(denoCommand(), {
    args: ["eval", "--quiet", script],
    env: { NO_COLOR: "1", THEANO_FLAGS: "" },
    stdin: "null",
  }).outputSync();
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  assertEquals([text(stdout), text(stderr)], [
    [
      "*** NaN detected ***",
      "Elemwise{log,no_inplace} [id A] ''   ",
      " |x [id B]",
      "Inputs : [[ 1. -1.]]",
      "Outputs: [[ 0. nan]]",
      "*** NaN detected ***",
      "Sum{acc_dtype=float64} [id A] ''   ",
      " |Elemwise{log,no_inplace} [id B] ''   ",
      "   |x [id C]",
      "Inputs : [[ 0. nan]]",
      "Outputs: [nan]",
      "",
    ].join("\n"),
    "",
  ]);
});
