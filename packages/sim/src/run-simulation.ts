import { type SimulationResult } from './result.ts';
import { type SimulationConfig } from './simulation.ts';

/** Runs a host until all its guests have done their work. */
export const runSimulation = (config: SimulationConfig): SimulationResult => {
  throw new Error(`not built yet: ${config.name}`);
};
