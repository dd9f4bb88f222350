"""Starts a captured guest: one vCPU under TCG on one clock, agent and monitor on sockets beside `base`."""

import os
import re
import subprocess
import time

from agent import Agent
from qmp import Qmp, connect


class Guest:
    """A context manager: leaving it ends QEMU and removes the sockets."""

    def __init__(self, base, options, work, seed, mem_mib, extra=()):
        self._base = base
        command_line = f'console=ttyS0 quiet overbook.work={work} overbook.seed={seed} {options.append}'
        self._command = [
            'qemu-system-x86_64', '-accel', 'tcg,thread=single', '-m', str(mem_mib), '-smp', '1',
            # One nanosecond an instruction, idle time as it passes: work, timers and waiting are on one scale.
            '-icount', 'shift=0,sleep=on',
            '-display', 'none', '-nodefaults', '-no-reboot',
            '-serial', f'file:{base}.console', '-qmp', f'unix:{base}.qmp,server=on,wait=off',
            '-kernel', options.kernel, '-initrd', options.initrd, '-append', command_line,
            '-drive', f'file={options.disk},format=raw,if=virtio,snapshot=on',
            '-device', 'virtio-balloon-pci,id=balloon0,free-page-reporting=off',
            '-device', 'virtio-serial-pci',
            '-chardev', f'socket,id=agent,path={base}.agent,server=on,wait=off',
            '-device', 'virtserialport,chardev=agent,name=org.overbook.agent',
            *extra,
        ]

    def __enter__(self):
        self._remove_sockets()
        if os.path.exists(f'{self._base}.console'):
            os.unlink(f'{self._base}.console')
        self._process = subprocess.Popen(self._command)
        try:
            self.qmp = Qmp(f'{self._base}.qmp')
            channel = connect(f'{self._base}.agent', 10)
            channel.settimeout(60)
            self.agent = Agent(channel)
        except BaseException:
            self._process.kill()
            raise
        return self

    def __exit__(self, *_error):
        try:
            if self._process.poll() is None:
                self.qmp.command('quit')
            self._process.wait(60)
        except (OSError, ValueError, RuntimeError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        self._remove_sockets()

    def console(self):
        try:
            with open(f'{self._base}.console', encoding='utf-8', errors='replace') as file:
                return file.read()
        except FileNotFoundError:
            return ''

    def wait_until_ready(self, work, wait_s, meanwhile=lambda: None):
        """Until the work script says it is up; `meanwhile` is called ten times a second."""
        end = time.monotonic() + wait_s
        while f'OVERBOOK-READY {work}' not in self.console():
            meanwhile()
            if not self.running() or time.monotonic() > end:
                raise RuntimeError(f'the guest did not come up; see {self._base}.console')
            time.sleep(0.1)

    def running(self):
        return self._process.poll() is None

    @property
    def pid(self):
        return self._process.pid

    def _remove_sockets(self):
        for end in ('qmp', 'agent'):
            if os.path.exists(f'{self._base}.{end}'):
                os.unlink(f'{self._base}.{end}')


def phases_of(console):
    """(name, guest uptime in seconds) of every phase line on the console."""
    return [(name, float(uptime)) for name, uptime in re.findall(r'OVERBOOK-PHASE (\S+) ([\d.]+)\s', console)]


def kernel_version(path):
    """The version text inside a kernel image, or ''."""
    with open(path, 'rb') as file:
        found = re.search(rb'(\d+\.\d+\.\d+-\S+) \([^)]*\) (#[^\0]{0,100})', file.read())
    return f'{found[1].decode()} {found[2].decode(errors="replace").strip()}' if found else ''
