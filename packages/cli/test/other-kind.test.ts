/** A person who gives a file to the wrong command. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, test } from 'vitest';

import { DATASETS, SCENARIOS, overbook } from './captured-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'overbook-other-kind-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const mini = join(SCENARIOS, 'mini-bytes.yaml');

describe('a file of another kind is answered with the command that takes it', () => {
  const recording = join(DATASETS, 'recordings/idle-b.ovr');
  const trace = join(DATASETS, 'traces/sqlite.ovt');
  const digest = join(DATASETS, 'images/mini.ovd');
  const image = join(DATASETS, 'images/mini.raw.gz');
  const result = join(folder, 'results.json');
  const plugin = join(folder, 'plugin.ts');
  writeFileSync(result, '{\n  "schema": "overbook.compare/2",\n  "scenario": "x"\n}\n');
  writeFileSync(plugin, 'export const a = 1;\n');
  const out = join(folder, 'out');
  test.each<readonly [words: readonly string[], code: string, mend: string]>([
    [['trace', 'info', recording], 'OVB_TRACE_FORMAT', 'overbook recording info'],
    [['recording', 'info', trace], 'OVB_RECORDING_FORMAT', 'overbook trace info'],
    [['trace', 'info', digest], 'OVB_TRACE_FORMAT', 'overbook analyze'],
    [['trace', 'import', recording, '-o', out], 'OVB_TRACE_FORMAT', 'overbook recording info'],
    [['compare', image], 'OVB_SCENARIO_INVALID', 'overbook analyze'],
    [['run', trace], 'OVB_SCENARIO_INVALID', 'overbook trace info'],
    [['top', digest], 'OVB_SCENARIO_INVALID', 'overbook analyze'],
    [['validate', result], 'OVB_SCENARIO_INVALID', 'scenarioText'],
    [['translate', recording], 'OVB_SCENARIO_INVALID', 'overbook recording info'],
    [['compare', plugin], 'OVB_SCENARIO_INVALID', '--plugin'],
    [['analyze', mini], 'OVB_IMAGE_FORMAT', 'overbook compare'],
    [['analyze', recording], 'OVB_IMAGE_FORMAT', 'overbook recording info'],
    [['digest', mini, '-o', out], 'OVB_IMAGE_FORMAT', 'overbook compare'],
  ])('overbook %j', async (words, expected, mend) => {
    const said = await overbook(words);
    expect(said).toMatchObject({ code: 2, out: '' });
    expect(said.err.split('\n')).toHaveLength(4);
    expect(said.err).toContain(`error ${expected} at `);
    expect(said.err.split('\n')[2]).toContain(mend);
  });
});
