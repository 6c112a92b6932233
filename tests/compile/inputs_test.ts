import { assertEquals } from "@std/assert";
import * as theano from "@theano/theano";
import { setWarningListener } from "../../core/host/warn.ts";
import { messageOf } from "./helpers.ts";

const { tensor: T, In } = theano;

const x = T.dscalar("x");
const y = T.dscalar("y");
const v = T.dvector("v");
const z = x.add(y);
const whole = theano.shared(0, "b");
const list = theano.shared([1, 2], "w");
const state = theano.shared(0.5, "s");
const other = theano.shared(1.5, "other");
const untyped = (value: unknown): never => value as never;

/** What `function` refuses, and how. */
const refused: readonly (readonly [what: string, action: () => unknown, message: string])[] = [
  [
    "inputs that are no list",
    () => theano.function(untyped(x), x),
    "TypeError: Input variables of a Theano function should be contained in a list, even when there " +
    "is a single input.",
  ],
  [
    "a constant as input",
    () => theano.function([T.constant(1)], x),
    "TypeError: Constants not allowed in param list: TensorConstant{1}",
  ],
  [
    "a shared variable as input",
    () => theano.function([state], state),
    "TypeError: Cannot use a shared variable (s) as explicit input. Consider substituting a " +
    "non-shared variable via the `givens` parameter",
  ],
  [
    "a number as input",
    () => theano.function([untyped(3)], x),
    "TypeError: Unknown parameter type: 3",
  ],
  [
    "an input twice",
    () => theano.function([x, y, x], z),
    "UnusedInputError: Variable x is used twice in inputs to theano.function, at indices 0 and 2.  " +
    "This would result in values provided for it being ignored. Please do not duplicate variables in " +
    "the inputs list.",
  ],
  [
    "an input that nothing needs",
    () => theano.function([x, y], x),
    "UnusedInputError: theano.function was asked to create a function computing outputs given certain " +
    "inputs, but the provided input variable at index 1 is not part of the computational graph needed " +
    "to compute the outputs: y.\nTo make this error into a warning, you can pass the parameter " +
    "onUnusedInput: 'warn' to theano.function. To disable it completely, use onUnusedInput: 'ignore'.",
  ],
  [
    "an input missing",
    () => theano.function([x], z),
    "MissingInputError: Input 1 of the graph (indices start from 0), used to compute " +
    "Elemwise{add,no_inplace}(x, y), was not provided and not given a value. Use the Theano flag " +
    "exception_verbosity='high', for more information on this error.\n \nBacktrace when that variable " +
    "is created:\n\n  PLACE\n",
  ],
  [
    "text as output",
    () => theano.function([x], untyped("x")),
    'TypeError: output must be a theano Variable or Out instance (or list of them): "x"',
  ],
  [
    "a list with a number as outputs",
    () => theano.function([x], [x, untyped(1)]),
    "TypeError: Outputs must be theano Variable or Out instances. Received 1",
  ],
  [
    "options in the place of the outputs",
    () => theano.function([x], untyped({ updates: [[state, x]] })),
    "TypeError: The second argument of theano.function is always the outputs, and an object there maps " +
    "names to variables: an array is none. Write theano.function(inputs, [], options) for a function " +
    "without outputs.",
  ],
  [
    "an unknown option",
    () => theano.function([x], x, untyped({ update: [] })),
    'TypeError: function() got an unknown option "update": the known ones are mode, updates, givens, ' +
    "noDefaultUpdates, acceptInplace, name, rebuildStrict, allowInputDowncast, profile, onUnusedInput",
  ],
  [
    "an update of something else",
    () => theano.function([x], x, { updates: [[untyped(y), x]] }),
    "TypeError: update target must be a SharedVariable: y",
  ],
  [
    "two updates of one variable",
    () => theano.function([x], x, { updates: [[state, x], [state, y]] }),
    "ValueError: this shared variable already has an update expression: (s, x)",
  ],
  [
    "a flat pair of updates",
    () => theano.function([x], x, { updates: untyped([state, x]) }),
    "ValueError: The updates parameter must be an OrderedDict/dict or a list of lists/tuples with 2 " +
    "elements",
  ],
  [
    "an update of another type",
    () => theano.function([v], v, { updates: [[state, v]] }),
    "TypeError: An update must have the same type as the original shared variable (shared_var=s, " +
    "shared_var.type=TensorType(float64, scalar), update_val=v, update_val.type=TensorType(float64, " +
    "vector)). If the difference is related to the broadcast pattern, you can call the " +
    "tensor.unbroadcast(var, axis_to_unbroadcast[, ...]) function to remove broadcastable dimensions.",
  ],
  [
    "a float update of a whole number",
    () => theano.function([x], x, { updates: [[whole, whole.sub(x.mul(0.1))]] }),
    "TypeError: An update must have the same type as the original shared variable (shared_var=b, " +
    "shared_var.type=TensorType(int64, scalar), update_val=Elemwise{sub,no_inplace}.0, " +
    "update_val.type=TensorType(float64, scalar)). If the difference is related to the broadcast " +
    "pattern, you can call the tensor.unbroadcast(var, axis_to_unbroadcast[, ...]) function to remove " +
    "broadcastable dimensions.\n`b` is int64 because 0 is an integer in JavaScript; write " +
    "theano.shared(0, { dtype: 'float64', name: 'b' })",
  ],
  [
    "a float update of a list of whole numbers",
    () => theano.function([v], v, { updates: [[list, v]] }),
    "TypeError: An update must have the same type as the original shared variable (shared_var=w, " +
    "shared_var.type=TensorType(int64, vector), update_val=v, update_val.type=TensorType(float64, " +
    "vector)). If the difference is related to the broadcast pattern, you can call the " +
    "tensor.unbroadcast(var, axis_to_unbroadcast[, ...]) function to remove broadcastable dimensions." +
    "\n`w` is int64 because whole numbers are integers in JavaScript; write theano.shared(value, { " +
    "dtype: 'float64', name: 'w' })",
  ],
  [
    "a given for an input",
    () => theano.function([x], x, { givens: [[x, y]] }),
    "RuntimeError: You are trying to replace variable 'x' through the `givens` parameter, but this " +
    "variable is an input to your function. Replacing inputs is currently forbidden because it has no " +
    "effect. One way to modify an input `x` to a function evaluating f(x) is to define a new input `y` " +
    "and use `theano.function([y], f(x), givens={x: g(y)})`. Another solution consists in using " +
    "`theano.clone`, e.g. like this: `theano.function([x], theano.clone(f(x), replace={x: g(x)}))`.",
  ],
  [
    "a given of another type",
    () => theano.function([v], z, { givens: [[x, v]], onUnusedInput: "ignore" }),
    "TypeError: Cannot convert Type TensorType(float64, vector) (of Variable v) into Type " +
    "TensorType(float64, scalar). You can try to manually convert v into a TensorType(float64, scalar).",
  ],
  [
    "givens that are no variables",
    () => theano.function([x], x, { givens: [[untyped("x"), y]] }),
    "TypeError: given keys must be Variable",
  ],
  [
    "noDefaultUpdates that is neither",
    () => theano.function([x], x, { noDefaultUpdates: untyped("all") }),
    "TypeError: no_default_update should be either a boolean or a list",
  ],
  [
    "an unknown mode",
    () => theano.function([x], x, { mode: "FASTEST" }),
    "ValueError: No predefined mode exist for string: FASTEST",
  ],
  [
    "a name that is no text",
    () => new In(x, { name: untyped(3) }),
    "TypeError: name must be a string! (got: 3)",
  ],
  [
    "an implicit input without a value",
    () => new In(x, { implicit: true }),
    "TypeError: An implicit input must be given a default value",
  ],
  [
    "an input update of another type",
    () => new In(x, { update: v }),
    "TypeError: Variable 'x' has type TensorType(float64, scalar) but an update of type " +
    "TensorType(float64, vector). The type of the update should be the same as the type of the variable",
  ],
  [
    "an input that may be overwritten but not shared",
    () => new In(x, { mutable: true, borrow: false }),
    "AssertionError: Symbolic input for variable x (name=x) has flags mutable=True, borrow=False. This " +
    "combination is incompatible since mutable=True implies that the input variable may be both aliased " +
    "(borrow=True) and overwritten.",
  ],
];

