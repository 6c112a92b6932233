/**
 * @file The names of modes, and which mode a function gets that names none.
 */

import { config, flags } from "../config/config.ts";
import { raise } from "../errors.ts";
import { DebugMode } from "./debug_mode.ts";
import { Mode } from "./mode.ts";
import { NanGuardMode } from "./nan_guard.ts";

const predefined: Readonly<Record<string, () => Mode>> = {
  Mode: () => new Mode(),
  FAST_RUN: () => new Mode({ linker: "cvm", optimizer: "fast_run" }),
  // As in Theano, the flag optimizer=fast_compile keeps the device, and this mode does not.
  FAST_COMPILE: () => new Mode({ linker: "vm", optimizer: "fast_compile" }).excluding("gpuarray"),
  DebugMode: () => new DebugMode(),
  DEBUG_MODE: () => new DebugMode(),
  NanGuardMode: () => new NanGuardMode({ optimizer: flags.optimizer }),
};

const registered = new Map<string, Mode>();

/**
 * Gives a mode a name that the option and the flag `mode` understand.
 *
 * Theano: `theano.compile.register_mode`.
 *
 * @param name The name.
 * @param mode The mode.
 * @throws {ValueError} If the name is taken.
 */
export function registerMode(name: string, mode: Mode): void {
  if (name in predefined || registered.has(name)) {
    raise("ValueError", `Mode name already taken: ${name}`);
  }
  registered.set(name, mode);
}

/**
 * The mode meant by a name, a mode or nothing.
 *
 * Only where nothing is said are the flags `optimizer_including`, `optimizer_excluding` and
 * `optimizer_requiring` applied. Theano: `theano.compile.get_mode`.
 *
 * @param given A name, a mode, or null for the flag `mode`.
 * @throws {ValueError} If there is no such mode.
 */
export function getMode(given?: string | Mode | null): Mode {
  if (given instanceof Mode) return given;
  if (given !== undefined && given !== null) return named(given);
  const asked = config.mode;
  const mode = asked instanceof Mode ? asked : named(asked);
  return withFlags(mode);
}

/** The mode of functions that name none. Theano: `theano.compile.get_default_mode`. */
export function getDefaultMode(): Mode {
  return getMode();
}

function named(name: unknown): Mode {
  if (typeof name !== "string") {
    return raise("TypeError", `No predefined mode exist for string: ${String(name)}`);
  }
  return registered.get(name) ?? predefined[name]?.() ??
    raise("ValueError", `No predefined mode exist for string: ${name}`);
}

function withFlags(mode: Mode): Mode {
  const tags = (text: string): string[] => text.split(":").filter((tag) => tag !== "");
  const including = tags(flags.optimizer_including);
  const excluding = tags(flags.optimizer_excluding);
  const requiring = tags(flags.optimizer_requiring);
  if (including.length + excluding.length + requiring.length === 0) return mode;
  return mode.including(...including).excluding(...excluding).requiring(...requiring);
}
