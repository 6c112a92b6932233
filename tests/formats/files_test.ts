import { assert, assertEquals, assertThrows } from "@std/assert";
import * as theano from "../../mod.ts";
import { allDtypes, type DType, isComplex } from "../../core/dtype/dtype.ts";
import { crc32 } from "../../core/formats/crc32.ts";
import { inflate } from "../../core/formats/inflate.ts";
import { denoCommand } from "../cache/deno_command.ts";
import { fixtures } from "./fixtures.ts";

const { Complex, NDArray } = theano;

const folder = Deno.makeTempDirSync({ dir: "/tmp", prefix: "theano-formats-" });
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

let count = 0;

/** A path of a file that is not there yet. */
function fresh(ending: string): string {
  return `${folder}/${count++}.${ending}`;
}

/** A file with the bytes given. */
function written(bytes: Uint8Array, ending: string): string {
  const path = fresh(ending);
  Deno.writeFileSync(path, bytes);
  return path;
}

function npy(bytes: Uint8Array): theano.NDArray {
  return theano.load(written(bytes, "npy") as `${string}.npy`);
}

/** The 2 × 3 array that the fixture of a dtype holds. */
function sample(dtype: DType): theano.NDArray {
  const element = (i: number): number | boolean | theano.Complex => {
    if (dtype === "bool") return [true, false, true, false, false, true][i]!;
    if (isComplex(dtype)) return new Complex(i, 0 - 2 * i);
    if (dtype.startsWith("float")) return i / 2;
    return dtype.startsWith("uint") ? 40 * i : i - 3;
  };
  return theano.array([0, 1, 2, 3, 4, 5].map(element), { dtype }).reshape(2, 3);
}

function assertSame(got: theano.NDArray | undefined, wanted: theano.NDArray): void {
  assert(got instanceof NDArray);
  assertEquals(got!.dtype, wanted.dtype);
  assertEquals(got!.shape, wanted.shape);
  assertEquals(got!.data, wanted.data);
}

for (const dtype of allDtypes) {
  Deno.test(`load() and save() read and write .npy of ${dtype} as NumPy does`, () => {
    const bytes = bytesOf(fixtures[dtype]);
    assertSame(npy(bytes), sample(dtype));
    const path = fresh("npy");
    theano.save(path as `${string}.npy`, sample(dtype));
    assertEquals(Deno.readFileSync(path), bytes);
  });
}

Deno.test("load() reads .npy in each order of elements and bytes", () => {
  assertSame(npy(bytesOf(fixtures.fortran)), sample("float32"));
  assertSame(npy(bytesOf(fixtures.bigFloat64)), sample("float64"));
  assertSame(npy(bytesOf(fixtures.bigInt32)), sample("int32"));
  assertSame(npy(bytesOf(fixtures.bigComplex64)), sample("complex64"));
});

Deno.test("load() and save() keep every shape", () => {
  const cases = [
    [fixtures.scalar, theano.array(2.5)],
    [fixtures.empty, theano.zeros([0, 3], "int16")],
    [fixtures.vector, theano.array([7])],
  ] as const;
  for (const [text, value] of cases) {
    assertSame(npy(bytesOf(text)), value);
    const path = fresh("npy");
    theano.save(path, { value });
    assertEquals(Deno.readFileSync(path), bytesOf(text));
  }
});

Deno.test("load() reads every version of .npy", () => {
  assertSame(npy(bytesOf(fixtures.version2)), sample("int8"));
  assertSame(npy(bytesOf(fixtures.version3)), sample("int8"));
  assertSame(npy(bytesOf(fixtures.python2)), theano.array(Int16Array.of(5, -6)));
});

Deno.test("save() writes a header of version 2.0 where one of 1.0 is too short", () => {
  const shape = new Array<number>(30000).fill(1);
  const path = fresh("npy");
  theano.save(path, { x: theano.array(Uint8Array.of(9)).reshape(shape) });
  const bytes = Deno.readFileSync(path);
  assertEquals(bytes[6], 2);
  assertEquals((bytes.length - 1) % 64, 0);
  assertEquals(theano.load(path as `${string}.npy`).ndim, 30000);
});

