/** A drawing as a file of its own: what the page lends it, colours, font and legend, is inside. */
import { LIGHT, inLight } from './colors.ts';
import { escapeHtml } from './page.ts';

/** What a colour stands for. */
export interface LegendKey {
  readonly name: string;
  readonly color: string;
}

export interface SavedSvg {
  readonly title: string;
  readonly description: string;
  readonly svg: string;
  readonly legend?: readonly LegendKey[];
}

const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif';
const LINE = 18;
/** About the width of a letter of 12 pixels. */
const LETTER = 7.2;

/** @param svg of chartSvg */
export function savedSvg({ title, description, svg, legend = [] }: SavedSvg): string {
  const [, width = '800', height = '400'] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg) ?? [];
  const keys = keysSvg(legend, Number(width));
  const top = 26 + keys.lines * LINE;
  const box = `viewBox="0 ${-top} ${width} ${Number(height) + top}"`;
  const inside =
    `<title>${escapeHtml(title)}</title><desc>${escapeHtml(description)}</desc>` +
    `<rect x="0" y="${-top}" width="${width}" height="${Number(height) + top}" fill="${LIGHT['paper']!}"/>` +
    `<text x="8" y="${18 - top}" text-anchor="start" font-weight="600" font-size="14">${escapeHtml(title)}</text>` +
    `<g transform="translate(0 ${26 - top})">${keys.svg}</g>`;
  const whole = svg
    .replace(/viewBox="[^"]*"/, box)
    .replace(/ height="\d+"/, ` height="${Number(height) + top}"`)
    .replace(
      /^<svg([^>]*)>/,
      `<svg$1 style="color:${LIGHT['ink']!};font:12px ${escapeHtml(FONT)}">${inside}`,
    );
  // HTML's name of the space that does not break is none of XML's.
  return inLight(whole).replaceAll('&nbsp;', '&#160;');
}

function keysSvg(
  legend: readonly LegendKey[],
  width: number,
): { readonly svg: string; readonly lines: number } {
  let x = 8;
  let lines = legend.length === 0 ? 0 : 1;
  const keys = legend.map(({ name, color }) => {
    const needed = 20 + name.length * LETTER;
    if (x > 8 && x + needed > width) {
      x = 8;
      lines++;
    }
    const y = (lines - 1) * LINE;
    const key =
      `<rect x="${x}" y="${y + 2}" width="11" height="11" fill="${color}"/>` +
      `<text x="${x + 16}" y="${y + 12}" text-anchor="start">${escapeHtml(name)}</text>`;
    x += needed + 12;
    return key;
  });
  return { svg: keys.join(''), lines };
}

/** A link that saves the drawing. @param file its name, without the ending */
export function saveLink(file: string, drawing: SavedSvg): string {
  const data = Buffer.from(savedSvg(drawing)).toString('base64');
  return (
    `<a class="save" download="${escapeHtml(file)}.svg" href="data:image/svg+xml;base64,${data}" ` +
    `aria-label="${escapeHtml(`Save as SVG: ${drawing.title}`)}">Save as SVG</a>`
  );
}
