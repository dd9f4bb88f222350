/**
 * One zstd frame of a page. The library believes the size that a frame declares, so the declaration is read first
 * (RFC 8878, section 3.1.1.1).
 */
import { zstdLibrary } from '../zstd-library.ts';
import { Fields } from './number-fields.ts';

const MAGIC = 0xfd2fb528;

let decompress: ((frame: Uint8Array) => Uint8Array) | undefined;

/** Loads the decoder; before the first frame, once per thread. */
export async function prepareZstd(): Promise<void> {
  ({ decompress } = await zstdLibrary());
}

/** Bytes that a frame declares; undefined when it is no frame or does not say. */
export function zstdLength(frame: Uint8Array): number | undefined {
  if (frame.length < 6 || new Fields(frame).u32(0) !== MAGIC) return undefined;
  const descriptor = frame[4]!;
  const isSingle = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
  const at = 5 + (isSingle ? 0 : 1) + dictionaryBytes;
  const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][descriptor >>> 6]!;
  if (sizeBytes === 0 || at + sizeBytes > frame.length) return undefined;
  const fields = new Fields(frame);
  if (sizeBytes === 1) return frame[at]!;
  if (sizeBytes === 2) return fields.u16(at) + 256;
  return sizeBytes === 4 ? fields.u32(at) : fields.u64(at);
}

/** Throws when the frame is damaged. Ask `prepareZstd` and `zstdLength` first. */
export function unzstd(frame: Uint8Array): Uint8Array {
  if (decompress === undefined) throw new Error('prepareZstd comes first');
  return decompress(frame);
}
