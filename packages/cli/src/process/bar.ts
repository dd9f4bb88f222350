/** The bar itself: every progress of the command looks alike, on stderr, and leaves nothing behind. */
import type { SingleBar } from 'cli-progress';

/**
 * A bar that was not started yet; the library is loaded when a bar is wanted.
 * @param beside what is printed beside bar and percentage, in the library's placeholders
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
  });
}
