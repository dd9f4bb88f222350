/** Values of what varies, as people read them. */

/** A value as text: text as it is, everything else as JSON. */
export function valueText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Values that all have one unit, without it. */
export function withoutUnit(texts: readonly string[]): {
  readonly texts: readonly string[];
  readonly unit: string;
} {
  const parts = texts.map((text) => /^(-?[\d.]+) (.+)$/.exec(text));
  const unit = parts[0]?.[2];
  if (unit === undefined || parts.some((part) => part?.[2] !== unit)) return { texts, unit: '' };
  return { texts: parts.map((part) => part![1]!), unit };
}
