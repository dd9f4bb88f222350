import type { Nanoseconds, RandomStream, SwapDevice } from '@overbook/core';
import { toNs } from '@overbook/core';

const US = 1000;

/** Service times of a device, per page of 4 KiB, in nanoseconds. */
export interface DeviceModel {
  /** Random read: uniform between the two. */
  readonly readNs: readonly [least: number, most: number];
  /** Operations served side by side. */
  readonly channels: number;
  /**
   * One page among clustered writes when the device does nothing else: a page divided by its write bandwidth. A further
   * page of one read takes as long (assumed: devices read no slower than they write).
   */
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
 * A device with one queue for reads and writes of all VMs, served in the order in which they were asked for (what the
 * Linux I/O scheduler `none` does): a read waits for the writes before it, and completions once told never move. The
 * next operation goes to the channel that is free first. Clustered writes keep all channels of a device busy at its
 * write bandwidth, so on one of n channels a write takes n times as long. Times of reads are drawn from the model's
 * range.
 */
export class QueuedDevice implements SwapDevice {
  readonly name: string;
  readonly #leastReadNs: number;
  /** Times that a read may take. */
  readonly #reads: number;
  readonly #writeNs: number;
  readonly #random: RandomStream;
  readonly #channelFreeAt: Float64Array;

  constructor(name: string, model: DeviceModel, random: RandomStream) {
    this.name = name;
    const [least, most] = model.readNs;
    this.#leastReadNs = least;
    this.#reads = most - least + 1;
    this.#writeNs = model.writeNs * model.channels;
    this.#random = random;
    this.#channelFreeAt = new Float64Array(model.channels);
  }

  read(at: Nanoseconds, _page = 0, count = 1): Nanoseconds {
    // A page beside others of one operation takes its share of the bandwidth, which all channels have together.
    return this.#serve(at, this.#leastReadNs + this.#random.below(this.#reads) + (count - 1) * this.#writeNs);
  }

  write(at: Nanoseconds): Nanoseconds {
    return this.#serve(at, this.#writeNs);
  }

  #serve(at: Nanoseconds, takesNs: number): Nanoseconds {
    const free = this.#channelFreeAt;
    let first = 0;
    for (let i = 1; i < free.length; i++) if (free[i]! < free[first]!) first = i;
    const end = Math.max(at, free[first]!) + takesNs;
    free[first] = end;
    return toNs(end);
  }
}

/**
 * Swap to host cache (vSphere 5.0): a write-back SSD cache in front of the swap files on disk. What was
 * written longest ago leaves the cache for the disk; a read of a page that left pays the disk. A write to a full cache
 * is done when the page that made room is on the disk: a cache cannot take more than its disk for longer than it lasts.
 */
export class HostCacheDevice implements SwapDevice {
  readonly name = 'host-cache';
  /** Behind the cache. */
  readonly disk: SwapDevice;
  readonly #cache: SwapDevice;
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
    this.disk = disk;
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
    return this.#cached.delete(page) ? this.#cache.read(at, page) : this.disk.read(at, page);
  }

  write(at: Nanoseconds, page: number): Nanoseconds {
    this.#cached.delete(page);
    this.#cached.add(page);
    const roomAt = this.#cached.size > this.#capacity ? this.#spill(at) : at;
    const written = this.#cache.write(at, page);
    return roomAt > written ? roomAt : written;
  }

  #spill(at: Nanoseconds): Nanoseconds {
    const [oldest] = this.#cached;
    this.#cached.delete(oldest!);
    const roomAt = this.disk.write(at, oldest!);
    this.#spilled(oldest!);
    return roomAt;
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
