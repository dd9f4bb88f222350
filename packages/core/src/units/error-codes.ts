/**
 * Every code that an OverbookError of ours carries, by subject. Codes are frozen between majors; the sentence says what
 * the code means, the error itself what was found and what mends it. docs/errors.md is made from this table
 * (`npm run docs`), and a test holds the table and the code together.
 */
export const ERROR_CODES = {
  'Hosts and VMs': {
    OVB_HOST_SIZE: 'A host has no memory, more than 1 TiB, or something that is not whole pages.',
    OVB_VM_INVALID: 'The size, reservation, limit, shares or overhead of a VM is invalid.',
    OVB_VM_OFF: 'A VM that is powered off was used.',
    OVB_GFN_RANGE: 'A page number lies outside the VM.',
    OVB_BLOCKED: 'An access waited for a frame longer than a host allows.',
    OVB_ADMISSION: 'Admission control refused to power a VM on: memory or swap space is not unreserved.',
    OVB_POOL_INVALID: 'The parent, reservation, limit or shares of a resource pool are invalid.',
    OVB_POOL_UNKNOWN: 'A VM names a resource pool that the host does not have.',
    OVB_POOL_RESERVATION: 'Resource pools reserve more memory than there is.',
    OVB_OVERHEAD_UNKNOWN: 'An overhead table has no figure for a VM of this size.',
    OVB_MIX_NEVER_GIVES:
      'No strategy of a mix can ever give memory back, and the guests may want more than there is.',
    OVB_MODEL_UNKNOWN: 'There is no memory-state model of this name.',
    OVB_MODEL_INVALID: 'A memory-state model has thresholds, ladders or actions that contradict each other.',
    OVB_SETTING_INVALID: 'A host setting has a value outside what the settings table allows.',
    OVB_NO_BYTES: 'A host keeps real bytes, but a guest has contents without bytes.',
  },
  Guests: {
    OVB_NO_GUESTS: 'A host has no guests to run.',
    OVB_NO_WORK_START: 'A guest should start at its work, but its recording has no snapshot there.',
    OVB_TAKES_DIFFER:
      'Recordings of one guest are of machines of different sizes, or have different content keys.',
    OVB_NO_SWAP_DEVICE:
      "A guest's disk is on the device that the host swaps to, but no strategy of the mix has one.",
    OVB_NO_FUTURE:
      'A strategy needs to know what the guests of a host will touch, and that cannot be known for one of them.',
    OVB_SPREAD_TOO_LONG: 'The starts of guests are spread over more time than the work of one of them takes.',
    OVB_PHASES_INVALID: 'The phases of a scripted guest need more memory than it has, or are out of order.',
  },
  Plugins: {
    OVB_CONTRACT: 'A plugin implements another version of the contract than this core.',
    OVB_ID_TAKEN: 'Two plugins of a host have the same id, or a new one takes the id of a shipped plugin.',
    OVB_KIND_TAKEN: 'Two strategies claim the same backing kind.',
    OVB_KINDS_FULL: 'The strategies of a host define more backing kinds than a page table entry can encode.',
    OVB_NO_HANDLER: 'A strategy declares a backing kind but provides no handler for it.',
    OVB_NEED_UNMET: 'A plugin needs something that this host does not provide.',
    OVB_OPTIONS_INVALID: 'The options of a plugin do not fit its schema.',
    OVB_SETTINGS_INVALID:
      'A policy tried to tune a strategy with settings that the strategy does not accept.',
    OVB_PLUGIN_UNKNOWN: 'No plugin or mix has this name.',
    OVB_PLUGIN_LOAD: 'A plugin module cannot be loaded.',
    OVB_PLUGIN_OPTIONS: 'The options schema of a plugin throws, returns a promise, or states a wrong range.',
    OVB_PLUGIN_ENDS: 'A plugin calls process.exit, or the like, which would end the whole program.',
    OVB_PLUGIN_HANGS: 'Before the first run, a plugin takes more time or memory than a call may.',
    OVB_PLUGIN_EMPTY: 'A module exports no strategy, policy or reader.',
    OVB_PLUGIN_INVALID: 'A value does not have the shape of a plugin, or a plugin describes itself wrongly.',
    OVB_ORDER_INVALID: 'A policy gave an order that cannot be carried out.',
    OVB_OBSERVATIONS_INVALID: 'A line of an observation log is not an observation.',
    OVB_RXJS_TWICE: 'A plugin uses a different copy of RxJS than core.',
    OVB_COMPRESSED_CORRUPT: 'A compressed page does not read back as it was written.',
    OVB_SWAP_IO: 'A swap file cannot be written or read.',
    OVB_SWAP_CORRUPT: 'A swap file does not hold what was written to it.',
  },
  Scenarios: {
    OVB_SCENARIO_UNREADABLE: 'A scenario file cannot be opened or read.',
    OVB_SCENARIO_INVALID: 'A scenario breaks a rule; every problem is listed with its line.',
    OVB_DATASET_MISSING: 'A scenario names a recording, trace, digest or image that does not exist.',
    OVB_SIZES:
      'A host promises far more memory than it has, or a run needs more memory than this machine has.',
    OVB_MIX_UNKNOWN: 'The scenario has no mix of this name.',
    OVB_EXPERIMENT_UNKNOWN: 'There is no published experiment of this name.',
  },
  Studies: {
    OVB_RANK_FIXED: 'A ranking has nothing to vary: the scenario sets all that is assumed.',
    OVB_STUDY_UNREADABLE: 'A study file cannot be read.',
    OVB_STUDY_INVALID: 'A study file is no valid YAML, or does not fit the schema.',
    OVB_STUDY_PATH:
      'A study varies something that its scenario does not have, or gives it a value that does not fit.',
    OVB_STUDY_LARGE: 'A study has more runs than are made without being asked for.',
    OVB_STUDY_OTHER: 'A folder holds the results of another study, or of none.',
    OVB_SEARCH_ENDS: 'A search finds nothing: what is to hold does so at both ends, or at neither.',
    OVB_CELL_UNKNOWN: 'A study has no run of this key.',
    OVB_CELL_OTHER:
      'A run was to be made with other code or other datasets than where its study was planned.',
    OVB_QUEUE_UNREACHABLE: 'No server of Redis or Valkey answers, or it went away for good.',
    OVB_QUEUE_REFUSED: "A queue's server refuses the name or password, or is too old.",
    OVB_QUEUE_FULL: "A queue's server has no memory left.",
    OVB_WORKER_OTHER: 'A worker has other code than the study whose runs it was given.',
  },
  'Memory images': {
    OVB_IMAGE_FORMAT: 'A file is not a memory image, or its format is not read; the error says what to run.',
    OVB_IMAGE_METHOD: 'The pages of an image are compressed by a method that is not read.',
    OVB_IMAGE_EMPTY: 'An image holds no pages.',
    OVB_IMAGE_CORRUPT: 'An image is damaged, or contradicts itself.',
    OVB_IMAGE_TRUNCATED: 'An image is shorter than it declares.',
    OVB_IMAGE_CHANGED: 'An image changed while it was read.',
    OVB_IMAGE_TOO_LARGE: 'An image unpacks to more, or describes more, than is allowed.',
    OVB_IMAGE_RANGE: 'Pages outside the image, or too many at once, were requested.',
    OVB_ROLES_CORRUPT: 'A file of page flags is damaged, or belongs to another image.',
    OVB_CODEC: 'There is no codec of this name.',
    OVB_CODEC_SIZES: 'A digest holds the compressed sizes of another codec.',
    OVB_CONTENT_KEYS: 'Images and digests have content keys that cannot be compared.',
    OVB_KEY_SECRET: 'The secret of a keyed content key has the wrong length.',
    OVB_NEEDS_BYTES: 'A digest was given where page bytes are needed.',
    OVB_GROUP: 'A sharing group names an image that was not given, no image, or one image twice.',
  },
  'Digests, traces and recordings': {
    OVB_DIGEST_FORMAT: 'A file is not a page digest.',
    OVB_DIGEST_VERSION: 'A page digest is of another version of the format.',
    OVB_DIGEST_CORRUPT: 'A page digest is damaged, truncated or contradicts itself.',
    OVB_DIGEST_TOO_LARGE: 'A page digest unpacks to more than is allowed.',
    OVB_DIGEST_INVALID: 'The data to be written is not a page digest.',
    OVB_TRACE_FORMAT: 'A file is not a page trace, or is one that cannot be imported.',
    OVB_TRACE_VERSION: 'A page trace is of another version of the format.',
    OVB_TRACE_CORRUPT: 'A page trace is damaged, truncated or contradicts itself.',
    OVB_TRACE_TOO_LARGE: 'A page trace unpacks to more than is allowed.',
    OVB_TRACE_INVALID: 'The data to be written is not a page trace.',
    OVB_RECORDING_FORMAT: 'A file is not a recording, or is one that cannot be imported.',
    OVB_RECORDING_VERSION: 'A recording is of another version of the format.',
    OVB_RECORDING_CORRUPT: 'A recording is damaged, truncated or contradicts itself.',
    OVB_RECORDING_TOO_LARGE: 'A recording unpacks to more than is allowed.',
    OVB_RECORDING_INVALID: 'The data to be written is not a recording.',
  },
  'Files and the command line': {
    OVB_USAGE: 'An option or argument of the command has a value that it does not accept.',
    OVB_NOT_BUILT: 'The command was called before the repository was built.',
    OVB_FILES_LIMIT: 'The limit on open files is below the number of modules of the command.',
    OVB_FILE_UNREADABLE: 'A file cannot be opened or read.',
    OVB_OUT_UNWRITABLE: 'A file or folder for results cannot be written.',
    OVB_TEMPORARY_FILE: 'There is no room, or no permission, for a temporary file.',
    OVB_FOLDER_TAKEN: 'A folder to be created exists already.',
    OVB_NAME_INVALID: 'A new name breaks the rules for names.',
    OVB_TARBALLS: 'A folder holds no tarballs of the Overbook packages.',
  },
} as const;

type Groups = typeof ERROR_CODES;

/** A code of ours. The union is closed: a new error gets its line in the table first. */
export type OverbookErrorCode = { [G in keyof Groups]: keyof Groups[G] }[keyof Groups];
