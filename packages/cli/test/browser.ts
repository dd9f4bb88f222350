/** Reports in a real browser: headless Chromium, where the machine has one. */
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { accessSync, constants, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { AxeResults, RunOptions } from 'axe-core';
import type { Page } from 'playwright-core';
import { chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Path of a browser, by CHROMIUM or on the PATH; undefined where there is none. */
export const CHROMIUM =
  process.env['CHROMIUM'] ??
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find(isExecutable);

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** One look at a page, all its folded parts open. */
export interface Seen {
  readonly theme: 'light' | 'dark';
  readonly width: number;
  /** Width that the page takes: more than the screen's means scrolling sideways. */
  readonly pageWidth: number;
  /** What axe holds against it, where it was asked. */
  readonly violations: readonly string[];
  /** Errors and warnings on the console, and whatever it tried to fetch. */
  readonly said: readonly string[];
  readonly fetched: readonly string[];
  /** Pairs of labels of one drawing that cover each other. */
  readonly overlaps: readonly string[];
  /** Names of the drawings that are shown. */
  readonly drawings: readonly string[];
  /** What each drawing that can be saved is: the name of its root, or what is wrong with it. */
  readonly saved: readonly string[];
  /** Text of each cell of each table, by the table's caption. */
  readonly tables: Readonly<Record<string, readonly (readonly string[])[]>>;
}

export const WIDTHS = [1200, 768, 390] as const;

export interface Look {
  readonly theme: 'light' | 'dark';
  readonly width: (typeof WIDTHS)[number];
  /** Let axe go through it: seconds for a long page. */
  readonly isAudited: boolean;
}

/** Both themes at each width. */
export const ALL_LOOKS: readonly Look[] = WIDTHS.flatMap((width): readonly Look[] => [
  { theme: 'light', width, isAudited: width !== 768 },
  { theme: 'dark', width, isAudited: width === 390 },
]);

export async function seen(file: string, looks: readonly Look[] = ALL_LOOKS): Promise<readonly Seen[]> {
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  // Root in a container has no sandbox to give; the page is our own.
  const browser = await chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox'] });
  try {
    const all: Seen[] = [];
    for (const { theme, width, isAudited } of looks) {
      const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: theme });
      const said: string[] = [];
      const fetched: string[] = [];
      page.on('console', (message) => void said.push(`${message.type()}: ${message.text()}`));
      page.on('pageerror', (error) => void said.push(error.message));
      const url = pathToFileURL(file).href;
      page.on('request', (request) => {
        if (request.url() !== url && !request.url().startsWith('data:')) fetched.push(request.url());
      });
      await page.goto(url);
      const closed = await page.evaluate(() => document.documentElement.scrollWidth);
      await page.evaluate(() => {
        for (const part of document.querySelectorAll('details')) part.open = true;
      });
      const violations = isAudited ? await audited(page, axe) : [];
      all.push({
        theme,
        width,
        said,
        fetched,
        violations,
        ...(await page.evaluate(lookAround)),
        pageWidth: Math.max(closed, await page.evaluate(() => document.documentElement.scrollWidth)),
      });
      await page.close();
    }
    return all;
  } finally {
    await browser.close();
  }
}

async function audited(page: Page, axe: string): Promise<readonly string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(
    (options) =>
      (globalThis as unknown as { axe: { run(o: RunOptions): Promise<AxeResults> } }).axe.run(options),
    { resultTypes: ['violations'] } satisfies RunOptions,
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`);
}

/** Runs in the page. */
function lookAround(): Pick<Seen, 'overlaps' | 'drawings' | 'saved' | 'tables'> {
  const shown = [...document.querySelectorAll('svg.chart')].filter(
    (svg) => svg.getBoundingClientRect().width > 0,
  );
  const overlaps = shown.flatMap((svg) => {
    const labels = [...svg.querySelectorAll('text')]
      .filter((text) => text.textContent !== '')
      .map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() }));
    return labels.flatMap(({ text, box }, i) =>
      labels.slice(i + 1).flatMap((other) => {
        const across = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
        const down = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
        // Boxes of lines of text reach into one another by a pixel or so where the letters do not.
        return across > 1 && down > 4 ? [`${text} / ${other.text}: ${svg.getAttribute('aria-label')}`] : [];
      }),
    );
  });
  const saved = [...document.querySelectorAll<HTMLAnchorElement>('a.save')].map(({ href }) => {
    const bytes = Uint8Array.from(atob(href.slice(href.indexOf(',') + 1)), (char) => char.charCodeAt(0));
    const root = new DOMParser().parseFromString(
      new TextDecoder().decode(bytes),
      'image/svg+xml',
    ).documentElement;
    return root.querySelector('parsererror') === null && !root.outerHTML.includes('var(--')
      ? root.tagName
      : root.outerHTML.slice(0, 300);
  });
  const tables = [...document.querySelectorAll('table')].map((table) => [
    table.caption?.textContent ?? '',
    [...table.tBodies[0]!.rows].map((row) => [...row.cells].map((cell) => cell.textContent)),
  ]);
  return {
    overlaps,
    drawings: shown.map((svg) => svg.getAttribute('aria-label') ?? ''),
    saved,
    tables: Object.fromEntries(tables) as Seen['tables'],
  };
}
