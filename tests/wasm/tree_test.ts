import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { InternalError } from "../../core/errors.ts";
import { Module } from "../../core/wasm/encode.ts";
import {
  add,
  and,
  block,
  br,
  brTable,
  call,
  callIndirect,
  constant,
  drop,
  eqz,
  f32,
  f32x4,
  f64,
  f64x2,
  Func,
  geU,
  globalGet,
  globalSet,
  gtS,
  i32,
  i32x4,
  i64,
  i64x2,
  i8x16,
  ifElse,
  loop,
  ltU,
  mul,
  op,
  opAt,
  opLane,
  ret,
  select,
  sequence,
  shl,
  shuffle,
  sub,
  unreachable,
} from "../../core/wasm/tree.ts";
import { instantiate } from "./helpers.ts";

function faults(build: () => unknown, text: string): void {
  assertThrows(build, InternalError, text);
}

Deno.test("op refuses operands of the wrong type, number or count", () => {
  faults(
    () => op("f32x4.add", f32(1), f32x4(1)),
    "Cannot give f32 to f32x4.add: it takes v128; this is a bug in a kernel generator",
  );
  faults(() => op("f32.add", f32(1)), "Cannot build f32.add: it takes 2 operands, not 1");
  faults(() => op("f32x4.add", 1, f32x4(1)), "v128 does not hold it");
  faults(() => op("i32.add", 0.5, i32(1)), "Cannot build a constant 0.5: i32 does not hold it");
  faults(() => op("i32.add", 2 ** 32, i32(1)), "i32 does not hold it");
  faults(() => op("i32.load", op("i32.store", 0, 0)), "Cannot give none to i32.load");
  faults(() => op("f32x4.extract_lane", f32x4(1)), "it names a lane");
});

Deno.test("opLane, opAt and shuffle refuse places that are not there", () => {
  faults(() => opLane("f32x4.extract_lane", 4, f32x4(1)), "it has no lane 4");
  faults(() => opLane("f32x4.add", 0, f32x4(1), f32x4(1)), "it has no lane 0");
  faults(() => opAt("i32.load", -1, 0), "its offset cannot be -1");
  faults(() => opAt("i32.add", 4, 0, 0), "it does not touch memory alone");
  faults(() => shuffle(f32x4(1), f32x4(1), [0, 1, 2, 8]), "its lanes cannot be 0,1,2,8");
  faults(() => shuffle(f32x4(1), f32x4(1), [0, 1, 2]), "its lanes cannot be 0,1,2");
});

Deno.test("arithmetic picks the instruction by its operands", () => {
  const names = [add(f32(1), 2), mul(i64(2), 3n), sub(1, f64(2)), ltU(1, i64(2)), shl(i64(1), 2)]
    .map((node) => node.kind === "op" ? node.name : node.kind);
  assertEquals(names, ["f32.add", "i64.mul", "f64.sub", "i64.lt_u", "i64.shl"]);
  faults(() => add(1, 2), "it has no form for none");
  faults(() => add(f32x4(1), f32x4(2)), "it has no form for v128");
  faults(() => and(f32(1), f32(2)), "it has no form for f32");
  faults(() => add(i32(1), i64(2)), "Cannot give i64 to add: it takes i32");
});

Deno.test("arithmetic folds i32 constants and leaves floating point alone", () => {
  const x = new Func("f").param("i32", "x");
  assertEquals(add(i32(2 ** 31 - 1), 1), i32(-(2 ** 31)));
  assertStrictEquals(add(x, 0), x.get);
  assertStrictEquals(add(0, x), x.get);
  assertStrictEquals(mul(x, 1), x.get);
  assertStrictEquals(shl(x, 0), x.get);
  assertStrictEquals(sub(x, 0), x.get);
  assertEquals(sub(0, x).kind, "op");
  assertEquals(add(f32(1), 0).kind, "op");
});

