import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import * as theano from "@theano/theano";
import { denoCommand } from "../cache/deno_command.ts";
import { graphText } from "../../core/graph/equal.ts";

const { tensor: T, Apply, NDArray } = theano;
type Tensor = theano.tensor.TensorVariable;

/** Every element times a number, on float64 arrays of any shape. */
function scaled(x: theano.NDArray, factor: number): theano.NDArray {
  return NDArray.of(
    Float64Array.from(x.data as Float64Array, (v) => v * factor),
    x.shape,
    "float64",
  );
}

/** Doubles a vector; two of them are different ops. */
class Doubling extends theano.Op {
  override readonly itypes = [T.dvector];
  override readonly otypes = [T.dvector];
  calls = 0;
  perform(_: theano.Apply, [x]: readonly theano.NDArray[]): theano.NDArray[] {
    this.calls++;
    return [scaled(x!, 2)];
  }
  override inferShape(_: theano.Apply, shapes: readonly theano.Shape[]): readonly theano.Shape[] {
    return shapes;
  }
}

/** Scales a vector; equal for equal factors. */
class Scaling extends theano.Op {
  override readonly props = ["factor", "label"];
  constructor(readonly factor: number, readonly label: string = "x") {
    super();
  }
  override makeNode(x: theano.Variable): theano.Apply {
    return new Apply(this, [x], [x.type.makeVariable()]);
  }
  perform(_: theano.Apply, [x]: readonly theano.NDArray[]): theano.NDArray[] {
    return [scaled(x!, this.factor)];
  }
  override grad(_: Tensor[], [g]: Tensor[]): Tensor[] {
    return [g!.mul(this.factor)];
  }
  override rOp(inputs: Tensor[], points: Tensor[]): Tensor[] {
    return this.grad(inputs, points);
  }
}

/** Quotient and remainder of a vector by a scalar. */
class Division extends theano.Op {
  override readonly itypes = [T.dvector, T.dscalar];
  override readonly otypes = [T.dvector, T.dvector];
  override readonly props = [];
  perform(_: theano.Apply, [x, y]: readonly theano.NDArray[]): theano.NDArray[] {
    const n = Number(y!.item());
    const values = x!.data as Float64Array;
    return [
      NDArray.of(values.map((v) => Math.floor(v / n)), x!.shape, "float64"),
      NDArray.of(values.map((v) => v % n), x!.shape, "float64"),
    ];
  }
}

/** The remainder is meant. */
class Remainder extends Division {
  override readonly defaultOutput = 1;
}

Deno.test("an op of a user computes between kernels, in every mode", () => {
  const x = T.dvector("x");
  for (const mode of ["FAST_RUN", "FAST_COMPILE", new theano.Mode({ linker: "py" })]) {
    const op = new Doubling();
    const f = theano.function([x], op.call(x.add(1)).mul(x).sum(), { mode });
    assertEquals(f([1, 2, 3]).item(), 40);
    assertEquals(f([1]).item(), 4);
    assertEquals(op.calls, 2);
  }
});

Deno.test("the shape an op infers is computed without running it", () => {
  const x = T.dvector("x");
  const op = new Doubling();
  assertEquals(theano.function([x], op.call(x).shape)([1, 2, 3]).toArray(), [3]);
  assertEquals(op.calls, 0);
  const blind = new Scaling(2);
  assertEquals(theano.function([x], blind.call(x).shape)([1, 2, 3]).toArray(), [3]);
});

Deno.test("several outputs come in an array, unless one is the default", () => {
  const x = T.dvector("x");
  const n = T.dscalar("n");
  const parts = new Division().call<Tensor[]>(x, n);
  assertEquals(parts.length, 2);
  const f = theano.function([x, n], parts);
  assertEquals(f([7, 9], 4).map((v) => v.toArray()), [[1, 2], [3, 1]]);
  const rest = new Remainder().call(x, n);
  assertEquals(theano.function([x, n], rest)([7, 9], 4).toArray(), [3, 1]);
});

