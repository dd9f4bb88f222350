/**
 * What analyze and digest print fits the published schemas;
 * `npx vitest run packages/cli/test/image-schemas -u` writes them.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { z } from 'zod';

import { analysisSchema, digestSchema } from '../src/render/image-schemas.ts';
import { DATASETS, overbook } from './captured-io.ts';
import { formatted } from '../../../tools/formatted.ts';

const folder = mkdtempSync(join(tmpdir(), 'overbook-schemas-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const image = join(DATASETS, 'images/mini.raw.gz');

test.each([
  ['analyze', analysisSchema],
  ['digest', digestSchema],
])('docs/%s.schema.json is the schema', async (name, schema) => {
  const path = new URL(`../../../docs/${name}.schema.json`, import.meta.url).pathname;
  const text = JSON.stringify(z.toJSONSchema(schema));
  const written = await formatted(path, text);
  await expect(written).toMatchFileSnapshot(path);
});

test.each([[['--only', 'sharing']], [['--codec', 'lz4', '--similar', '--verify', '--kernel', '6.1']], [[]]])(
  'analyze --json %j fits it, and says how it was made',
  async (words) => {
    const { code, out } = await overbook(['analyze', image, image, '--json', '--workers', '1', ...words]);
    expect(code).toBe(0);
    const { made, images } = analysisSchema.parse(JSON.parse(out));
    expect(made.command).toBe(['overbook', 'analyze', 'mini.raw.gz', 'mini.raw.gz', ...words].join(' '));
    expect(images[0]!.contentsSha256).toBe(images[1]!.contentsSha256);
    expect(images[0]!.fileBytes).toBe(768 * 4096);
  },
);

test('digest --json fits it; image and digest have one hash of contents', async () => {
  const path = join(folder, 'mini.ovd');
  const { out } = await overbook(['digest', image, '-o', path, '--json']);
  const answer = digestSchema.parse(JSON.parse(out));
  expect(answer).toMatchObject({ pages: 768, image: { format: 'raw', fileBytes: 768 * 4096 } });
  const both = await overbook(['analyze', image, path, '--json', '--only', 'sharing', '--workers', '1']);
  const [one, other] = analysisSchema.parse(JSON.parse(both.out)).images;
  expect(one!.contentsSha256).toBe(other!.contentsSha256);
});

test('the report says version, command and images', async () => {
  const out = join(folder, 'report');
  await overbook(['analyze', image, '--only', 'sharing', '--workers', '1', '--out', out]);
  const { made, images } = analysisSchema.parse(JSON.parse(readFileSync(join(out, 'analysis.json'), 'utf8')));
  const html = readFileSync(join(out, 'report.html'), 'utf8');
  expect(html).toContain(`Made by overbook ${made.version}: ${made.command}`);
  expect(html).toContain(images[0]!.contentsSha256);
});
