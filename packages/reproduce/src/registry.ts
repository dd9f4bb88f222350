/** Every experiment there is: one line each, in the order in which they are printed. */
import { type Experiment } from './experiment.ts';
import { barker2012Sharing } from './experiments/barker-2012-sharing.ts';
import { bootStormLargePages } from './experiments/boot-storm-large-pages.ts';
import { differenceEngineCensus } from './experiments/difference-engine-census.ts';
import { differenceEngineSavings } from './experiments/difference-engine-savings.ts';
import { esxMinFree } from './experiments/esx-minfree.ts';
import { pageWalkReferences } from './experiments/page-walk-references.ts';
import { vmwareOrderings } from './experiments/vmware-orderings.ts';
import { vsphereManualExample } from './experiments/vsphere-manual-example.ts';
import { vsphereMetricsExample } from './experiments/vsphere-metrics-example.ts';
import { zeroPagesAndGuests } from './experiments/zero-pages-and-guests.ts';

export const EXPERIMENTS: readonly Experiment[] = [
  differenceEngineCensus,
  differenceEngineSavings,
  bootStormLargePages,
  pageWalkReferences,
  esxMinFree,
  vsphereManualExample,
  vsphereMetricsExample,
  vmwareOrderings,
  barker2012Sharing,
  zeroPagesAndGuests,
];
