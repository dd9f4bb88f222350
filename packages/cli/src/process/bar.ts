/** The bar itself: every progress of the command looks alike, on stderr, and leaves nothing behind. */
import type { SingleBar } from 'cli-progress';

/**
 * A bar that was not started yet; the library is loaded when a bar is wanted.
 * @param beside what is printed beside bar and percentage, in the library's placeholders; `eta_formatted` is the time
 *   left and the word for it, or nothing
 * @param width of the bar alone, in columns: narrower where much is printed beside it
 */
export async function stderrBar(beside: string, width = 30): Promise<SingleBar> {
  const { default: cliProgress } = await import('cli-progress');
  return new cliProgress.SingleBar({
    format: `{bar} {percentage} %  ${beside}`,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: width,
    fps: 10,
    formatTime: (seconds, options) =>
      isKnown(seconds) ? `${cliProgress.Format.TimeFormat(seconds, options, 1)} left  ` : '',
  });
}

/** Before the first step the library's estimate is the text '0'; later it may be no number that a person waits for. */
function isKnown(seconds: unknown): boolean {
  return typeof seconds === 'number' && Number.isFinite(seconds);
}
