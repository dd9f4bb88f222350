// `npx nx g @overbook/tools:strategy NAME`: packages/NAME, its changeset, and its line in the root tsconfig.json.
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
  const { version } = devkit.readJson(tree, 'packages/core/package.json');
  const { peerDependencies } = devkit.readJson(tree, 'packages/tps/package.json');
  devkit.generateFiles(tree, join(import.meta.dirname, 'files'), folder, {
    ...devkit.names(name),
    name,
    version,
    peerDependencies,
    tmpl: '',
  });
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
