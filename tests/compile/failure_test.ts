import { assertEquals } from "@std/assert";
import * as theano from "@theano/theano";
import { messageOf } from "./helpers.ts";

const { tensor: T, Mode } = theano;

const x = T.dvector("x");
const y = T.dvector("y");
const plain = { mode: new Mode({ linker: "vm", optimizer: null }) };

Deno.test("an error at run time says which node, of what types, shapes, strides and values", () => {
  const f = theano.function([x, y], x.add(y).mul(2), plain);
  assertEquals(
    messageOf(() => f([1, 2, 3], [1, 2, 3, 4])),
    `ValueError: Input dimension mis-match. (input[0].shape[0] = 3, input[1].shape[0] = 4)
Apply node that caused the error: Elemwise{add,no_inplace}(x, y)
Toposort index: 1
Inputs types: [TensorType(float64, vector), TensorType(float64, vector)]
Inputs shapes: [(3,), (4,)]
Inputs strides: [(8,), (8,)]
Inputs values: [array([1., 2., 3.]), array([1., 2., 3., 4.])]
Outputs clients: [[Elemwise{mul,no_inplace}(Elemwise{add,no_inplace}.0, InplaceDimShuffle{x}.0)]]

Backtrace when the node is created(use Theano flag traceback.limit=N to make it longer):
  PLACE

HINT: Use the Theano flag 'exception_verbosity=high' for a debugprint and storage map footprint of ` +
      "this apply node.",
  );
});

Deno.test("inputs that were computed are shown too, long ones are not", () => {
  const f = theano.function([x, y], T.dot(x.mul(2), y), plain);
  const lines = messageOf(() => f([1, 2], new Float64Array(6))).split("\n");
  assertEquals(lines.slice(4, 8), [
    "Inputs shapes: [(2,), (6,)]",
    "Inputs strides: [(8,), (8,)]",
    "Inputs values: [array([2., 4.]), 'not shown']",
    "Outputs clients: [['output']]",
  ]);
});

Deno.test("a node without a trace gives a hint in its place", () => {
  const limit = theano.config.traceback.limit;
  theano.config.traceback.limit = 0;
  try {
    const f = theano.function([x, y], x.add(y), plain);
    assertEquals(
      messageOf(() => f([1], [1, 2])).split("\n").slice(9),
      [
        "HINT: Re-running with most Theano optimization disabled could give you a back-trace of when " +
        "this node was created. This can be done with by setting the Theano flag " +
        "'optimizer=fast_compile'. If that does not work, Theano optimizations can be disabled with " +
        "'optimizer=None'.",
        "HINT: Use the Theano flag 'exception_verbosity=high' for a debugprint and storage map " +
        "footprint of this apply node.",
      ],
    );
  } finally {
    theano.config.traceback.limit = limit;
  }
});

Deno.test("exception_verbosity=high adds the graph of the node and what its values take", () => {
  const s = theano.shared([1.5, 2], "s");
  const f = theano.function([x], x.add(s), plain);
  const message = theano.config.changeFlags(
    { exception_verbosity: "high" },
    () => messageOf(() => f([1])),
  );
  assertEquals(
    message.slice(message.indexOf("Debugprint")),
    `Debugprint of the apply node: 
Elemwise{add,no_inplace} [id A] <TensorType(float64, vector)> ''   
 |x [id B] <TensorType(float64, vector)>
 |s [id C] <TensorType(float64, vector)>

Storage map footprint:
 - s, Shared Input, Shape: (2,), ElemSize: 8 Byte(s), TotalSize: 16 Byte(s)
 - x, Input, Shape: (1,), ElemSize: 8 Byte(s), TotalSize: 8 Byte(s)
 TotalSize: 24 Byte(s) 0.000 GB
 TotalSize inputs: 24 Byte(s) 0.000 GB`,
  );
});

/** Functions that fail at run time, on both linkers. */
const failing: readonly (readonly [
  what: string,
  inputs: readonly theano.tensor.TensorVariable[],
  output: theano.tensor.TensorVariable,
  args: readonly unknown[],
  message: string,
])[] = [
  [
    "an index out of range",
    [x],
    x.get(5),
    [[1, 2]],
    "IndexError: index 5 is out of bounds for axis 0 with size 2",
  ],
  [
    "indices out of range",
    [x],
    x.get([0, 7]),
    [[1, 2]],
    "IndexError: index 7 is out of bounds for axis 0 with size 2",
  ],
  [
    "a sum of vectors of different lengths",
    [x, y],
    x.add(y),
    [[1, 2], [1, 2, 3]],
    "ValueError: Input dimension mis-match. (input[0].shape[0] = 2, input[1].shape[0] = 3)",
  ],
];

for (const linker of ["vm", "py"] as const) {
  for (const [what, inputs, output, args, message] of failing) {
    Deno.test(`${what} is an error with linker=${linker}, and the next call works`, () => {
      const s = theano.shared(0, "s");
      const mode = new Mode({ linker, optimizer: "fast_run" });
      const f = theano.function(inputs, output, { mode, updates: [[s, s.add(1)]] });
      assertEquals(messageOf(() => f(...args)).split("\n")[0], message);
      assertEquals(s.getValue().item(), 0);
      f(...inputs.map(() => [1, 2, 3, 4, 5, 6, 7, 8]));
      assertEquals(s.getValue().item(), 1);
    });
  }
}

Deno.test("an error of an op that runs on the host names the node", () => {
  const i = T.lvector("i");
  const f = theano.function([i], T.choose(i, [T.constant([1, 2]), T.constant([3, 4])]));
  assertEquals(f([0, 1]).toArray(), [1, 4]);
  const lines = messageOf(() => f([0, 5])).split("\n");
  assertEquals(lines[0], "ValueError: invalid entry in choice array");
  assertEquals(lines[1]?.startsWith("Apply node that caused the error: Choose"), true);
});
