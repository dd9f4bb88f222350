/**
 * Shares a host's deficit among VMs: first among those above their target, in proportion to how far; what
 * that does not cover, in proportion to what each holds above its reservation. Whole pages, rounded up, so
 * that the sum covers the deficit; one page too many per VM at most.
 * @param over pages above target per VM, negative below @param spare pages above reservation per VM
 */
export function shareGoal(
  deficit: number,
  over: readonly number[],
  spare: readonly number[],
): readonly number[] {
  const above = over.map((pages) => Math.max(0, pages));
  const sumAbove = above.reduce((sum, pages) => sum + pages, 0);
  if (sumAbove >= deficit) return above.map((pages) => Math.ceil((deficit * pages) / sumAbove));
  const rest = deficit - sumAbove;
  const left = spare.map((pages, i) => Math.max(0, pages - above[i]!));
  const sumLeft = left.reduce((sum, pages) => sum + pages, 0);
  if (sumLeft === 0) return above;
  return above.map((pages, i) => Math.min(pages + left[i]!, pages + Math.ceil((rest * left[i]!) / sumLeft)));
}
