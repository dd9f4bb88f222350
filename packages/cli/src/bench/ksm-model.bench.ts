/**
 * KSM in simulation beside a real ksmd that scanned recorded guests while they were recorded: the logs in datasets/ksm,
 * or a recording and a log given as arguments.
 */
import { existsSync, readdirSync } from 'node:fs';
import { readRecording } from '@overbook/traces';

import { datasetPath } from './dataset-path.ts';
import { compareKsm, ksmTable, meanDistance } from './ksm-comparison.ts';
import { readKsmLog } from './ksm-log.ts';

const [recordingPath, logPath] = process.argv.slice(2);
const pairs =
  recordingPath !== undefined && logPath !== undefined
    ? [{ recordingPath, logPath }]
    : readdirSync(datasetPath('ksm'))
        .filter((file) => file.endsWith('.jsonl'))
        .map((file) => ({
          recordingPath: datasetPath(`recordings/${file.replace('.jsonl', '.ovr')}`),
          logPath: datasetPath(`ksm/${file}`),
        }));

for (const pair of pairs) {
  if (!existsSync(pair.recordingPath)) {
    console.log(`${pair.recordingPath} is not here: give the recording and ${pair.logPath} as arguments\n`);
    continue;
  }
  const recording = readRecording(pair.recordingPath);
  const log = readKsmLog(pair.logPath);
  const compared = compareKsm(recording, log);
  const pace = `${log.pagesToScan} pages scanned every ${log.stepMs} ms`;
  console.log(`${log.name}, ${recording.pages} pages: ${pace}, Linux ${log.kernel}`);
  console.log('each cell: real / simulated\n');
  console.log(ksmTable(compared));
  const [both, alone] = [compared.simulated, compared.snapshotsAlone].map((steps) =>
    (100 * meanDistance(log, steps)).toFixed(2),
  );
  console.log(
    `pages_sharing, mean distance at a step: ${both} % of its mean; ${alone} % without contents between\n`,
  );
}
