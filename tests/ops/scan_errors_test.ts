/**
 * @file What `scan` and its relatives refuse, each with its whole message.
 */

import { assertEquals, assertThrows } from "@std/assert";
import * as theano from "@theano/theano";

const { tensor: T } = theano;
type Variable = theano.tensor.TensorVariable;
type Message = readonly [name: string, text: string];

/** The class and the text of what a call throws. */
function thrown(call: () => unknown): Message {
  const error = assertThrows(call, Error);
  return [error.name, error.message];
}

/** The same without the user's lines. */
function thrownUntraced(call: () => unknown): Message {
  const { traceback } = theano.config;
  const { limit } = traceback;
  traceback.limit = 0;
  try {
    return thrown(call);
  } finally {
    traceback.limit = limit;
  }
}

/** The same of a call of a compiled function: its first line. */
function thrownInRun(call: () => unknown): Message {
  const [name, text] = thrown(call);
  return [name, text.split("\n")[0]!];
}

/** `scan` as a program without types may call it. */
const scan = theano.scan as (...given: readonly unknown[]) => unknown;

const x = T.dvector("x");
const h = T.dscalar("h");
const identity = (...given: Variable[]): Variable => given[0]!;

Deno.test("scan refuses what is no function, and options that it does not know", () => {
  assertEquals(thrown(() => scan(x, { sequences: x })), [
    "TypeError",
    "Cannot make a loop: its first argument is a value of class TensorVariable and no function\n" +
    "  Write theano.scan((x) => x.mul(2), { sequences: [xs] })",
  ]);
  assertEquals(thrown(() => scan(identity, { sequence: x })), [
    "TypeError",
    'scan() got an unknown option "sequence": the known ones are sequences, outputsInfo, ' +
    "nonSequences, nSteps, truncateGradient, goBackwards, mode, name, profile, allowGc, strict, " +
    "returnList",
  ]);
});

Deno.test("scan needs a number of turns", () => {
  const text = "No information about the number of steps provided. Either provide a value for " +
    "n_steps argument of scan or provide an input sequence";
  assertEquals(thrown(() => theano.scan(identity, { outputsInfo: h })), ["ValueError", text]);
  assertEquals(thrown(() => theano.scan(identity)), ["ValueError", text]);
  assertEquals(thrown(() => theano.scan(identity, { outputsInfo: h, nSteps: 2.5 })), [
    "ValueError",
    "n_steps must be an int. dtype provided is float32",
  ]);
  assertEquals(thrown(() => theano.scan(identity, { outputsInfo: h, nSteps: h })), [
    "ValueError",
    "n_steps must be an int. dtype provided is float64",
  ]);
  assertEquals(thrown(() => theano.scan(identity, { outputsInfo: h, nSteps: T.lvector("n") })), [
    "TypeError",
    "Cannot run a loop n times: it is no scalar, but TensorType(int64, vector)",
  ]);
});

Deno.test("a loop runs one turn or more, and no further than its sequences", () => {
  const n = T.iscalar("n");
  const add = (v: Variable, sum: Variable): Variable => sum.add(v);
  const [sums] = theano.scan(add, { sequences: x, outputsInfo: theano.float64(0), nSteps: n });
  const none: Message = [
    "NotImplementedError",
    "We didn't implemented yet the case where scan do 0 iteration",
  ];
  for (const mode of ["FAST_RUN", "FAST_COMPILE"]) {
    const f = theano.function([x, n], sums, { mode });
    assertEquals(f([1, 2], 2).toArray(), [1, 3]);
    assertEquals(thrownInRun(() => f([1, 2], 0)), none);
    assertEquals(thrownInRun(() => f([1, 2], -1)), [
      "IndexError",
      "Scan was asked to run for negative number of step -1",
    ]);
    const [name, text] = thrownInRun(() => f([1, 2], 3));
    assertEquals(name, "ValueError");
    assertEquals(text.startsWith("Sequence is shorter then the required number of steps"), true);
  }
  const [all] = theano.scan(add, { sequences: x, outputsInfo: theano.float64(0) });
  assertEquals(thrownInRun(() => theano.function([x], all)([])), none);
});

