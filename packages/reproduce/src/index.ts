/** @overbook/reproduce: published experiments, run again on Overbook's own mechanisms. */
export {
  type Experiment,
  type ExperimentResult,
  type Figure,
  type FigureSeries,
  type Grade,
  type Measurement,
  type Row,
  type RunContext,
} from './experiment.ts';
export { type Mechanisms } from './mechanisms.ts';
export { EXPERIMENTS } from './registry.ts';
export {
  REPRODUCE_SCHEMA,
  type Reproduced,
  chooseExperiments,
  reproduce,
  reproducedJson,
} from './reproduce.ts';
