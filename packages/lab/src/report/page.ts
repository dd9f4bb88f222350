/** One HTML file that carries all it needs: styles inside, drawings as SVG, no script, no network. */
import { DARK, LIGHT, customProperties } from './colors.ts';

/** Text escaped for use between tags or in an attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** Plain text with `names` in backticks, as the terminal prints them, in a face of their own. */
export function withCode(text: string): string {
  return escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}

/** A part that is folded until it is asked for. @param html its texts escaped already */
export function foldedHtml(summary: string, html: string): string {
  return `<details><summary>${escapeHtml(summary)}</summary>\n${html}\n</details>`;
}

/** A list of plain texts. */
export function listHtml(items: readonly string[]): string {
  return items.length === 0 ? '' : `<ul>${items.map((item) => `<li>${withCode(item)}</li>`).join('\n')}</ul>`;
}

export interface PageSection {
  /** Unique in the page; the anchor of its heading. */
  readonly id: string;
  readonly heading: string;
  /** A word or two beside its entry in the contents, in the colour of failures. */
  readonly failing?: string;
  /** Inner HTML, its texts escaped already. */
  readonly html: string;
}

export interface Page {
  readonly title: string;
  /** What the page answers, and its answer: plain text, one paragraph; names may be in backticks. */
  readonly lead: string;
  readonly sections: readonly PageSection[];
  /** Where the figures come from: command, versions, inputs. Plain text lines. */
  readonly footer: readonly string[];
}

