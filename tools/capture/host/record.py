#!/usr/bin/env python3
"""
Records one run of one guest: its page trace from power-on, and snapshots of its memory along the way.

    record.py NAME OUT --disk IMG --kernel VMLINUZ --initrd GZ --plugin guest-trace.so
              [--work W] [--seed N] [--mem MIB] [--every N] [--step S] [--run S] [--balloon S:MIB,...] [--ksm PAGES]

Snapshot 0 is taken before the first instruction, 1 when the work script is up, then one every --step seconds of guest
time until --run seconds after 1. At each: the agent inside sends the role of every frame and spins; the VM stops; all
RAM is read out of QEMU; the plugin cuts its interval as the VM goes on. Writes NAME.json and
NAME.{obt,time,snaps,steady}.gz into OUT (tools/capture/README.md). With --ksm also NAME.ksm.jsonl: the host's ksmd
scans so many pages of the guest each second of guest time (root only, and one such recording at a time).
"""

import argparse
import io
import json
import os
import signal
import sys
import tempfile
import time
from contextlib import nullcontext

from agent import facts_of
from control import Control
from guest import Guest, kernel_version, phases_of
from ksm import Ksm
from pack import pack_recording
from steady import STEADY_MS, steady_file
from snapshots import FINGERPRINT, PAGE, SnapshotWriter, head_of, liblz4


# QEMU updates its count of instructions whenever it leaves the guest's code: at a timer's tick at the latest.
CLOCK_AWAY_NS_MAX = 10_000_000


class Recorder:
    """One recording in the making."""

    def __init__(self, guest, control, frames, compressed_bytes):
        self._guest = guest
        self._control = control
        self._frames = frames
        self._body = io.BytesIO()
        self._writer = SnapshotWriter(self._body, frames, compressed_bytes)
        self.snapshots = []
        self.phases = []
        self.balloon = []

    def watch(self):
        """Notes phases that the console shows since the last call, with where the trace is now."""
        for name, uptime in phases_of(self._guest.console())[len(self.phases) :]:
            here = {**self._control.moment(), 'guestMs': self._control.guest_ms()}
            self.phases.append({'phase': name, 'guestUptime_s': uptime, **here})

    def set_balloon(self, target_mib):
        self._guest.qmp.command('balloon', value=target_mib << 20)
        here = {**self._control.moment(), 'guestMs': self._control.guest_ms()}
        self.balloon.append({'targetMiB': target_mib, **here})

    def snapshot(self, label, at_power_on=False):
        facts = {'snapshot': len(self.snapshots), 'label': label}
        roles = bytes(self._frames)
        if not at_power_on:
            asked = self._control.moment()  # from here on the agent's own work is in the trace
            roles, text = self._guest.agent.roles(self._frames, before=self._control.run_on)
            self._guest.qmp.command('stop')
            facts.update(facts_of(text), agentAsked=asked)
        start = time.monotonic()
        facts.update(self._writer.write(bytes(self._frames * PAGE) if at_power_on else self._ram(), roles))
        if self.balloon:
            facts['balloonActualMiB'] = self._guest.qmp.command('query-balloon')['actual'] >> 20
        facts.update(self._control.cut(lambda: self._resume(at_power_on)))
        facts['hostStill_ms'] = round((time.monotonic() - start) * 1000)
        self.snapshots.append(facts)
        print(label, {key: facts[key] for key in ('afterIntervals', 'guestMs', 'changedPages')}, flush=True)
        return facts

    def snaps(self, name):
        """The bytes of the OBS1 file."""
        return head_of(name, self._frames, len(self.snapshots)) + self._body.getvalue()

    def _ram(self):
        base, length = self._control.ram()
        with open(f'/proc/{self._guest.pid}/mem', 'rb', buffering=0) as memory:
            memory.seek(base)
            ram = bytearray()
            while len(ram) < length:
                ram += memory.read(length - len(ram))
        return bytes(ram)

    def _resume(self, at_power_on):
        self._guest.qmp.command('cont')
        if not at_power_on:
            self._guest.agent.go()


