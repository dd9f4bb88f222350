/**
 * What a strategy's kind is to those who look on: counters, observations and reports ask for the role, so that any
 * strategy can swap or compress and none has to be known by name. Pages of the role `unplugged` hold nothing: the
 * guest gave them up in blocks (GuestService.unplug) and leaves them alone until it has them back. Core serves them as
 * it does ballooned ones, so such a kind needs no handler.
 */
export type KindRole = 'swapped' | 'compressed' | 'unplugged';
