#!/usr/bin/env python3
"""make_small.py OUT - a recording of a made-up guest of four frames, through the recorder's own code; for tests."""

import io
import struct
import sys

from pack import pack_recording
from steady import STEADY_MS, steady_file
from snapshots import FINGERPRINT, PAGE, SnapshotWriter, head_of

HEAD = b'{"format":"OBT1","source":"made up, guest-physical pages","name":"small","interval":1000,"pageSize":4096,"coding":"runs"}\n'


def run(gap, kind):
    return gap * 8 + kind + 1


def main(out):
    # Interval 0: frame 0 fetched, frame 2 written; interval 1: frame 3 read; then the end and the page table.
    body = bytes([run(0, 1), run(1, 3), 0, 100, run(3, 2), 0, 50, 0, 0])
    obt = HEAD + body + struct.pack('<I4Q', 4, 0, 1, 2, 3)
    snaps = io.BytesIO()
    writer = SnapshotWriter(snaps, 4, lambda page: 30 + page[0])
    power_on = writer.write(bytes(4 * PAGE), bytes(4))
    memory = bytes(2 * PAGE) + b'ab' * (PAGE // 2) + bytes(PAGE)
    end = writer.write(memory, bytes([3, 1, 6 | 0x40, 1]))
    snapshots = [
        {'label': 'power-on', 'afterIntervals': 0, 'instructions': 0, 'guestMs': 0, 'hostStill_ms': 1, **power_on},
        {
            'label': 'end', 'afterIntervals': 1, 'instructions': 100, 'guestMs': 20, 'hostStill_ms': 2,
            'agentAsked': {'interval': 0, 'instructions': 90}, **end,
        },
    ]
    metadata = {
        'format': 'OBREC1', 'name': 'small', 'work': 'idle', 'seed': 1, 'memMiB': 0, 'pages': 4, 'kernel': 'none',
        'qemu': 'none', 'accel': 'none', 'every': 1000, 'steadyMs': STEADY_MS, 'fingerprint': FINGERPRINT,
        'lz4': 'LZ4_compress_default, liblz4 1.9.4, one page',
        'trace': {'instructions': 150, 'intervals': 2, 'pageEvents': 3, 'fastPathWrong': 0},
        'snapshots': snapshots, 'balloon': [],
        'phases': [{'phase': 'idle', 'guestUptime_s': 0.1, 'interval': 0, 'instructions': 5, 'guestMs': 3}],
    }
    # Interval 0's write to frame 2 is followed by no other: a row that a recorder would leave to the snapshot imports too.
    steady = struct.pack('<IIQHBB', 0, 2, 5, 40, 0, 0)
    parts = {'steady': steady_file('small', 4, steady), 'obt': obt, 'time': struct.pack('<2I', 20, 30), 'snaps': head_of('small', 4, 2) + snaps.getvalue()}
    pack_recording(out, 'small', metadata, parts)


if __name__ == '__main__':
    main(sys.argv[1])
