/**
 * @file Numbers that tell objects apart, for texts that mean something in this process only.
 */

const numbers = new WeakMap<object, number>();
let numbered = 0;

/** A number that an object keeps for the life of the process. */
export function numberOf(object: object): number {
  const known = numbers.get(object) ?? numbered++;
  numbers.set(object, known);
  return known;
}