Deno.test("ops with equal props are merged, others only with themselves", () => {
  const x = T.dvector("x");
  const count = (...ops: theano.Op[]): number => {
    const f = theano.function([x], ops.map((op) => op.call(x)));
    return f.maker.fgraph.toposort().filter(({ op }) => ops.includes(op as theano.Op)).length;
  };
  assertEquals(count(new Scaling(2), new Scaling(2)), 1);
  assertEquals(count(new Scaling(2), new Scaling(3)), 2);
  assertEquals(count(new Scaling(2, "x"), new Scaling(2, "y")), 2);
  assertEquals(count(new Doubling(), new Doubling()), 2);
  const one = new Doubling();
  assertEquals(count(one, one), 1);
  const make = (): theano.Op => {
    class Same extends Doubling {
      override readonly props = [];
    }
    return new Same();
  };
  assertEquals(count(make(), make()), 2);
});

Deno.test("an op is named after its class and props", () => {
  assertEquals(new Doubling().name, "Doubling");
  assertEquals(new Division().name, "Division");
  assertEquals(new Scaling(2, "y").name, "Scaling{factor=2, label='y'}");
  const x = T.dvector("x");
  assertEquals(theano.pp(new Scaling(2).call(x)), "Scaling{factor=2, label='x'}(x)");
});

Deno.test("graphs with an op of a user have no text that another process could read", () => {
  const x = T.dvector("x");
  for (const op of [new Doubling(), new Scaling(2), new Remainder()]) {
    assert(op.key.startsWith("unique:"), op.key);
    const inputs = op instanceof Remainder ? [x, T.dscalar()] : [x];
    assertEquals(graphText(inputs, [op.call(...inputs)]), undefined);
  }
  assertNotEquals(new Scaling(0).key, new Scaling(-0).key);
});

Deno.test("the gradient and the R-op of an op are its own", () => {
  const x = T.dvector("x");
  const y = new Scaling(3).call(x.mul(x));
  const v = T.dvector("v");
  const f = theano.function([x, v], [theano.grad(y.sum(), x), theano.Rop(y, x, v)]);
  assertEquals(f([1, 2], [10, 100]).map((g) => g.toArray()), [[6, 12], [60, 1200]]);
});

Deno.test("a gradient may be given the outputs, too", () => {
  class Root extends Doubling {
    override perform(_: theano.Apply, [x]: readonly theano.NDArray[]): theano.NDArray[] {
      return [NDArray.of((x!.data as Float64Array).map(Math.sqrt), x!.shape, "float64")];
    }
    override lop(_: Tensor[], [y]: Tensor[], [g]: Tensor[]): Tensor[] {
      return [g!.div(y!.mul(2))];
    }
  }
  const x = T.dvector("x");
  const f = theano.function([x], theano.grad(new Root().call(x).sum(), x));
  assertEquals(f([4, 16]).toArray(), [0.25, 0.125]);
});

Deno.test("an op without derivatives says so", () => {
  const x = T.dvector("x");
  const y = new Doubling().call(x);
  const gradient = assertThrows(() => theano.grad(y.sum(), x), Error);
  assertEquals(gradient.message, "'Doubling' object has no attribute 'grad'");
  assertEquals(gradient.name, "AttributeError");
  const tangent = assertThrows(() => theano.Rop(y, x, x), Error);
  assertEquals(
    tangent.message,
    "Doubling of class Doubling does not implement R_op. If this is a theano op, write to the " +
      "theano-dev mailing list for assistance. If it is your own op, implement the R_op method.",
  );
});

Deno.test("inputs must be as many as itypes, and of exactly these types", () => {
  const op = new Doubling();
  const x = T.dvector("x");
  const count = assertThrows(() => op.call(x, x), theano.errors.ValueError);
  assertEquals(count.message, "We expected 1 inputs but got 2.");
  const type = assertThrows(() => op.call(T.fvector("y")), TypeError);
  assertEquals(
    type.message,
    "We expected inputs of types '[TensorType(float64, vector)]' but got types " +
      "'[TensorType(float32, vector)]'",
  );
  class Nothing extends theano.Op {
    perform(): theano.NDArray[] {
      return [];
    }
  }
  const neither = assertThrows(() => new Nothing().call(x), Error);
  assertEquals(
    neither.message,
    "You can either define itypes and otypes, or implement make_node",
  );
});

Deno.test("props must name fields", () => {
  class Wrong extends Doubling {
    override readonly props: readonly string[];
    constructor(props: unknown) {
      super();
      this.props = props as string[];
    }
  }
  const list = assertThrows(() => new Wrong("a").key, TypeError);
  assertEquals(list.message, "props must be an array of field names, not a");
  const field = assertThrows(() => new Wrong(["a"]).name, Error);
  assertEquals(field.message, "'Wrong' object has no attribute 'a'");
});

