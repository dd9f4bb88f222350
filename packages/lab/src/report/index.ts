/** Reports as single HTML files. An entry of its own: who draws nothing does not load the drawing library. */
export type { Chart } from './chart.ts';
export { SERIES_COLORS, chartSvg } from './chart.ts';
export type { Page, PageSection, TableColumn } from './page.ts';
export { escapeHtml, figureHtml, foldedHtml, listHtml, reportPage, tableHtml, withCode } from './page.ts';
export type { PlotFigure } from './plot-figure.ts';
export { legendHtml, plotFigure, smallFigure } from './plot-figure.ts';
export type { LegendKey } from './saved-svg.ts';
export type { SeriesLook } from './series-look.ts';
export { BOUND_LOOK, looksOf, seriesLook } from './series-look.ts';
export type { ScaleWish, SideLabel } from './frame.ts';
export { Frame } from './frame.ts';
export type { IntervalRow } from './intervals-plot.ts';
export { intervalsPlot } from './intervals-plot.ts';
export type { PainPoint } from './pain-plot.ts';
export { painPlot } from './pain-plot.ts';
export type { CompareReportParts } from './compare-report.ts';
export { compareReport } from './compare-report.ts';