Deno.test("constants are signed whichever way they are given", () => {
  assertEquals(i32(2 ** 32 - 1), i32(-1));
  assertEquals(i64(2n ** 64n - 1n), i64(-1n));
  faults(() => i64(2n ** 64n), "i64 does not hold it");
  faults(() => constant("v128", 1), "v128 does not hold it");
  faults(() => f32x4(1, 2), "it takes 1 or 4 lanes");
});

Deno.test("sequence refuses a value that nobody takes", () => {
  faults(() => sequence(i32(1), i32(2)), "its const in the middle leaves i32: drop it");
  faults(() => new Func("f", ["i32"]).body(f32(1)), "it leaves f32, not i32");
  faults(() => new Func("f").body(i32(1)), "it leaves i32, not nothing");
  faults(() => drop(op("i32.store", 0, 0)), "it leaves nothing");
  faults(() => ifElse(i32(1), i32(1), f32(1)), "its branches leave i32 and f32");
  faults(() => ifElse(i32(1), i32(1)), "its branches leave i32 and none");
  faults(() => block(() => i32(1)), "it leaves i32: set a local instead");
});

Deno.test("Func refuses late parameters, two bodies and foreign locals", () => {
  const f = new Func("f");
  f.local("i32");
  faults(() => f.param("i32", "p"), "Cannot add parameter p to f: it has locals already");
  f.body();
  faults(() => f.body(), "Cannot give f a body: it has one");
  faults(() => new Func("g").code, "Cannot encode g: it has no body");
  const other = new Func("h").body(f.local("f32", "x").set(1));
  faults(() => instantiate([other]), 'it uses local "x" of another function');
});

Deno.test("the encoder refuses labels, functions and globals that are not around", () => {
  const wrong = new Func("wrong").body(
    block((first) => block((_) => br(first))),
    block((_) => br({ target: "block" })),
  );
  faults(() => instantiate([wrong]), "its branch goes to a label that is not around it");
  const missing = new Func("missing").body();
  faults(() => instantiate([new Func("f").body(call(missing))]), "missing was not added to it");
  const global = { name: "g", type: "i32", mutable: true } as const;
  faults(() => instantiate([new Func("f").body(globalSet(global, 1))]), "g was not added to it");
  const results = new Func("f", ["i32"]).body(ret(f32(1)));
  faults(() => instantiate([results]), "it returns (f32), not (i32)");
  const twice = new Func("f").body();
  faults(() => instantiate([twice, twice]), "f is there twice");
});

Deno.test("for runs its body below the end, and not at all for an empty range", () => {
  const f = new Func("f", ["i32"]);
  const [start, end, step] = [f.param("i32"), f.param("i32"), f.param("i32")];
  const [i, sum] = [f.local("i32"), f.local("i32")];
  f.body(f.for(i, start, end, step, sum.set(add(mul(sum, 10), i))), sum.get);
  const run = instantiate([f]).exports.f!;
  assertEquals(run(1, 5, 1), 1234);
  assertEquals(run(1, 6, 2), 135);
  assertEquals(run(3, 3, 1), 0);
  assertEquals(run(4, 3, 1), 0);
  assertEquals(run(2 ** 31 - 1, 2 ** 31 + 1, 1), Math.imul(2 ** 31 - 1, 10) - (2 ** 31) | 0);
});

Deno.test("for computes its end once", () => {
  const f = new Func("f", ["i32"]);
  const n = f.param("i32", "n");
  const i = f.local("i32");
  f.body(f.for(i, 0, add(n, 1), 1, n.set(0)), i.get);
  assertEquals(instantiate([f]).exports.f!(4), 5);
});

Deno.test("block, loop and br count down", () => {
  const f = new Func("f", ["i32"]);
  const n = f.param("i32");
  const turns = f.local("i32");
  f.body(
    block((done) =>
      loop((again) => [br(done, eqz(n)), n.set(sub(n, 1)), turns.set(add(turns, 1)), br(again)])
    ),
    turns.get,
  );
  const run = instantiate([f]).exports.f!;
  assertEquals([run(0), run(7)], [0, 7]);
});