/** Writes the whole page. The same input gives the same bytes. */
export function reportPage({ title, lead, sections, footer }: Page): string {
  const contents = sections.map(
    ({ id, heading, failing }) =>
      `<li><a href="#${escapeHtml(id)}">${escapeHtml(heading)}</a>${
        failing === undefined ? '' : ` <span class="fail">${escapeHtml(failing)}</span>`
      }</li>`,
  );
  const nav =
    sections.length > 2 ? `<nav aria-label="Contents"><ul>\n${contents.join('\n')}\n</ul></nav>` : '';
  const body = sections.map(
    ({ id, heading, html }) =>
      `<section id="${escapeHtml(id)}">\n<h2>${escapeHtml(heading)}</h2>\n${html}\n</section>`,
  );
  const foot = footer.map((line) => `<p>${escapeHtml(line)}</p>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<header><h1>${escapeHtml(title)}</h1>
<p class="lead">${withCode(lead)}</p>
${nav}</header>
<main>
${body.join('\n')}
</main>
<footer>
${foot.join('\n')}
</footer>
</body>
</html>
`;
}

/** A drawing with its caption, and its legend where it has several series. @param svg of chartSvg */
export function figureHtml(parts: {
  readonly svg: string;
  readonly caption: string;
  /** Names of the series in the order of SERIES_COLORS. */
  readonly series?: readonly string[];
  /** Drawn for a phone's width: shrinks with the page, where others scroll to the side. */
  readonly fits?: boolean;
}): string {
  const keys = (parts.series ?? []).map(
    (name, i) =>
      `<li><span class="key" style="background:var(--series-${i + 1})"></span>${escapeHtml(name)}</li>`,
  );
  const legend = keys.length === 0 ? '' : `<ul class="legend">${keys.join('')}</ul>`;
  const caption = `<figcaption>${escapeHtml(parts.caption)}</figcaption>`;
  // What scrolls can be reached by the keyboard.
  const box =
    parts.fits === true
      ? 'class="fits"'
      : `class="wide" tabindex="0" role="group" aria-label="${escapeHtml(parts.caption)}"`;
  return `<figure>${legend}<div ${box}>${parts.svg}</div>${caption}</figure>`;
}

/** A column of a table: its heading, and whether its cells are numbers. */
export interface TableColumn {
  readonly head: string;
  readonly numeric?: boolean;
}

/** A table that scrolls sideways where it is wider than the screen. Cells are plain text. */
export function tableHtml(parts: {
  readonly caption: string;
  readonly columns: readonly TableColumn[];
  readonly rows: readonly (readonly string[])[];
}): string {
  const className = (i: number): string => (parts.columns[i]?.numeric === true ? ' class="number"' : '');
  const heads = parts.columns.map(({ head }, i) => `<th scope="col"${className(i)}>${escapeHtml(head)}</th>`);
  const rows = parts.rows.map((row) => {
    const cells = row.map((cell, i) =>
      i === 0
        ? `<th scope="row"${className(i)}>${escapeHtml(cell)}</th>`
        : `<td${className(i)}>${escapeHtml(cell)}</td>`,
    );
    return `<tr>${cells.join('')}</tr>`;
  });
  return `<div class="wide" tabindex="0" role="region" aria-label="${escapeHtml(parts.caption)}"><table>
<caption>${escapeHtml(parts.caption)}</caption>
<thead><tr>${heads.join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>`;
}

const STYLE = `
:root { color-scheme: light dark; ${customProperties(LIGHT)} }
@media (prefers-color-scheme: dark) { :root { ${customProperties(DARK)} } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 64rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; padding-top: .5rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.5rem 0 .25rem; }
.lead { font-size: 1.1rem; max-width: 48rem; }
a { color: var(--link); }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: 0; list-style: none; }
figure { margin: 1rem 0; }
figcaption, caption { color: var(--soft); font-size: .9rem; text-align: left; }
caption { padding-bottom: .4rem; max-width: calc(100vw - 2rem); } figcaption { margin-top: .4rem; }
/* Shadows at the edges where there is more to the side: the paper over them moves with what is scrolled. */
.wide { overflow-x: auto; background:
  linear-gradient(to right, var(--paper) 45%, transparent) left / 2.7rem 100% no-repeat local,
  linear-gradient(to left, var(--paper) 45%, transparent) right / 2.7rem 100% no-repeat local,
  linear-gradient(to right, var(--shade), transparent) left / 1.2rem 100% no-repeat scroll,
  linear-gradient(to left, var(--shade), transparent) right / 1.2rem 100% no-repeat scroll; }
svg.chart { display: block; min-width: 34rem; width: 100%; height: auto; background: transparent; color: var(--ink);
  font: 12px system-ui, sans-serif; }
.fits svg.chart { min-width: 0; max-width: 40rem; }
svg.chart text { white-space: pre; }
.at-wide svg.chart { max-width: 50rem; } .at-narrow, .small { display: block; }
.at-narrow svg.chart, .small svg.chart { min-width: 0; max-width: 30rem; }
.at-narrow { display: none; }
@media (max-width: 40rem) { .at-wide { display: none; } .at-narrow { display: block; } }
.small { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 18rem), 1fr)); gap: .5rem 1.5rem; }
.small figure { margin: .5rem 0; }
.save { white-space: nowrap; }
details { margin: 1rem 0; } summary { cursor: pointer; font-weight: 600; }
details > :first-child + * { margin-top: .6rem; }
pre { overflow-x: auto; background: var(--wash); padding: .6rem .8rem;
  font: .85rem/1.4 ui-monospace, "Liberation Mono", monospace; }
td.heat { background: color-mix(in srgb, var(--series-2) var(--heat), var(--paper));
  padding-left: .6rem; padding-right: .6rem; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; list-style: none; padding: 0; margin: 0 0 .3rem;
  font-size: .9rem; }
.key { display: inline-block; width: .8rem; height: .8rem; border-radius: 2px; margin-right: .4rem;
  vertical-align: -1px; }
table { border-collapse: collapse; font-size: .92rem; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top;
  font-weight: normal; }
tbody th { min-width: 10rem; }
thead th { font-weight: 600; border-bottom-width: 2px; }
.number { text-align: right; font-variant-numeric: tabular-nums; } td.number { white-space: nowrap; }
.pass { color: var(--good); } .fail { color: var(--bad); font-weight: 600; }
code { font: .92em ui-monospace, "Liberation Mono", monospace; background: var(--wash); padding: .05em .3em; }
footer { margin-top: 3rem; padding-top: .5rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .85rem;
  overflow-wrap: anywhere; }
footer p { margin: .2rem 0; }
@media (max-width: 30rem) { tbody th { min-width: 5.5rem; } }
@media print { body { max-width: none; } nav { display: none; } }
`;
