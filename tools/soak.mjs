// `npm run soak [-- MINUTES] [WORD]`: fuzzes with one fresh seed after another, and stops at the first that fails.
// Each seed reaches the fuzzers as OVB_SEED; the line to paste is printed at the end.
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';

const [minutes = '10', word = '.fuzz'] = process.argv.slice(2);
const endMs = Date.now() + Number(minutes) * 60_000;
if (!(Number(minutes) > 0)) {
  console.error(`soak: ${minutes} is not a number of minutes. mend: npm run soak -- 30`);
  process.exit(2);
}
let rounds = 0;
do {
  const seed = `0x${randomInt(2 ** 32)
    .toString(16)
    .padStart(8, '0')}`;
  const filter = word.includes('.fuzz') ? [word] : [word, '.fuzz'];
  const { status } = spawnSync('vitest', ['run', '--reporter=dot', ...filter], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: { ...process.env, OVB_SEED: seed },
  });
  rounds += 1;
  if (status !== 0) {
    console.error(
      `\nround ${rounds} failed. To see it again:\n  OVB_SEED=${seed} npx vitest run ${filter.join(' ')}`,
    );
    process.exit(1);
  }
} while (Date.now() < endMs);
console.log(`${rounds} rounds, each with its own seed, found nothing`);