Deno.test("ifElse gives a value, and allows a branch that does not come back", () => {
  const f = new Func("f", ["i32"]);
  const x = f.param("i32");
  f.body(ifElse(gtS(x, 5), ret(i32(1)), ifElse(x, i32(2), unreachable())));
  const g = new Func("g", ["i32"]);
  g.body(ifElse(g.param("i32"), ret(i32(1)), ret(i32(2))));
  const { exports } = instantiate([f, g]);
  assertEquals([exports.f!(6), exports.f!(1)], [1, 2]);
  assertThrows(() => exports.f!(0), WebAssembly.RuntimeError);
  assertEquals([exports.g!(1), exports.g!(0)], [1, 2]);
});

Deno.test("brTable goes to the label of its index, or to the last", () => {
  const f = new Func("f", ["i32"]);
  const x = f.param("i32");
  const y = f.local("i32");
  f.body(
    block((end) => [
      block((two) => [
        block((one) => [
          block((zero) => brTable(x, [zero, one, two])),
          [y.set(10), br(end)],
        ]),
        y.set(11),
        br(end),
      ]),
      y.set(12),
    ]),
    y.get,
  );
  const run = instantiate([f]).exports.f!;
  assertEquals([run(0), run(1), run(2), run(99)], [10, 11, 12, 12]);
});

Deno.test("tee and let keep a value, select takes one of two", () => {
  const f = new Func("f", ["i32"]);
  const x = f.param("i32");
  const y = f.local("i32");
  const code = [y.set(0)];
  const square = f.let(code, mul(x, x), "square");
  f.body(code, select(geU(square, 10), add(y.tee(square), y), 7));
  const run = instantiate([f]).exports.f!;
  assertEquals([run(2), run(4)], [7, 32]);
});

Deno.test("constant hoists equal trees to one local set on entry", () => {
  const f = new Func("f", ["i32"]);
  const x = f.param("i32", "x");
  const twice = f.constant(mul(x, 2));
  assertStrictEquals(f.constant(mul(x, 2)), twice);
  assertStrictEquals(f.constant(f64x2(1)), f.constant(f64x2(1, 1)));
  const zeros = [f64x2(0), f64x2(-0), i64x2(0), f64(0), f64(-0)].map((node) => f.constant(node));
  assertEquals(new Set(zeros).size, 5);
  f.body(x.set(0), twice);
  assertEquals(instantiate([f]).exports.f!(21), 42);
  const g = new Func("g");
  const y = g.local("i32");
  faults(() => g.constant(add(y, 1)), "it is not of constants and parameters alone");
});

Deno.test("vector constants lay out their lanes little-endian", () => {
  const store = (at: number, node: Parameters<typeof op>[1]): ReturnType<typeof op> =>
    op("v128.store", at, node);
  const f = new Func("f").body(
    store(0, i8x16(...Array(16).keys())),
    store(16, i32x4(1, -2, 3, 2 ** 31)),
    store(32, i64x2(-1n, 2n ** 62n)),
    store(48, f32x4(0.5, -0, NaN, Infinity)),
    store(64, f64x2(Math.PI, -1)),
    store(80, shuffle(f32x4(1, 2, 3, 4), f32x4(5, 6, 7, 8), [7, 0, 1, 4])),
  );
  const { exports, memory: { buffer } } = instantiate([f]);
  exports.f!();
  assertEquals([...new Uint8Array(buffer, 0, 16)], [...Array(16).keys()]);
  assertEquals([...new Int32Array(buffer, 16, 4)], [1, -2, 3, -(2 ** 31)]);
  assertEquals([...new BigInt64Array(buffer, 32, 2)], [-1n, 2n ** 62n]);
  assertEquals([...new Float32Array(buffer, 48, 4)], [0.5, -0, NaN, Infinity]);
  assertEquals([...new Float64Array(buffer, 64, 2)], [Math.PI, -1]);
  assertEquals([...new Float32Array(buffer, 80, 4)], [8, 1, 2, 5]);
});

