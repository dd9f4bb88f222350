/** Every experiment there is: one line each, in the order in which they are printed. */
import { type Experiment } from './experiment.ts';
import { differenceEngineCensus } from './experiments/difference-engine-census.ts';
import { esxMinFree } from './experiments/esx-minfree.ts';
import { pageWalkReferences } from './experiments/page-walk-references.ts';
import { vsphereManualExample } from './experiments/vsphere-manual-example.ts';

export const EXPERIMENTS: readonly Experiment[] = [
  differenceEngineCensus,
  pageWalkReferences,
  esxMinFree,
  vsphereManualExample,
];
