import { brokenSuite } from './broken-suite.ts';

brokenSuite('bytes');