Deno.test("load() reads .npz that NumPy wrote", () => {
  const plain = theano.load(written(bytesOf(fixtures.npz), "npz"));
  assertEquals(Object.keys(plain), ["w", "b", "größe"]);
  assertSame(plain.w, sample("float32"));
  assertSame(plain.b, theano.array(1.5));
  assertSame(plain["größe"], theano.arange(3));
  const packed = theano.load(written(bytesOf(fixtures.packed), "npz"));
  assertSame(packed.steps, theano.arange(300));
  assertSame(packed.zeros, theano.zeros([40, 40]));
  assertSame(packed.noise, new theano.random.RandomState(0).rand(7));
  const mixed = theano.load(written(bytesOf(fixtures.mixed), "npz"));
  assertSame(mixed["notes.txt"], theano.array(Uint8Array.of(97, 98)));
  assertSame(mixed.x, theano.arange(2));
});

Deno.test("save() writes .npz that load() reads, the same bytes each time", () => {
  const values = Object.fromEntries(allDtypes.map((dtype) => [dtype, sample(dtype)]));
  const [first, second] = [fresh("npz"), fresh("npz")];
  theano.save(first, { ...values, "größe/x": 3 });
  theano.save(second, new Map<string, theano.Savable>([...Object.entries(values), ["größe/x", 3]]));
  assertEquals(Deno.readFileSync(first), Deno.readFileSync(second));
  const loaded = theano.load(first);
  assertEquals(Object.keys(loaded), [...allDtypes, "größe/x"]);
  for (const dtype of allDtypes) assertSame(loaded[dtype], values[dtype]!);
  assertSame(loaded["größe/x"], theano.array(3));
});

Deno.test("save() writes the .npz that NumPy has read", () => {
  const path = fresh("npz");
  theano.save(path, { w: sample("float32"), "größe": theano.arange(3) });
  assertEquals(Deno.readFileSync(path), bytesOf(fixtures.readByNumpy));
});

Deno.test("save() and load() keep .safetensors as its own library has them", () => {
  const loaded = theano.load(written(bytesOf(fixtures.safetensors), "safetensors"));
  const dtypes = allDtypes.filter((dtype) => dtype !== "complex128");
  for (const dtype of dtypes) assertSame(loaded[dtype], sample(dtype));
  assertSame(loaded.scalar, theano.float32(2.5));
  assertSame(loaded.empty, theano.zeros([0, 3], "float32"));
  assertEquals(Object.keys(loaded).length, dtypes.length + 2);

  const path = fresh("safetensors");
  theano.save(path, { small: sample("int8"), w: sample("float64"), z: sample("complex64") });
  assertEquals(Deno.readFileSync(path), bytesOf(fixtures.readBySafetensors));
  const again = theano.load(path);
  assertEquals(Object.keys(again), ["small", "w", "z"]);
  assertSame(again.w, sample("float64"));
});

Deno.test("load() widens bfloat16 to float32", () => {
  const { x } = theano.load(written(bytesOf(fixtures.bfloat16), "safetensors"));
  assertSame(x, theano.array(Float32Array.of(1, -3.140625, Infinity)));
});

Deno.test("save() takes shared variables, and setValue restores them", () => {
  const w = theano.shared(sample("float32"), "w");
  const b = theano.shared(0.5, "b");
  const path = fresh("npz");
  theano.save(path, { w, b });
  w.setValue(theano.zeros([2, 3], "float32"));
  b.setValue(9);
  const loaded = theano.load(path);
  w.setValue(loaded.w);
  b.setValue(loaded.b);
  assertSame(w.getValue(), sample("float32"));
  assertEquals(b.getValue().item(), 0.5);
});

