/**
 * @file The manual's page on conditions: what `ifelse` and `switch` compute.
 */

import { assertEquals } from "@std/assert";
import * as theano from "@theano/theano";

const { tensor: T } = theano;

interface Program {
  readonly f: theano.CompiledFunction<theano.NDArray>;
  /** How many matrices were summed since it was asked last. */
  readonly sums: () => number;
}

/** One of the manual's two functions, which takes the mean of one matrix or the other. */
function program(
  choose: typeof theano.ifelse | typeof T.switch,
  mode: theano.Mode | string,
): Program {
  const [a, b] = T.scalars("a", "b") as [
    theano.tensor.TensorVariable,
    theano.tensor.TensorVariable,
  ];
  const [x, y] = T.matrices("x", "y") as [
    theano.tensor.TensorVariable,
    theano.tensor.TensorVariable,
  ];
  const profile = new theano.compile.ProfileStats({ atexitPrint: false });
  const output = choose(T.lt(a, b), T.mean(x), T.mean(y));
  const f = theano.function([a, b, x, y], output, { mode, profile });
  const sums = (): number => {
    const counts = [...profile.applyCallcount].filter(([node]) => /^Sum/.test(node.op.name));
    profile.reset();
    return counts.reduce((total, [, count]) => total + count, 0);
  };
  return { f, sums };
}

const ones = theano.ones([200, 100]);
const twos = theano.full([200, 100], 2);

const modes: readonly (readonly [name: string, mode: theano.Mode | string])[] = [
  ["linker='vm'", new theano.Mode({ linker: "vm" })],
  ["FAST_RUN", "FAST_RUN"],
  ["FAST_COMPILE", "FAST_COMPILE"],
];

for (const [name, mode] of modes) {
  Deno.test(`conditions 47: switch takes both means, ifelse one (${name})`, () => {
    const [fSwitch, fLazyIfElse] = [program(T.switch, mode), program(theano.ifelse, mode)];
    for (let k = 0; k < 10; k++) {
      for (const { f } of [fSwitch, fLazyIfElse]) assertEquals(f(0, 1, ones, twos).item(), 1);
    }
    assertEquals([fSwitch.sums(), fLazyIfElse.sums()], [20, 10]);
    for (const { f } of [fSwitch, fLazyIfElse]) assertEquals(f(1, 0, ones, twos).item(), 2);
    assertEquals([fSwitch.sums(), fLazyIfElse.sums()], [2, 1]);
  });
}

Deno.test("conditions 48: ifelse is lazy with every linker", () => {
  for (const linker of ["vm", "cvm", "c|py", "py"] as const) {
    const { f, sums } = program(theano.ifelse, new theano.Mode({ linker }));
    assertEquals([f(0, 1, ones, twos).item(), sums()], [1, 1], linker);
  }
});

Deno.test("a switch on one condition stays a switch", () => {
  const { f } = program(T.switch, "FAST_RUN");
  const names = f.maker.fgraph.toposort().map(({ op }) => op.name);
  assertEquals(names.filter((name) => name.startsWith("if{")), []);
});
