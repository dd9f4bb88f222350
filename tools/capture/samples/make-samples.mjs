// make-samples.mjs IMAGE OUT: small dumps of one small machine, written by QEMU and makedumpfile, for the tests of
// readers. IMAGE is a raw memory image from which 24 pages are taken that are neither zero nor alike; they are
// loaded at 2 MiB into a machine of 4 MiB whose firmware (paging.S) only turns paging on. Needs qemu-system-x86_64,
// makedumpfile, gcc and ld.
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

const [image, out] = process.argv.slice(2).map((path) => resolve(path));
if (image === undefined || out === undefined) throw new Error('usage: make-samples.mjs IMAGE OUT');
const PAGES = 24;
const MIB = 4;
const folder = mkdtempSync(join(tmpdir(), 'samples-'));
/** @param {string} name */
function at(name) {
  return join(folder, name);
}

writeFileSync(at('slice'), differentPages(readFileSync(image), PAGES));
const source = join(import.meta.dirname, 'paging.S');
execFileSync('gcc', ['-c', '-o', at('paging.o'), source]);
execFileSync('ld', ['-Ttext=0', '--oformat=binary', '-o', at('paging.bin'), at('paging.o')]);
await dumps();
execFileSync('makedumpfile', ['-R', at('kdump-rearranged')], {
  stdio: [openSync(at('flat-zlib'), 'r'), 'ignore', 'inherit'],
});
relaid(at('elf'), at('elf-relaid'));
/** @type {[name: string, options: string[]][]} */
const repacked = [
  ['makedumpfile-zlib', ['-c', '-d', '1']],
  ['makedumpfile-elf', ['-E', '-d', '1']],
  ['makedumpfile-lzo', ['-l', '-d', '1']],
];
for (const [name, options] of repacked)
  execFileSync('makedumpfile', [...options, at('elf-relaid'), at(name)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
execFileSync('makedumpfile', ['--split', '-c', '-d', '1', at('elf-relaid'), at('split-1'), at('split-2')], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
mkdirSync(out, { recursive: true });
/** @type {[made: string, name: string][]} */
const names = [
  ['raw', 'raw'],
  ['elf', 'elf'],
  ['elf-paging', 'elf-paging'],
  ['flat-zlib', 'qemu-flat-zlib'],
  ['flat-snappy', 'qemu-flat-snappy'],
  ['kdump-rearranged', 'qemu-zlib'],
  ['makedumpfile-zlib', 'makedumpfile-zlib'],
  ['makedumpfile-elf', 'makedumpfile-elf'],
  ['makedumpfile-lzo', 'makedumpfile-lzo'],
  ['split-1', 'makedumpfile-split'],
  ['migration', 'migration'],
];
for (const [made, name] of names) {
  if (!existsSync(at(made))) continue;
  const bytes = readFileSync(at(made));
  const packed = gzipSync(bytes, { level: 9 });
  packed[9] = 255; // no name of an operating system: the same bytes everywhere
  writeFileSync(join(out, `${name}.gz`), packed);
  console.log(
    `${createHash('sha256').update(bytes).digest('hex')}  ${name}  ${bytes.length} -> ${packed.length}`,
  );
}
rmSync(folder, { recursive: true });

/**
 * Pages of an image that differ and are not zero, evenly from all over it.
 * @param {Buffer} bytes @param {number} count
 */
function differentPages(bytes, count) {
  const seen = new Map();
  for (let page = 0; page < bytes.length; page += 4096) {
    const one = bytes.subarray(page, page + 4096);
    if (one.some((byte) => byte !== 0)) seen.set(createHash('md5').update(one).digest('hex'), one);
  }
  const all = [...seen.values()];
  return Buffer.concat(
    Array.from({ length: count }, (_, index) => all[Math.floor((index * all.length) / count)]),
  );
}

async function dumps() {
  const socket = at('qmp');
  const machine = spawn(
    'qemu-system-x86_64',
    [
      '-accel',
      'tcg',
      '-machine',
      'pc',
      '-m',
      String(MIB),
      '-display',
      'none',
      '-nodefaults',
      '-bios',
      at('paging.bin'),
    ].concat([
      '-qmp',
      `unix:${socket},server=on,wait=off`,
      '-device',
      `loader,file=${at('slice')},addr=0x200000,force-raw=on`,
    ]),
    { stdio: 'inherit' },
  );
  await wait(2000);
  const qmp = await connected(socket);
  await qmp('stop');
  await qmp('pmemsave', { val: 0, size: MIB * 1_048_576, filename: at('raw') });
  /** @param {string} name @param {boolean} paging @param {string} format */
  const dump = (name, paging, format) =>
    qmp('dump-guest-memory', { paging, protocol: `file:${at(name)}`, format });
  await dump('elf', false, 'elf');
  await dump('elf-paging', true, 'elf');
  const { formats } = await qmp('query-dump-guest-memory-capability');
  console.log(`this QEMU writes ${formats.join(', ')}`);
  for (const method of ['zlib', 'snappy']) {
    const format = `kdump-${method}`;
    if (formats.includes(format)) await dump(`flat-${method}`, false, format);
  }
  await qmp('migrate', { uri: `exec:cat > ${at('migration')}` });
  while ((await qmp('query-migrate')).status !== 'completed') await wait(100);
  const ended = new Promise((done) => void machine.on('exit', done));
  await qmp('quit').catch(() => undefined);
  await ended;
}

/** A function that runs one QMP command and gives its answer. @param {string} path */
async function connected(path) {
  const socket = createConnection(path);
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const answer = async () => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error('QEMU is gone');
      const message = JSON.parse(value);
      if (message.error) throw new Error(message.error.desc);
      if ('return' in message) return message.return;
    }
  };
  /** @param {string} execute @param {object} args */
  const command = (execute, args = {}) => {
    socket.write(`${JSON.stringify({ execute, arguments: args })}\n`);
    return answer();
  };
  await command('qmp_capabilities');
  return command;
}

/**
 * makedumpfile wants program headers right behind the file header; QEMU 7.2 puts section headers there.
 * @param {string} from @param {string} to
 */
function relaid(from, to) {
  const elf = readFileSync(from);
  const start = Number(elf.readBigUInt64LE(32));
  elf.copy(elf, 64, start, start + 56 * elf.readUInt16LE(56));
  elf.writeUInt16LE(64, 52);
  elf.writeBigUInt64LE(64n, 32);
  elf.fill(0, 40, 48).fill(0, 58, 64);
  writeFileSync(to, elf);
}
