// `npm install` quietly drops optional packages (other platforms' binaries) that the registry lacks; `npm ci` then
// refuses the lock. This names them: each optional dependency in the lock must resolve to another entry of the lock.
import { readFileSync } from 'node:fs';

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));

/**
 * Walks up from `from` as Node does, and says whether `name` is found.
 * @param {string} name
 * @param {string} from
 */
function resolves(name, from) {
  for (let at = from; ; at = at.slice(0, Math.max(at.lastIndexOf('/node_modules/'), 0))) {
    if (packages[`${at === '' ? '' : `${at}/`}node_modules/${name}`]) return true;
    if (at === '') return false;
  }
}

const missing = Object.entries(packages).flatMap(([path, entry]) =>
  Object.entries(entry.optionalDependencies ?? {})
    .filter(([name]) => !resolves(name, path))
    .map(([name, range]) => `${path || '(root)'} wants ${name}@${range}, which the lock does not have`),
);
for (const line of missing) console.error(line);
if (missing.length > 0) {
  console.error('mend: pin the last version whose platform packages are all published, then `npm install`.');
  process.exit(1);
}
console.log(`lock is complete: ${Object.keys(packages).length} entries`);
