/**
 * @file The namespace `updates`.
 */

export { OrderedUpdates } from "../compile/ordered_updates.ts";
