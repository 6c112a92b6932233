import { assertEquals } from "@std/assert";
import { denoCommand } from "../cache/deno_command.ts";

/** Runs a program in a process of its own with flags; gives what it printed. */
function run(flags: string): { out: string; err: string } {
  const program = `
    import * as theano from "${new URL("../../mod.ts", import.meta.url)}";
    const x = theano.tensor.dscalar("x");
    for (const formula of [x.mul(2), x.mul(3)]) {
      try {
        console.log(String(theano.function([x], formula)(4)));
      } catch (error) {
        console.log(String(error));
      }
    }
  `;
  const { stdout, stderr } = new Deno.Command(denoCommand(), {
    args: ["eval", "--no-check", program],
    env: { THEANO_FLAGS: flags, NO_COLOR: "1" },
  }).outputSync();
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return { out: text(stdout), err: text(stderr) };
}

Deno.test("a device that is not there gives one warning and the CPU", () => {
  assertEquals(run("device=webgpu"), {
    out: "8.0\n12.0\n",
    err:
      'RuntimeWarning: Cannot use the device "webgpu": this version has no target but the CPU, ' +
      "which is used instead\n",
  });
});

Deno.test("a device that is not there is an error where it is forced", () => {
  const message =
    'RuntimeError: Cannot use the device "cuda0": this version has no target but the ' +
    "CPU\n  Set device=cpu, or leave force_device out\n";
  assertEquals(run("device=cuda0,force_device=True"), { out: message + message, err: "" });
});
