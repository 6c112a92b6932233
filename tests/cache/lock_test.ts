import { assert, assertEquals } from "@std/assert";
import { acquireLock, forceUnlock, type LockOptions } from "../../core/cache/lock.ts";
import { files } from "../../core/host/files.ts";
import { platform } from "../../core/host/host.ts";
import { fault, faulty, inFolder, namesIn, warningsOf } from "./helpers.ts";

const me = platform().pid;
const host = platform().hostname ?? "localhost";

/** Options with a clock that only sleeping moves, and what was slept. */
function clocked(changes: Partial<LockOptions> = {}): {
  readonly options: LockOptions;
  readonly naps: number[];
} {
  const naps: number[] = [];
  const options: LockOptions = {
    files,
    waitMs: 5000,
    timeoutMs: 120_000,
    now: () => naps.reduce((sum, nap) => sum + nap, 0),
    sleep: (timeMs) => void naps.push(timeMs),
    isAlive: () => true,
    ...changes,
  };
  return { options, naps };
}

function hold(folder: string, owner: string): void {
  Deno.mkdirSync(`${folder}/lock_dir`, { recursive: true });
  Deno.writeTextFileSync(`${folder}/lock_dir/lock`, `${owner}\n`);
}

Deno.test("acquireLock() makes a folder whose file names process and machine", () =>
  inFolder((folder) => {
    const lock = acquireLock(folder, clocked().options)!;
    const owner = Deno.readTextFileSync(`${folder}/lock_dir/lock`);
    assert(new RegExp(`^${me}_\\d{10}_${host}\n$`).test(owner), owner);
    assert(lock.isHeld());
    lock.release();
    assertEquals(namesIn(folder), []);
  }));

Deno.test("acquireLock() waits for an owner that lives, and then gets the lock", () =>
  inFolder((folder) => {
    hold(folder, `77_0000000001_${host}`);
    const naps: number[] = [];
    const { options } = clocked({
      sleep: (timeMs) => {
        if (naps.push(timeMs) === 3) forceUnlock(files, folder);
      },
    });
    const warnings = warningsOf(() => assert(acquireLock(folder, options)!.isHeld()));
    assertEquals(naps.length, 3);
    for (const nap of naps) assert(nap >= 5000 && nap <= 10_000, `${nap}`);
    assertEquals(new Set(naps).size, 3);
    assertEquals(warnings, []);
  }));

Deno.test("acquireLock() says whom it waits for once the owner changes", () =>
  inFolder((folder) => {
    hold(folder, `77_0000000001_${host}`);
    let naps = 0;
    const { options } = clocked({
      sleep: () => {
        if (++naps === 1) hold(folder, `78_0000000002_${host}`);
        if (naps === 4) forceUnlock(files, folder);
      },
    });
    const warnings = warningsOf(() => acquireLock(folder, options));
    assertEquals(warnings, [
      `UserWarning: Waiting for existing lock by process '78' (I am process '${me}')\n` +
      `  To manually release the lock, delete ${folder}/lock_dir`,
    ]);
  }));

Deno.test("acquireLock() takes the lock from an owner that does not renew it", () =>
  inFolder((folder) => {
    hold(folder, "77_0000000001_elsewhere");
    const { options, naps } = clocked();
    const warnings = warningsOf(() => assert(acquireLock(folder, options)!.isHeld()));
    const slept = naps.reduce((sum, nap) => sum + nap, 0);
    assert(slept >= 120_000 && slept <= 130_000, `${slept}`);
    assertEquals(warnings, [
      `UserWarning: Overriding existing lock by process '77' (I am process '${me}')`,
    ]);
    assertEquals(namesIn(folder), ["lock_dir"]);
  }));

Deno.test("acquireLock() gives an owner that renews the lock all the time it needs", () =>
  inFolder((folder) => {
    hold(folder, "77_0000000000_elsewhere");
    let naps = 0;
    const { options } = clocked({
      sleep: () => {
        naps++;
        if (naps % 8 === 0) hold(folder, `77_${String(naps).padStart(10, "0")}_elsewhere`);
        if (naps === 100) forceUnlock(files, folder);
      },
    });
    const warnings = warningsOf(() => assert(acquireLock(folder, options)!.isHeld()));
    assertEquals(naps, 100);
    assert(warnings.every((text) => text.includes("Waiting for existing lock")));
  }));

