"""The page that host and plugin share (struct control in plugin/guest-trace.c): twelve u64, host's byte order."""

import mmap
import time

INSTRUCTIONS, INTERVALS, GUEST_NS, CUT_WANTED = range(4)
CUT_DONE, CUT_INSTRUCTIONS, CUT_INTERVALS, CUT_GUEST_NS = range(4, 8)
HOLD_AT_NS, HELD, RAM_BASE, RAM_BYTES = range(8, 12)
NS_PER_MS = 1_000_000
NEVER = 2**64 - 1


class Control:
    """Creates the file at `path`; QEMU's plugin must be started after that."""

    def __init__(self, path):
        with open(path, 'wb') as new:
            new.write(bytes(4096))
        with open(path, 'r+b') as file:
            # A view of whole words: `struct.pack_into` would show the plugin a zero before the value.
            self._words = memoryview(mmap.mmap(file.fileno(), 4096)).cast('Q')
        self._cuts = 0
        self.run_on()

    def moment(self):
        """Where the trace is now; some thousand instructions old at most."""
        return {'interval': self._get(INTERVALS), 'instructions': self._get(INSTRUCTIONS)}

    def guest_ms(self):
        return self._get(GUEST_NS) // NS_PER_MS

    def hold_at(self, guest_ms):
        """Lets the guest stand from this guest time on, until `run_on` or a later `hold_at`."""
        self._put(HOLD_AT_NS, guest_ms * NS_PER_MS)

    def held(self):
        return self._get(HELD) == 1

    def run_on(self):
        self._put(HOLD_AT_NS, NEVER)

    def ram(self):
        """(host address in QEMU, bytes) of the guest's RAM; bytes are 0 until its first block is translated."""
        return self._get(RAM_BASE), self._get(RAM_BYTES)

    def cut(self, resume, wait_s=10.0):
        """
        Ends the interval at the point where the VM stands; `resume` lets it run. Returns where that was. The counts
        must not have moved since the stop, else the snapshot would not lie between two intervals.
        """
        before = self.moment()
        self._cuts += 1
        self._put(CUT_WANTED, self._cuts)
        resume()
        end = time.monotonic() + wait_s
        while self._get(CUT_DONE) != self._cuts:
            if time.monotonic() > end:
                raise RuntimeError('the plugin did not cut its interval')
            time.sleep(0.005)
        after = self._get(CUT_INTERVALS)
        if self._get(CUT_INSTRUCTIONS) != before['instructions'] or after - before['interval'] not in (0, 1):
            raise RuntimeError('the guest ran between its stop and the cut')
        return {
            'afterIntervals': after,
            'instructions': self._get(CUT_INSTRUCTIONS),
            'guestMs': self._get(CUT_GUEST_NS) // NS_PER_MS,
        }

    def _get(self, index):
        return self._words[index]

    def _put(self, index, value):
        self._words[index] = value
