/**
 * What a strategy's kind is to those who look on: counters, observations and reports ask for the role, so that any
 * strategy can swap or compress and none has to be known by name.
 */
export type KindRole = 'swapped' | 'compressed';
