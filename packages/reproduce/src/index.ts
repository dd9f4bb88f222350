/** @overbook/reproduce: published experiments, run again on Overbook's own mechanisms. */
export type {
  Experiment,
  ExperimentResult,
  Figure,
  FigureSeries,
  Grade,
  Measurement,
  Row,
  RunContext,
  Verdict,
} from './experiment.ts';
export { GRADES, compares, isReproduced, verdictOf } from './experiment.ts';
export type { Mechanisms } from './mechanisms.ts';
export { EXPERIMENTS } from './registry.ts';
export type { Reproduced } from './reproduce.ts';
export { REPRODUCE_SCHEMA, chooseExperiments, reproduce, reproducedJson } from './reproduce.ts';
