/**
 * @file What optimises and runs functions, bound once by `mod.ts`, because this layer knows neither
 * passes nor targets.
 */

import { internal } from "../errors.ts";
import type { Target } from "../kernel/target.ts";
import { deviceTarget } from "./device.ts";
import type { Optimizer } from "./mode.ts";

/** What optimises and runs functions. */
export interface Backend {
  readonly optimizer: Optimizer;
  readonly target: Target;
  /** Text that differs between states of the source that are no releases. */
  readonly state: () => string;
}

let bound: Backend | undefined;

/** Binds the backend. Called by `mod.ts`, once. */
export function bindBackend(backend: Backend): void {
  bound = backend;
}

/** The bound backend; its target is that of the device, where one is open. */
export function backend(): Backend {
  const backend = bound ?? internal("compile a function", "no backend is bound yet", "mod.ts");
  const target = deviceTarget();
  return target ? { ...backend, target } : backend;
}
