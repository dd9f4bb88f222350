"""Final files of a recording: NAME.{obt,time,snaps}.gz, and NAME.json with the checksums of what is in them."""

import gzip
import hashlib
import json
import os


def pack_recording(folder, name, metadata, parts):
    """
    Writes the recording into `folder`. `parts`: the unpacked bytes of 'obt', 'time' and 'snaps'. `metadata`: all fields
    of NAME.json but `files`. The same input gives the same bytes.
    """
    files = {}
    os.makedirs(folder, exist_ok=True)
    for kind, unpacked in parts.items():
        file = f'{name}.{kind}.gz'
        packed = gzip.compress(unpacked, compresslevel=9, mtime=0)
        with open(os.path.join(folder, file), 'wb') as out:
            out.write(packed)
        files[file] = {
            'bytes': len(packed),
            'sha256': sha256(packed),
            'unpackedBytes': len(unpacked),
            'unpackedSha256': sha256(unpacked),
        }
    with open(os.path.join(folder, f'{name}.json'), 'w', encoding='utf-8') as out:
        json.dump({**metadata, 'files': files}, out, indent=1)
        out.write('\n')


def sha256(data):
    return hashlib.sha256(data).hexdigest()
