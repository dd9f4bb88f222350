import fc from 'fast-check';

/**
 * One seed for all properties, so that a run tells of the code and never of the draw; OVB_SEED draws others. A property
 * that fails is shrunk for five minutes at most: cases here are
 * whole hosts, and the smallest that fails can take hours to find.
 */
fc.configureGlobal({
  seed: Number(process.env['OVB_SEED'] ?? 0x0b00c) | 0,
  interruptAfterTimeLimit: 300_000,
});
