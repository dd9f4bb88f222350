/** Files that lie with good checksums: traces and recordings stand in the container that images' digests stand in. */
export * from '../../images/test/forge.ts';
