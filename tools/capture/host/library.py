#!/usr/bin/env python3
"""
Makes the library of recordings (library.json) in a folder of its own: userlands, disks, kernels, plugin, recordings.

    library.py FOLDER [NAME...]

What is there already is not made again, so that it goes on after an interruption; one recording at a time. As root, with
some 12 GB of disk and the packages that README.md names. FOLDER/recordings then holds what `to-ours.mjs` takes.
"""

import json
import os
import subprocess
import sys

CAPTURE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DISK_MIB = 2400
PLUGIN = ('guest-trace', 'clock', 'content', 'ksm-steps', 'obt', 'steady')
LIBRARIES = ('-l:libcrypto.so.3', '-l:liblz4.so.1')


def run(*command):
    print('+', *command, flush=True)
    subprocess.run(command, check=True)


class Library:
    def __init__(self, folder):
        self._folder = os.path.abspath(folder)
        os.makedirs(self._path('recordings'), exist_ok=True)

    def make(self, entry):
        """Records one guest of the library, with all it needs."""
        if os.path.exists(self._path('recordings', f'{entry["name"]}.json')):
            return
        release = entry['release']
        self._make_plugin()
        self._make_release(release)
        command = [
            sys.executable, os.path.join(CAPTURE, 'host/record.py'), entry['name'], self._path('recordings'),
            '--disk', self._path(f'{release}.img'), '--kernel', self._path(release, 'vmlinuz'),
            '--initrd', self._path(f'{release}.initrd.gz'), '--plugin', self._path('guest-trace.so'),
            '--work', entry['work'],
        ]
        numbers = {'seed': entry['seed'], 'mem': entry['memMiB'], 'run': entry['seconds'], 'ksm': entry.get('ksm', 0)}
        for option, value in numbers.items():
            command += [f'--{option}', str(value)]
        run(*command)

    def _make_plugin(self):
        if not os.path.exists(self._path('guest-trace.so')):
            sources = [os.path.join(CAPTURE, f'plugin/{name}.c') for name in PLUGIN]
            run('cc', '-O2', '-shared', '-fPIC', '-o', self._path('guest-trace.so'), *sources, *LIBRARIES)

    def _make_release(self, release):
        if not os.path.exists(self._path(f'{release}.tree')):
            run(self._tool('make-tree.sh'), release, self._path(f'{release}.part'))
            os.rename(self._path(f'{release}.part'), self._path(f'{release}.tree'))
        if not os.path.exists(self._path(f'{release}.img')):
            run(self._tool('make-disk.sh'), self._path(f'{release}.tree'), self._path(f'{release}.img'), str(DISK_MIB))
        if not os.path.exists(self._path(f'{release}.initrd.gz')):
            run(self._tool('fetch-kernel.sh'), release, self._path(release))
            run(self._tool('make-initrd.sh'), self._path(release, 'modules'), self._path(f'{release}.initrd.gz'))

    def _tool(self, name):
        return os.path.join(CAPTURE, name)

    def _path(self, *parts):
        return os.path.join(self._folder, *parts)


def main(folder, names):
    with open(os.path.join(CAPTURE, 'library.json'), encoding='utf-8') as file:
        entries = json.load(file)
    unknown = set(names) - {entry['name'] for entry in entries}
    if unknown:
        sys.exit(f'not in library.json: {", ".join(sorted(unknown))}')
    library = Library(folder)
    for entry in entries:
        if not names or entry['name'] in names:
            library.make(entry)


if __name__ == '__main__':
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
