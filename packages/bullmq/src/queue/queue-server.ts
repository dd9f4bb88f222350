/** The server of a queue: where it is, how one gets in, and how long one waits for one that went away. */
import { OverbookError } from '@overbook/core';

/** A server of Redis or Valkey. */
export interface QueueServer {
  readonly host: string;
  readonly port: number;
  /** Number of the database on it. */
  readonly db: number;
  readonly isEncrypted: boolean;
  readonly username?: string;
  readonly password?: string;
  /** The address without name and password: for people and messages. */
  readonly place: string;
}

/** Name and password from elsewhere than the address: other users of a machine can read command lines. */
export interface Credentials {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

const PORT = 6379;

/** @param option for messages, where the address came from @throws OVB_USAGE, which repeats nothing of the address */
export function queueServer(url: string, option: string, credentials: Credentials = {}): QueueServer {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const db = Number(parsed?.pathname.replace(/^\//, '') ?? NaN);
  if (!isQueueUrl(url) || parsed === undefined || parsed.hostname === '' || !Number.isInteger(db)) {
    const what = 'the address of a queue is not as it should be';
    const mend = 'Give `redis://HOST:PORT`, with TLS `rediss://HOST:PORT`; `/2` after it names a database.';
    throw new OverbookError('OVB_USAGE', option, what, mend);
  }
  const username = decodeURIComponent(parsed.username) || credentials.username;
  const password = decodeURIComponent(parsed.password) || credentials.password;
  const host = parsed.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = parsed.port === '' ? PORT : Number(parsed.port);
  return {
    host,
    port,
    db,
    isEncrypted: parsed.protocol === 'rediss:',
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    place: `${parsed.protocol}//${parsed.hostname}:${port}${db === 0 ? '' : `/${db}`}`,
  };
}

export function isQueueUrl(text: string): boolean {
  return /^rediss?:\/\//.test(text);
}

const RETRY_MAX_MS = 2000;

/** Milliseconds before the n-th new attempt; undefined once all of them took longer than anyone waits. */
export function retryAfter(attempt: number, patienceMs: number): number | undefined {
  let waited = 0;
  for (let before = 1; before < attempt; before++) waited += delayOf(before);
  return waited >= patienceMs ? undefined : delayOf(attempt);
}

function delayOf(attempt: number): number {
  return Math.min(attempt * 100, RETRY_MAX_MS);
}

/** How clients connect, for ioredis and BullMQ. */
export interface QueueConnection extends Address {
  readonly maxRetriesPerRequest: null;
  readonly retryStrategy: (attempt: number) => number | null;
}

/** @param onGone told when the server was away for too long */
export function connectionOf(server: QueueServer, patienceMs: number, onGone: () => void): QueueConnection {
  return {
    ...addressOf(server),
    maxRetriesPerRequest: null,
    retryStrategy: (attempt) => {
      const after = retryAfter(attempt, patienceMs);
      if (after === undefined) onGone();
      return after ?? null;
    },
  };
}

/** For one look at a server: whatever is wrong is told at once. */
export function firstContactOf(server: QueueServer) {
  return {
    ...addressOf(server),
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    retryStrategy: () => null,
  };
}

interface Address {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: { readonly servername: string };
}

function addressOf({ host, port, db, username, password, isEncrypted }: QueueServer): Address {
  return {
    host,
    port,
    db,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(isEncrypted ? { tls: { servername: host } } : {}),
  };
}
