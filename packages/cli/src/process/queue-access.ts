/** How the command line gets to a queue. The package behind it is loaded by those who ask for one. */
import { homedir } from 'node:os';
import { join } from 'node:path';

import type { QueueServer } from '@overbook/bullmq';

const USERNAME = 'OVERBOOK_REDIS_USERNAME';
const PASSWORD = 'OVERBOOK_REDIS_PASSWORD';

/** @param option where the address was given @throws OVB_USAGE */
export async function queueAt(url: string, option: string): Promise<QueueServer> {
  const { queueServer } = await import('@overbook/bullmq');
  return queueServer(url, option, { username: process.env[USERNAME], password: process.env[PASSWORD] });
}

/** The environment for processes that run cells: plugins in them find no way to the queue. */
export function environmentForCells(): Readonly<Record<string, string | undefined>> {
  const { [USERNAME]: _username, [PASSWORD]: _password, ...rest } = process.env;
  return rest;
}

/** Where datasets are kept that a worker fetched. */
export function datasetCacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'overbook', 'datasets');
}
