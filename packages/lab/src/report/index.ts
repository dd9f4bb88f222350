/** Reports as single HTML files. An entry of its own: who draws nothing does not load the drawing library. */
export type { Chart } from './chart.ts';
export { SERIES_COLORS, chartSvg } from './chart.ts';
export type { Page, PageSection, TableColumn } from './page.ts';
export { escapeHtml, figureHtml, reportPage, tableHtml } from './page.ts';
