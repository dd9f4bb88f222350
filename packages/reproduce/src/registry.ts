/** Every experiment there is: one line each, in the order in which they are printed. */
import { type Experiment } from './experiment.ts';

export const EXPERIMENTS: readonly Experiment[] = [];
