// A worker in a process of its own, for tests: settings as JSON in the first argument; tells what happens, a line each.
import { queueServer, queueWorker } from '@overbook/bullmq';

const { url, ...settings } = JSON.parse(process.argv[2]);
const tell = (said) => process.stdout.write(`${JSON.stringify(said)}\n`);
try {
  const worker = await queueWorker(queueServer(url, 'url'), {
    concurrency: 1,
    own: String(process.pid),
    env: process.env,
    onCell: (cell) => tell({ cell }),
    onTrouble: ({ code, what }) => tell({ trouble: code, what }),
    ...settings,
  });
  process.on('SIGTERM', () => void worker.stop());
  tell({ ready: true });
  await worker.ended;
  tell({ ended: true });
} catch (error) {
  tell({ error: error.code ?? error.stack });
  process.exitCode = 2;
}
