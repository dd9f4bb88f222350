/**
 * What core holds plugins (and itself) to while a host runs: each promise as the sentence that people read, and the
 * id that programs compare.
 */
export const CONTRACT_PROMISES = {
  'create returns an object': 'create-object',
  'create returns at once': 'create-at-once',
  'reclaim answers with a receipt': 'receipt',
  'a receipt counts pages': 'receipt-counts',
  'what a receipt frees is ready at a stated time': 'receipt-time',
  "the pool's gain is what was freed": 'pool-gain',
  'freed + ordered stays within the goal': 'within-goal',
  'tried stays within the budget': 'within-budget',
  'rescue answers true exactly when the page is no longer mapped': 'rescue-answer',
  'accept answers true exactly when it took the page over': 'accept-answer',
  'a blocked fault changes nothing': 'fault-blocked',
  'a completed fault maps the page': 'fault-maps',
  'a fault completes after it began, and at a stated time': 'fault-time',
  'install maps the frame that FrameService.take gave for this page': 'fault-frame',
  'installShared ends a fault that reads, on a shared frame': 'fault-shared',
  'vmCounters returns a map of numbers': 'counters-map',
  'a counter is a finite number': 'counters-finite',
  'a footprint is a whole number of frames': 'footprint',
  'unplugged pages are those that the guest unplugged for it': 'unplugged',
  'no reclaim runs while values are delivered': 'no-reclaim-in-delivery',
  'guests read what they last wrote': 'reads',
  'a new frame reads as zero': 'new-frame-zero',
  'frames are conserved': 'frames-conserved',
  'reference counts equal the back-map': 'reference-counts',
  'a private frame backs exactly its page': 'private-frame',
  'shared pages are on shared, read-only frames': 'shared-frame',
  'shared frames with one page left are counted': 'last-on-shared',
  'every page has exactly one backing': 'one-backing',
  'pages that gave up a frame are counted': 'given-up',
  'no frame in two VMs whose salts differ': 'salts',
  'a VM whose sharing is off shares no page': 'sharing-off',
  'a large mapping is 512 private pages in order': 'large-mapping',
  'large mappings are counted': 'large-counted',
  'no TLB entry is stale': 'tlb',
  'no shadow entry is stale': 'shadow',
  'every shadow entry is found by its guest page': 'shadow-found',
  'counters keep their identities': 'counter-identities',
} as const;

/** A promise, as a sentence. */
export type ContractPromise = keyof typeof CONTRACT_PROMISES;
export type ContractPromiseId = (typeof CONTRACT_PROMISES)[ContractPromise];

/** Told of the first promise found broken, with the figures that show it. */
export type FailCheck = (promise: ContractPromise, numbers: string) => never;