def run(guest, recorder, control, options):
    """Power-on to the last snapshot."""
    recorder.snapshot('power-on', at_power_on=True)
    guest.wait_until_ready(options.work, options.boot, recorder.watch)
    recorder.watch()
    start_ms = recorder.snapshot('work-start')['guestMs']
    targets = sorted((float(at), int(mib)) for at, mib in (item.split(':') for item in options.balloon.split(',') if item))
    for step in range(1, options.run // options.step + 1):
        control.hold_at(start_ms + step * options.step * 1000)
        while not control.held():
            recorder.watch()
            while targets and control.guest_ms() >= start_ms + targets[0][0] * 1000:
                recorder.set_balloon(targets.pop(0)[1])
            if not guest.running():
                raise RuntimeError('the guest ended')
            time.sleep(0.02)
        last = (step + 1) * options.step > options.run
        recorder.snapshot('end' if last else f't+{step * options.step}s')
    recorder.watch()


def record(options):
    os.makedirs(options.out, exist_ok=True)
    codec, compressed_bytes = liblz4()
    with tempfile.TemporaryDirectory(prefix='overbook-', dir='/dev/shm') as shared:
        page, base = (os.path.join(shared, file) for file in ('control', 'guest'))
        control = Control(page)
        plugin = f'{options.plugin},out={base}.obt,name={options.name},control={page},every={options.every},steady={STEADY_MS}'
        extra = [
            '-S', '-object', f'memory-backend-ram,id=ram0,size={options.mem}M,merge={"on" if options.ksm else "off"}',
            '-machine', 'pc,memory-backend=ram0,mem-merge=off', '-plugin', plugin + (',ksm=1000' if options.ksm else ''),
        ]
        frames = (options.mem << 20) // PAGE
        with Ksm(options.ksm) if options.ksm else nullcontext() as ksm:
            with Guest(base, options, options.work, options.seed, options.mem, extra) as guest:
                recorder = Recorder(guest, control, frames, compressed_bytes)
                run(guest, recorder, control, options)
                version = guest.qmp.version
        write(options, recorder, base, {'qemu': version, 'lz4': codec, 'pages': frames})
        if ksm:
            ksm.write_log(options, f'{base}.obt.ksm')


def write(options, recorder, base, facts):
    def contents(end):
        with open(f'{base}.{end}', 'rb') as file:
            return file.read()

    totals = json.loads(contents('obt.totals'))
    if totals['fastPathWrong'] != 0:
        raise RuntimeError('the plugin mistook frames: this QEMU is not laid out as 7.2')
    if abs(totals['clockAwayNs']) > CLOCK_AWAY_NS_MAX:
        raise RuntimeError(f'the plugin mistook the clock by {totals["clockAwayNs"]} ns')
    metadata = {
        'format': 'OBREC1', 'name': options.name, 'work': options.work, 'seed': options.seed, 'memMiB': options.mem,
        'kernel': kernel_version(options.kernel), 'append': options.append, 'accel': 'tcg, one vCPU, icount shift=0',
        'every': options.every, 'steadyMs': STEADY_MS, 'fingerprint': FINGERPRINT, **facts, 'trace': totals,
        'snapshots': recorder.snapshots, 'phases': recorder.phases, 'balloon': recorder.balloon,
    }
    parts = {
        'obt': contents('obt'), 'time': contents('obt.times'), 'snaps': recorder.snaps(options.name),
        'steady': steady_file(options.name, facts['pages'], contents('obt.steady')),
    }
    pack_recording(options.out, options.name, metadata, parts)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('name')
    parser.add_argument('out')
    for name in ('disk', 'kernel', 'initrd', 'plugin'):
        parser.add_argument(f'--{name}', required=True)
    parser.add_argument('--work', default='idle')
    parser.add_argument('--append', default='', help='more words for the kernel command line')
    numbers = {'seed': 1, 'mem': 128, 'every': 2_000_000, 'step': 10, 'run': 100, 'boot': 600, 'ksm': 0}
    for name, value in numbers.items():
        parser.add_argument(f'--{name}', type=int, default=value)
    parser.add_argument('--balloon', default='', help='S:MIB,... S guest seconds after work-start the guest keeps MIB')
    return parser.parse_args()


if __name__ == '__main__':
    # So that a run that is ended puts ksmd's settings back too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    record(parse())