Deno.test("a gradient goes back through one turn or more", () => {
  for (const turns of [0, -2, 1.5]) {
    const options = { sequences: x, truncateGradient: turns };
    assertEquals(thrown(() => theano.scan(identity, options)), [
      "ValueError",
      `Cannot truncate the gradient of a loop after ${turns} turns: truncateGradient is a whole ` +
      "number above zero, or -1 for all turns",
    ]);
  }
});

Deno.test("scan refuses sequences without axes, and entries it cannot read", () => {
  assertEquals(thrown(() => theano.scan(identity, { sequences: h })), [
    "TypeError",
    "Cannot scan along h: it has no axis: its type is TensorType(float64, scalar)",
  ]);
  assertEquals(thrown(() => scan(identity, { sequences: { taps: [0] } })), [
    "TypeError",
    "Cannot scan along a sequence: its entry has no input\n  Write { input: x, taps: [0] }",
  ]);
  assertEquals(thrown(() => scan(identity, { sequences: [{ input: x, tap: 0 }] })), [
    "TypeError",
    'Cannot read an entry of sequences: it has the key "tap", and the known ones are input and taps',
  ]);
  assertEquals(thrown(() => theano.scan(identity, { sequences: { input: x, taps: [0.5] } })), [
    "TypeError",
    "Cannot read the taps of a loop: 0.5 is no whole number",
  ]);
});

Deno.test("scan refuses taps that a state cannot have", () => {
  const state = (entry: unknown): Message =>
    thrown(() => scan(identity, { outputsInfo: entry, nSteps: 2 }));
  assertEquals(state({ taps: [-1] }), [
    "ValueError",
    "If you are using slices of an output you need to provide a initial state for it",
  ]);
  assertEquals(state({ initial: x, taps: [-1, 0] }), [
    "ValueError",
    "All the tap values must be smaller than 0.",
  ]);
  assertEquals(state({ initial: x, taps: [-1, -2, -1] }), [
    "ValueError",
    "All the taps must be different in `outputs_info`",
  ]);
  assertEquals(state({ initial: x, taps: [] }), [
    "ValueError",
    "Cannot make a state of a loop: its list of taps is empty\n" +
    "  Give null in place of the entry for an output that no turn reads",
  ]);
  assertEquals(state({ initial: h, taps: [-2] }), [
    "TypeError",
    "Cannot start a state with h: its taps are [-2], so its first values lie along an axis, and h " +
    "is a scalar",
  ]);
  for (const key of ["returnSteps", "return_steps"]) {
    assertEquals(state({ initial: x, [key]: 1 }), [
      "ValueError",
      "Using `return_steps` has been deprecated. Simply select the entries you need using a " +
      "subtensor. Scan will optimize memory consumption, so do not worry about that.",
    ]);
  }
  assertEquals(state({ inital: x }), [
    "TypeError",
    'Cannot read an entry of outputsInfo: it has the key "inital", and the known ones are initial ' +
    "and taps",
  ]);
});

Deno.test("scan wants an entry for every output, if it gets one for any", () => {
  const text = "Please provide None as outputs_info for any output that does not feed back into " +
    "scan (i.e. it behaves like a map)";
  const two = (v: Variable): Variable[] => [v, v];
  assertEquals(thrown(() => theano.scan(two, { outputsInfo: h, nSteps: 3 })), ["ValueError", text]);
  assertEquals(thrown(() => theano.scan(two, { outputsInfo: [h, null, null], nSteps: 3 })), [
    "ValueError",
    text,
  ]);
});

