import { assertEquals, assertStringIncludes } from "@std/assert";
import * as theano from "@theano/theano";

/** What a program prints: every name of a module, with the type of its value, sections below it. */
const listNames = `
  const names = (value, path = "") => Object.keys(value).sort().flatMap((key) => {
    const inner = value[key];
    const isSpace = typeof inner === "object" && Object.getPrototypeOf(inner) === null;
    return isSpace ? names(inner, path + key + ".") : [path + key + ": " + typeof inner];
  });
`;

/** A program that computes with everything between formula and result. */
const compute = `
  const { tensor: T } = theano;
  const x = T.dmatrix("x");
  const f = theano.function([x], [T.dot(x, x).sum(), theano.grad(T.exp(x).sum(), x)]);
  const [sum, slope] = f([[0, 1], [1, 0]]);
  const computed = [sum.item(), slope.toArray()[0][0]];
`;

async function deno(...args: readonly string[]): Promise<{ text: string; success: boolean }> {
  const { success, stdout, stderr } = await new Deno.Command("deno", {
    args: [...args],
    env: { NO_COLOR: "1" },
  }).output();
  const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  return { text, success };
}

Deno.test("the package as it is published runs as one file, with the types of mod.ts", async (t) => {
  const folder = await Deno.makeTempDir();
  const write = async (name: string, text: string): Promise<string> => {
    await Deno.writeTextFile(`${folder}/${name}`, text);
    return `${folder}/${name}`;
  };
  try {
    const tool = new URL("../helpers/package.ts", import.meta.url).pathname;
    const written = await deno("run", "-A", "--no-check", tool, `${folder}/package`);
    assertEquals(written.success, true, written.text);
    const head = `import * as theano from "./package/theano.js";\n`;

    await t.step("needs no permission, and has the names and results of mod.ts", async () => {
      const path = await write(
        "main.js",
        `${head}${listNames}${compute}console.log(JSON.stringify([names(theano), computed]));`,
      );
      const { text } = await deno("run", "--no-prompt", "--no-config", path);
      const own = new Function("theano", `${listNames}return names(theano);`);
      assertEquals(JSON.parse(text), [own(theano), [2, 1]]);
    });

    await t.step("loads no other file", async () => {
      const { text } = await deno("info", "--json", "--no-config", `${folder}/package/theano.js`);
      const { modules } = JSON.parse(text) as {
        modules: { specifier: string; dependencies?: { code?: unknown; specifier: string }[] }[];
      };
      const entry = modules.find(({ specifier }) => specifier.endsWith("theano.js"))!;
      const files = (entry.dependencies ?? []).filter(({ code, specifier }) =>
        code && !specifier.startsWith("node:")
      );
      assertEquals(files, []);
    });

    await t.step("runs in a worker", async () => {
      await write("worker.js", `${head}${compute}self.postMessage(computed);`);
      const path = await write(
        "boss.js",
        `const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
         worker.onmessage = ({ data }) => {
           console.log(JSON.stringify(data));
           worker.terminate();
         };`,
      );
      const { text } = await deno("run", "--no-prompt", "--no-config", `-R=${folder}`, path);
      assertEquals(JSON.parse(text), [2, 1]);
    });

    await t.step("keeps the library out of the places that errors name", async () => {
      const path = await write(
        "trace.js",
        `${head}const { tensor: T } = theano;
         const x = T.dvector("x");
         const f = theano.function([x], x.add(T.constant([1, 2, 3])));
         try { f([1, 2]); } catch (error) { console.log(error.message); }`,
      );
      const { text } = await deno("run", "--no-prompt", "--no-config", path);
      assertStringIncludes(text, "trace.js:4");
      assertEquals(text.includes("theano.js"), false, text);
    });

    await t.step("has types", async () => {
      const path = await write(
        "types.ts",
        `${head}const x = theano.tensor.dvector("x");
         const good: number = x.ndim;
         const bad: string = x.ndim;
         console.log(good, bad);`,
      );
      const { text } = await deno("check", `--config=${folder}/package/deno.json`, path);
      assertStringIncludes(text, "Type 'number' is not assignable to type 'string'");
      assertEquals(text.match(/TS\d+/g)?.length, 1, text);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
