import { assertEquals, assertThrows } from "@std/assert";
import { parseFlags, RcValues, splitFlags } from "../../core/config/parse.ts";
import { iniCases, iniVariables, shlexCases } from "./python_cases.ts";

function ignore(): void {}

Deno.test("splitFlags() splits as Python's shlex does", () => {
  for (const [text, wanted] of shlexCases) {
    if (typeof wanted !== "string") {
      assertEquals(splitFlags(text), wanted, JSON.stringify(text));
      continue;
    }
    const error = assertThrows(() => splitFlags(text), SyntaxError);
    assertEquals(error.message.split("\n")[0], `Cannot read THEANO_FLAGS: ${wanted}`);
  }
});

Deno.test("splitFlags() says what to do about an open quote", () => {
  const error = assertThrows(() => splitFlags("floatX='float32"), SyntaxError);
  assertEquals(
    error.message,
    "Cannot read THEANO_FLAGS: No closing quotation\n" +
      "  THEANO_FLAGS=floatX='float32\n" +
      "  Close each quote, or write a lone quote or backslash with a backslash before it",
  );
});

Deno.test("parseFlags() keeps the rightmost value of a key and strips spaces", () => {
  const values = parseFlags("floatX=float32, device = cpu ,floatX=float16, a=b=c", ignore);
  assertEquals([...values], [["floatX", "float16"], ["device", "cpu"], ["a", "b=c"]]);
});

Deno.test("parseFlags() keeps commas inside quotes", () => {
  const values = parseFlags(`blas.ldflags="-L/a,b -lblas",profile=True`, ignore);
  assertEquals([...values], [["blas.ldflags", "-L/a,b -lblas"], ["profile", "True"]]);
});

Deno.test("parseFlags() warns of a key without a value and ignores it", () => {
  const warnings: string[] = [];
  const values = parseFlags("profile,,floatX=float32", (text) => warnings.push(text));
  assertEquals([...values], [["floatX", "float32"]]);
  assertEquals(warnings, ["Config key 'profile' has no value, ignoring it"]);
});

Deno.test("RcValues reads as Python's configparser does", () => {
  const names = [...new Set(iniCases.flatMap(([, flags]) => Object.keys(flags)))];
  for (const [text, wanted] of iniCases) {
    const rc = new RcValues(iniVariables);
    if (typeof wanted === "string") {
      assertThrows(() => rc.read(text, "rc"), SyntaxError, undefined, JSON.stringify(text));
      continue;
    }
    rc.read(text, "rc");
    for (const name of names.filter((name) => name.length === 1 || name.includes("."))) {
      assertEquals(rc.get(name)?.text, wanted[name], `${name} of ${JSON.stringify(text)}`);
    }
  }
});

Deno.test("RcValues takes the section from everything before the last dot", () => {
  const rc = new RcValues();
  rc.read("[global]\nfloatX = float32\n[dnn.conv]\nalgo_fwd = fft\n", "rc");
  assertEquals(rc.get("floatX"), { text: "float32", file: "rc" });
  assertEquals(rc.get("dnn.conv.algo_fwd"), { text: "fft", file: "rc" });
  assertEquals(rc.get("conv.algo_fwd"), undefined);
});

Deno.test("RcValues lets later files win and remembers which one did", () => {
  const rc = new RcValues();
  rc.read("[global]\nfloatX = float32\ndevice = cpu\n", "first");
  rc.read("[global]\nfloatX = float16\n", "second");
  assertEquals(rc.get("floatX"), { text: "float16", file: "second" });
  assertEquals(rc.get("device"), { text: "cpu", file: "first" });
});

Deno.test("RcValues names file, line and reason of what it cannot read", () => {
  const messageOf = (text: string): string =>
    assertThrows(() => new RcValues().read(text, "/home/me/.theanorc"), SyntaxError).message;
  assertEquals(
    messageOf("floatX = float32"),
    'Cannot read line 1 of "/home/me/.theanorc": there is no [section] above it\n' +
      "  floatX = float32",
  );
  assertEquals(
    messageOf("[global]\n\nfloatX float32"),
    'Cannot read line 3 of "/home/me/.theanorc": it is neither a [section] nor a key = value\n' +
      "  floatX float32",
  );
});
