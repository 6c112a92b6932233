import { printKernel } from "../../core/kernel/print.ts";
import { InterpreterTarget } from "../../core/kernel/stepper.ts";
import { verifyProgram } from "../../core/kernel/verify.ts";
import { Random } from "../helpers/random.ts";
import { assertSame, outcome, wasmTarget } from "../helpers/targets.ts";
import { KernelMaker, kernelMakers } from "./random_kernel.ts";

const seeds = 150;

for (const [kind, make] of Object.entries(kernelMakers)) {
  for (const relaxed of [false, true]) {
    const features = relaxed ? "relaxed" : "plain";
    Deno.test(`${kind} kernels with ${features} vectors do what the interpreter does`, () => {
      const [wasm, interpreter] = [wasmTarget(relaxed), new InterpreterTarget()];
      for (let seed = 0; seed < seeds; seed++) {
        const maker = new KernelMaker(new Random(seed), !relaxed);
        const kernel = make(maker);
        const lowered = maker.case.lowered(kernel);
        const text = `${kind} of seed ${seed}\n${printKernel(kernel)}`;
        verifyProgram(lowered.program, text);
        const expected = outcome(interpreter.build(lowered).executable, maker.case.args);
        const { executable } = wasm.build(lowered);
        assertSame(outcome(executable, maker.case.args), expected, text);
        executable.free();
      }
    });
  }
}
