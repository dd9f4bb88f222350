/** A server of Redis and workers, each in a process of its own, ended with the test. */
import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Tests that need a server are skipped where none is installed. */
export const HAS_REDIS = spawnSync('redis-server', ['--version']).status === 0;

const WORKER = fileURLToPath(new URL('./worker-process.mjs', import.meta.url));

export type Line = Readonly<Record<string, unknown>>;

/** A process and the lines that it printed. */
export class Spoken {
  readonly process: ChildProcess;
  readonly lines: string[] = [];
  readonly #listeners = new Set<() => void>();

  constructor(process: ChildProcess) {
    this.process = process;
    for (const stream of [process.stdout!, process.stderr!]) {
      createInterface(stream).on('line', (line) => {
        this.lines.push(line);
        this.#look();
      });
    }
    process.on('exit', () => this.#look());
  }

  /** Waits for a line. @throws when the process ended without it */
  async says(wanted: (line: string) => boolean, times = 1): Promise<string> {
    for (;;) {
      const found = this.lines.filter(wanted);
      if (found.length >= times) return found[times - 1]!;
      if (this.hasEnded) throw new Error(`ended without it: ${this.lines.join('\n')}`);
      await new Promise<void>((resolve) => {
        const heard = (): void => {
          this.#listeners.delete(heard);
          resolve();
        };
        this.#listeners.add(heard);
      });
    }
  }

  get hasEnded(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null;
  }

  /** @returns its exit code */
  async end(signal?: NodeJS.Signals): Promise<number | null> {
    if (!this.hasEnded) {
      const exit = once(this.process, 'exit');
      if (signal !== undefined) this.process.kill(signal);
      await exit;
    }
    return this.process.exitCode;
  }

  #look(): void {
    for (const heard of this.#listeners) heard();
  }
}

export class RedisServer {
  readonly port: number;
  readonly #folder = mkdtempSync(join(tmpdir(), 'overbook-redis-'));
  readonly #options: readonly string[];
  #server: Spoken | undefined;

  private constructor(port: number, options: readonly string[]) {
    this.port = port;
    this.#options = options;
  }

  static async start(...options: readonly string[]): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), options);
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const words = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--dir', this.#folder, '--save', ''];
    this.#server = new Spoken(
      spawn('redis-server', [...words, '--appendonly', 'yes', ...this.#options], { stdio: 'pipe' }),
    );
    await this.#server.says((line) => line.includes('Ready to accept connections'));
  }

  async stop(): Promise<void> {
    await this.#server?.end('SIGTERM');
  }
}

/** @param settings of queueWorker, and the server's url */
export function startWorker(settings: Line): Spoken {
  const cache = mkdtempSync(join(tmpdir(), 'overbook-cache-'));
  const words = [WORKER, JSON.stringify({ cache, lockMs: 1000, ...settings })];
  return new Spoken(spawn(process.execPath, words, { stdio: 'pipe' }));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
