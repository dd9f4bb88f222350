/** Key that tells which kind of guest an entry is. */
export const GUEST_KEYS = ['recording', 'trace', 'script', 'programs'] as const;
