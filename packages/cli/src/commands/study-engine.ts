/** Where a study's runs are made: in threads of this process, or on machines that take them from a queue. */
import type { RunLimits } from '@overbook/lab';
import type { Engine, LocalOptions, Study } from '@overbook/study';
import { localEngine } from '@overbook/study';

import type { Io } from '../process/io.ts';
import { queueAt } from '../process/queue-access.ts';

/** @returns with the runs that are made at a time @throws OVB_USAGE, and what a queue's server throws */
export async function engineOf(
  io: Io,
  { loaded }: Study,
  where: string | undefined,
  local: LocalOptions & { readonly limits: Partial<RunLimits> },
): Promise<Engine & { readonly slots: number }> {
  if (where === undefined || !isQueue(where))
    return { ...(await localEngine(loaded, local)), slots: local.workers };
  const server = await queueAt(where, '--engine');
  const { queueEngine } = await import('@overbook/bullmq');
  const engine = await queueEngine(server, loaded);
  const slots = await engine.slots();
  if (slots === 0)
    io.note(`no worker is there yet: start \`${io.self} worker ${server.place}\` on each machine\n`);
  return { ...engine, slots: Math.max(slots, 1) };
}

/** Also where the rest is wrong, and may be a password: what is said of it repeats nothing. */
export function isQueue(engine: string): boolean {
  return /^rediss?:/.test(engine);
}
