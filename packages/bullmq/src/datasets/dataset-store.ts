/** Datasets on the queue's server, by the SHA-256 of their bytes: what workers lack. */
import type { Redis } from 'ioredis';

import { sha256Of } from './sha256.ts';

/** What is sent at most. Chosen: a hundred times the largest shipped dataset, and what a small server holds. */
export const SENT_MAX_BYTES = 256 * 1_048_576;
const PART_BYTES = 8 * 1_048_576;
/** How long a dataset stays. Chosen: workers keep what they fetched; a study of days puts it there again. */
const KEPT_SECONDS = 86_400;
const REFUSAL_SECONDS = 60;

/** What lies under a dataset's key. */
type Sent = { readonly ending: string; readonly parts: number } | { readonly refused: string };

export interface SentDataset {
  readonly bytes: Uint8Array;
  /** Of its name, which tells readers what it is. */
  readonly ending: string;
}

export class DatasetStore {
  readonly #client: Redis;

  constructor(client: Redis) {
    this.#client = client;
  }

  /** @throws what the server says, for instance that it is full */
  async put(hash: string, { bytes, ending }: SentDataset): Promise<void> {
    if ((await this.#client.exists(keyOf(hash))) === 1) return;
    const parts = Math.ceil(bytes.length / PART_BYTES);
    for (let i = 0; i < parts; i++) {
      const part = Buffer.from(bytes.subarray(i * PART_BYTES, (i + 1) * PART_BYTES));
      await this.#client.set(partKey(hash, i), part, 'EX', KEPT_SECONDS);
    }
    // The last: who sees it finds all parts.
    await this.#tell(hash, { ending, parts }, KEPT_SECONDS);
  }

  /** Tells those that ask why they do not get it. */
  async refuse(hash: string, why: string): Promise<void> {
    await this.#tell(hash, { refused: why }, REFUSAL_SECONDS);
  }

  /** @returns undefined where it is not there, or not whole; a text where it is not sent, and why */
  async get(hash: string): Promise<SentDataset | string | undefined> {
    const text = await this.#client.get(keyOf(hash));
    if (text === null) return undefined;
    const sent = JSON.parse(text) as Sent;
    if ('refused' in sent) return sent.refused;
    const parts: Buffer[] = [];
    for (let i = 0; i < sent.parts; i++) {
      const part = await this.#client.getBuffer(partKey(hash, i));
      if (part !== null) parts.push(part);
    }
    const bytes = Buffer.concat(parts);
    if (sha256Of(bytes) === hash) return { bytes, ending: sent.ending };
    await this.#client.del(keyOf(hash));
    return undefined;
  }

  async #tell(hash: string, sent: Sent, seconds: number): Promise<void> {
    await this.#client.set(keyOf(hash), JSON.stringify(sent), 'EX', seconds);
  }
}

function keyOf(hash: string): string {
  return `overbook:dataset:${hash}`;
}

function partKey(hash: string, part: number): string {
  return `${keyOf(hash)}:${part}`;
}
