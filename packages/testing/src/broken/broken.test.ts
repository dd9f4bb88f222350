import { brokenSuite } from './broken-suite.ts';

brokenSuite('keys');
