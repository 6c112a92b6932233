/**
 * @file Two small kernels as WAT, so that a change of the generators shows what it changes.
 */

import { assertEquals } from "@std/assert";
import type { Operand } from "../../core/kernel/kernel.ts";
import { Sizes } from "../../core/kernel/size.ts";
import { Builder } from "../../core/scalar/expr.ts";
import { Module } from "../../core/wasm/encode.ts";
import { gatherCode } from "../../core/wasm/index_loops.ts";
import { mapCode } from "../../core/wasm/map.ts";
import type { KernelCode } from "../../core/wasm/nest.ts";
import { funcToWat } from "../../core/wasm/wat.ts";
import type { Func } from "../../core/wasm/tree.ts";

const sizes = new Sizes();
const [zero, one, n] = [sizes.const(0), sizes.const(1), sizes.dim(0, 0)];

function walk(buffer: number, dtype: Operand["dtype"], ...strides: Operand["strides"]): Operand {
  return { buffer, dtype, offset: zero, strides };
}

function text(code: KernelCode): string {
  return `\n${funcToWat(code.make(new Module("test")) as Func)}\n`;
}

Deno.test("mapCode() of a negated vector is two loops: whole registers, and what is left", () => {
  const s = new Builder();
  const code = mapCode({
    kind: "map",
    dims: [n],
    inputs: [walk(0, "float32", one)],
    params: [],
    counters: [],
    outputs: [walk(1, "float32", one)],
    bodies: [s.neg(s.input(0, "float32"))],
  }, false);
  assertEquals(
    text(code),
    `
(func $map (param $n0 i32) (param $in0 i32) (param $out0 i32)
  (local $i i32) (local i32) (local v128) (local v128) (local v128) (local v128)
  (local.set 4 (i32.and (local.get $n0) (i32.const -4)))
  (local.set $i (i32.const 0))
  (if
    (i32.lt_u (local.get $i) (local.get 4))
    (then
      (loop $loop0
        (local.set 5
          (v128.load (i32.add (local.get $in0) (i32.shl (local.get $i) (i32.const 2)))))
        (local.set 6 (f32x4.neg (local.get 5)))
        (v128.store
          (i32.add (local.get $out0) (i32.shl (local.get $i) (i32.const 2)))
          (local.get 6))
        (br_if $loop0
          (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (local.get 4))))))
  (local.set $i (local.get 4))
  (if
    (i32.lt_u (local.get $i) (local.get $n0))
    (then
      (loop $loop1
        (local.set 7
          (v128.load32_zero
            (i32.add (local.get $in0) (i32.shl (local.get $i) (i32.const 2)))))
        (local.set 8 (f32x4.neg (local.get 7)))
        (v128.store32_lane 0
          (i32.add (local.get $out0) (i32.shl (local.get $i) (i32.const 2)))
          (local.get 8))
        (br_if $loop1
          (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n0)))))))
`,
  );
});

Deno.test("gatherCode() of a vector checks each index before it copies", () => {
  const index = walk(1, "int32", one);
  const code = gatherCode({
    kind: "gather",
    dims: [n],
    source: walk(0, "float64", zero),
    indices: [{ index, length: n, stride: one, axis: 0, wraps: true }],
    output: walk(2, "float64", one),
  });
  assertEquals(
    text(code),
    `
(func $gather (param $n0 i32) (param $source i32) (param $out i32) (param $index0 i32) (param $length0 i64) (param $stride0 i32) (result i32)
  (local $i0 i32) (local $p1_0 i32) (local $p2_0 i32) (local i64) (local i64)
  (local i32)
  (local.set $p1_0 (local.get $out))
  (local.set $p2_0 (local.get $index0))
  (local.set $i0 (i32.const 0))
  (if
    (i32.lt_u (local.get $i0) (local.get $n0))
    (then
      (loop $loop0
        (local.set 9 (i64.load32_s (local.get $p2_0)))
        (local.set 10
          (select
            (i64.add (local.get 9) (local.get $length0))
            (local.get 9)
            (i64.lt_s (local.get 9) (i64.const 0))))
        (if
          (i64.ge_u (local.get 10) (local.get $length0))
          (then
            (i64.store (i32.const 16) (local.get 9))
            (i64.store (i32.const 24) (local.get $length0))
            (i32.store (i32.const 32) (i32.const 0))
            (return (i32.const 1))))
        (local.set 11
          (i32.add
            (local.get $source)
            (i32.mul (i32.wrap_i64 (local.get 10)) (local.get $stride0))))
        (i64.store (local.get $p1_0) (i64.load (local.get 11)))
        (local.set $p1_0 (i32.add (local.get $p1_0) (i32.const 8)))
        (local.set $p2_0 (i32.add (local.get $p2_0) (i32.const 4)))
        (br_if $loop0
          (i32.lt_u
            (local.tee $i0 (i32.add (local.get $i0) (i32.const 1)))
            (local.get $n0))))))
  (i32.const 0))
`,
  );
});
