/** Reports as single HTML files. An entry of its own: who draws nothing does not load the drawing library. */
export { type Chart, SERIES_COLORS, chartSvg } from './chart.ts';
export {
  type Page,
  type PageSection,
  type TableColumn,
  escapeHtml,
  figureHtml,
  reportPage,
  tableHtml,
} from './page.ts';
