"""Memory snapshots: which frames changed, and what they hold, as columns (format OBS1, docs/formats/recording.md)."""

import ctypes
import hashlib
import struct

PAGE = 4096
ZERO_PAGE = bytes(PAGE)
FILL_OTHER, FILL_ZERO, FILL_SAME = 0, 1, 2
FINGERPRINT = 'first 8 bytes of SHA-256 of the 4096-byte page'


def liblz4():
    """(name for the metadata, function from a page to its compressed bytes); needs Debian's liblz4-1."""
    library = ctypes.CDLL('liblz4.so.1')
    library.LZ4_versionString.restype = ctypes.c_char_p
    room = library.LZ4_compressBound(PAGE)
    scratch = ctypes.create_string_buffer(room)

    def compressed_bytes(page):
        return library.LZ4_compress_default(bytes(page), scratch, PAGE, room)

    return f'LZ4_compress_default, liblz4 {library.LZ4_versionString().decode()}, one page', compressed_bytes


def fill_of(page):
    if page == ZERO_PAGE:
        return FILL_ZERO
    return FILL_SAME if page == page[:8] * (PAGE // 8) else FILL_OTHER


class SnapshotWriter:
    """Writes snapshots one after the other into a binary file object; keeps the memory and roles before."""

    def __init__(self, file, frames, compressed_bytes):
        self._file = file
        self._frames = frames
        self._compressed_bytes = compressed_bytes
        self._memory = bytes(frames * PAGE)  # power-on: zeros
        self._roles = bytes(frames)

    def write(self, memory, roles):
        """`memory`: all of the guest's RAM. Returns what the metadata say of it: changed pages and its checksum."""
        if len(memory) != self._frames * PAGE or len(roles) != self._frames:
            raise ValueError('memory or roles of another size than the guest')
        changed = self._changed(memory)
        bitmap = bytearray((self._frames + 7) // 8)
        fingerprints, sizes, fills = bytearray(), bytearray(), bytearray()
        for frame in changed:
            page = memory[frame * PAGE : (frame + 1) * PAGE]
            bitmap[frame >> 3] |= 1 << (frame & 7)
            fingerprints += hashlib.sha256(page).digest()[:8]
            sizes += struct.pack('<H', self._compressed_bytes(page))
            fills.append(fill_of(page))
        flips = bytes(now ^ before for now, before in zip(roles, self._roles))
        self._file.write(bitmap + fingerprints + sizes + fills + flips)
        self._memory, self._roles = memory, roles
        return {'changedPages': len(changed), 'memSha256': hashlib.sha256(memory).hexdigest()}

    def _changed(self, memory):
        before = self._memory
        return [
            frame
            for frame in range(self._frames)
            if memory[frame * PAGE : (frame + 1) * PAGE] != before[frame * PAGE : (frame + 1) * PAGE]
        ]


def head_of(name, frames, snapshots):
    """The first line of an OBS1 file, which stands before the snapshots."""
    return (
        f'{{"format": "OBS1", "name": "{name}", "pages": {frames}, "pageSize": {PAGE}, "snapshots": {snapshots}}}\n'
    ).encode()
