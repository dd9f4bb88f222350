/** Files that lie with good checksums: traces and recordings stand in the container that images' digests stand in. */
export {
  anyDamage,
  anyLie,
  codeOf,
  damaged,
  forge,
  type Part,
  partsOf,
  seedOf,
  verdict,
  withMeta,
} from '../../images/test/forge.ts';