for (const [what, action, message] of refused) {
  Deno.test(`${what} is refused`, () => assertEquals(messageOf(action), message));
}

Deno.test("onUnusedInput decides between an error, a warning and silence", () => {
  const warnings: string[] = [];
  const before = setWarningListener((category, text) => warnings.push(`${category}: ${text}`));
  try {
    theano.function([x, y], x, { onUnusedInput: "warn" });
    theano.function([x, y], x, { onUnusedInput: "ignore" });
    theano.config.changeFlags({ on_unused_input: "ignore" }, () => theano.function([x, y], x));
  } finally {
    setWarningListener(before);
  }
  assertEquals(warnings, [
    "UserWarning: theano.function was asked to create a function computing outputs given certain " +
    "inputs, but the provided input variable at index 1 is not part of the computational graph needed " +
    "to compute the outputs: y.\nTo make this warning into an error, you can pass the parameter " +
    "onUnusedInput: 'raise' to theano.function. To disable it completely, use onUnusedInput: 'ignore'.",
  ]);
});

Deno.test("an input that only an update or a given needs is used", () => {
  const s = theano.shared(1.5);
  theano.function([x], [], { updates: [[s, s.add(x)]] })(2);
  assertEquals(s.getValue().item(), 3.5);
  assertEquals(theano.function([x], y.mul(2), { givens: [[y, x.add(1)]] })(4).item(), 10);
});