Deno.test("a state keeps its dtype", () => {
  const single = T.fscalar("single");
  assertEquals(
    thrown(() =>
      theano.scan((v, s, two, one) => [s.add(v), two.add(one)], {
        sequences: x,
        outputsInfo: [single, { initial: T.lvector("pair"), taps: [-2, -1] }],
      })
    ),
    [
      "ValueError",
      "When compiling the inner function of scan the following error has been encountered: The " +
      "initial state (`outputs_info` in scan nomenclature) of variable single (argument number 2) " +
      "has dtype float32, while the result of the inner function (`fn`) has dtype float64. This can " +
      "happen if the inner function of scan results in an upcast or downcast.",
    ],
  );
  assertEquals(thrown(() => theano.scan((v) => v.add(h), { outputsInfo: 0, nSteps: 2 })), [
    "ValueError",
    "When compiling the inner function of scan the following error has been encountered: The " +
    "initial state (`outputs_info` in scan nomenclature) of variable TensorConstant{0} (argument " +
    "number 0) has dtype int8, while the result of the inner function (`fn`) has dtype float64. " +
    "This can happen if the inner function of scan results in an upcast or downcast.\n" +
    "  A number has the smallest dtype that holds it: write theano.float64(0)",
  ]);
});

Deno.test("a state keeps its number of axes", () => {
  const text = (argument: number, name: string, before: number, after: number): Message => [
    "ValueError",
    "When compiling the inner function of scan (the function called by scan in each of its " +
    "iterations) the following error has been encountered: The initial state (`outputs_info` in " +
    `scan nomenclature) of variable ${name} (argument number ${argument}) has ${before} ` +
    "dimension(s), while the corresponding variable in the result of the inner function of scan " +
    `(\`fn\`) has ${after} dimension(s) (it should be one less than the initial state). For ` +
    "example, if the inner function of scan returns a vector of size d and scan uses the values " +
    "of the previous time-step, then the initial state in scan should be a matrix of shape (1, " +
    "d). The first dimension of this matrix corresponds to the number of previous time-steps " +
    "that scan uses in each of its iterations. In order to solve this issue if the two varialbe " +
    "currently have the same dimensionality, you can increase the dimensionality of the " +
    "variable in the initial state of scan by using dimshuffle or shape_padleft.",
  ];
  assertEquals(
    thrown(() => theano.scan((s) => s.mul(x), { outputsInfo: h, nSteps: 2 })),
    text(0, "h", 1, 1),
  );
  assertEquals(
    thrown(() =>
      theano.scan((s, two, one) => [s, two.add(one).mul(x)], {
        outputsInfo: [h, { initial: x, taps: [-2, -1] }],
        nSteps: 2,
      })
    ),
    text(0, "x", 1, 1),
  );
});

Deno.test("a function returns variables and nothing else", () => {
  const text =
    "The return value of your scan lambda expression may only be made of lists, tuples, " +
    "or dictionaries containing Theano variables (or `theano.scan_module.until` objects for " +
    "conditions). In particular if you need to use constant values, you can use " +
    "`tensor.constant` to turn them into Theano variables.";
  for (
    const wrong of [1, undefined, null, "x", [x, 1], [x, [1]], { outputs: 1 }, new Map([[1, 2]])]
  ) {
    assertEquals(thrown(() => scan(() => wrong, { nSteps: 2 })), ["ValueError", text]);
  }
  const { until } = theano.scanModule;
  const k = theano.shared(0, "k");
  assertEquals(thrown(() => scan(() => until(h), { nSteps: 2 })), [
    "ValueError",
    "Scan cannot parse the return value of your lambda expression, which is: until(h)",
  ]);
  const lists: readonly (readonly [unknown[], string])[] = [
    [[until(h), h], "[until(h), h]"],
    [[h, until(h), new Map([[k, k]])], "[h, until(h), a map]"],
    [[h, [h, [k, k]]], "[h, [h, [k, k]]]"],
    [[[h, h], [x, x]], "[[h, h], [x, x]]"],
  ];
  for (const [wrong, written] of lists) {
    assertEquals(thrown(() => scan(() => wrong, { nSteps: 2 })), [
      "ValueError",
      `Scan cannot parse the return value of your lambda expression, which is: ${written}`,
    ]);
  }
  assertEquals(thrown(() => scan(() => ({ output: h }), { nSteps: 2 })), [
    "TypeError",
    'Cannot read what the function of a loop returned: it has the key "output", and the known ones ' +
    "are outputs, updates, until\n  Return updates as { updates: [[shared, value]] }",
  ]);
});

