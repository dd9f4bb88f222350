"""The host's side of guest/role-agent.c."""

import re


class Agent:
    """Talks to the agent over a connected stream socket."""

    def __init__(self, channel):
        self._channel = channel

    def roles(self, frames, before=lambda: None):
        """
        (role byte of each of the first `frames` frames, text of /proc/{uptime,meminfo,vmstat}). `before` is called once
        the question is on its way: a guest that stands is let go there.
        """
        self._channel.sendall(b'role\n')
        before()
        answer = b''
        wanted = None
        while wanted is None or len(answer) < wanted:
            answer += self._receive()
            if wanted is None:
                wanted = answer_length(answer)
        return split_answer(answer, frames)

    def flags(self):
        """The answer to `flags`, as it came: the OBPI1 file that @overbook/images reads."""
        self._channel.sendall(b'flags\n')
        answer = b''
        while not flags_complete(answer):
            answer += self._receive()
        return answer

    def go(self):
        """Lets the spinning agent, and so the guest, go on."""
        self._channel.sendall(b'go\n')

    def _receive(self):
        piece = self._channel.recv(1 << 20)
        if not piece:
            raise RuntimeError('the agent in the guest is gone')
        return piece


def answer_length(start):
    """Bytes of the whole answer to `role`, or None while its first line is not complete."""
    if b'\n' not in start:
        return None
    line = start[: start.index(b'\n')]
    match = re.fullmatch(rb'OBR1 (\d+) (\d+)', line)
    if match is None:
        raise RuntimeError(f'the agent answered {line[:60]!r}')
    return len(line) + 1 + int(match[1]) + int(match[2]) + len(b'E\n')


def split_answer(answer, frames):
    start = answer.index(b'\n') + 1
    count, text_bytes = (int(word) for word in answer[:start].split()[1:])
    roles = answer[start : start + count][:frames].ljust(frames, b'\0')
    return roles, answer[start + count : start + count + text_bytes].decode()


def flags_complete(answer):
    """True when every section of an OBPI1 answer, and its end, has come in."""
    at = len(b'OBPI1\n')
    while answer[at : at + 2] == b'S ':
        end = answer.find(b'\n', at)
        if end < 0:
            return False
        at = end + 1 + int(answer[at:end].split()[2])
    return answer[at:] == b'E\n'


MEMINFO = (
    'MemTotal', 'MemFree', 'MemAvailable', 'Buffers', 'Cached', 'Dirty', 'AnonPages', 'Mapped', 'Shmem', 'Slab',
    'PageTables', 'KernelStack',
)
VMSTAT = (
    'pgpgin', 'pgpgout', 'pgfault', 'pgmajfault', 'pgalloc_dma32', 'pgfree', 'nr_file_pages', 'nr_dirty',
    'workingset_refault_file', 'pgscan_direct', 'pgscan_kswapd',
)


def facts_of(text):
    """What a snapshot's metadata keep of the guest's own statistics."""
    meminfo = dict(re.findall(r'^(\w+):\s+(\d+) kB$', text, re.M))
    vmstat = dict(re.findall(r'^(\w+) (\d+)$', text, re.M))
    return {
        'guestUptime_s': float(text.split()[0]),
        'meminfo_kB': {name: int(meminfo[name]) for name in MEMINFO if name in meminfo},
        'vmstat': {name: int(vmstat[name]) for name in VMSTAT if name in vmstat},
    }
