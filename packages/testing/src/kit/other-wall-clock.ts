const DAY_MS = 86_400_000;

/**
 * Runs `run` on another day and with other random numbers: wall clocks are a day ahead and the global random
 * numbers are others. A run that draws everything from its seed and its virtual clock does not notice.
 */
export function onAnotherDay<T>(run: () => T): T {
  const chance: { random: () => number } = Math;
  const date: { now: () => number } = Date;
  const timer: { now: () => number } = performance;
  const usual = { random: chance.random, date: date.now, timer: timer.now };
  let draws = 0;
  chance.random = () => (draws++ * 0.618_033_988_7) % 1;
  date.now = () => usual.date.call(Date) + DAY_MS;
  timer.now = () => usual.timer.call(performance) + DAY_MS;
  try {
    return run();
  } finally {
    chance.random = usual.random;
    date.now = usual.date;
    timer.now = usual.timer;
  }
}
