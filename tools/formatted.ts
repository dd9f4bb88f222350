import { readFileSync } from 'node:fs';
import { format } from 'oxfmt';
import type { FormatOptions } from 'oxfmt';

const settings = JSON.parse(
  readFileSync(new URL('../.oxfmtrc.json', import.meta.url), 'utf8'),
) as FormatOptions;

/** Text as `npm run format` would leave it in `path`: what pages made from code are held against. */
export async function formatted(path: string, text: string): Promise<string> {
  const { code, errors } = await format(path, text, settings);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]!.message}`);
  return code;
}