Deno.test("save() takes arrays in every form", () => {
  const path = fresh("npz");
  theano.save(path, {
    nested: [[1, 2], [3, 4]],
    typed: Float32Array.of(1.5),
    view: theano.arange(6).reshape(2, 3).T,
    flag: true,
    big: 2n ** 62n,
  });
  const { nested, typed, view, flag, big } = theano.load(path);
  assertSame(nested, theano.array([[1, 2], [3, 4]]));
  assertSame(typed, theano.array(Float32Array.of(1.5)));
  assertSame(view, theano.array([[0, 3], [1, 4], [2, 5]]));
  assertSame(flag, theano.array(true));
  assertSame(big, theano.array(2n ** 62n));
});

Deno.test("load() gives arrays of their own memory", () => {
  const { w } = theano.load(written(bytesOf(fixtures.npz), "npz"));
  assertEquals(w!.data.buffer.byteLength, 24);
});

function messageOf(action: () => unknown, kind: new () => Error): string {
  return assertThrows(action, kind).message;
}

const { ValueError, RuntimeError } = theano.errors;

Deno.test("load() says what kind of elements it cannot take", () => {
  assertEquals(
    messageOf(() => npy(bytesOf(fixtures.strings)), ValueError).replaceAll(/\d+\.npy/g, "x.npy"),
    `Cannot read "${folder}/x.npy": its elements are of NumPy's type '<U2'\n` +
      "  Numbers and booleans can be read; convert it in NumPy first: a.astype('float64')",
  );
  assert(messageOf(() => npy(bytesOf(fixtures.objects)), ValueError).includes("type '|O'"));
  assert(
    messageOf(() => npy(bytesOf(fixtures.records)), ValueError).includes("type [('a', '<i4')"),
  );
});

Deno.test("load() notices every way in which a file is damaged", () => {
  const { int8, npz, packed, bfloat16 } = fixtures;
  const cut = (text: string, end: number): Uint8Array => bytesOf(text).subarray(0, end);
  const flip = (text: string, at: number): Uint8Array => {
    const bytes = bytesOf(text);
    return bytes.with(at, bytes[at]! ^ 255);
  };
  // deno-fmt-ignore
  const cases: readonly [bytes: Uint8Array, ending: string, why: string][] = [
    [new Uint8Array(0),                "npy",         "does not begin as a .npy file"],
    [cut(int8, 8),                     "npy",         "header is of no known version"],
    [cut(int8, 40),                    "npy",         "ends within its header"],
    [cut(int8, -1),                    "npy",         "has 5 bytes of elements"],
    [flip(int8, 6),                    "npy",         "header is of no known version"],
    [bytesOf(int8).fill(0x20, 30, 60), "npy",         "the order of elements"],
    [new Uint8Array(10),               "npz",         "no directory of a ZIP archive"],
    [cut(npz, -30),                    "npz",         "no directory of a ZIP archive"],
    [flip(npz, 200),                   "npz",         "its checksum is wrong"],
    [flip(npz, 0),                     "npz",         "it is not where the directory says"],
    [flip(packed, 120),                "npz",         "Cannot"],
    [new Uint8Array(4),                "safetensors", "ends within its header"],
    [flip(bfloat16, 8),                "safetensors", "its header is no JSON"],
    [cut(bfloat16, -1),                "safetensors", "beyond the end of the file"],
  ];
  for (const [bytes, ending, why] of cases) {
    const message = messageOf(() => theano.load(written(bytes, ending)), ValueError);
    assert(message.includes(why), `${why}: ${message}`);
  }
});

