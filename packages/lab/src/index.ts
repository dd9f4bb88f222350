/** @overbook/lab: scenarios, experiments, statistics, results. */
export { type ScenarioFile, parseScenario, readScenario } from './scenario/read-scenario.ts';
export { ProblemsError } from './scenario/problems.ts';
export { type Scenario, type ScenarioGuest, type ScenarioMix, scenarioSchema } from './scenario/schema.ts';
export { scenarioJsonSchema } from './scenario/json-schema.ts';
export { scenarioReference } from './scenario/reference.ts';
export { type HostMemorySize, parseHostMemory, parseSize, parseTime } from './scenario/quantity.ts';
export { didYouMean, nearest } from './scenario/suggest.ts';
export {
  type AnyPlugin,
  type LoadedPlugin,
  type ModuleRequest,
  PluginCatalogue,
  SHIPPED,
  loadModule,
} from './plugins/load-plugins.ts';
export { loadReaders, readersInThreads } from './plugins/load-readers.ts';
export { optionGroups, type OptionGroup, type OptionRow } from './plugins/option-rows.ts';
export { type Cell, type Experiment, planExperiment } from './experiment/experiment.ts';
export { type Overrides } from './experiment/overrides.ts';
export { type Mix } from './experiment/mixes.ts';
export { type Outcome, configOf } from './experiment/run-cell.ts';
export { type CellOutcome, type RunOptions, runExperiment } from './experiment/run-experiment.ts';
export { type Interval, interval, isClear, pairedDifference, rounded } from './statistics/interval.ts';
export {
  type MixResult,
  RESULTS_SCHEMA,
  type Results,
  type RunResult,
  type SummaryIntervals,
  resultsJson,
  resultsOf,
} from './results/results.ts';
export { METRICS, type Metric } from './results/metrics.ts';
export { csvLine, guestsCsv, idsOf, runsCsv, summaryCsv } from './results/csv.ts';
export { hasSeries, hostSeriesCsv, vmSeriesCsv } from './results/series-csv.ts';
export { writeFiles, writeWhole } from './results/write-files.ts';
