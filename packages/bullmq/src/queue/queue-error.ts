/** What can be wrong with a queue's server, told by what a user can do about it. Never with name or password. */
import { OverbookError } from '@overbook/core';

const FULL = /\bOOM\b/;
const REFUSED = /WRONGPASS|NOAUTH|NOPERM|DENIED|AUTH failed|invalid password|without any password/;

/** @param place of the server */
export function queueError(place: string, error: unknown): OverbookError {
  const { message, code } = error as { readonly message?: string; readonly code?: string };
  const why = message ?? String(error);
  if (FULL.test(why)) return queueFull(place);
  if (REFUSED.test(why)) return queueRefused(place, firstLine(why));
  return queueUnreachable(place, code ?? firstLine(why));
}

export function queueFull(place: string): OverbookError {
  return new OverbookError(
    'OVB_QUEUE_FULL',
    place,
    'the server has no memory left for what is put there',
    'Raise its `maxmemory`, or give the queue a server of its own; runs that ended are kept.',
  );
}

export function queueRefused(place: string, why: string): OverbookError {
  return new OverbookError(
    'OVB_QUEUE_REFUSED',
    place,
    `the server refuses (${why})`,
    'Check name and password: OVERBOOK_REDIS_USERNAME and OVERBOOK_REDIS_PASSWORD, or in the address.',
  );
}

/** @param why as the system or the server says it */
export function queueUnreachable(place: string, why: string): OverbookError {
  return new OverbookError(
    'OVB_QUEUE_UNREACHABLE',
    place,
    `no server of Redis or Valkey answers (${why})`,
    /CERT|SELF_SIGNED/.test(why)
      ? 'Name the file of the authority that signed its certificate in NODE_EXTRA_CA_CERTS.'
      : 'Start it, check host and port, and `rediss://` for TLS alone; the same command then goes on.',
  );
}

/** Both sides are told. @param worker versions of the code, shortened */
export function workerOther(place: string, worker: string, study: string): OverbookError {
  return new OverbookError(
    'OVB_WORKER_OTHER',
    place,
    `a worker has other code (${shortened(worker)}) than the study (${shortened(study)})`,
    'Install the same version of Overbook on both; two versions on one server need a database each: `/2`.',
  );
}

export function shortened(version: string): string {
  return version.slice(0, 12);
}

function firstLine(text: string): string {
  return text.split('\n')[0]!.replace(/^(?:Reply)?Error: /, '');
}
