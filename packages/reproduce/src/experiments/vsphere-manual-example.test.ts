import { expect, test } from 'vitest';

import { reproduce } from '../reproduce.ts';
import { vsphereManualExample } from './vsphere-manual-example.ts';

test("every counter of the manual's example comes out of a host that shares its six blocks", async () => {
  const { result } = await reproduce(vsphereManualExample, { datasets: '' });
  expect(result.rows.filter(({ pass }) => !pass)).toEqual([]);
  expect(result).toMatchObject({ pass: true, grade: 'arithmetic' });
});

test('without sharing between VMs the letter c stands on two blocks', async () => {
  const { result } = await reproduce(vsphereManualExample, { datasets: '', mechanisms: { salting: 2 } });
  expect(result.rows.find(({ quantity }) => quantity === 'consumed, host [KB]')).toMatchObject({
    measured: 28,
    pass: false,
  });
});
