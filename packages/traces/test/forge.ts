/** Files that lie with good checksums: traces and recordings stand in the container that images' digests stand in. */
export type { Part } from '../../formats/test/forge.ts';
export {
  anyDamage,
  anyLie,
  codeOf,
  damaged,
  forge,
  partsOf,
  seedOf,
  verdict,
  withMeta,
} from '../../formats/test/forge.ts';
