"""The host's ksmd in step with one guest's clock (plugin/ksm-steps.c), and the log of its counters (format OBKSM1)."""

import json
import os
import platform

KSM = '/sys/kernel/mm/ksm'
HUGE_PAGES = '/sys/kernel/mm/transparent_hugepage/enabled'
STEP_MS = 1000
# Longer than a recording: ksmd scans only when the plugin changes the sleep.
LONG_SLEEP_MS = 86_400_000
FIXED = {
    'advisor_mode': 'none', 'smart_scan': '0', 'use_zero_pages': '0', 'max_page_sharing': '256', 'merge_across_nodes': '1',
}


class Ksm:
    """A context manager: sets ksmd up for one recording, and puts everything back when left."""

    def __init__(self, pages_to_scan):
        self._settings = {**FIXED, 'pages_to_scan': str(pages_to_scan), 'sleep_millisecs': str(LONG_SLEEP_MS)}

    def __enter__(self):
        self._refuse_others()
        names = [name for name in (*self._settings, 'run') if os.path.exists(f'{KSM}/{name}')]
        self._before = {name: chosen(read(f'{KSM}/{name}')) for name in names}
        self._huge_pages = chosen(read(HUGE_PAGES))
        put(f'{KSM}/run', '2')  # nothing of another program is merged
        # QEMU asks for huge pages, and a huge page is resident as a whole: pages that the guest never touched would count.
        put(HUGE_PAGES, 'never')
        for name in names:
            if name in self._settings:
                put(f'{KSM}/{name}', self._settings[name])
        put(f'{KSM}/run', '1')
        self._used = {name: chosen(read(f'{KSM}/{name}')) for name in names}
        return self

    def __exit__(self, *_error):
        put(f'{KSM}/run', '2')
        for name, value in self._before.items():
            if name != 'run':
                put(f'{KSM}/{name}', value)
        put(f'{KSM}/run', self._before['run'])
        put(HUGE_PAGES, self._huge_pages)

    @staticmethod
    def _refuse_others():
        """QEMU lets ksmd merge its guests' RAM unless told otherwise: pages of another guest would be counted too."""
        others = [pid for pid in os.listdir('/proc') if pid.isdigit() and is_mergeable(pid)]
        if others:
            raise RuntimeError(f'ksmd would scan other processes too: {", ".join(others)}')

    def write_log(self, options, steps):
        """OUT/NAME.ksm.jsonl: a line on the settings, then the plugin's lines."""
        head = {
            'format': 'OBKSM1', 'name': options.name, 'stepMs': STEP_MS, 'pagesToScan': options.ksm,
            'kernel': platform.release(), 'settings': self._used,
        }
        with open(os.path.join(options.out, f'{options.name}.ksm.jsonl'), 'w', encoding='utf-8') as out:
            out.write(json.dumps(head) + '\n' + read(steps))


def is_mergeable(pid):
    """True where a process has memory that it offered to ksmd."""
    try:
        return any(line.startswith('VmFlags:') and ' mg' in line for line in read(f'/proc/{pid}/smaps').splitlines())
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False


def chosen(text):
    """The value of a setting; of one that shows all its choices, the one in brackets."""
    return text.split('[')[1].split(']')[0] if '[' in text else text.strip()


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


def put(path, value):
    with open(path, 'w', encoding='utf-8') as file:
        file.write(value)
