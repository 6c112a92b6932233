/**
 * @file The namespace `updates`.
 */

export { OrderedUpdates } from "../tensor/ordered_updates.ts";
