/** A look at a server before anything is put there: whatever is wrong with it is one clear error. */
import { OverbookError } from '@overbook/core';
import { Redis } from 'ioredis';

import { queueError } from './queue-error.ts';
import type { QueueServer } from './queue-server.ts';
import { firstContactOf } from './queue-server.ts';

/** What BullMQ needs. */
const OLDEST = [6, 2];

/** @throws OVB_QUEUE_UNREACHABLE, OVB_QUEUE_REFUSED */
export async function checkServer(server: QueueServer): Promise<void> {
  const client = new Redis(firstContactOf(server));
  let last: unknown;
  client.on('error', (error: unknown) => {
    last = error;
  });
  try {
    await client.connect();
    checkVersion(server.place, await client.info('server'));
  } catch (error) {
    if (error instanceof OverbookError) throw error;
    throw queueError(server.place, last ?? error);
  } finally {
    client.disconnect();
  }
}

function checkVersion(place: string, info: string): void {
  const version = /^redis_version:(\d+)\.(\d+)/m.exec(info);
  if (version === null) return;
  const [major, minor] = [Number(version[1]), Number(version[2])];
  if (major > OLDEST[0]! || (major === OLDEST[0] && minor >= OLDEST[1]!)) return;
  throw new OverbookError(
    'OVB_QUEUE_REFUSED',
    place,
    `the server is version ${major}.${minor}`,
    `Install Redis ${OLDEST.join('.')} or newer, or Valkey.`,
  );
}

/** Full, and told so by the server's own numbers: nothing can be written there. */
export async function isFull(client: Redis): Promise<boolean> {
  const info = await client.info('memory');
  const numberOf = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  const most = numberOf('maxmemory');
  return most > 0 && /^maxmemory_policy:noeviction/m.test(info) && numberOf('used_memory') >= most;
}
