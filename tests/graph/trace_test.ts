import { assert, assertEquals } from "@std/assert";
import { call } from "../../core/graph/op.ts";
import { creationTrace, setTraceLimit, traceText, withoutTraces } from "../../core/graph/trace.ts";
import { plain, real } from "./helpers.ts";

function here(): readonly string[] {
  return creationTrace()!;
}

Deno.test("creationTrace() gives the user's frames, innermost first", () => {
  const [first, second] = here();
  assert(/trace_test\.ts:\d+:\d+ in here$/.test(first!), first);
  assert(/trace_test\.ts:\d+:\d+$/.test(second!), second);
});

Deno.test("creationTrace() gives an array like any other, though it is written out late", () => {
  const trace = here();
  assert(Array.isArray(trace));
  assertEquals([...trace], trace.map((frame) => frame));
  assertEquals(Object.keys(trace).length, trace.length);
  assert(0 in trace);
  assertEquals(trace, [...trace]);
});

Deno.test("setTraceLimit() bounds the frames; 0 takes none, a negative number all", () => {
  try {
    setTraceLimit(1);
    const one = here();
    setTraceLimit(0);
    assertEquals(creationTrace(), undefined);
    setTraceLimit(-1);
    assert(here().length >= 2);
    assertEquals(one.length, 1, "the limit is that of the time of making");
  } finally {
    setTraceLimit(8);
  }
});

Deno.test("withoutTraces() leaves new nodes without a trace, nested or not", () => {
  const x = real.makeVariable("x");
  const make = (): boolean => call(plain("f"), x).tag.trace === undefined;
  assertEquals(make(), false);
  assertEquals(withoutTraces(() => withoutTraces(make) && make()), true);
  assertEquals(make(), false);
});

Deno.test("traceText() has a headline and a line a frame", () => {
  assertEquals(traceText(undefined), "");
  assertEquals(traceText([]), "");
  assertEquals(
    traceText(["a.ts:1:2 in f", "b.ts:3:4"]),
    " \nBacktrace when that variable is created:\n\n  a.ts:1:2 in f\n  b.ts:3:4\n",
  );
});