Deno.test("what perform returns is checked against the outputs", () => {
  const x = T.dvector("x");
  class Returning extends Doubling {
    readonly values: unknown;
    constructor(values: unknown) {
      super();
      this.values = values;
    }
    override perform(): theano.NDArray[] {
      return this.values as theano.NDArray[];
    }
  }
  const failure = (values: unknown, mode: theano.Mode | string): string => {
    const f = theano.function([x], new Returning(values).call(x), { mode });
    return assertThrows(() => f([1, 2]), Error).message.split("\n")[0]!;
  };
  for (const mode of ["FAST_RUN", new theano.Mode({ linker: "py" })]) {
    assertEquals(failure([], mode), "Returning.perform returned 0 values, for 1 output(s)");
    assertEquals(
      failure(undefined, mode),
      "Returning.perform returned undefined, no array, for 1 output(s)",
    );
    assert(failure([theano.array([[1, 2]])], mode).includes("Wrong number of dimensions"));
    assert(failure([theano.array([1, 2], { dtype: "complex128" })], mode).includes("complex128"));
  }
  const f = theano.function([x], new Returning([[5, 6]]).call(x));
  assertEquals(f([1]).toArray(), [5, 6]);
});

Deno.test("what perform throws names the node", () => {
  class Failing extends Doubling {
    override perform(): never {
      throw new RangeError("no luck");
    }
  }
  const x = T.dvector("x");
  const f = theano.function([x], new Failing().call(x));
  const { message } = assertThrows(() => f([1]), Error);
  assert(message.startsWith("no luck\nApply node that caused the error: Failing(x)"), message);
});

Deno.test("a node of constants is computed once, while compiling, unless the op refuses", () => {
  class Counting extends Doubling {
    constructor(readonly folds: boolean) {
      super();
    }
    override doConstantFolding(): boolean {
      return this.folds;
    }
  }
  const calls = (folds: boolean): number => {
    const op = new Counting(folds);
    const f = theano.function([], op.call([1.5, 2]).add(1));
    assertEquals(f().toArray(), [4, 5]);
    assertEquals(f().toArray(), [4, 5]);
    return op.calls;
  };
  assertEquals(calls(true), 1);
  assertEquals(calls(false), 2);
});

Deno.test("an output may be a view of an input where the op says so", () => {
  class Same extends Doubling {
    override readonly viewMap = new Map([[0, 0]]);
    override perform(_: theano.Apply, inputs: readonly theano.NDArray[]): theano.NDArray[] {
      return [...inputs];
    }
  }
  const x = T.dvector("x");
  const y = new Same().call(x.add(1));
  for (const mode of ["FAST_RUN", new theano.Mode({ linker: "py" })]) {
    const f = theano.function([x], [y.get(0).add(y), T.exp(y), y], { mode });
    assertEquals(f([0, -1]).map((v) => v.toArray()), [[2, 1], [Math.E, 1], [1, 0]]);
  }
});

Deno.test("an op that overwrites an input is none that a user may apply", () => {
  class Inplace extends Doubling {
    override readonly destroyMap = new Map([[0, 0]]);
  }
  const x = T.dvector("x");
  const { message } = assertThrows(() => theano.function([x], new Inplace().call(x)), TypeError);
  assertEquals(message, "Graph must not contain inplace operations: Inplace(x)");
});

/** How many functions a process of its own stores that compiles one: the library's, or a user's. */
async function stored(kind: "library" | "op" | "function" | "elementwise"): Promise<number> {
  const folder = await Deno.makeTempDir();
  try {
    const { code, stderr } = await new Deno.Command(denoCommand(), {
      args: ["run", "-A", new URL("stored_program.ts", import.meta.url).pathname, kind],
      env: { THEANO_FLAGS: `base_compiledir=${folder}` },
    }).output();
    assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
    return entriesBelow(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function entriesBelow(folder: string): number {
  return [...Deno.readDirSync(folder)].reduce((sum, { name, isDirectory, isFile }) => {
    const isEntry = isFile && /^[0-9a-f]{8,}/.test(name);
    return sum + (isDirectory ? entriesBelow(`${folder}/${name}`) : Number(isEntry));
  }, 0);
}

Deno.test("nothing with an op of a user is stored on disk", async () => {
  assert(await stored("library") > 0);
  assertEquals(await stored("op"), 0);
  assertEquals(await stored("function"), 0);
  assertEquals(await stored("elementwise"), 0);
});
