/** @overbook/bullmq: cells of studies on other machines. */
export type { QueueEngine, QueueOptions } from './engine/queue-engine.ts';
export { queueEngine } from './engine/queue-engine.ts';
export type { Credentials, QueueServer } from './queue/queue-server.ts';
export { isQueueUrl, queueServer } from './queue/queue-server.ts';
export { shortened } from './queue/queue-error.ts';
export type { QueueWorker, WorkedCell, WorkerSettings } from './worker/queue-worker.ts';
export { queueWorker } from './worker/queue-worker.ts';
