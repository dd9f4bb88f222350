/**
 * All entries under one roof, for scripts that load a build by its path (`packages/core/dist/index.js`);
 * packages and plugins import an entry. Brand constructors have their names of contract 1 besides.
 */
export * from './entry-plugins.ts';
export * from './entry-host.ts';
export * from './entry-internals.ts';
export {
  toBytes as bytes,
  toGfn as gfn,
  toGvpn as gvpn,
  toMfn as mfn,
  toNs as ns,
  toPages as pages,
  toVmId as vmId,
} from './units/index.ts';
