import { assertEquals } from "@std/assert";
import { filesBelow, read, sourceFiles } from "./helpers.ts";

/** A text that must not stand in some files, and why. */
interface Ban {
  readonly text: RegExp;
  readonly why: string;
  /** Where it may stand. */
  readonly except?: RegExp;
}

/** What must not stand in code; comments are not looked at. */
const inCode: readonly Ban[] = [
  { text: /\bthrow new Error\(/, why: "use fail, raise or internal of core/errors.ts" },
  { text: /\bconsole\./, why: "print through core/host", except: /^core\/host\// },
  { text: /\bDeno\.[a-z]\w*[.(]/, why: "only core/host names Deno", except: /^core\/host\// },
  { text: /\bMath\.random\b/, why: "compilation is deterministic, and data have seeds" },
  { text: /\bprivate [\w$]+/, why: "use #names" },
  { text: /^\s*(?:export )?(?:const )?enum /, why: "use union types" },
  { text: /^\s*export default /, why: "exports have names" },
  { text: /\bas any\b|: any\b/, why: "use unknown" },
];

/** What must not stand anywhere, comments included. */
const anywhere: readonly Ban[] = [
  { text: /\b(TODO|FIXME|XXX|HACK)\b/, why: "finish it, or report it" },
  { text: /^\s*(\/\/|\*)\s*[-=*#]{4,}\s*$/, why: "banners say nothing" },
  { text: /\/(home|work|root|Users)\/[\w.]+\//, why: "paths of one machine" },
];

/** The lines of a file that are code. */
function isCode(line: string): boolean {
  return !/^\s*(\/\/|\/\*|\*)/.test(line);
}

function found(path: string, bans: readonly Ban[], counts: (line: string) => boolean): string[] {
  return read(path).split("\n").flatMap((line, at) =>
    bans.filter(({ text, except }) => counts(line) && text.test(line) && !except?.test(path))
      .map(({ why }) => `${path}:${at + 1}: ${line.trim()} (${why})`)
  );
}

const tests = filesBelow("tests", ".ts").filter((file) => file !== "tests/house/text_test.ts");

Deno.test("source code has none of the forms that the house rules out", () => {
  assertEquals(sourceFiles().flatMap((file) => found(file, inCode, isCode)), []);
});

Deno.test("source files have no unfinished places, banners or paths of one machine", () => {
  const files = [...sourceFiles(), ...filesBelow("examples", ".ts")];
  assertEquals(files.flatMap((file) => found(file, anywhere, () => true)), []);
});

Deno.test("tests are all run, none alone", () => {
  const alone: Ban = { text: /\.only\(|\bonly: true\b/, why: "the others would not run" };
  assertEquals(tests.flatMap((file) => found(file, [alone], isCode)), []);
});

Deno.test("files say in their first lines what they hold", () => {
  const silent = sourceFiles().filter((file) =>
    !/^(\/\/ deno-lint-ignore-file .*\n)?\/\*\*/.test(read(file))
  );
  assertEquals(silent, []);
});
