/** Reports of reproduced experiments. An entry of its own: who prints a table does not load the drawing library. */
export { figuresCsv, reproducedCsv } from './csv.ts';
export { outcomeLine, reproducedPage } from './page.ts';