Deno.test("a condition is a scalar", () => {
  assertEquals(thrown(() => theano.scanModule.until(x)), [
    "AssertionError",
    "Cannot end a loop when x is true: a condition is a scalar, and this has 1 axes\n" +
    "  Use x.all() or x.any()",
  ]);
});

Deno.test("only shared variables are updated, with values of their types", () => {
  const k = theano.shared(0, "k");
  assertEquals(thrown(() => scan(() => ({ updates: [[h, h]] }), { nSteps: 2 })), [
    "TypeError",
    "update target must be a SharedVariable: h",
  ]);
  const wider = k.add(h);
  assertEquals(thrown(() => theano.scan(() => ({ updates: [[k, wider]] }), { nSteps: 2 })), [
    "TypeError",
    "An update must have the same type as the original shared variable (shared_var=k, " +
    "shared_var.type=TensorType(int64, scalar), update_val=Elemwise{add,no_inplace}.0, " +
    "update_val.type=TensorType(float64, scalar)). If the difference is related to the broadcast " +
    "pattern, you can call the tensor.unbroadcast(var, axis_to_unbroadcast[, ...]) function to " +
    "remove broadcastable dimensions.\n`k` is int64 because 0 is an integer in JavaScript; write " +
    "theano.shared(0, { dtype: 'float64', name: 'k' })",
  ]);
  assertEquals(
    thrown(() => theano.scan(() => ({ updates: [[k, k], [k, k.add(1)]] }), { nSteps: 2 })),
    ["ValueError", "this shared variable already has an update expression: (k, k)"],
  );
});

Deno.test("what only an update reads must be passed along", () => {
  assertEquals(
    thrownUntraced(() => {
      const [k, n] = [theano.shared(0, "k"), T.lscalar("n")];
      theano.scan(() => ({ updates: [[k, k.add(n)]] }), { nSteps: 2 });
    }),
    [
      "MissingInputError",
      "Input 1 of the graph (indices start from 0), used to compute Elemwise{add,no_inplace}(k_copy, " +
      "n), was not provided and not given a value. Use the Theano flag exception_verbosity='high', " +
      "for more information on this error.\nPlease pass this variable to the scan's inner function. " +
      "Do not forget to also pass it to the `non_sequences` attribute of scan.",
    ],
  );
  const [k, n] = [theano.shared(0, "k"), T.lscalar("n")];
  const [, updates] = theano.scan(() => ({ updates: [[k, k.add(n)]] }), {
    nSteps: 2,
    nonSequences: n,
  });
  theano.function([n], [], { updates })(5);
  assertEquals(k.getValue().item(), 10);
});

Deno.test("strict wants every shared variable that is only read", () => {
  assertEquals(
    thrownUntraced(() => {
      const w = theano.shared(2, { name: "w", dtype: "float64" });
      theano.scan((v) => v.mul(w), { sequences: T.dvector("x"), strict: true });
    }),
    [
      "MissingInputError",
      "Input 1 of the graph (indices start from 0), used to compute Elemwise{mul,no_inplace}(x[t], " +
      "w), was not provided and not given a value. Use the Theano flag exception_verbosity='high', " +
      "for more information on this error.\nPlease pass this variable to the scan's inner function. " +
      "Do not forget to also pass it to the `non_sequences` attribute of scan.",
    ],
  );
});

Deno.test("checkpoints are of whole numbers of turns, without taps", () => {
  const taps: Message = ["RuntimeError", "scan_checkpoints doesn't work with taps."];
  const two = { initial: x, taps: [-2, -1] };
  assertEquals(
    thrown(() => theano.scanCheckpoints(identity, { outputsInfo: two, nSteps: 4 })),
    taps,
  );
  const along = { input: x, taps: [-1] };
  assertEquals(thrown(() => theano.scanCheckpoints(identity, { sequences: [along] })), taps);
  assertEquals(thrown(() => theano.scanCheckpoints(identity, { sequences: x, saveEveryN: 0.5 })), [
    "ValueError",
    "Cannot keep every turn number 0.5: it must be a whole number above zero",
  ]);
  assertEquals(thrown(() => theano.scanCheckpoints(identity, { outputsInfo: h }))[0], "ValueError");
});
