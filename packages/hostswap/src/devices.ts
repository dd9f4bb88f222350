import type { Nanoseconds, RandomStream, SwapDevice } from '@overbook/core';
import { toNs } from '@overbook/core';

const US = 1000;

/** Service times of a device, per page of 4 KiB, in nanoseconds. */
interface DeviceModel {
  /** Random read: uniform between the two. */
  readonly readNs: readonly [least: number, most: number];
  /** Reads served side by side. */
  readonly channels: number;
  /** Write of one page among clustered others. */
  readonly writeNs: number;
  readonly source: string;
}

/** Device models by name. Ranges around published means; the shape between them (uniform) is assumed. */
export const DEVICE_MODELS = {
  disk: {
    readNs: [4_000 * US, 20_000 * US],
    channels: 1,
    writeNs: 40 * US,
    source:
      'random read 12 ms mean, 4..25 ms: Savchenko, arXiv 2102.11198, 2021; clustered write assumed at 100 MB/s',
  },
  'sata-ssd': {
    readNs: [100 * US, 180 * US],
    channels: 1,
    writeNs: 10 * US,
    source:
      'random read 140 us mean: Savchenko, arXiv 2102.11198, 2021; one read at a time and 400 MB/s writes assumed',
  },
  nvme: {
    readNs: [80 * US, 120 * US],
    channels: 8,
    writeNs: 2 * US,
    source:
      'random read under 140 us mean, 80..100 us on datacentre drives (as above); 8 channels, 2 GB/s writes assumed',
  },
} as const satisfies Record<string, DeviceModel>;

export const DEVICE_NAMES = ['disk', 'sata-ssd', 'nvme', 'host-cache'] as const;
export type DeviceName = (typeof DEVICE_NAMES)[number];

/**
 * A device as two queues: reads, served by a number of channels, and clustered writes behind each other.
 * Reads do not wait for writes: devices and I/O schedulers prefer them (assumed). Service times are drawn
 * from the model's range.
 */
export class QueuedDevice implements SwapDevice {
  readonly name: string;
  readonly #model: DeviceModel;
  readonly #random: RandomStream;
  readonly #channelFreeAt: number[];
  #writerFreeAt = 0;

  constructor(name: string, model: DeviceModel, random: RandomStream) {
    this.name = name;
    this.#model = model;
    this.#random = random;
    this.#channelFreeAt = Array.from({ length: model.channels }, () => 0);
  }

  read(at: Nanoseconds): Nanoseconds {
    const free = this.#channelFreeAt;
    let first = 0;
    for (let i = 1; i < free.length; i++) if (free[i]! < free[first]!) first = i;
    const [least, most] = this.#model.readNs;
    const end = Math.max(at, free[first]!) + least + this.#random.below(most - least + 1);
    free[first] = end;
    return toNs(end);
  }

  write(at: Nanoseconds): Nanoseconds {
    this.#writerFreeAt = Math.max(at, this.#writerFreeAt) + this.#model.writeNs;
    return toNs(this.#writerFreeAt);
  }
}

/**
 * Swap to host cache (vSphere 5.0): a write-back SSD cache in front of the swap files on disk. What was
 * written longest ago leaves the cache for the disk; a read of a page that left pays the disk.
 */
export class HostCacheDevice implements SwapDevice {
  readonly name = 'host-cache';
  readonly #cache: SwapDevice;
  readonly #disk: SwapDevice;
  readonly #capacity: number;
  /** Pages in the cache, oldest write first. */
  readonly #cached = new Set<number>();
  readonly #spilled: (page: number) => void;

  /** @param spilled told each page that leaves the cache for the disk */
  constructor(
    cache: SwapDevice,
    disk: SwapDevice,
    capacityPages: number,
    spilled: (page: number) => void = () => undefined,
  ) {
    this.#cache = cache;
    this.#disk = disk;
    this.#capacity = capacityPages;
    this.#spilled = spilled;
  }

  /** True while the page is in the cache. */
  holds(page: number): boolean {
    return this.#cached.has(page);
  }

  /** The page will not be read again: its room is free. */
  discard(page: number): void {
    this.#cached.delete(page);
  }

  read(at: Nanoseconds, page: number): Nanoseconds {
    return this.#cached.delete(page) ? this.#cache.read(at, page) : this.#disk.read(at, page);
  }

  write(at: Nanoseconds, page: number): Nanoseconds {
    this.#cached.delete(page);
    this.#cached.add(page);
    if (this.#cached.size > this.#capacity) {
      for (const oldest of this.#cached) {
        this.#cached.delete(oldest);
        this.#disk.write(at, oldest);
        this.#spilled(oldest);
        break;
      }
    }
    return this.#cache.write(at, page);
  }
}

/** The device of that name. @param stream gives a random stream by name @param spilled see HostCacheDevice */
export function makeDevice(
  name: DeviceName,
  hostCachePages: number,
  stream: (name: string) => RandomStream,
  spilled: (page: number) => void,
): SwapDevice {
  const queued = (model: keyof typeof DEVICE_MODELS): SwapDevice =>
    new QueuedDevice(model, DEVICE_MODELS[model], stream(`device/${model}`));
  return name === 'host-cache'
    ? new HostCacheDevice(queued('sata-ssd'), queued('disk'), hostCachePages, spilled)
    : queued(name);
}
