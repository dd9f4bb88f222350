// `npx nx g @overbook/tools:strategy NAME`: packages/NAME, its changeset, and its line in the root tsconfig.json.
// Code, tests and README are those of `overbook new strategy`; what only this workspace needs stands in files/.
import { join } from 'node:path';
import devkit from '@nx/devkit';

/**
 * @param {import('@nx/devkit').Tree} tree
 * @param {{ name: string, install?: boolean }} options
 */
export default async function strategy(tree, { name, install = true }) {
  const folder = `packages/${name}`;
  if (tree.exists(folder)) {
    throw new Error(`${folder} exists already. Choose another name, or remove the folder first`);
  }
  const { peerDependencies } = devkit.readJson(tree, 'packages/tps/package.json');
  const words = { ...devkit.names(name), name, peerDependencies, tmpl: '' };
  for (const files of ['packages/cli/templates/strategy', 'tools/strategy/files']) {
    devkit.generateFiles(tree, join(devkit.workspaceRoot, files), folder, words);
  }
  tree.write(`${folder}/LICENSE`, tree.read('LICENSE') ?? '');
  tree.write(
    `.changeset/add-${name}.md`,
    `---\n'@overbook/${name}': minor\n---\n\nFirst version: say what the strategy reclaims, and for whom it is.\n`,
  );
  devkit.updateJson(tree, 'tsconfig.json', (config) => ({
    ...config,
    references: [...config.references, { path: folder }].sort((a, b) => (a.path < b.path ? -1 : 1)),
  }));
  await devkit.formatFiles(tree);
  return () => {
    if (install) devkit.installPackagesTask(tree, true);
    console.log(`\nnext: npx vitest run ${folder}, then write ${folder}/src/${name}.ts and its README.md`);
  };
}