Deno.test("givens replace inputs of the graph, computed variables and shared ones", () => {
  const inner = x.mul(2);
  const outer = inner.add(state);
  assertEquals(theano.function([x], outer, { givens: [[state, other]] })(1).item(), 3.5);
  assertEquals(theano.function([], outer, { givens: [[inner, 10.5]] })().item(), 11);
  assertEquals(theano.function([], outer, { givens: new Map([[x, 3]]) })().item(), 6.5);
  assertEquals(theano.function([], outer, { givens: [[x, theano.float64(3)]] })().item(), 6.5);
});

Deno.test("rebuildStrict: false lets a given change types", () => {
  const i = T.iscalar("i");
  const f = theano.function([i], x.add(i), { givens: [[x, i]], rebuildStrict: false });
  assertEquals(f(3).dtype, "int32");
  assertEquals(f(3).item(), 6);
});

Deno.test("updates see the values before the call, all of them", () => {
  const a = theano.shared(1.5);
  const b = theano.shared(10.5);
  const swap = theano.function([], [a, b], { updates: [[a, b], [b, a]] });
  assertEquals(swap().map((value) => value.item()), [1.5, 10.5]);
  assertEquals([a.getValue().item(), b.getValue().item()], [10.5, 1.5]);
  const set = theano.function([], [], { updates: new Map<typeof a, unknown>([[a, 7], [b, a]]) });
  set();
  assertEquals([a.getValue().item(), b.getValue().item()], [7, 10.5]);
});

Deno.test("a default update applies unless it is overruled or excluded", () => {
  const n = theano.shared(0, "n");
  const seen = theano.shared(0, "seen");
  n.defaultUpdate = n.add(1);
  seen.defaultUpdate = seen.add(n);
  const values = (): unknown[] => [n.getValue().item(), seen.getValue().item()];
  const f = theano.function([], seen);
  f();
  assertEquals(values(), [1, 0]);
  f();
  assertEquals(values(), [2, 1]);
  theano.function([], seen, { noDefaultUpdates: true })();
  assertEquals(values(), [2, 1]);
  theano.function([], seen, { noDefaultUpdates: [n] })();
  assertEquals(values(), [2, 3]);
  theano.function([], n, { updates: [[n, n.add(100)]] })();
  assertEquals(values(), [102, 3]);
});

Deno.test("a vector of length one is no scalar and no row: givens and updates keep patterns", () => {
  const column = theano.shared([[1.5], [2]], { broadcastable: [false, true] });
  const f = theano.function([], column, { updates: [[column, column.mul(2)]] });
  f();
  assertEquals(column.getValue().toArray(), [[3], [4]]);
  const loose = theano.shared([[1.5], [2]]);
  assertEquals(
    messageOf(() => theano.function([], [], { updates: [[loose, column]] })).includes(
      "shared_var.type=TensorType(float64, matrix)",
    ),
    true,
  );
});
