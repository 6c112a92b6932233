/**
 * @file The package as one file: 400 modules take longer to open than to run.
 *
 * esbuild joins the modules; what it writes is then laid out so that a fresh process has little to
 * do: namespaces become plain objects, and {@linkcode eagerly} marks what the first result calls.
 *
 * {@linkcode writePackage} of `package.ts` puts it beside the sources that hold its types.
 */

import { build, type Plugin, stop, transform } from "esbuild";
import { fail } from "../../core/errors.ts";
import { eagerly } from "./eager.ts";

function fromRoot(path: string): string {
  return new URL(`../../${path}`, import.meta.url).pathname;
}

/** What a first result runs: an elementwise function and a product, from arrays to arrays. */
const firstResults = `
  const [x, y] = theano.tensor.fmatrices("x", "y");
  const ones = theano.array(new Float32Array(4).fill(1), { shape: [2, 2] });
  theano.function([x, y], x.add(y))(ones, ones);
  theano.function([x, y], theano.dot(x, y))(ones, ones);
`;

/** The text of `mod.ts` and all that it imports, as one module that wants `mod.ts` beside it. */
export async function bundled(): Promise<string> {
  const joined = await build({
    entryPoints: [fromRoot("mod.ts")],
    absWorkingDir: fromRoot("."),
    bundle: true,
    write: false,
    format: "esm",
    platform: "neutral",
    target: "es2024",
    logLevel: "error",
    plugins: [joinedAtOnce],
  });
  // Names stay: messages and the cache's report show those of classes.
  const { code } = await transform(withPlainNamespaces(joined.outputFiles[0]!.text), {
    minifySyntax: true,
    minifyWhitespace: true,
    format: "esm",
    target: "es2024",
  });
  await stop();
  return `// @ts-self-types="./mod.ts"\n${await eagerly(code, firstResults)}`;
}

/**
 * What a checkout loads when it is asked for is in the file anyway. If it stayed a dynamic import,
 * esbuild would put off the evaluation of everything that it imports, too.
 */
const joinedAtOnce: Plugin = {
  name: "joined at once",
  setup: ({ onLoad }) => {
    onLoad({ filter: /\/mod\.ts$/ }, async ({ path }) => {
      const imports: string[] = [];
      const contents = (await Deno.readTextFile(path)).replace(
        /await import\(("\.[^"]+")\)/g,
        (_, module: string) => {
          const name = `joined${imports.length}`;
          imports.push(`import * as ${name} from ${module};\n`);
          return name;
        },
      );
      return { contents: imports.join("") + contents, loader: "ts" };
    });
  },
};

/**
 * The code with namespaces (`export * as tensor from …`) as frozen objects, made before `mod.ts` has
 * its turn. esbuild makes each a getter a name, which is for modules that are read while others still
 * run; ours are only re-exported.
 */
function withPlainNamespaces(code: string): string {
  const members = new Map<string, string>();
  const rest = code.replace(
    /^var (\w+) = \{\};\n__export\(\1, \{\n([^}]*)\n\}\);\n/gm,
    (_, name: string, getters: string) => {
      members.set(name, getters.replaceAll("() => ", ""));
      return "";
    },
  );
  const ordered = new Set<string>();
  const order = (name: string): void => {
    for (const [inner] of members.get(name)!.matchAll(/\w+_exports\d*/g)) {
      if (members.has(inner)) order(inner);
    }
    ordered.add(name);
  };
  for (const name of members.keys()) order(name);
  const objects = [...ordered].map((name) =>
    `var ${name} = Object.freeze({ __proto__: null, ${members.get(name)} });\n`
  );
  const last = "\n// mod.ts\n";
  if (members.size === 0 || rest.includes("__export(") || !rest.includes(last)) {
    fail("RuntimeError", "bundle", "esbuild writes namespaces in another form by now");
  }
  return rest.replace(last, () => `\n${objects.join("")}${last}`);
}
