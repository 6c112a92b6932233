import { assertEquals } from "@std/assert";
import { Module } from "../../core/wasm/encode.ts";
import {
  add,
  block,
  br,
  brTable,
  call,
  callIndirect,
  drop,
  eqz,
  f32x4,
  f64,
  Func,
  globalGet,
  globalSet,
  ifElse,
  loop,
  op,
  opAt,
  opLane,
  ret,
  select,
  shl,
  shuffle,
  sub,
} from "../../core/wasm/tree.ts";
import { funcToWat, moduleToWat } from "../../core/wasm/wat.ts";

Deno.test("funcToWat prints a loop as it was built", () => {
  const f = new Func("sum", ["f32"]);
  const [p, n] = [f.param("i32", "p"), f.param("i32", "n")];
  const [i, s] = [f.local("i32", "i"), f.local("f32", "s")];
  const at = add(p, shl(i, 2));
  f.body(f.for(i, 0, n, 1, s.set(add(s, op("f32.load", at)))), s.get);
  assertEquals(
    funcToWat(f),
    `(func $sum (param $p i32) (param $n i32) (result f32)
  (local $i i32) (local $s f32)
  (local.set $i (i32.const 0))
  (if
    (i32.lt_u (local.get $i) (local.get $n))
    (then
      (loop $loop0
        (local.set $s
          (f32.add
            (local.get $s)
            (f32.load (i32.add (local.get $p) (i32.shl (local.get $i) (i32.const 2))))))
        (br_if $loop0
          (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))))
  (local.get $s))`,
  );
});

Deno.test("funcToWat prints every kind of node", () => {
  const f = new Func("kinds", ["i32"]);
  const x = f.param("i32", "x");
  const v = f.local("v128", "v v");
  const w = f.local("v128", "v_v");
  const y = f.local("i32");
  const global = { name: "total", type: "f64", mutable: true } as const;
  f.body(
    globalSet(global, select(x, globalGet(global), -0)),
    v.set(opLane("f32x4.replace_lane", 1, f32x4(0.1, -0, NaN, -Infinity), 2)),
    w.set(shuffle(v, v, [1, 2])),
    drop(callIndirect({ params: ["i32"], results: ["i32"] }, x, 7)),
    block((done) =>
      loop((again) => [
        ifElse(x, [x.set(sub(x, 1)), br(again)], br(done)),
      ])
    ),
    block((done) => brTable(x, [done, done])),
    y.set(opAt("i32.load", 8, x)),
    call({ name: "other", params: ["f64"], results: [] }, f64(1e300)),
    ret(eqz(y)),
  );
  assertEquals(
    funcToWat(f),
    `(func $kinds (param $x i32) (result i32)
  (local $v_v v128) (local $v_v.2 v128) (local i32)
  (global.set $total (select (global.get $total) (f64.const -0) (local.get $x)))
  (local.set $v_v
    (f32x4.replace_lane 1 (v128.const f32x4 0.1 -0 nan -inf) (f32.const 2)))
  (local.set $v_v.2
    (i8x16.shuffle 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23
      (local.get $v_v)
      (local.get $v_v)))
  (drop (call_indirect (param i32) (result i32) (i32.const 7) (local.get $x)))
  (block $block0
    (loop $loop1
      (if
        (local.get $x)
        (then
          (local.set $x (i32.sub (local.get $x) (i32.const 1)))
          (br $loop1))
        (else
          (br $block0)))
      (unreachable))
    (unreachable))
  (block $block2
    (br_table $block2 $block2 (local.get $x)))
  (local.set 3 (i32.load offset=8 (local.get $x)))
  (call $other (f64.const 1e+300))
  (return (i32.eqz (local.get 3))))`,
  );
});

Deno.test("moduleToWat prints memory, imports, globals, table, exports and data", () => {
  const module = new Module("parts").importMemory({ initial: 2 });
  const outside = module.importFunc("js", "f", { params: ["i32"], results: ["f64"] });
  module.global("i64", 5n, "count");
  module.global("f64", 0.5, "half", false);
  module.add(new Func("f").body(), "run");
  module.element(outside);
  module.addData(16, new Uint8Array([0, 255]));
  assertEquals(
    moduleToWat(module),
    `(module $parts
  (import "env" "memory" (memory 2 65536 shared))
  (import "js" "f" (func $f (param i32) (result f64)))
  (table 1 1 funcref)
  (global $count (mut i64) (i64.const 5))
  (global $half f64 (f64.const 0.5))
  (export "run" (func $f.1))
  (elem (i32.const 0) $f)
  (func $f.1)
  (data (i32.const 16) "\\00\\ff"))`,
  );
});
