import * as theano from "@theano/theano";

/** The names that a namespace exports, those of the namespaces in it indented below it. */
function namesOf(namespace: object, indent: string): string[] {
  return Object.entries(namespace).sort(([a], [b]) => a < b ? -1 : 1).flatMap(([name, value]) =>
    Object.prototype.toString.call(value) === "[object Module]"
      ? [`${indent}${name}`, ...namesOf(value as object, `${indent}  `)]
      : [`${indent}${name}`]
  );
}

Deno.test("the package exports these names and no others", async (t) => {
  await t.assertSnapshot(namesOf(theano, "").join("\n"));
});
