/** The tables of `overbook analyze`. */
import { PAGE_BYTES } from '@overbook/core/units';
import type { Analysis, ImageFigures, RepeatedContent, Saved, SequenceBytes } from '@overbook/images';
import { grouped, listed, mebibytes, percent, short, wrapped } from '@overbook/lab/words';
import pc from 'picocolors';

import type { Screen } from '../process/io.ts';
import type { Column } from './table.ts';
import { table, tableWidth } from './table.ts';

/** Lines of text are no longer than this, however wide the screen. */
const TEXT_COLUMNS = 110;

function left(head: string): Column {
  return { head, align: 'left' };
}
function right(head: string, group?: string): Column {
  return {
    head,
    align: 'right',
    ...(group === undefined ? {} : { group }),
  };
}

/** The whole answer for a terminal. */
export function analysisText(analysis: Analysis, screen: Screen): string {
  const { bold, dim } = pc.createColors(screen.color);
  const columns = Math.min(screen.columns, TEXT_COLUMNS);
  const titled = (title: string, text: string): string => `${bold(title)}\n${text}`;
  const parts = [
    bold(wrapped(headline(analysis), columns).trimEnd()) + '\n',
    titled('Pages', imagesTable(analysis, screen)),
    titled('Memory saved by sharing', savedTable(analysis, screen)),
    ...(analysis.sequence === undefined
      ? []
      : [
          titled(
            `One technique after the other, in MiB (${analysis.sequence.codec})`,
            sequenceTable(analysis, screen),
          ),
        ]),
    ...(analysis.compression === undefined
      ? []
      : [titled('Compression of pages that are not zero', compressionTables(analysis, screen))]),
    titled('Most repeated contents', repeatedTable(analysis, screen)),
    ...similar(analysis).map((text) => wrapped(text, columns)),
    wrapped(largePages(analysis), columns),
    wrapped(exposure(analysis), columns),
    ...verified(analysis).map((text) => wrapped(text, columns)),
    dim(
      notes(analysis)
        .map((note) => wrapped(note, columns, '  '))
        .join('')
        .trimEnd(),
    ) + '\n',
    // Again: on a small screen the first line is gone.
    bold(wrapped(headline(analysis), columns).trimEnd()) + '\n',
  ];
  return parts.join('\n');
}

/** Whose zram and zswap: `Linux 6.18, chains of 8 frames`. */
export function storesText({ stores }: Analysis): string {
  return stores === undefined
    ? 'Linux'
    : `Linux ${stores.kernel}, zsmalloc chains of up to ${stores.zsmallocChain} frames`;
}

export function knownPages({ images }: Analysis): number {
  return images.reduce((sum, { pages, unknownPages }) => sum + pages - unknownPages, 0);
}

/** The answer in one sentence. */
export function headline(analysis: Analysis): string {
  const { images, sharing } = analysis;
  const known = knownPages(analysis);
  const { savedPages, savedNonZeroPages } = sharing.acrossVms;
  const what = images.length === 1 ? 'one image' : `${images.length} images`;
  const share = `${mebibytes(savedPages)} MiB (${percent(known === 0 ? 0 : savedPages / known)})`;
  const withoutZero = `${mebibytes(savedNonZeroPages)} MiB without zero pages`;
  return `${what} with ${mebibytes(known)} MiB: sharing among all would save ${share}, ${withoutZero}`;
}

function imagesTable({ images }: Analysis, screen: Screen): string {
  const heads = ['pages', 'zero', 'unknown', 'distinct', 'shared', 'sharing', 'unshared', 'one word'];
  const row = (image: ImageFigures): string[] => [
    image.name,
    image.format,
    ...[
      image.pages,
      image.zeroPages,
      image.unknownPages,
      image.distinctContents,
      image.pagesShared,
      image.pagesSharing,
      image.pagesUnshared,
      image.sameFilledPages,
    ].map(grouped),
  ];
  return fitted(
    [left('image'), left('format'), ...heads.map((head) => right(head))],
    images.map(row),
    screen,
  );
}

/** Drops columns from the right (but never the first) until the table fits, and prints them in a second table. */
function fitted(columns: readonly Column[], rows: readonly (readonly string[])[], screen: Screen): string {
  const { bold } = pc.createColors(screen.color);
  let count = columns.length;
  const part = (row: readonly string[]): string[] => row.slice(0, count);
  while (count > 2 && tableWidth(columns.slice(0, count), rows.map(part)) > screen.columns) count--;
  const first = table(columns.slice(0, count), rows.map(part), bold);
  if (count === columns.length) return first;
  const rest = rows.map((row) => [row[0]!, ...row.slice(count)]);
  return `${first}\n${fitted([columns[0]!, ...columns.slice(count)], rest, screen)}`;
}