Deno.test("acquireLock() takes the lock at once from a dead process of this machine", () =>
  inFolder((folder) => {
    hold(folder, `77_0000000001_${host}`);
    const { options, naps } = clocked({ isAlive: (pid) => pid !== 77 });
    const warnings = warningsOf(() => assert(acquireLock(folder, options)!.isHeld()));
    assertEquals(naps, []);
    assertEquals(warnings, [
      `UserWarning: Overriding existing lock by dead process '77' (I am process '${me}')`,
    ]);
  }));

Deno.test("acquireLock() does not judge processes of other machines", () =>
  inFolder((folder) => {
    hold(folder, "77_0000000001_elsewhere");
    const { options } = clocked({ isAlive: () => false });
    assertEquals(acquireLock(folder, options, false), undefined);
  }));

Deno.test("acquireLock() takes a lock whose owner died before it wrote its name", () =>
  inFolder((folder) => {
    Deno.mkdirSync(`${folder}/lock_dir`);
    const warnings = warningsOf(() => assert(acquireLock(folder, clocked().options)!.isHeld()));
    assertEquals(warnings, [
      `UserWarning: Overriding existing lock by unknown process (I am process '${me}')`,
    ]);
  }));

Deno.test("acquireLock() that must not wait gives up at once", () =>
  inFolder((folder) => {
    hold(folder, `77_0000000001_${host}`);
    const { options, naps } = clocked();
    assertEquals([acquireLock(folder, options, false), naps], [undefined, []]);
    assertEquals(Deno.readTextFileSync(`${folder}/lock_dir/lock`), `77_0000000001_${host}\n`);
  }));

Deno.test("acquireLock() leaves nothing where the disk is full", () =>
  inFolder((folder) => {
    const write = () => fault("full", "No space left on device");
    assertEquals(acquireLock(folder, clocked({ files: faulty({ write }) }).options), undefined);
    assertEquals(namesIn(folder), []);
  }));

Deno.test("acquireLock() gives back a lock that another process got in between", () =>
  inFolder((folder) => {
    hold(folder, `77_0000000001_${host}`);
    let renames = 0;
    const { options } = clocked({
      isAlive: (pid) => pid !== 77,
      files: faulty({
        rename: (from, to) => {
          // Between look and take-over, a third process replaced the dead one's lock.
          if (renames++ === 0) hold(folder, `88_0000000002_${host}`);
          return files.rename(from, to);
        },
      }),
    });
    warningsOf(() => assertEquals(acquireLock(folder, options, false), undefined));
    assertEquals(Deno.readTextFileSync(`${folder}/lock_dir/lock`), `88_0000000002_${host}\n`);
    assertEquals(namesIn(folder), ["lock_dir"]);
  }));

Deno.test("renew() rewrites the owner after half the timeout, and release() then works", () =>
  inFolder((folder) => {
    let now = 0;
    const lock = acquireLock(folder, clocked({ now: () => now }).options)!;
    const read = (): string => Deno.readTextFileSync(`${folder}/lock_dir/lock`);
    const first = read();
    now = 59_000;
    lock.renew();
    assertEquals(read(), first);
    now = 61_000;
    lock.renew();
    const second = read();
    assert(second !== first);
    now = -1_000_000;
    lock.renew();
    assert(read() !== second, "a clock that was set back renews too");
    lock.release();
    assertEquals(namesIn(folder), []);
  }));

Deno.test("release() and renew() leave the lock of a process that took it over", () =>
  inFolder((folder) => {
    let now = 0;
    const lock = acquireLock(folder, clocked({ now: () => now }).options)!;
    hold(folder, "99_0000000003_elsewhere");
    now = 100_000;
    lock.renew();
    lock.release();
    assertEquals(Deno.readTextFileSync(`${folder}/lock_dir/lock`), "99_0000000003_elsewhere\n");
  }));
