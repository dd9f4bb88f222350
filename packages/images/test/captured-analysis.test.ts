/**
 * The analysis of whole captured guests beside recounts that share nothing with it: whole contents as keys of a Map,
 * SHA-256 by node:crypto, and what a real Linux kernel's KSM counted for the same contents. Needs OVERBOOK_DATA.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Analysis } from '../src/index.ts';
import { analyzeImages } from '../src/index.ts';
import { CAPTURED_NAMES, rawImageOf, readPagePack } from './captured-images.ts';
import type { Recounted } from './whole-contents.ts';
import { contentsOf, recount } from './whole-contents.ts';

const captured = process.env['OVERBOOK_DATA'];

interface KsmTruth {
  readonly set: string;
  readonly max_page_sharing: number;
  readonly use_zero_pages: number;
  readonly pages_shared: number;
  readonly pages_sharing: number;
  readonly pages_unshared: number;
  readonly ksm_zero_pages: number;
}

describe.skipIf(captured === undefined)('captured images (needs OVERBOOK_DATA)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'overbook-'));
  const data = join(captured ?? '', 'images');
  const images = new Map<string, Buffer>();
  const pathOf = (name: string): string => join(folder, `${name}.raw`);
  beforeAll(() => {
    if (captured === undefined) return;
    const pack = readPagePack(data);
    for (const name of CAPTURED_NAMES) {
      images.set(name, rawImageOf(data, pack, name));
      writeFileSync(pathOf(name), images.get(name)!);
    }
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true }));
  const analysis = (names: readonly string[], maxPageSharing?: number): Promise<Analysis> =>
    analyzeImages(
      names.map((name) => ({ path: pathOf(name) })),
      { only: 'sharing', ...(maxPageSharing === undefined ? {} : { maxPageSharing }) },
    );

  test('count as the plain recount of whole contents does, each and together', async () => {
    const found = await analysis(CAPTURED_NAMES);
    for (const [at, name] of CAPTURED_NAMES.entries()) {
      const plain: Partial<Recounted> = recount(contentsOf([images.get(name)!]));
      const { savedNonZeroPages, ...figures } = plain;
      expect(found.images[at]).toMatchObject(figures);
      expect(found.images[at]!.pagesSharing - (found.images[at]!.zeroPages - 1)).toBe(savedNonZeroPages);
    }
    const all = recount(contentsOf([...images.values()]));
    expect(found.sharing.acrossVms).toEqual({
      savedPages: all.pagesSharing,
      savedNonZeroPages: all.savedNonZeroPages,
      pagesShared: all.pagesShared,
      pagesSharing: all.pagesSharing,
      pagesUnshared: all.pagesUnshared,
      distinctContents: all.distinctContents,
    });
  }, 60_000);

  test('count as a SHA-256 recount does', async () => {
    const counts = new Map<string, number>();
    for (const image of images.values()) {
      for (let at = 0; at < image.length; at += 4096) {
        const hash = createHash('sha256')
          .update(image.subarray(at, at + 4096))
          .digest('hex');
        counts.set(hash, (counts.get(hash) ?? 0) + 1);
      }
    }
    const { sharing } = await analysis(CAPTURED_NAMES);
    const pages = [...counts.values()].reduce((sum, count) => sum + count, 0);
    expect(sharing.acrossVms).toMatchObject({
      distinctContents: counts.size,
      savedPages: pages - counts.size,
      pagesShared: [...counts.values()].filter((count) => count > 1).length,
    });
  }, 60_000);

  test('count as Linux KSM did', async () => {
    const truths = readFileSync(join(data, 'ksm-truth.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as KsmTruth);
    expect(truths.length).toBeGreaterThan(8);
    for (const truth of truths) {
      const names = truth.set.split(' ').map((file) => file.replace('.raw', ''));
      const { sharing, images: guests } = await analysis(names, truth.max_page_sharing);
      const { pagesShared, pagesSharing, pagesUnshared, savedNonZeroPages } = sharing.acrossVms;
      const zeroPages = guests.reduce((sum, guest) => sum + guest.zeroPages, 0);
      // With use_zero_pages the kernel maps its own zero page: those pages are in no stable node.
      const zeroFrames = Math.ceil(zeroPages / truth.max_page_sharing);
      const apart = truth.use_zero_pages === 1;
      expect([
        truth.set,
        pagesShared - (apart ? zeroFrames : 0),
        apart ? savedNonZeroPages : pagesSharing,
      ]).toEqual([truth.set, truth.pages_shared, truth.pages_sharing]);
      expect(pagesUnshared).toBe(truth.pages_unshared);
      if (apart) expect(zeroPages).toBe(truth.ksm_zero_pages);
    }
  }, 60_000);

  test('say what the most repeated contents are, by the page flags of the guest', async () => {
    const roles = join(data, 'roles/sqlite.roles.br');
    const { mostRepeated, exposure } = await analyzeImages([{ path: pathOf('sqlite'), flags: roles }], {
      only: 'sharing',
    });
    for (const { pages, roles: found } of mostRepeated)
      expect(Object.values(found).reduce((sum, count) => sum + count, 0)).toBe(pages);
    const shared = exposure.byGuest[0]!.sharedPages;
    expect(Object.values(exposure.sharedByRole).reduce((sum, count) => sum + count, 0)).toBe(shared);
  }, 60_000);
});
