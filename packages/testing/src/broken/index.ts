/**
 * Strategies and core services that are wrong on purpose, one promise each: what shows that the kit catches what it
 * says it catches. Not for use in a host.
 */
export type { BrokenCase } from './broken-case.ts';
export { doubleFree } from './double-free.ts';
export { hiddenRandomness } from './hidden-randomness.ts';
export { leak } from './leak.ts';
export { lostWrite } from './lost-write.ts';
export { overReport } from './over-report.ts';
export { sharesAcrossSalts } from './shares-across-salts.ts';
export { skippedZeroing } from './skipped-zeroing.ts';
export { wrongSlot } from './wrong-slot.ts';