Deno.test("Module imports functions, calls by table, keeps globals and data", () => {
  const module = new Module("m").importMemory({ initial: 1 });
  const outside = module.importFunc("js", "triple", { params: ["i32"], results: ["i32"] });
  const inside = new Func("inside", ["i32"]);
  inside.body(add(inside.param("i32"), 1));
  module.add(inside);
  const total = module.global("i32", 100, "total");
  const indices = [module.element(outside), module.element(inside), module.element(outside)];
  assertEquals(indices, [0, 1, 0]);
  const f = new Func("f", ["i32"]);
  const which = f.param("i32");
  f.body(
    globalSet(total, add(globalGet(total), callIndirect(inside, which, op("i32.load", 8)))),
    globalGet(total),
  );
  module.add(f, "run");
  module.addData(8, new Uint8Array([5, 0, 0, 0]));
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
  const compiled = new WebAssembly.Module(module.encode());
  const js = { triple: (x: number): number => 3 * x };
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory }, js });
  const run = exports.run as (which: number) => number;
  assertEquals([run(0), run(1)], [115, 121]);
});

Deno.test("LEB128 keeps the numbers at its edges", () => {
  const ints = [0, 1, -1, 63, 64, -64, -65, 127, 128, 8191, 8192, -8192, -8193, 2 ** 31 - 1];
  const small = [...ints, -(2 ** 31)];
  const big = [...small.map(BigInt), 2n ** 62n, 2n ** 63n - 1n, -(2n ** 63n)];
  const funcs = [
    ...small.map((x, i) => new Func(`s${i}`, ["i32"]).body(i32(x))),
    ...big.map((x, i) => new Func(`b${i}`, ["i64"]).body(i64(x))),
  ];
  const { exports } = instantiate(funcs);
  assertEquals(small.map((_, i) => exports[`s${i}`]!()), small);
  assertEquals(big.map((_, i) => exports[`b${i}`]!()), big);
});

Deno.test("memory offsets reach 2³² − 1 and add to the address", () => {
  const f = new Func("f", ["i32"]).body(opAt("i32.load8_u", 300, 5));
  const far = new Func("far", ["i32"]).body(opAt("i32.load8_u", 2 ** 32 - 1, 0));
  const { exports, memory } = instantiate([f, far]);
  new Uint8Array(memory.buffer)[305] = 7;
  assertEquals(exports.f!(), 7);
  assertThrows(() => exports.far!(), WebAssembly.RuntimeError);
});

Deno.test("functions longer than 16 kB and with many locals keep their sizes", () => {
  const f = new Func("long", ["i32"]);
  const locals = Array.from({ length: 300 }, (_, i) => f.local(i % 2 === 0 ? "i32" : "f64"));
  const first = locals[0]!;
  const last = locals[298]!;
  f.body(
    Array.from({ length: 5000 }, () => first.set(add(first, 1))),
    last.set(first),
    last.get,
  );
  assertEquals(instantiate([f]).exports.long!(), 5000);
});

Deno.test("the name section names the module, functions, locals and globals", () => {
  const module = new Module("names");
  const f = new Func("first");
  f.param("i32", "α");
  f.local("i32");
  f.local("f32", "c");
  module.global("i32", 0, "counter");
  module.add(f.body(), "exported");
  const bytes = module.encode();
  const [section] = WebAssembly.Module.customSections(new WebAssembly.Module(bytes), "name");
  const text = (s: string): number[] => [...new TextEncoder().encode(s)];
  assertEquals([...new Uint8Array(section!)], [
    ...[0, 6, 5, ...text("names")],
    ...[1, 8, 1, 0, 5, ...text("first")],
    ...[2, 10, 1, 0, 2, 0, 2, ...text("α"), 2, 1, ...text("c")],
    ...[7, 10, 1, 0, 7, ...text("counter")],
  ]);
  const bare = new WebAssembly.Module(module.encode({ names: false }));
  assertEquals(WebAssembly.Module.customSections(bare, "name"), []);
});