function savedTable(analysis: Analysis, screen: Screen): string {
  const { sharing, images } = analysis;
  const known = knownPages(analysis);
  const row = (what: string, { savedPages, savedNonZeroPages }: Saved): string[] => [
    what,
    mebibytes(savedPages),
    percent(known === 0 ? 0 : savedPages / known),
    mebibytes(savedNonZeroPages),
    grouped(savedPages),
    grouped(savedNonZeroPages),
  ];
  const rows = [
    row('within each guest', sharing.withinVm),
    ...sharing.groups.map((group) => row(`salt group ${group.name}`, group)),
    ...(sharing.groups.length === 0 ? [] : [row('all salt groups', sharing.bySalt)]),
    ...(images.length === 1 ? [] : [row('among all guests', sharing.acrossVms)]),
  ];
  const columns = [
    left('sharing'),
    right('MiB'),
    right('of known'),
    right('MiB, not zero'),
    right('pages'),
    right('pages, not zero'),
  ];
  return fitted(columns, rows, screen);
}

function bytesAsMiB(bytes: number): string {
  return mebibytes(bytes / PAGE_BYTES);
}

function sequenceTable({ sequence, similar: asked }: Analysis, screen: Screen): string {
  const { byGuest, ...all } = sequence!;
  const parts = [
    { head: 'known', bytes: (part: SequenceBytes) => part.knownBytes },
    { head: 'zero', bytes: (part: SequenceBytes) => part.zeroBytes },
    { head: 'share', bytes: (part: SequenceBytes) => part.shareBytes },
    { head: 'patch', bytes: (part: SequenceBytes) => part.patchBytes },
    { head: 'compress', bytes: (part: SequenceBytes) => part.compressBytes },
    { head: 'rest', bytes: (part: SequenceBytes) => part.restBytes },
  ].filter(({ head }) => head !== 'patch' || asked !== undefined);
  const rows = [...byGuest, ...(byGuest.length === 1 ? [] : [{ image: 'all', ...all }])].map((part) => [
    part.image,
    ...parts.map(({ bytes }) => bytesAsMiB(bytes(part))),
    percent(part.knownBytes === 0 ? 0 : part.restBytes / part.knownBytes),
  ]);
  const heads = [...parts.map(({ head }) => head), 'rest of known'];
  return fitted([left('guest'), ...heads.map((head) => right(head))], rows, screen);
}

function compressionTables({ compression }: Analysis, screen: Screen): string {
  const codecs = Object.entries(compression!);
  const part = (pages: number, of: number): string => percent(of === 0 ? 0 : pages / of);
  const fits = codecs.flatMap(([codec, figures]) =>
    [
      { of: 'all pages', ...figures },
      { of: 'unshared pages', ...figures.unshared },
    ].map(({ of, pages, fits2KiB, fits1KiB, meanBytes }) => [
      codec,
      of,
      grouped(pages),
      `${grouped(fits2KiB)} (${part(fits2KiB, pages)})`,
      `${grouped(fits1KiB)} (${part(fits1KiB, pages)})`,
      grouped(meanBytes),
    ]),
  );
  const stores = codecs.flatMap(([codec, { zram, zswap, afterSharing }]) =>
    [
      { store: 'zram', ...zram },
      { store: 'zswap', ...zswap },
      { store: 'zram after sharing', ...afterSharing.zram },
      { store: 'zswap after sharing', ...afterSharing.zswap },
    ].map(({ store, pages, storePages, compressedBytes, hugePages }) => [
      codec,
      store,
      mebibytes(pages),
      mebibytes(storePages),
      bytesAsMiB(compressedBytes),
      grouped(hugePages),
    ]),
  );
  const fitsColumns = [
    left('codec'),
    left('of'),
    right('pages'),
    right('fit 2 KiB'),
    right('fit 1 KiB'),
    right('mean bytes'),
  ];
  const storeColumns = [
    left('codec'),
    left('everything given to'),
    right('MiB given'),
    right('MiB taken'),
    right('MiB compressed'),
    right('huge pages'),
  ];
  return `${fitted(fitsColumns, fits, screen)}\n${fitted(storeColumns, stores, screen)}`;
}

/** What a content is, in a few words. */
export function contentName({ kind, word, key }: RepeatedContent): string {
  if (kind === 'zero') return 'zero page';
  return kind === 'filled' ? `word ${word ?? `of key ${key}`}` : key;
}

function repeatedTable({ mostRepeated }: Analysis, screen: Screen): string {
  if (mostRepeated.length === 0) return 'no content occurs twice\n';
  const hasRoles = mostRepeated.some(({ roles }) => Object.keys(roles).length > 0);
  const rows = mostRepeated.map((content) => [
    contentName(content),
    grouped(content.pages),
    content.where.map(({ image, pages }) => `${image} ${grouped(pages)}`).join(', '),
    ...(hasRoles ? [rolesText(content.roles)] : []),
  ]);
  const columns = [left('content'), right('pages'), left('where'), ...(hasRoles ? [left('what')] : [])];
  const room =
    screen.columns -
    tableWidth(
      columns.slice(0, 2),
      rows.map((row) => row.slice(0, 2)),
    ) -
    2 * (columns.length - 2);
  const each = Math.max(12, Math.floor(room / (columns.length - 2)));
  const cut = (text: string): string => (text.length <= each ? text : `${text.slice(0, each - 1)}…`);
  const { bold } = pc.createColors(screen.color);
  return table(
    columns,
    rows.map(([name, pages, ...texts]) => [name!, pages!, ...texts.map(cut)]),
    bold,
  );
}

