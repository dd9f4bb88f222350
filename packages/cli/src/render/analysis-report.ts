/** The analysis as one HTML file: the figures of `--json`, with drawings. */
import { PAGE_BYTES } from '@overbook/core/units';
import type { Analysis, SequenceBytes } from '@overbook/images';
import type { PageSection } from '@overbook/lab/report';
import { escapeHtml, figureHtml, reportPage, tableHtml } from '@overbook/lab/report';
import { grouped, mebibytes, percent as percentText } from '@overbook/lab/words';

import {
  contentName,
  exposure,
  headline,
  knownPages,
  largePages,
  rolesText,
  similar,
  storesText,
  UNKNOWN,
} from './analysis.ts';
import { mapLegend, mapSvg, matrixSvg, waterfallSvg } from './analysis-charts.ts';
import type { MadeBy } from '../commands/image-command.ts';

function text(head: string): { head: string } {
  return { head };
}
function number(head: string): { head: string; numeric: true } {
  return { head, numeric: true };
}
/** A figure that no narrow screen parts from its sign. */
function percent(part: number): string {
  return percentText(part).replace(' ', '\u00a0');
}
function bytesAsMiB(bytes: number): string {
  return mebibytes(bytes / PAGE_BYTES);
}

/** The whole page; the same bytes for the same analysis. */
export function analysisReport(analysis: Analysis & { readonly made?: MadeBy }): string {
  const sections: readonly (PageSection | undefined)[] = [
    techniques(analysis),
    sharing(analysis),
    compression(analysis),
    maps(analysis),
    repeated(analysis),
    costs(analysis),
    images(analysis),
  ];
  return reportPage({
    title: 'What these memories have in common',
    lead: `${sentence(headline(analysis))}.`,
    sections: sections.filter((section) => section !== undefined),
    footer: [
      ...(analysis.made === undefined
        ? []
        : [`Made by overbook ${analysis.made.version}: ${analysis.made.command}`]),
      `Content keys ${analysis.contentKey}; ` +
        `chance of any accidental collision ${analysis.collisionProbability}.`,
      ...analysis.images.map(
        ({ name, fileBytes, contentsSha256 }) =>
          `${name}: ${grouped(fileBytes)} bytes, contents SHA-256 ${contentsSha256}.`,
      ),
      ...Object.values(analysis.compression ?? {}).map(({ coder }) => `Sizes by ${coder}.`),
      ...(analysis.maxPageSharing === null ? [] : [`At most ${analysis.maxPageSharing} pages on one frame.`]),
      'The same figures, with more digits, are in analysis.json beside this file.',
    ],
  });
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
function paragraph(words: string): string {
  return `<p>${escapeHtml(words)}</p>`;
}

function techniques(analysis: Analysis): PageSection | undefined {
  const { sequence } = analysis;
  if (sequence === undefined) return undefined;
  const { byGuest, ...all } = sequence;
  // Not looked for is not nothing: without near-duplicates there is no column of them.
  const isPatched = analysis.similar !== undefined;
  const row = (name: string, part: SequenceBytes): string[] => [
    name,
    ...[
      part.knownBytes,
      part.zeroBytes,
      part.shareBytes,
      ...(isPatched ? [part.patchBytes] : []),
      part.compressBytes,
      part.restBytes,
    ].map(bytesAsMiB),
    percent(part.knownBytes === 0 ? 0 : part.restBytes / part.knownBytes),
  ];
  const rows = [
    ...byGuest.map((part) => row(part.image, part)),
    ...(byGuest.length === 1 ? [] : [row('all', all)]),
  ];
  return {
    id: 'techniques',
    heading: 'One technique after the other',
    html:
      paragraph(
        'Each technique takes only what the ones before it have left, so no byte is counted twice. ' +
          'A frame that several guests share is split evenly among its pages. ' +
          'Compression takes contents that occur once, in slots of 1 or 2 KiB ' +
          `(${sequence.codec}).`,
      ) +
      figureHtml({
        svg: waterfallSvg(analysis),
        fits: true,
        caption: 'From all of a guest’s known memory (right) down to what memory would still hold (rest).',
      }) +
      (isPatched
        ? similar(analysis).map(paragraph).join('')
        : paragraph('Near-duplicates were not searched for (--similar).')) +
      tableHtml({
        caption: 'The same in MiB',
        columns: [
          text('guest'),
          ...[
            'known',
            'zero',
            'sharing',
            ...(isPatched ? ['patching'] : []),
            'compression',
            'rest',
            'rest of known',
          ].map(number),
        ],
        rows,
      }),
  };
}

function sharing(analysis: Analysis): PageSection {
  const { sharing: figures, images: guests } = analysis;
  const known = knownPages(analysis);
  const rows = [
    { name: 'within each guest', ...figures.withinVm },
    ...figures.groups.map((group) => ({
      ...group,
      name: `salt group ${group.name} (${group.images.join(', ')})`,
    })),
    ...(figures.groups.length === 0 ? [] : [{ name: 'all salt groups', ...figures.bySalt }]),
    ...(guests.length === 1 ? [] : [{ name: 'among all guests', ...figures.acrossVms }]),
  ].map(({ name, savedPages, savedNonZeroPages }) => [
    name,
    mebibytes(savedPages),
    percent(known === 0 ? 0 : savedPages / known),
    mebibytes(savedNonZeroPages),
    grouped(savedPages),
    grouped(savedNonZeroPages),
  ]);
  const matrix =
    guests.length === 1
      ? ''
      : figureHtml({
          svg: matrixSvg(analysis),
          caption:
            'Part of the row’s pages (without zero and unknown pages) whose content the column holds too; on the ' +
            'diagonal, whose content occurs again in the same guest.',
        });
  return {
    id: 'sharing',
    heading: 'Sharing',
    html:
      tableHtml({
        caption: 'Memory saved by page sharing',
        columns: [
          text('among'),
          ...['MiB', 'of known', 'MiB without zero', 'pages', 'pages without zero'].map(number),
        ],
        rows,
      }) + matrix,
  };
}

function compression(analysis: Analysis): PageSection | undefined {
  const { compression: figures } = analysis;
  if (figures === undefined) return undefined;
  const codecs = Object.entries(figures);
  const fits = codecs.flatMap(([codec, all]) =>
    [
      { of: 'all pages', ...all },
      { of: 'unshared pages', ...all.unshared },
    ].map(({ of, pages, fits2KiB, fits1KiB, meanBytes }) => [
      codec,
      of,
      grouped(pages),
      grouped(fits2KiB),
      percent(pages === 0 ? 0 : fits2KiB / pages),
      grouped(fits1KiB),
      percent(pages === 0 ? 0 : fits1KiB / pages),
      grouped(meanBytes),
    ]),
  );
  const stores = codecs.flatMap(([codec, { zram, zswap, afterSharing }]) =>
    [
      { store: 'zram', ...zram },
      { store: 'zswap', ...zswap },
      { store: 'zram, after sharing', ...afterSharing.zram },
      { store: 'zswap, after sharing', ...afterSharing.zswap },
    ].map(({ store, pages, storePages, compressedBytes, hugePages, sameFilledPages }) => [
      codec,
      store,
      mebibytes(pages),
      mebibytes(storePages),
      bytesAsMiB(compressedBytes),
      grouped(sameFilledPages),
      grouped(hugePages),
    ]),
  );
  return {
    id: 'compression',
    heading: 'Compression',
    html:
      tableHtml({
        caption: 'Pages that fit, without zero pages',
        columns: [
          text('codec'),
          text('of'),
          ...['pages', 'fit 2 KiB', 'part', 'fit 1 KiB', 'part', 'mean bytes'].map(number),
        ],
        rows: fits,
      }) +
      paragraph(
        `Memory that the stores of ${storesText(analysis)} would take for everything: more than the compressed bytes.`,
      ) +
      tableHtml({
        caption: 'Everything given to a compressed store',
        columns: [
          text('codec'),
          text('store'),
          ...['MiB given', 'MiB taken', 'MiB compressed', 'one word', 'raw or refused'].map(number),
        ],
        rows: stores,
      }),
  };
}

function maps({ maps: found }: Analysis): PageSection | undefined {
  if (found === undefined || found.length === 0) return undefined;
  const keys = mapLegend(found).map(
    ({ name, color }) => `<li><span class="key" style="background:${color}"></span>${escapeHtml(name)}</li>`,
  );
  const drawings = found.map((map) => {
    const name = escapeHtml(map.image);
    // What scrolls can be reached by the keyboard.
    const box = `class="wide" tabindex="0" role="group" aria-label="${name}"`;
    return `<h3>${name}</h3><div ${box}>${mapSvg(map)}</div>`;
  });
  const cell = found[0]!.pagesPerCell;
  return {
    id: 'maps',
    heading: 'Physical memory by kind',
    html:
      paragraph(
        'Guest-physical memory from address 0, row by row; each cell is the most common kind of its ' +
          `${cell === 1 ? 'page' : `${cell} pages`}.`,
      ) +
      `<ul class="legend">${keys.join('')}</ul>` +
      drawings.join('\n'),
  };
}

function repeated({ mostRepeated }: Analysis): PageSection | undefined {
  if (mostRepeated.length === 0) return undefined;
  const hasRoles = mostRepeated.some(({ roles }) => Object.keys(roles).length > 0);
  const rows = mostRepeated.map((content) => [
    contentName(content),
    grouped(content.pages),
    content.where
      .map(({ image, pages, runs }) => `${image} ${grouped(pages)} in ${grouped(runs)} runs`)
      .join('; '),
    ...(hasRoles ? [rolesText(content.roles)] : []),
  ]);
  return {
    id: 'repeated',
    heading: 'Most repeated contents',
    html: tableHtml({
      caption: hasRoles ? 'Where they are, and their roles in the guests’ kernels' : 'Where they are',
      columns: [text('content'), number('pages'), text('where'), ...(hasRoles ? [text('what')] : [])],
      rows,
    }),
  };
}

function costs(analysis: Analysis): PageSection {
  const { byGuest } = analysis.exposure;
  return {
    id: 'costs',
    heading: 'Costs and risks',
    html:
      paragraph(largePages(analysis)) +
      paragraph(exposure(analysis)) +
      tableHtml({
        caption: 'Frames needed if one guest writes all of its shared pages',
        columns: [text('guest'), number('shared pages'), number('frames needed'), number('MiB')],
        rows: byGuest.map(({ image, sharedPages, burstPages }) => [
          image,
          grouped(sharedPages),
          grouped(burstPages),
          mebibytes(burstPages),
        ]),
      }),
  };
}

function images({ images: guests }: Analysis): PageSection {
  const rows = guests.map((image) => [
    image.name,
    image.format,
    ...[
      image.pages,
      image.zeroPages,
      image.unknownPages,
      image.sameFilledPages,
      image.distinctContents,
      image.pagesShared,
      image.pagesSharing,
      image.pagesUnshared,
    ].map(grouped),
    Object.entries(image.unknown)
      .map(([reason, pages]) => `${grouped(pages)} ${UNKNOWN[reason] ?? reason}`)
      .join('; '),
  ]);
  const heads = ['pages', 'zero', 'unknown', 'one word', 'distinct', 'shared', 'sharing', 'unshared'];
  const patterns = guests.flatMap(({ name, fillPatterns }) =>
    fillPatterns.map(({ word, pages }) => [name, word ?? 'not known', grouped(pages)]),
  );
  return {
    id: 'images',
    heading: 'Images',
    html:
      tableHtml({
        caption: 'Pages. Unknown pages are counted only as unknown',
        columns: [text('guest'), text('format'), ...heads.map(number), text('why unknown')],
        rows,
      }) +
      guests
        .flatMap(({ name, notes }) => notes.map((note) => paragraph(sentence(`${name}: ${note}.`))))
        .join('') +
      (patterns.length === 0
        ? ''
        : tableHtml({
            caption: 'Pages filled with one 8-byte word (in the order of memory)',
            columns: [text('guest'), text('word'), number('pages')],
            rows: patterns,
          })),
  };
}
