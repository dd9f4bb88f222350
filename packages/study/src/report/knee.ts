/**
 * The knee of a curve, where much pain turns into little: Kneedle (Satopää, Albrecht, Irwin and Raghavan, "Finding a
 * 'Kneedle' in a haystack", ICDCS Workshops 2011), with their sensitivity of 1 and without smoothing, since points are
 * means over seeds.
 */

export interface CurvePoint {
  readonly x: number;
  readonly y: number;
  /** Ends of its interval; null with one seed. */
  readonly low: number | null;
  readonly high: number | null;
}

export type Knee =
  | { readonly kind: 'knee'; readonly index: number }
  /** Why there is none: the curve has too few points, its ends cannot be told apart, or it bends nowhere enough. */
  | { readonly kind: 'few' | 'flat' | 'straight' };

/** Points without which a bend may be one of them alone. Chosen. */
export const KNEE_POINTS = 5;
const SENSITIVITY = 1;

/** @param points by rising x, all different */
export function kneeOf(points: readonly CurvePoint[]): Knee {
  if (points.length < KNEE_POINTS) return { kind: 'few' };
  const [first, last] = [points[0]!, points.at(-1)!];
  const [lower, higher] = first.y < last.y ? [first, last] : [last, first];
  if ((higher.low ?? higher.y) <= (lower.high ?? lower.y)) return { kind: 'flat' };
  const differences = differenceCurve(points, first.y > last.y);
  const threshold = SENSITIVITY / (points.length - 1);
  for (let i = 1; i < differences.length - 1; i++) {
    const here = differences[i]!;
    if (here < differences[i - 1]! || here <= differences[i + 1]!) continue;
    // A local maximum is a knee when the difference falls far enough before it rises to another.
    for (let next = i + 1; next < differences.length; next++) {
      if (differences[next]! < here - threshold) return { kind: 'knee', index: i };
      if (next + 1 < differences.length && differences[next + 1]! > differences[next]!) break;
    }
  }
  return { kind: 'straight' };
}

/**
 * How far the curve lies below the line between its ends, both scaled to 1: of a curve that bends upwards, falling
 * (pain over memory) or rising (pain over guests).
 */
function differenceCurve(points: readonly CurvePoint[], falls: boolean): readonly number[] {
  const ys = points.map(({ y }) => y);
  const [least, most] = [Math.min(...ys), Math.max(...ys)];
  const [from, to] = [points[0]!.x, points.at(-1)!.x];
  return points.map(({ x, y }) => {
    const across = (x - from) / (to - from);
    const up = (y - least) / (most - least);
    return (falls ? 1 - across : across) - up;
  });
}
