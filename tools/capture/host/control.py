"""The page that host and plugin share (struct control in plugin/guest-trace.c): nine u64, host's byte order."""

import mmap
import struct
import time

INSTRUCTIONS, INTERVALS, GUEST_NS, CUT_WANTED, STOPPED_AT_NS = range(5)
CUT_DONE, CUT_INSTRUCTIONS, CUT_INTERVALS, CUT_GUEST_NS = range(5, 9)
NS_PER_MS = 1_000_000


class Control:
    """Creates the file at `path`; QEMU's plugin must be started after that."""

    def __init__(self, path):
        with open(path, 'wb') as new:
            new.write(bytes(4096))
        with open(path, 'r+b') as file:
            self._page = mmap.mmap(file.fileno(), 4096)
        self._cuts = 0

    def moment(self):
        """Where the trace is now; some thousand instructions old at most."""
        return {'interval': self._get(INTERVALS), 'instructions': self._get(INSTRUCTIONS)}

    def guest_ms(self):
        return self._get(GUEST_NS) // NS_PER_MS

    def stopped(self):
        """To be called when the VM has stopped: from here on time does not count."""
        self._put(STOPPED_AT_NS, time.clock_gettime_ns(time.CLOCK_MONOTONIC))

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
        return struct.unpack_from('<Q', self._page, 8 * index)[0]

    def _put(self, index, value):
        struct.pack_into('<Q', self._page, 8 * index, value)
