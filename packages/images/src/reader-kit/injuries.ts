/** What happens to files: cut, bytes changed, numbers in headers that lie. The same every time. */

/** Whole numbers below a bound, from a seed: a linear congruential generator (Numerical Recipes), high bits used. */
export function draws(seed: number): (below: number) => number {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

export function withCut(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.slice(0, at);
}

/** A few bytes changed; every other time only in the first KiB, where headers are. */
export function withDamage(bytes: Uint8Array, draw: (below: number) => number): Uint8Array {
  const damaged = Uint8Array.from(bytes);
  const reach = draw(2) === 0 ? bytes.length : Math.min(1024, bytes.length);
  const count = 1 + draw(4);
  for (let change = 0; change < count; change++) damaged[draw(reach)] = draw(256);
  return damaged;
}

const LIES: readonly (readonly number[])[] = [
  [0xff, 0xff, 0xff, 0x7f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x00, 0x00, 0x00, 0x00],
];

/** One of three lies over the bytes at `at`. */
export function withLie(bytes: Uint8Array, at: number, which: number): Uint8Array {
  const lying = Uint8Array.from(bytes);
  lying.set(LIES[which]!.slice(0, bytes.length - at), at);
  return lying;
}
