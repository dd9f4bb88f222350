/** What a result of `analyze` or `digest` says of how it was made. */
import { shellWords, withoutFolder } from './shell-words.ts';

/** Beside the figures: enough to make them again, and to see later what they rest on. */
export interface MadeBy {
  readonly version: string;
  /** The command line, without what does not change figures; of absolute paths the last part. */
  readonly command: string;
  /** Every option that decides figures, as it was given or as it is when it is not. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Words that do not change a figure. */
const SILENT = new Set(['json', 'out', 'output', 'workers']);

/** The command line of these words, in the order of the options. */
export function imageCommand(
  verb: string,
  paths: readonly string[],
  words: Readonly<Record<string, unknown>>,
): string {
  const options = Object.entries(words).flatMap(([name, value]) => {
    if (value === undefined || value === false || SILENT.has(name)) return [];
    const option = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value === true) return [option];
    const values = Array.isArray(value) ? value : [value];
    return values.flatMap((one) => [option, withoutFolder(String(one))]);
  });
  return shellWords(['overbook', verb, ...paths.map(withoutFolder), ...options]);
}
