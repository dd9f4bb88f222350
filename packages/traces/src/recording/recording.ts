/**
 * A recording in memory: one run of one real guest, as the trace of its frames from power-on together with
 * snapshots of its memory at exactly known places of that trace. No page contents: keys, sizes and roles only.
 */
import type { Pages } from '@overbook/core/units';
import type { Trace } from '../trace/trace.ts';

/** A place in the trace, and when the guest was there. */
export interface RecordedMoment {
  /** Intervals that had ended. */
  readonly interval: number;
  /** Instructions since power-on. */
  readonly instructions: number;
}

/** The guest's memory between two intervals. Columns have one entry per changed frame. */
export interface RecordedSnapshot {
  readonly label: string;
  /** The snapshot lies after this many intervals. */
  readonly afterIntervals: number;
  readonly instructions: number;
  /** Guest milliseconds since power-on. */
  readonly guestMs: number;
  /** Frames whose content differs from the snapshot before (before the first: from power-on), ascending. */
  readonly changed: Uint32Array;
  readonly keyLo: Uint32Array;
  readonly keyHi: Uint32Array;
  /** Of the page alone under the recording's codec; above 4096 = incompressible. */
  readonly compressedBytes: Uint16Array;
  /** FILL_OTHER, FILL_ZERO or FILL_SAME. */
  readonly fill: Uint8Array;
  /** What the guest's kernel said of every frame, changed or not: see the role bytes of @overbook/images. */
  readonly role: Uint8Array;
  /** When the recorder began to disturb the guest: leave out its intervals up to afterIntervals in working sets. */
  readonly agentAsked?: RecordedMoment;
  /** What the guest had left to it, once a balloon target had been set. */
  readonly balloonActualMiB?: number;
  /** SHA-256 of the guest's whole memory, hexadecimal. */
  readonly memSha256?: string;
  /** Lines of the guest's /proc/meminfo, in KiB. */
  readonly meminfoKiB?: Readonly<Record<string, number>>;
  /** Counters of the guest's /proc/vmstat; pgpgin and pgpgout in KiB, others in pages or events. */
  readonly vmstat?: Readonly<Record<string, number>>;
  readonly guestUptimeSeconds?: number;
  /** How long the VM stood still on the recording host; not guest time. */
  readonly hostStillMs?: number;
}

/**
 * Contents that frames held for a while between two snapshots. Columns have one entry per such content, ascending by
 * interval, then frame; no two entries share both. Contents that last until the next snapshot are in that snapshot.
 */
export interface SteadyContents {
  /** Guest milliseconds without a write after which a frame's content was looked at. Shorter-lived ones are unknown. */
  readonly steadyMs: number;
  /** Interval of the CPU's last write to the frame before it held this content. */
  readonly interval: Uint32Array;
  readonly frame: Uint32Array;
  readonly keyLo: Uint32Array;
  readonly keyHi: Uint32Array;
  readonly compressedBytes: Uint16Array;
  readonly fill: Uint8Array;
}

/** What the guest's work script said it begins; up to 0.1 s late. */
export interface RecordedPhase extends RecordedMoment {
  readonly name: string;
  readonly guestMs: number;
}

/** A balloon target set while recording: memory the guest was to keep. */
export interface RecordedBalloonTarget extends RecordedMoment {
  readonly targetMiB: number;
  readonly guestMs: number;
}

/** Where a recording comes from, in the recorder's words. */
export interface RecordingOrigin {
  readonly work: string;
  /** Fixes the data the work made, not the run. */
  readonly seed: number;
  readonly kernel: string;
  /** Emulator and its version. */
  readonly emulator: string;
  readonly accelerator: string;
}

/** Content of every frame at power-on: zeros. */
export interface PowerOnContent {
  readonly keyLo: number;
  readonly keyHi: number;
  readonly compressedBytes: number;
}

export interface Recording {
  readonly name: string;
  readonly pages: Pages;
  /** Name of the function behind the keys, e.g. `sha256-64`. */
  readonly contentKey: string;
  /** Name of the compressor behind `compressedBytes`, e.g. `liblz4-1.9.4`. */
  readonly codec: string;
  readonly powerOn: PowerOnContent;
  /** Its pages are the guest's frames: page number = guest frame number. */
  readonly trace: Trace;
  /** Per interval: guest milliseconds since power-on at its end; never descending. */
  readonly endMs: Uint32Array;
  /** Ascending; the first is power-on. */
  readonly snapshots: readonly RecordedSnapshot[];
  /** Absent where the recorder looked at contents at snapshots alone. */
  readonly steady?: SteadyContents | undefined;
  readonly phases: readonly RecordedPhase[];
  readonly balloonTargets: readonly RecordedBalloonTarget[];
  readonly origin: RecordingOrigin;
}
