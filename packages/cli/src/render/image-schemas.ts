/** Layout of what `analyze --json` and `digest --json` print; docs/*.schema.json are made from it. */
import { z } from 'zod';

const count = z.int().nonnegative();
const sha256 = z.string().regex(/^[\da-f]{64}$/);
const pagesByName = z.record(z.string(), count);
const saved = { savedPages: count, savedNonZeroPages: count };
const ksm = { pagesShared: count, pagesSharing: count, pagesUnshared: count };

const made = z
  .strictObject({
    version: z.string().meta({ description: 'Version of overbook.' }),
    command: z.string().meta({
      description:
        'Command line, without options that do not change figures; absolute paths cut to their last part.',
    }),
    options: z.record(z.string(), z.unknown()).meta({
      description: 'Options that affect figures; null if each image decides.',
    }),
  })
  .meta({ description: 'How this was made.' });

const image = z.strictObject({
  path: z.string(),
  name: z.string().meta({ description: 'Name of the guest below; unique.' }),
  format: z.string().meta({ description: 'Id of the reader, or digest.' }),
  fileBytes: count.meta({ description: 'Of the file, after unpacking.' }),
  contentsSha256: sha256.meta({
    description:
      'Over number and content key of every known page in order: the same for an image and its digest.',
  }),
  pages: count.meta({ description: 'Data, zero and unknown.' }),
  zeroPages: count,
  unknownPages: count,
  unknown: pagesByName.meta({ description: 'By reason: docs/formats/images.md.' }),
  sameFilledPages: count.meta({ description: 'One 8-byte word repeated, not zero.' }),
  fillPatterns: z.array(z.strictObject({ word: z.string().nullable(), pages: count })),
  distinctContents: count,
  ...ksm,
  notes: z.array(z.string()).meta({ description: 'Notes about the file.' }),
});

const fits = { pages: count, fits2KiB: count, fits1KiB: count, meanBytes: z.number() };
const store = z.strictObject({
  pages: count,
  sameFilledPages: count,
  hugePages: count,
  compressedBytes: count,
  storePages: count,
});

const sequence = {
  knownBytes: count,
  zeroBytes: count,
  shareBytes: count,
  patchBytes: count.meta({
    description: '0 if near-duplicates were not searched for; then `similar` is absent.',
  }),
  compressBytes: count,
  restBytes: count,
};

/** What `overbook analyze --json` prints. */
export const analysisSchema = z
  .strictObject({
    schema: z.literal('overbook.analyze/1'),
    contentKey: z.string(),
    collisionProbability: z.number(),
    maxPageSharing: z.int().nullable(),
    images: z.array(image),
    sharing: z.strictObject({
      withinVm: z.strictObject(saved),
      acrossVms: z.strictObject({ ...saved, ...ksm, distinctContents: count }),
      groups: z.array(z.strictObject({ ...saved, name: z.string(), images: z.array(z.string()) })),
      bySalt: z.strictObject(saved),
      matrix: z.array(z.array(count)),
    }),
    mostRepeated: z.array(
      z.strictObject({
        key: z.string(),
        kind: z.enum(['zero', 'filled', 'data']),
        word: z.string().nullable(),
        pages: count,
        where: z.array(
          z.strictObject({ image: z.string(), pages: count, firstPage: count, lastPage: count, runs: count }),
        ),
        roles: pagesByName,
      }),
    ),
    largePages: z.strictObject({
      regions: count,
      regionsToBreak: count,
      regionsToBreakNonZero: count,
      savedPagesKeepingLarge: count,
      lostPages: count,
      regionsForPart: z.array(z.strictObject({ part: z.number(), regions: count })),
    }),
    exposure: z.strictObject({
      burstPages: count,
      burstZeroPages: count,
      byGuest: z.array(z.strictObject({ image: z.string(), sharedPages: count, burstPages: count })),
      sharedByRole: pagesByName,
    }),
    verified: z
      .strictObject({
        comparedPages: count,
        collidingPages: count,
        collisions: z.array(
          z.strictObject({ image: z.string(), page: count, likeImage: z.string(), likePage: count }),
        ),
      })
      .exactOptional(),
    stores: z
      .strictObject({ kernel: z.string(), zsmallocChain: z.int() })
      .exactOptional()
      .meta({ description: 'Linux version whose zram and zswap the figures model.' }),
    compression: z
      .record(
        z.string(),
        z.strictObject({
          ...fits,
          coder: z.string(),
          unshared: z.strictObject(fits),
          zram: store,
          zswap: store,
          afterSharing: z.strictObject({ zram: store, zswap: store }),
        }),
      )
      .exactOptional(),
    similar: z
      .strictObject({
        patchedPages: count,
        referenceContents: count,
        patchBytes: count,
        savedBytes: z.int(),
        meanPatchBytes: z.number(),
        pagesWithCandidate: count,
      })
      .exactOptional(),
    sequence: z
      .strictObject({
        codec: z.string(),
        ...sequence,
        byGuest: z.array(z.strictObject({ image: z.string(), ...sequence })),
      })
      .exactOptional(),
    maps: z
      .array(z.strictObject({ image: z.string(), pagesPerCell: count, cells: z.string() }))
      .exactOptional(),
    made,
  })
  .meta({ title: 'Figures of overbook analyze' });

/** What `overbook digest --json` prints. */
export const digestSchema = z
  .strictObject({
    schema: z.literal('overbook.digest/1'),
    digest: z.string().meta({ description: 'The file that was written.' }),
    pages: count,
    contents: count.meta({ description: 'Distinct contents, including the zero page.' }),
    zeroPages: count,
    sameFilledPages: count,
    unknownPages: count,
    contentKey: z.string(),
    codec: z.string(),
    image: z.strictObject({
      path: z.string(),
      format: z.string(),
      fileBytes: count,
      sha256: sha256.meta({ description: 'Of the pages in order, unknown ones as zeros.' }),
      notes: z.array(z.string()),
    }),
    made,
  })
  .meta({ title: 'What overbook digest wrote' });
