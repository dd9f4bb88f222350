/** `overbook recording check`: does the trace of a recording tell of what its snapshots show? */
import { grouped, wrapped, wrappedItems } from '@overbook/lab/words';
import type { ChangedFrames, Examination, Recording, SteadyContents } from '@overbook/traces';
import { examineRecording, readRecording } from '@overbook/traces';

import type { Io } from '../process/io.ts';
import { EXIT } from '../process/io.ts';
import { refuseOtherKind } from '../process/other-kind.ts';

export const RECORDING_CHECK_SCHEMA = 'overbook.recording-check/1';

/**
 * At most this part of the frames that changed after boot may have been changed by something else than the CPU: a
 * simulation that follows the trace misses those.
 */
const NOT_STORED_MAX = 0.01;
/** How a recorder says that the guest's clock counts its instructions. */
const ONE_CLOCK = /\bicount shift=0\b/;

interface Checked {
  readonly name: string;
  readonly examination: Examination;
  readonly changed: number;
  readonly notStored: number;
  readonly notStoredByRole: Readonly<Record<string, number>>;
  readonly oneClock: boolean;
  /** Contents between snapshots, where the recorder looked. */
  readonly steady: SteadyContents | undefined;
  /** What speaks against the recording; empty = good. */
  readonly faults: readonly string[];
}

/** Checks each recording; exit code 1 where one is not good. */
export function check(io: Io, files: readonly string[], options: { readonly json?: true }): number {
  for (const file of files) refuseOtherKind('recording', file, io.self);
  const checked = files.map((file) => checkedRecording(readRecording(file)));
  if (options.json === true) {
    const recordings = checked.map(asJson);
    io.out(`${JSON.stringify({ schema: RECORDING_CHECK_SCHEMA, recordings }, undefined, 2)}\n`);
  } else {
    io.out(checked.map((one) => told(one, io.columns)).join('\n'));
  }
  return checked.every(({ faults }) => faults.length === 0) ? EXIT.fine : EXIT.failed;
}

function checkedRecording(recording: Recording): Checked {
  const examination = examineRecording(recording);
  // The first two snapshots are power-on and the guest that has booted: firmware loads the kernel by DMA.
  const steps = examination.steps.slice(2);
  const changed = sumOf(steps, (step) => step.changed);
  const notStored = sumOf(steps, (step) => step.onlyRead + step.untouched);
  const notStoredByRole: Record<string, number> = {};
  for (const step of steps) {
    for (const [role, count] of Object.entries(step.notStoredByRole))
      notStoredByRole[role] = (notStoredByRole[role] ?? 0) + count;
  }
  const oneClock = ONE_CLOCK.test(recording.origin.accelerator);
  const { name, steady } = recording;
  const facts = { name, examination, changed, notStored, notStoredByRole, oneClock, steady };
  return { ...facts, faults: faultsOf(facts) };
}

function sumOf(steps: readonly ChangedFrames[], of: (step: ChangedFrames) => number): number {
  return steps.reduce((sum, step) => sum + of(step), 0);
}

function faultsOf({ examination, changed, notStored, oneClock }: Omit<Checked, 'faults'>): string[] {
  const { strangeFrames, unmarked, crowded } = examination;
  const faults: string[] = [];
  if (notStored > NOT_STORED_MAX * changed)
    faults.push(`more than ${NOT_STORED_MAX * 100} % of the changes are not in the trace`);
  if (strangeFrames > 0) faults.push(`${grouped(strangeFrames)} frames hold something that nothing wrote`);
  if (unmarked.length > 0) faults.push(`the recorder's own work is not marked at ${unmarked.join(', ')}`);
  if (oneClock && crowded.length > 0)
    faults.push(`more instructions than nanoseconds before ${crowded.join(', ')}`);
  return faults;
}

function told(checked: Checked, columns: number): string {
  const { name, examination, changed, notStored, notStoredByRole, oneClock, steady, faults } = checked;
  const { guestNs, instructions } = examination;
  const roles = Object.entries(notStoredByRole).map(([role, count]) => `${role} ${grouped(count)}`);
  const share = changed === 0 ? 0 : (100 * notStored) / changed;
  const seconds = (ns: number): string => (ns / 1e9).toFixed(1);
  const clock = oneClock
    ? [
        `one: ${seconds(instructions)} s of work (1 ns an instruction)`,
        `${seconds(guestNs - instructions)} s of waiting`,
      ]
    : [
        `the recording machine's: ${seconds(guestNs)} s of work and waiting`,
        `${grouped(instructions)} instructions`,
      ];
  const [first, ...others] = roles;
  const misses = `${share.toFixed(2)} % of them not by the CPU${first === undefined ? '' : `: ${first}`}`;
  const changes = [`${grouped(changed)} frames between snapshots after boot`, misses, ...others];
  return (
    wrapped(`${name}: ${faults.length === 0 ? 'good' : faults.join('; ')}`, columns, '  ') +
    wrappedItems('  changes   ', changes, columns) +
    (steady === undefined ? '' : `  between   ${grouped(steady.frame.length)} ${lasted(steady)}\n`) +
    wrappedItems('  clock     ', clock, columns)
  );
}

function lasted({ steadyMs }: SteadyContents): string {
  return `contents between snapshots that lasted ${(steadyMs / 1000).toFixed(1)} s or more`;
}

function asJson({
  name,
  examination,
  changed,
  notStored,
  notStoredByRole,
  oneClock,
  steady,
  faults,
}: Checked): object {
  const { strangeFrames, unmarked, guestNs, instructions, crowded, steps } = examination;
  return {
    name,
    good: faults.length === 0,
    faults,
    changedFrames: changed,
    notStoredFrames: notStored,
    notStoredByRole,
    steadyContents: steady?.frame.length,
    strangeFrames,
    unmarkedSnapshots: unmarked,
    clock: oneClock ? 'instructions' : 'host',
    guestNs,
    instructions,
    crowdedSnapshots: crowded,
    steps,
  };
}
