/** A file of another kind than a command takes is answered with the command that takes it. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';

import type { OverbookErrorCode } from '@overbook/core/units';
import { OverbookError } from '@overbook/core/units';
import { looksLike } from '@overbook/formats';

/** What a command takes. */
export type Wanted = 'scenario' | 'trace' | 'recording' | 'image';
/** What a file shows itself to be. */
type Kind = Wanted | 'digest' | 'result' | 'plugin';

const OWN = ['trace', 'recording', 'digest'] as const;

const HEAD_BYTES = 4096;

const CODES: Readonly<Record<Wanted, OverbookErrorCode>> = {
  scenario: 'OVB_SCENARIO_INVALID',
  trace: 'OVB_TRACE_FORMAT',
  recording: 'OVB_RECORDING_FORMAT',
  image: 'OVB_IMAGE_FORMAT',
};

const NAMES: Readonly<Record<Kind, string>> = {
  scenario: 'a scenario',
  trace: 'a page trace',
  recording: 'a recording of a guest',
  digest: 'a page digest',
  image: 'binary, as an image of memory is',
  result: 'a result of overbook',
  plugin: 'a module of code',
};

function mendFor(kind: Kind, path: string, self: string): string {
  switch (kind) {
    case 'scenario':
      return `\`${self} compare ${path}\` runs it; \`${self} validate ${path}\` checks it.`;
    case 'trace':
      return `\`${self} trace info ${path}\` describes it; a guest of a scenario replays it with \`trace:\`.`;
    case 'recording':
      return (
        `\`${self} recording info ${path}\` describes it; a guest of a scenario replays it with ` +
        '`recording:`.'
      );
    case 'digest':
    case 'image':
      return `\`${self} analyze ${path}\` shows what sharing and compression would save.`;
    case 'result':
      return 'Give the scenario from which it was made: a result of compare or run holds it as `scenarioText`.';
    case 'plugin':
      return `Load it beside a scenario: \`${self} compare SCENARIO --plugin ${path}\`.`;
  }
}

/**
 * Looks at the first bytes of a regular file. What shows nothing, or is not there, is left to the command.
 * @throws OVB_SCENARIO_INVALID, OVB_TRACE_FORMAT, OVB_RECORDING_FORMAT or OVB_IMAGE_FORMAT for a file of another kind
 */
export function refuseOtherKind(wanted: Wanted, path: string, self: string): void {
  const kind = kindOf(path);
  if (kind === undefined || kind === wanted || (kind === 'digest' && wanted === 'image')) return;
  // What has no mark of ours may be in a format that other tools write.
  if (kind === 'image' && wanted !== 'scenario') return;
  throw new OverbookError(
    CODES[wanted],
    path,
    `is ${NAMES[kind]}, not ${wanted === 'image' ? 'an image of memory' : NAMES[wanted]}`,
    mendFor(kind, path, self),
  );
}

function kindOf(path: string): Kind | undefined {
  const head = headOf(path);
  if (head === undefined || head.length === 0) return undefined;
  const own = OWN.find((kind) => looksLike(head, kind));
  if (own !== undefined) return own;
  if (!isText(head)) return 'image';
  if (/\.[cm]?[jt]s$/.test(path)) return 'plugin';
  const text = head.toString('utf8');
  if (/^\s*\{\s*"schema":\s*"overbook\./.test(text)) return 'result';
  return /\.ya?ml$/.test(path) ? 'scenario' : undefined;
}

/** UTF-8 without control characters but those of text; a character cut off at the end does not count. */
function isText(head: Buffer): boolean {
  const whole = head.length < HEAD_BYTES ? head : head.subarray(0, HEAD_BYTES - 3);
  if (whole.some((byte) => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d && byte !== 0x0c))
    return false;
  const text = new TextDecoder('utf-8').decode(whole);
  return !text.slice(0, -1).includes('\uFFFD');
}

function headOf(path: string): Buffer | undefined {
  try {
    if (!statSync(path).isFile()) return undefined;
    const file = openSync(path, 'r');
    try {
      const head = Buffer.alloc(HEAD_BYTES);
      return head.subarray(0, readSync(file, head));
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}