Deno.test("save() and load() say what to do where a file cannot be had", () => {
  assertEquals(
    messageOf(() => theano.load("weights.h5"), ValueError),
    'Cannot load "weights.h5": its ending names no format\n' +
      "  Use .npz, .safetensors, or .npy for a single array",
  );
  const missing = fresh("npz");
  assert(messageOf(() => theano.load(missing), RuntimeError).includes("No such file"));
  assertEquals(
    messageOf(() => theano.save("/no/such/folder/w.npz", { w: 1 }), RuntimeError),
    'Cannot save "/no/such/folder/w.npz": Deno may not write it\n' +
      "  Run with deno run --allow-write=/no/such/folder/w.npz",
  );
  assertEquals(
    messageOf(() => theano.save(fresh("npz"), [1] as never), TypeError).split(": ").slice(1).join(
      ": ",
    ),
    "its values have no names\n  Give an object: save(path, { w, b })",
  );
  assert(messageOf(() => theano.save(fresh("npy"), { a: 1, b: 2 }), TypeError).includes("not 2"));
  assert(
    messageOf(() => theano.save(fresh("npz"), { a: "text" as never }), TypeError)
      .includes("neither an array nor a number"),
  );
  assert(
    messageOf(() => theano.save(fresh("safetensors"), { z: sample("complex128") }), ValueError)
      .includes("safetensors has no complex128"),
  );
});

Deno.test("save() and load() ask for no permission", () => {
  const script = written(
    new TextEncoder().encode(`
      import { load, save } from "${new URL("../../core/formats/files.ts", import.meta.url)}";
      for (const action of [() => load("w.npz"), () => save("w.npz", { w: 1 })]) {
        try { action(); } catch (error) { console.log(error.message); }
      }`),
    "ts",
  );
  const { stdout } = new Deno.Command(denoCommand(), {
    args: ["run", "--no-prompt", "--no-check", script],
    stdin: "null",
  }).outputSync();
  assertEquals(
    new TextDecoder().decode(stdout),
    'Cannot load "w.npz": Deno may not read it\n  Run with deno run --allow-read=w.npz\n' +
      'Cannot save "w.npz": Deno may not write it\n  Run with deno run --allow-write=w.npz\n',
  );
});

/** What the runtime's own packer makes of bytes. */
async function deflated(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

Deno.test("inflate() unpacks what the runtime packs", async () => {
  const rng = new theano.random.RandomState(3);
  const samples: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
    nothing: new Uint8Array(0),
    one: Uint8Array.of(7),
    text: new TextEncoder().encode("the rain in Spain stays mainly in the plain. ".repeat(300)),
    zeros: new Uint8Array(300_000),
    noise: Uint8Array.from(rng.randint(0, 256, [70_000], "uint8").data as Uint8Array),
    skewed: Uint8Array.from(rng.poisson(2, [50_000]).data as BigInt64Array, Number),
    far: Uint8Array.from({ length: 100_000 }, (_, i) => (i % 32_000) * 2654435761 >>> 24),
  };
  for (const [name, bytes] of Object.entries(samples)) {
    assertEquals(inflate(await deflated(bytes), bytes.length, name), bytes, name);
  }
});

Deno.test("inflate() refuses damaged streams and never reads or writes outside", async () => {
  const bytes = new TextEncoder().encode("she sells sea shells on the sea shore. ".repeat(40));
  const packed = await deflated(bytes);
  assertThrows(() => inflate(packed, bytes.length - 1, "x"), ValueError, "Cannot unpack x: ");
  assertThrows(() => inflate(packed, bytes.length + 1, "x"), ValueError, "instead of");
  assertThrows(() => inflate(packed, 2 ** 50, "x"), ValueError, "it cannot have");
  for (let end = 0; end < packed.length; end++) {
    assertThrows(() => inflate(packed.subarray(0, end), bytes.length, "x"), ValueError);
  }
  for (let bit = 0; bit < packed.length * 8; bit++) {
    const flipped = packed.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    try {
      assertEquals(inflate(flipped, bytes.length, "x").length, bytes.length);
    } catch (error) {
      assert(error instanceof ValueError, `bit ${bit}: ${error}`);
    }
  }
});

Deno.test("crc32() gives the check value of the catalogue, in one piece or several", () => {
  // Source: G. Cook, "Catalogue of parametrised CRC algorithms", CRC-32/ISO-HDLC.
  const bytes = new TextEncoder().encode("123456789");
  assertEquals(crc32(bytes), 0xcbf43926);
  assertEquals(crc32(bytes.subarray(4), crc32(bytes.subarray(0, 4))), 0xcbf43926);
  assertEquals(crc32(new Uint8Array(0)), 0);
});
