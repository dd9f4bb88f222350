/** @overbook/lab: scenarios, experiments, statistics, results. */
export type { ScenarioFile } from './scenario/read-scenario.ts';
export { parseMadeScenario, parseScenario, readScenario } from './scenario/read-scenario.ts';
export type { YamlKind, YamlText } from './scenario/yaml-text.ts';
export { parseYaml, readYamlFile } from './scenario/yaml-text.ts';
export type { Path, Problem } from './scenario/problems.ts';
export { ProblemsError, explain, problemsOf } from './scenario/problems.ts';
export type { PluginEntry, Scenario, ScenarioGuest, ScenarioMix } from './scenario/schema.ts';
export { scenarioSchema } from './scenario/schema.ts';
export { scenarioJsonSchema } from './scenario/json-schema.ts';
export { scenarioReference } from './scenario/reference.ts';
export { section } from './scenario/schema-page.ts';
export type { SchemaNode } from './plugins/option-rows.ts';
export type { HostMemorySize } from './scenario/quantity.ts';
export {
  hostMemoryProblem,
  parseHostMemory,
  parseSize,
  parseTime,
  sizeProblem,
  timeProblem,
} from './scenario/quantity.ts';
export { didYouMean, nearest } from './scenario/suggest.ts';
export type { AnyPlugin, LoadedPlugin, ModuleRequest } from './plugins/load-plugins.ts';
export { PluginCatalogue, SHIPPED, loadModule } from './plugins/load-plugins.ts';
export { loadReaders, readersInThreads } from './plugins/load-readers.ts';
export type { OtherName } from './plugins/other-names.ts';
export { OTHER_NAMES, otherName } from './plugins/other-names.ts';
export type { OptionGroup, OptionRow } from './plugins/option-rows.ts';
export type { AssumedRange } from './plugins/option-rows.ts';
export { optionGroups } from './plugins/option-rows.ts';
export type { DatasetKind, ShippedDataset } from './experiment/shipped-datasets.ts';
export { shippedDatasets, sizeOfDataset } from './experiment/shipped-datasets.ts';
export type { Experiment } from './experiment/experiment.ts';
export type { Cell } from './experiment/plan.ts';
export { planExperiment } from './experiment/experiment.ts';
export type { CellAnswer, CellFigures, CellRequest } from './experiment/single-cell.ts';
export { CellRunner } from './experiment/single-cell.ts';
export type { SharedDatasets } from './experiment/loaded-datasets.ts';
export { LoadedDatasets } from './experiment/loaded-datasets.ts';
export { COMMON_CONTENTS, commonContentsFile, shippedCommonContents } from './experiment/common-contents.ts';
export { datasetPaths, datasetsElsewhere, hashDatasets, hashOfFile } from './experiment/datasets.ts';
export type { Overrides } from './experiment/overrides.ts';
export type { Mix } from './experiment/mix.ts';
export type { Outcome } from './experiment/run-cell.ts';
export { configOf } from './experiment/run-cell.ts';
export type { Described } from './experiment/described.ts';
export { hostOf, runSettingsOf, settledOf } from './experiment/described.ts';
export type { RunLimits } from './experiment/run-limits.ts';
export type { Beats } from './experiment/run-limits.ts';
export { RUN_LIMITS, beat, beginsPreparing, callsPlugin, newBeats } from './experiment/run-limits.ts';
export { forbidExit } from './experiment/no-exit.ts';
export type { CellOutcome, RunOptions } from './experiment/run-experiment.ts';
export { interruption, runExperiment } from './experiment/run-experiment.ts';
export type { Interval } from './statistics/interval.ts';
export { interval, pairedDifference, rounded, roundedInterval, tQuantile } from './statistics/interval.ts';
export type { OverGuests } from './results/over-guests.ts';
export type { Standing } from './statistics/least.ts';
export { leastOf } from './statistics/least.ts';
export type { MixResult, Results, RunBy, RunResult, SummaryIntervals } from './results/results.ts';
export type { Copies, SettledCost, SettledMix } from './results/settled.ts';
export { copiesIn } from './results/settled.ts';
export { RESULTS_SCHEMA, resultsJson, resultsOf } from './results/results.ts';
export { meaning } from './results/meaning.ts';
export type { FigureCell } from './results/shown-figures.ts';
export { COST, PAIN, withInterval } from './results/shown-figures.ts';
export type { Metric } from './results/metrics.ts';
export { METRICS } from './results/metrics.ts';
export { packageVersions } from './results/versions.ts';
export { codeHash } from './results/code-hash.ts';
export { modulesInMixes, modulesListed } from './experiment/mixes.ts';
export { isPath } from './plugins/load-plugins.ts';
export { csvLine, guestsCsv, idsOf, runsCsv, summaryCsv } from './results/csv.ts';
export { RUN_SCHEMA, runJson } from './results/run-results.ts';
export { hasSeries, hostSeriesCsv, vmSeriesCsv } from './results/series-csv.ts';
export { printable } from './results/printable.ts';
export { checkOutFile, checkOutFolder, writeFiles, writeWhole } from './results/write-files.ts';
export type { RankDesign, RankedMix, RankPoint, Ranking } from './rank/rank.ts';
export { RANK_SCHEMA, rankCsv, rankJson } from './rank/rank-results.ts';
export { rankSchema } from './rank/rank-schema.ts';
export type { KnownOrder } from './rank/kept-ranking.ts';
export { keptRankingPath, knownOrder } from './rank/kept-ranking.ts';
export { designRank, rankingOf } from './rank/rank.ts';
export { resultsSchema, runSchema } from './results/results-schema.ts';
