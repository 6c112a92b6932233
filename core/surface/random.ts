/**
 * @file The namespace `random`: NumPy's streams on the host.
 */

export { RandomState } from "../random/random_state.ts";
