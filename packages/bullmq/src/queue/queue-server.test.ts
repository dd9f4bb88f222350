import { describe, expect, test } from 'vitest';

import { queueError } from './queue-error.ts';
import { queueServer, retryAfter } from './queue-server.ts';

describe('the address of a queue', () => {
  test('has a place for messages, without name and password', () => {
    const server = queueServer('rediss://me:s%40fe@queue.lan:7000/2', '--engine');
    expect(server).toEqual({
      host: 'queue.lan',
      port: 7000,
      db: 2,
      isEncrypted: true,
      username: 'me',
      password: 's@fe',
      place: 'rediss://queue.lan:7000/2',
    });
  });

  test('takes name and password from elsewhere where it has none', () => {
    const server = queueServer('redis://[::1]', '--engine', { password: 'hush' });
    expect(server).toMatchObject({
      host: '::1',
      port: 6379,
      db: 0,
      password: 'hush',
      place: 'redis://[::1]:6379',
    });
  });

  test.each(['redis:/hush', 'http://hush', 'redis://:hush@', 'redis://host/hush', 'hush'])(
    '%s is refused, and nothing of it repeated',
    (url) => {
      const refused = (): unknown => queueServer(url, '--engine');
      expect(refused).toThrow(expect.objectContaining({ code: 'OVB_USAGE', at: '--engine' }));
      expect(refused).not.toThrow(/hush/);
    },
  );
});

test('a server is waited for as long as one is patient', () => {
  expect(retryAfter(1, 1000)).toBe(100);
  // 100 + 200 + 300 + 400 ms were waited.
  expect(retryAfter(5, 1000)).toBeUndefined();
  expect(retryAfter(100, 1e9)).toBe(2000);
});

test.each([
  ['OOM command not allowed when used memory > maxmemory', 'OVB_QUEUE_FULL'],
  ['WRONGPASS invalid username-password pair', 'OVB_QUEUE_REFUSED'],
  ['NOAUTH Authentication required.', 'OVB_QUEUE_REFUSED'],
  ['connect ECONNREFUSED 127.0.0.1:1', 'OVB_QUEUE_UNREACHABLE'],
])('%s is told as %s', (message, code) => {
  expect(queueError('redis://host:1', new Error(message))).toMatchObject({ code, at: 'redis://host:1' });
});
