/** `overbook analyze`: what sharing and compression would give on these memories. */
import { availableParallelism } from 'node:os';

import { OverbookError } from '@overbook/core/units';
import type { Analysis, AnalyzeOptions, ContentKeySpec, MemorySource, SaltGroup } from '@overbook/images';
import { analyzeImages, codecName, DEFAULT_KERNEL } from '@overbook/images';
import { checkOutFolder, writeFiles } from '@overbook/lab/files';
import { listed } from '@overbook/lab/words';

import type { Io } from '../process/io.ts';
import { EXIT } from '../process/io.ts';
import { refuseOtherKind } from '../process/other-kind.ts';
import { scanBar } from '../process/scan-progress.ts';
import { analysisText } from '../render/analysis.ts';
import { contentKeySpec } from './content-key-option.ts';
import type { MadeBy } from './image-command.ts';
import { imageCommand } from './image-command.ts';
import type { ImageWords } from './image-options.ts';
import { openingOf } from './image-options.ts';

export interface AnalyzeWords extends ImageWords {
  readonly only?: 'sharing';
  readonly codec?: readonly string[];
  readonly group?: readonly string[];
  readonly maxPageSharing?: string;
  readonly contentKey?: 'sha256-64' | 'xxh3-64';
  readonly secretFile?: string;
  readonly flags?: readonly string[];
  readonly verify?: true;
  readonly similar?: true;
  readonly top?: string;
  readonly kernel?: string;
  readonly zsmallocChain?: string;
  readonly workers?: string;
  readonly json?: true;
  readonly out?: string;
}

const FILES = ['analysis.json', 'report.html'] as const;

/** @returns 0, or 1 when --verify found pages that differ under one key */
export async function analyze(
  io: Io,
  paths: readonly string[],
  words: AnalyzeWords,
  version: string,
): Promise<number> {
  // A reader that was asked for decides itself.
  if (words.format === undefined && words.reader === undefined)
    for (const path of paths) refuseOtherKind('image', path, io.self);
  const { open, readers } = await openingOf(words);
  const sources = sourcesOf(paths, words.flags ?? []).map((source) => ({ ...source, open }));
  const options = optionsOf(words);
  if (words.out !== undefined) checkOutFolder(words.out, FILES);
  const bar = await scanBar(io);
  const found = await analyzeImages(sources, {
    ...options,
    ...readers,
    signal: io.signal,
    onProgress: bar.update,
  }).finally(bar.stop);
  const analysis = {
    ...found,
    made: { version, command: imageCommand('analyze', paths, { ...words }), options: settled(words) },
  };
  const json = `${JSON.stringify(analysis, null, 2)}\n`;
  io.out(words.json === true ? json : analysisText(analysis, io));
  if (words.out !== undefined) {
    const { analysisReport } = await import('../render/analysis-report.ts');
    const files = { 'analysis.json': json, 'report.html': analysisReport(analysis) };
    writeFiles(words.out, files, { secret: words.secretFile !== undefined });
    io.note(`wrote ${listed(FILES)} to ${words.out}\n`);
  }
  return hasCollisions(analysis) ? EXIT.failed : EXIT.fine;
}

/** Options that decide figures; null where each image decides, as docs/formats/images.md says. */
function settled(words: AnalyzeWords): MadeBy['options'] {
  return {
    only: words.only ?? null,
    codec: words.only === 'sharing' ? [] : (words.codec ?? ['lz4,zstd']),
    contentKey: words.contentKey ?? null,
    isKeyed: words.secretFile !== undefined,
    group: words.group ?? [],
    maxPageSharing: words.maxPageSharing === undefined ? null : Number(words.maxPageSharing),
    verify: words.verify ?? false,
    similar: words.similar ?? false,
    top: Number(words.top ?? 10),
    kernel: words.kernel ?? DEFAULT_KERNEL,
    zsmallocChain: words.zsmallocChain === undefined ? null : Number(words.zsmallocChain),
    format: words.format ?? null,
    deviceMemory: words.deviceMemory ?? false,
    holes: words.holes ?? null,
  };
}

function hasCollisions({ verified }: Pick<Analysis, 'verified'>): boolean {
  return (verified?.collidingPages ?? 0) > 0;
}

function optionsOf(words: AnalyzeWords): AnalyzeOptions {
  if (words.only !== undefined && (words.similar !== undefined || words.codec !== undefined))
    throw usage(
      '--only sharing',
      'it cannot be combined with --similar or --codec',
      'Leave one of them out.',
    );
  const contentKey: ContentKeySpec | undefined = contentKeySpec(words);
  return {
    workers: words.workers === undefined ? availableParallelism() : whole('--workers', words.workers, 1, 256),
    ...(words.only === undefined ? {} : { only: words.only }),
    ...(words.codec === undefined
      ? {}
      : { codecs: words.codec.flatMap((list) => list.split(',')).map((word) => codecName(word, '--codec')) }),
    ...(words.group === undefined ? {} : { groups: words.group.map(groupOf) }),
    ...(words.maxPageSharing === undefined
      ? {}
      : { maxPageSharing: whole('--max-page-sharing', words.maxPageSharing, 2, 2 ** 31) }),
    ...(contentKey === undefined ? {} : { contentKey }),
    ...(words.verify === undefined ? {} : { verify: true }),
    ...(words.similar === undefined ? {} : { similar: true }),
    stores: {
      ...(words.kernel === undefined ? {} : { kernel: words.kernel }),
      ...(words.zsmallocChain === undefined
        ? {}
        : { zsmallocChain: whole('--zsmalloc-chain', words.zsmallocChain, 4, 16) }),
    },
    ...(words.top === undefined ? {} : { top: whole('--top', words.top, 0, 1000) }),
  };
}

/** `IMAGE` and the page flags that `--flags IMAGE=FILE` gives it. */
function sourcesOf(paths: readonly string[], flags: readonly string[]): MemorySource[] {
  const byPath = new Map(flags.map((word) => splitWord('--flags', word, 'IMAGE=FILE')));
  for (const path of byPath.keys()) {
    if (paths.includes(path)) continue;
    throw usage(
      '--flags',
      `'${path}' is not one of the images`,
      `Name one as you gave it: ${paths.join(', ')}.`,
    );
  }
  return paths.map((path) => {
    const file = byPath.get(path);
    return { path, ...(file === undefined ? {} : { flags: file }) };
  });
}

function groupOf(word: string): SaltGroup {
  const [name, images] = splitWord('--group', word, 'NAME=IMAGE,IMAGE');
  return { name, images: images.split(',') };
}

function splitWord(option: string, word: string, form: string): readonly [string, string] {
  const at = word.indexOf('=');
  if (at > 0 && at < word.length - 1) return [word.slice(0, at), word.slice(at + 1)];
  throw usage(option, `'${word}' is not of the form ${form}`, `Give \`${option} ${form}\`.`);
}

function whole(option: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= low && value <= high) return value;
  const mend = `Give one, as in \`${option} ${Math.max(low, 2)}\`.`;
  throw usage(option, `'${text}' is not a whole number from ${low} to ${high}`, mend);
}

function usage(option: string, what: string, mend: string): OverbookError {
  return new OverbookError('OVB_USAGE', option, what, mend);
}
