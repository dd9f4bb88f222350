"""QEMU's monitor over a unix socket: one JSON object a line."""

import json
import socket
import time


class Qmp:
    """Connects as soon as QEMU listens; `events` holds what came in between answers."""

    def __init__(self, path, wait_s=10.0):
        self._socket = connect(path, wait_s)
        self._lines = self._socket.makefile('rb')
        self.events = []
        self.greeting = json.loads(self._lines.readline())
        self.command('qmp_capabilities')

    def command(self, name, **arguments):
        """Runs one command and returns its answer; hyphens of argument names are written as underscores."""
        message = {'execute': name}
        if arguments:
            message['arguments'] = {key.replace('_', '-'): value for key, value in arguments.items()}
        self._socket.sendall(json.dumps(message).encode() + b'\n')
        while True:
            answer = json.loads(self._lines.readline())
            if 'event' in answer:
                self.events.append(answer)
            elif 'error' in answer:
                raise RuntimeError(f'{name}: {answer["error"]["desc"]}')
            else:
                return answer['return']

    @property
    def version(self):
        """Package version of the QEMU at the other end, or its plain version."""
        version = self.greeting['QMP']['version']
        return version['package'] or '.'.join(str(version['qemu'][part]) for part in ('major', 'minor', 'micro'))


def connect(path, wait_s):
    """A connected unix stream socket; retries until `wait_s` have passed."""
    end = time.monotonic() + wait_s
    while True:
        candidate = socket.socket(socket.AF_UNIX)
        try:
            candidate.connect(path)
            return candidate
        except OSError:
            candidate.close()
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
