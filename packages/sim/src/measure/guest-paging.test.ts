import { ROLE_FILE_CLEAN } from '@overbook/formats/roles';
import { expect, test } from 'vitest';

import { GuestPaging } from './guest-paging.ts';

test('what swapping did is told of every kind of the role, whatever the kind is called', () => {
  const teller = { roleOf: () => ROLE_FILE_CLEAN };
  const paging = new GuestPaging(teller, { kind: () => 0, payload: () => 0 } as never);
  const names = ['untouched', 'mapped', 'shared', 'ballooned', 'far', 'zipped', 'farther'];
  for (const kind of [4, 4, 5, 6]) paging.entered(1, kind);
  paging.expect(1, 'overwrite');
  paging.touched(1, 6, 0);
  const { swapping, entered } = paging.result({
    names,
    ofRole: (role) => (role === 'swapped' ? [4, 6] : []),
  });
  expect(Object.keys(entered)).toEqual(['far', 'zipped', 'farther']);
  expect(swapping).toMatchObject({ silentWrites: 3, falseReads: 1, staleReads: 0 });
  expect(paging.result({ names, ofRole: () => [] }).swapping).toBeUndefined();
});
