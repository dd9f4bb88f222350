import type { Report, StoreProof, Verdict } from './prove-strategy.ts';

/**
 * The report for people: for each store one line of counts, then what broke with the figures that show it, what was
 * not seen by reason (in capitals where a method of the strategy should have shown it), and what was kept.
 */
export function reportText(report: Report): string {
  return report.map(storeText).join('\n\n');
}

function storeText(proof: StoreProof): string {
  const { plugin, store, refused, verdicts } = proof;
  if (refused !== undefined) return `${plugin} on ${store}: refused, ${refused}`;
  const of = (kind: Verdict['verdict']): readonly Verdict[] =>
    verdicts.filter(({ verdict }) => verdict === kind);
  const counts = `${of('kept').length} kept, ${of('broken').length} broken, ${of('unseen').length} unseen`;
  const looked = `${proof.accesses} accesses, ${proof.pagesChecked} pages checked`;
  const help = proof.lastResort ? ", with the kit's swap behind it" : '';
  return [
    `${plugin} on ${store}: ${counts} (${looked}${help})`,
    ...of('broken').map((verdict) => `  BROKEN  ${brokenText(verdict)}`),
    ...unseenLines(of('unseen')),
    ...of('kept').map(({ promise }) => `  kept    ${promise}`),
  ].join('\n');
}

function brokenText(verdict: Verdict): string {
  return verdict.verdict === 'broken' ? verdict.error.message : verdict.promise;
}

/** Promises that were not seen for one reason have one heading. */
function unseenLines(verdicts: readonly Verdict[]): readonly string[] {
  const byReason = new Map<string, string[]>();
  for (const verdict of verdicts) {
    if (verdict.verdict !== 'unseen') continue;
    const reason = `${verdict.owed ? 'UNSEEN' : 'unseen'}  ${verdict.why}:`;
    byReason.set(reason, [...(byReason.get(reason) ?? []), verdict.promise]);
  }
  return [...byReason].flatMap(([reason, promises]) => [
    `  ${reason}`,
    ...promises.map((promise) => `            ${promise}`),
  ]);
}
