/** Reports of studies. An entry of its own: who prints a table does not load the drawing library. */
export type { StudyReportParts } from './study-report.ts';
export { studyReport } from './study-report.ts';
