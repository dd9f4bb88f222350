#!/usr/bin/env python3
"""
Takes a raw image of a guest at work, and what its kernel used each page for.

    capture_image.py NAME OUT --disk IMG --kernel VMLINUZ --initrd GZ [--work W] [--seed N] [--mem MIB] [--settle S]

Writes OUT/NAME.raw (guest-physical memory from address 0) and OUT/NAME.roles (OBPI1): what `digestImage` of
@overbook/images takes. The two are not of one instant: flags are read and sent, then the VM is stopped.
"""

import argparse
import os
import tempfile
import time

from guest import Guest


def capture(options):
    os.makedirs(options.out, exist_ok=True)
    target = os.path.join(os.path.abspath(options.out), options.name)
    with tempfile.TemporaryDirectory(prefix='overbook-') as folder:
        with Guest(os.path.join(folder, 'guest'), options, options.work, options.seed, options.mem) as guest:
            guest.wait_until_ready(options.work, options.boot)
            time.sleep(options.settle)
            flags = guest.agent.flags()
            guest.qmp.command('stop')
            guest.qmp.command('pmemsave', val=0, size=options.mem << 20, filename=f'{target}.raw')
    with open(f'{target}.roles', 'wb') as file:
        file.write(flags)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('name')
    parser.add_argument('out')
    for name in ('disk', 'kernel', 'initrd'):
        parser.add_argument(f'--{name}', required=True)
    parser.add_argument('--work', default='idle')
    parser.add_argument('--append', default='')
    for name, value in {'seed': 1, 'mem': 128, 'settle': 20, 'boot': 240}.items():
        parser.add_argument(f'--{name}', type=int, default=value)
    return parser.parse_args()


if __name__ == '__main__':
    capture(parse())
