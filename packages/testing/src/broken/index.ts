/**
 * Strategies and core services that are wrong on purpose, one promise each: what shows that the kit catches what it
 * says it catches. Not for use in a host.
 */
export type { BrokenCase } from './broken-case.ts';
export { coarseGrain } from './coarse-grain.ts';
export { deniedRescue } from './denied-rescue.ts';
export { doubleFree } from './double-free.ts';
export { driftingCounter } from './drifting-counter.ts';
export { earlyFault } from './early-fault.ts';
export { endlessOrders } from './endless-orders.ts';
export { forgottenBlocks } from './forgotten-blocks.ts';
export { forgottenOrigin } from './forgotten-origin.ts';
export { freeFault } from './free-fault.ts';
export { hiddenHeap } from './hidden-heap.ts';
export { hiddenRandomness } from './hidden-randomness.ts';
export { hoardedBlocks } from './hoarded-blocks.ts';
export { keptByPowerCycle } from './kept-by-power-cycle.ts';
export { keptRequest } from './kept-request.ts';
export { leak } from './leak.ts';
export { lostWrite } from './lost-write.ts';
export { nanCounter } from './nan-counter.ts';
export { negativePending } from './negative-pending.ts';
export { overRelax } from './over-relax.ts';
export { overShrink } from './over-shrink.ts';
export { overReport } from './over-report.ts';
export { realTimer } from './real-timer.ts';
export { restlessCounter } from './restless-counter.ts';
export { secretAccept } from './secret-accept.ts';
export { sharedWrite } from './shared-write.ts';
export { sharesAcrossSalts } from './shares-across-salts.ts';
export { sharesAlthoughOff } from './shares-although-off.ts';
export { skippedZeroing } from './skipped-zeroing.ts';
export { swallowedSettings } from './swallowed-settings.ts';
export { undercutReservation } from './undercut-reservation.ts';
export { understatedTries } from './understated-tries.ts';
export { unspokenSettings } from './unspoken-settings.ts';
export { wrongSlot } from './wrong-slot.ts';
export { wrongVm } from './wrong-vm.ts';
