/** Every experiment there is: one line each, in the order in which they are printed. */
import type { Experiment } from './experiment.ts';
import { barker2012Sharing } from './experiments/barker-2012-sharing.ts';
import { bootStormLargePages } from './experiments/boot-storm-large-pages.ts';
import { differenceEngineCensus } from './experiments/difference-engine-census.ts';
import { differenceEngineSavings } from './experiments/difference-engine-savings.ts';
import { esxMinFree } from './experiments/esx-minfree.ts';
import { pageWalkReferences } from './experiments/page-walk-references.ts';
import { vmwareOrderings } from './experiments/vmware-orderings.ts';
import { vsphereManualExample } from './experiments/vsphere-manual-example.ts';
import { vsphereMetricsExample } from './experiments/vsphere-metrics-example.ts';
import { waldspurger2002Admission } from './experiments/waldspurger-2002-admission.ts';
import { waldspurger2002Fig2 } from './experiments/waldspurger-2002-fig2.ts';
import { waldspurger2002Fig4 } from './experiments/waldspurger-2002-fig4.ts';
import { waldspurger2002Fig5 } from './experiments/waldspurger-2002-fig5.ts';
import { waldspurger2002Fig6 } from './experiments/waldspurger-2002-fig6.ts';
import { waldspurger2002Fig7 } from './experiments/waldspurger-2002-fig7.ts';
import { waldspurger2002Fig7Throughput } from './experiments/waldspurger-2002-fig7-throughput.ts';
import { waldspurger2002Fig8 } from './experiments/waldspurger-2002-fig8.ts';
import { zeroPagesAndGuests } from './experiments/zero-pages-and-guests.ts';

export const EXPERIMENTS: readonly Experiment[] = [
  waldspurger2002Fig2,
  waldspurger2002Fig4,
  waldspurger2002Fig5,
  waldspurger2002Fig6,
  waldspurger2002Fig7,
  waldspurger2002Fig7Throughput,
  waldspurger2002Fig8,
  waldspurger2002Admission,
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
