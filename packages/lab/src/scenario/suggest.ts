/** The known name closest to a misspelt one. */
import { distance } from 'fastest-levenshtein';

/** The known word nearest to `word`, if it is near enough to be a slip of the finger. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const most = Math.max(1, Math.floor(word.length / 3) + 1);
  let best: string | undefined;
  let bestDistance = most + 1;
  for (const candidate of known) {
    const away = slips(word.toLowerCase(), candidate.toLowerCase());
    if (away < bestDistance) {
      best = candidate;
      bestDistance = away;
    }
  }
  return best;
}

/** A sentence for the mend of an unknown name: the nearest, or all there are. */
export function didYouMean(word: string, known: readonly string[], what = 'Known'): string {
  const near = nearest(word, known) ?? known.find((one) => isPartOf(word, one));
  const all = known.length === 0 ? `${what}: none.` : `${what}: ${known.join(', ')}.`;
  return near === undefined ? all : `Did you mean '${near}'? ${all}`;
}

/** Part of a name, long enough to mean it: `fig7` of `waldspurger-2002-fig7`. */
function isPartOf(word: string, name: string): boolean {
  return word.length >= 3 && name.toLowerCase().includes(word.toLowerCase());
}

function letters(word: string): string {
  return Array.from(word).sort().join('');
}

/** Edits between two words; letters in another order are one slip. */
function slips(a: string, b: string): number {
  return a !== b && letters(a) === letters(b) ? 1 : distance(a, b);
}
