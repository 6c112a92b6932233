/**
 * @file The Mersenne Twister MT19937: its state as plain words, how it is seeded and what it
 *   yields.
 *
 * The state also holds the second normal number of the last pair that was drawn, as NumPy's does.
 *
 * Source: M. Matsumoto and T. Nishimura, "Mersenne Twister: a 623-dimensionally equidistributed
 * uniform pseudo-random number generator", ACM TOMACS 8 (1998), with the initialisations of 2002.
 */

/** How many words a state has. */
export const wordCount = 624;
/** How far behind the third word of the recurrence lies. */
export const middle = 397;
/** The bit that the recurrence takes of one word. */
export const upperBit = 0x80000000;
/** The bits that it takes of the next. */
export const lowerBits = 0x7fffffff;
/** The last row of the recurrence's matrix. */
export const matrix = 0x9908b0df;

/** A generator of 32-bit words and 53-bit fractions. */
export class MersenneTwister {
  /** The 624 words of the last turn, untempered. */
  readonly words: Uint32Array<ArrayBuffer> = new Uint32Array(wordCount);
  /** How many of them have been given out; 624 means that a turn is due. */
  position: number = wordCount;
  /** The normal number that was made together with the last one and not given out yet. */
  keptNormal: number | undefined;

  /**
   * Starts as `init_genrand` does.
   *
   * @param seed A whole number from 0 to 2³² − 1.
   */
  seed(seed: number): void {
    const { words } = this;
    let word = seed >>> 0;
    words[0] = word;
    for (let i = 1; i < wordCount; i++) {
      word = (Math.imul(1812433253, word ^ (word >>> 30)) + i) >>> 0;
      words[i] = word;
    }
    this.#restart();
  }

  /**
   * Starts as `init_by_array` does.
   *
   * @param key Words to mix, at least one.
   */
  seedByArray(key: Uint32Array): void {
    this.seed(19650218);
    const { words } = this;
    let i = 1;
    const mixed = (factor: number): number => {
      const before = words[i - 1]!;
      return words[i]! ^ Math.imul(before ^ (before >>> 30), factor);
    };
    const advance = (): void => {
      i++;
      if (i < wordCount) return;
      words[0] = words[wordCount - 1]!;
      i = 1;
    };
    for (let k = 0; k < Math.max(wordCount, key.length); k++) {
      const j = k % key.length;
      words[i] = mixed(1664525) + key[j]! + j;
      advance();
    }
    for (let k = 1; k < wordCount; k++) {
      words[i] = mixed(1566083941) - i;
      advance();
    }
    words[0] = upperBit;
    this.#restart();
  }

  #restart(): void {
    this.position = wordCount;
    this.keptNormal = undefined;
  }

  /** The next 32 bits, as a whole number from 0 to 2³² − 1. */
  nextWord(): number {
    if (this.position >= wordCount) this.#turn();
    let word = this.words[this.position++]!;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  /** The next 64 bits: the first word is the upper half. */
  nextBigWord(): bigint {
    const upper = BigInt(this.nextWord());
    return upper << 32n | BigInt(this.nextWord());
  }

  /** The next fraction in [0, 1), of 53 bits: 27 of one word and 26 of the next. */
  nextFraction(): number {
    const upper = this.nextWord() >>> 5;
    return (upper * 67108864 + (this.nextWord() >>> 6)) / 9007199254740992;
  }

  /** Replaces all words by the next 624. */
  #turn(): void {
    const { words } = this;
    const wrapped = wordCount - middle;
    let pair = 0;
    for (let i = 0; i < wrapped; i++) {
      pair = (words[i]! & upperBit) | (words[i + 1]! & lowerBits);
      words[i] = words[i + middle]! ^ (pair >>> 1) ^ (-(pair & 1) & matrix);
    }
    for (let i = wrapped; i < wordCount - 1; i++) {
      pair = (words[i]! & upperBit) | (words[i + 1]! & lowerBits);
      words[i] = words[i - wrapped]! ^ (pair >>> 1) ^ (-(pair & 1) & matrix);
    }
    pair = (words[wordCount - 1]! & upperBit) | (words[0]! & lowerBits);
    words[wordCount - 1] = words[middle - 1]! ^ (pair >>> 1) ^ (-(pair & 1) & matrix);
    this.position = 0;
  }

  /** Another generator that yields the same from here on. */
  copy(): MersenneTwister {
    const copy = new MersenneTwister();
    copy.assign(this);
    return copy;
  }

  /**
   * Takes over the state of another generator.
   *
   * @param other The generator, which stays as it is.
   */
  assign(other: MersenneTwister): void {
    this.words.set(other.words);
    this.position = other.position;
    this.keptNormal = other.keptNormal;
  }

  /**
   * Whether another generator is in the same state.
   *
   * @param other The generator.
   */
  equals(other: MersenneTwister): boolean {
    return this.position === other.position && this.keptNormal === other.keptNormal &&
      this.words.every((word, i) => word === other.words[i]);
  }
}
