/** Where something stops holding, along values from the easiest to the hardest: few looks in place of one at each. */
import type { Verdict } from './holds.ts';

/** The answer in places of the values, 0 for the easiest. */
export type Boundary =
  /** It holds at the hardest value too, or not even at the easiest. */
  | { readonly kind: 'everywhere' | 'nowhere' }
  | {
      readonly kind: 'found';
      /** Hardest place at which it holds. */
      readonly last: number;
      /** Hardest place at which it surely holds, up to that; none where it surely holds nowhere. */
      readonly surely: number | undefined;
      /** Hardest place before the first at which it surely fails. */
      readonly atMost: number;
    };

/** @param count of values, at least two @param at looks at one; asked at most once for each place */
export async function boundary(count: number, at: (place: number) => Promise<Verdict>): Promise<Boundary> {
  const seen = new Map<number, Verdict>();
  const look = async (place: number): Promise<Verdict> => {
    const verdict = seen.get(place) ?? (await at(place));
    seen.set(place, verdict);
    return verdict;
  };
  const [easiest, hardest] = await Promise.all([look(0), look(count - 1)]);
  if (hardest.holds && easiest.holds) return { kind: 'everywhere' };
  if (!easiest.holds) return { kind: 'nowhere' };
  const last = await lastWhere(0, count - 1, async (place) => (await look(place)).holds);
  const isSure = async (place: number): Promise<boolean> => {
    const { holds, certain } = await look(place);
    return holds && certain;
  };
  const mayHold = async (place: number): Promise<boolean> => {
    const { holds, certain } = await look(place);
    return holds || !certain;
  };
  const surely = (await isSure(0)) ? await lastWhere(0, last + 1, isSure) : undefined;
  const atMost = (await mayHold(count - 1)) ? count - 1 : await lastWhere(last, count - 1, mayHold);
  return { kind: 'found', last, surely, atMost };
}

/** Last place at which something is true, between one where it is and one where it is not. */
async function lastWhere(
  from: number,
  to: number,
  isTrue: (place: number) => Promise<boolean>,
): Promise<number> {
  let [yes, no] = [from, to];
  while (no - yes > 1) {
    const middle = Math.floor((yes + no) / 2);
    if (await isTrue(middle)) yes = middle;
    else no = middle;
  }
  return yes;
}
