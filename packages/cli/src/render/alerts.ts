/** Lines of `compare` about published alert rules: the mix under which each held longest. */
import type { MixResult } from '@overbook/lab';
import { duration } from '@overbook/lab/words';

/** What the word means; wanted where one held. */
export const ALERT_MEANING =
  'alert: a published rule that warns operators; how long it held and fired, of all guests together';

/** A line for each rule that held under a mix; none where none did. Bounds are no mixes of an operator. */
export function alertLines(mixes: readonly MixResult[]): readonly string[] {
  const told = mixes.flatMap(({ name, alerts = {} }) =>
    Object.entries(alerts).map(([rule, times]) => ({ name, rule, ...times })),
  );
  const held = told.filter(({ heldNs }) => heldNs > 0);
  return [...new Set(held.map(({ rule }) => rule))].map((rule) => {
    const ofRule = held.filter((one) => one.rule === rule);
    // The first of equals.
    const [longest] = ofRule.toSorted((a, b) => b.firedNs - a.firedNs || b.heldNs - a.heldNs);
    const { name, heldNs, firedNs } = longest!;
    const fired = firedNs === 0 ? 'never fired' : `fired for ${duration(firedNs)}`;
    const among = mixes.length === 1 ? '' : ` (it held under ${ofRule.length} of ${mixes.length} mixes)`;
    const most = ofRule.length === 1 ? 'under' : 'most under';
    return `alert ${rule}: ${most} \`${name}\`, held for ${duration(heldNs)}, ${fired}${among}`;
  });
}
