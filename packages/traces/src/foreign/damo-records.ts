/** Records of damo, checked: nothing of their JSON is trusted. */
import type { FileId } from '@overbook/formats';
import { badFile } from './refusals.ts';

export interface DamoRegion {
  /** Bytes: from `start` up to `end`. */
  readonly start: number;
  readonly end: number;
  readonly isAccessed: boolean;
}

export interface DamoSnapshot {
  readonly startNs: number;
  readonly endNs: number;
  readonly regions: readonly DamoRegion[];
}

export interface DamoRecord {
  readonly target: string;
  readonly snapshots: readonly DamoSnapshot[];
}

type Map = Readonly<Record<string, unknown>>;

/** All records of a file. Snapshots that damo made up (all samples -1, behind a single real one) are left out. */
export function readDamoRecords(id: FileId, json: unknown): readonly DamoRecord[] {
  return listOf(id, json, 'the file').map((record, i) => {
    const at = `record ${i}`;
    const { target_id: target, snapshots } = mapOf(id, record, at);
    return {
      target: typeof target === 'number' || typeof target === 'string' ? String(target) : '',
      snapshots: listOf(id, snapshots, `${at}: snapshots`).flatMap((one, j) =>
        snapshotOf(id, one, `${at}, snapshot ${j}`),
      ),
    };
  });
}

function snapshotOf(id: FileId, json: unknown, at: string): readonly DamoSnapshot[] {
  const { start_time: start, end_time: end, regions } = mapOf(id, json, at);
  const list = listOf(id, regions, `${at}: regions`);
  const samples = list.map((region, i) => samplesOf(id, region, `${at}, region ${i}`));
  if (samples.length > 0 && samples.every((count) => count === -1)) return [];
  return [
    {
      startNs: numberOf(id, start, `${at}: start_time`),
      endNs: numberOf(id, end, `${at}: end_time`),
      regions: list.map((region, i) => regionOf(id, region, samples[i]!, `${at}, region ${i}`)),
    },
  ];
}

function regionOf(id: FileId, json: unknown, samples: number, at: string): DamoRegion {
  const region = mapOf(id, json, at);
  const start = numberOf(id, region['start'], `${at}: start`);
  const end = numberOf(id, region['end'], `${at}: end`);
  if (start < 0 || end <= start) throw refused(id, `${at}: goes from ${start} to ${end}`);
  return { start, end, isAccessed: samples > 0 };
}

/** Samples in which it was accessed, or the percentage where only that is told. */
function samplesOf(id: FileId, json: unknown, at: string): number {
  const { nr_accesses: accesses } = mapOf(id, json, at);
  if (typeof accesses !== 'object' || accesses === null) return numberOf(id, accesses, `${at}: nr_accesses`);
  const { samples, percent } = accesses as Map;
  return samples === null || samples === undefined
    ? numberOf(id, typeof percent === 'string' ? percent.replace(/ ?%$/, '') : percent, `${at}: nr_accesses`)
    : numberOf(id, samples, `${at}: nr_accesses`);
}

/** A number, or the text of one with commas between thousands. */
function numberOf(id: FileId, value: unknown, at: string): number {
  if (typeof value === 'number' && Number.isFinite(value) && Math.abs(value) < 2 ** 63) return value;
  if (typeof value === 'string' && /^-?\d{1,3}(?:,\d{3})*(?:\.\d+)?$|^-?\d{1,20}(?:\.\d+)?$/.test(value))
    return Number(value.replaceAll(',', ''));
  throw refused(id, `${at} is ${JSON.stringify(value) ?? 'missing'}, which is not a plain number`);
}

function listOf(id: FileId, value: unknown, at: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw refused(id, `${at} is not a list`);
}

function mapOf(id: FileId, value: unknown, at: string): Map {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Map;
  throw refused(id, `${at} is not a map`);
}

function refused(id: FileId, what: string): Error {
  return badFile(id, what, 'Give a file that `damo record` wrote, with raw numbers (not made readable).');
}
