export { type ExperimentResult, type Grade, type Row } from './experiment.ts';
