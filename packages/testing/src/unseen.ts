/**
 * Tells a runner that a promise was not seen: it fails where it should have been, and is skipped else, with the reason.
 * @param context what the runner gives a test; one that cannot skip passes
 */
export function unseen(
  { why, owed }: { readonly why: string; readonly owed: boolean },
  context: unknown,
): void {
  if (owed) throw new Error(`not seen: ${why}`);
  if (canSkip(context)) context.skip(`unseen: ${why}`);
}

/** Vitest's context is a function with properties, node:test's an object. */
function canSkip(context: unknown): context is { skip(why: string): void } {
  return typeof (context as { skip?: unknown } | null | undefined)?.skip === 'function';
}