/** `anonymous 12, slab 3`: commonest first. */
export function rolesText(roles: Readonly<Record<string, number>>): string {
  return Object.entries(roles)
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .map(([name, pages]) => `${name} ${grouped(pages)}`)
    .join(', ');
}

/** What 2 MiB pages cost, in a sentence or two. */
export function largePages({ largePages: figures }: Analysis): string {
  const {
    regions,
    regionsToBreak,
    regionsToBreakNonZero,
    savedPagesKeepingLarge,
    lostPages,
    regionsForPart,
  } = figures;
  const half = regionsForPart.find(({ part }) => part === 0.5);
  const some =
    half === undefined || half.regions === 0 ? '' : ` ${grouped(half.regions)} of them give half of it.`;
  return (
    `Large pages: ${grouped(regionsToBreak)} of ${grouped(regions)} regions of 2 MiB would have to be broken ` +
    `(${grouped(regionsToBreakNonZero)} if zero pages are left alone).${some} If none is broken, ` +
    `${mebibytes(savedPagesKeepingLarge)} MiB can be shared and ${mebibytes(lostPages)} MiB are lost.`
  );
}

/** Near-duplicates, where they were looked for. */
export function similar({ similar: figures }: Analysis): string[] {
  if (figures === undefined) return [];
  const { patchedPages, referenceContents, meanPatchBytes, savedBytes } = figures;
  return [
    `Near-duplicates: ${grouped(patchedPages)} pages that occur once could be patches of ` +
      `${grouped(meanPatchBytes)} bytes on average against ${grouped(referenceContents)} other pages, ` +
      `saving ${bytesAsMiB(savedBytes)} MiB.`,
  ];
}

/** How exposed the savings are. */
export function exposure({ exposure: figures, images }: Analysis): string {
  const { burstPages, burstZeroPages, byGuest, sharedByRole } = figures;
  const worst = byGuest.reduce((most, one) => (one.burstPages > most.burstPages ? one : most), byGuest[0]!);
  const alone =
    images.length === 1 ? '' : ` ${worst.image} alone could ask for ${mebibytes(worst.burstPages)} MiB.`;
  const roles = rolesText(sharedByRole);
  return (
    `Exposure: if every shared page were written at once, ${mebibytes(burstPages)} MiB of frames would be needed at ` +
    `once, ${mebibytes(burstZeroPages)} MiB of them for zero pages.${alone}` +
    (roles === '' ? '' : ` Shared pages are: ${roles}.`)
  );
}

function verified({ verified: figures, contentKey }: Analysis): string[] {
  if (figures === undefined) return [];
  const { comparedPages, collidingPages, collisions } = figures;
  if (collidingPages === 0)
    return [`Verified: ${grouped(comparedPages)} pages compared byte for byte, all as their keys say.`];
  const named = collisions.map(
    ({ image, page, likeImage, likePage }) => `${image} ${page} and ${likeImage} ${likePage}`,
  );
  return [
    `WRONG: ${grouped(collidingPages)} pages have the ${contentKey} key of a page that differs: ${listed(named)}. ` +
      'The figures above count them as copies. Use --content-key sha256-64.',
  ];
}

function notes(analysis: Analysis): string[] {
  const { images, contentKey, collisionProbability, maxPageSharing, verified: figures } = analysis;
  const unknown = images.flatMap(({ name, unknown: reasons }) => {
    const parts = Object.entries(reasons).map(
      ([reason, pages]) => `${grouped(pages)} ${UNKNOWN[reason] ?? reason}`,
    );
    return parts.length === 0 ? [] : [`${name}: unknown, and counted only as unknown: ${listed(parts)}`];
  });
  const chance = `pages with the same ${contentKey} key count as equal`;
  return [
    ...unknown,
    ...images.flatMap(({ name, notes: said }) => said.map((note) => `${name}: ${note}`)),
    ...(analysis.stores === undefined ? [] : [`zram and zswap as in ${storesText(analysis)} (--kernel)`]),
    ...(maxPageSharing === null
      ? []
      : [`at most ${grouped(maxPageSharing)} pages on one frame, as KSM counts`]),
    ...(figures === undefined
      ? [
          `${chance}; the chance that two contents share a key by accident is ` +
            `${probability(collisionProbability)} (--verify compares bytes)`,
        ]
      : [chance]),
    'shared: contents that occur at least twice; sharing: their further copies; unshared: contents that occur once',
  ];
}

function probability(value: number): string {
  return value === 0 ? '0' : value < 0.001 ? value.toExponential(1) : short(value);
}

/** Why pages are unknown, by the reader's word. */
export const UNKNOWN: Readonly<Record<string, string>> = {
  hole: 'pages that the file does not describe (holes)',
  excluded: 'pages that the dump left out on purpose',
  lost: 'pages lost: the dump was cut short',
  partial: 'pages that the file holds only in part',
  holeOrZero: 'pages in gaps that are holes or zeros (AVML leaves blocks of zeros out)',
  unknown: 'pages that are unknown in the digest',
};
