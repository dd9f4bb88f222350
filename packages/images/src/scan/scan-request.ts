/** What a scan of memories is asked for, and how far it tells that it is. */
import type { ContentKeySpec } from './content-key.ts';
import type { CodecName } from './page-codec.ts';
import type { ImageReader } from '../readers/image-reader.ts';
import type { OpenOptions } from '../readers/open-image.ts';
import type { ReadersInThreads } from './work-plan.ts';

/** A guest's memory: path of an image or of a digest, and what is said beside it. */
export interface MemorySource {
  readonly path: string;
  /** What the guest is called; of the file's name by default. */
  readonly name?: string;
  /** Page flags that the guest's agent sent. */
  readonly flags?: string;
  readonly open?: OpenOptions;
}

/** Who does the work. */
export interface PoolOptions {
  /** Threads that work, this one among them. */
  readonly workers: number;
  /** Ends the work: what runs is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Readers beside the shipped ones, as objects: for this thread. */
  readonly readers?: readonly ImageReader[];
}

export interface ScanOptions extends Partial<PoolOptions> {
  /** Function of the keys; that of the digests where there are some, else `xxh3-64`. */
  readonly contentKey?: ContentKeySpec;
  /** Codecs to size each distinct content with; none by default. */
  readonly codecs?: readonly CodecName[];
  /** Leave out codecs that a digest has no sizes of, instead of refusing them. */
  readonly optionalCodecs?: boolean;
  /** How other threads get the `readers`, which cannot follow there as objects. Without it this thread works alone. */
  readonly readersInThreads?: ReadersInThreads;
  readonly onProgress?: (progress: ScanProgress) => void;
}

/** How far a scan is. */
export interface ScanProgress {
  readonly phase: 'read' | 'compress' | 'verify' | 'compare' | 'hash';
  readonly doneBytes: number;
  readonly totalBytes: number;
}
