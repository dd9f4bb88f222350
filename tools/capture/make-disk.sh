#!/bin/bash
# make-disk.sh TREE OUT.img [MiB] - puts the guest's parts into a debootstrap tree and makes an ext4 disk of it (README.md
# says how to get the tree). Needs a C compiler with static libc, and e2fsprogs.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tree=$1
out=$2
mib=${3:-900}
mkdir -p "$tree/opt/overbook/work"
cc -O2 -static -o "$tree/opt/overbook/role-agent" "$here/guest/role-agent.c"
install -m755 "$here/guest/init" "$tree/opt/overbook/"
install -m755 "$here"/guest/work/* "$tree/opt/overbook/work/"
rm -rf "$tree/var/cache/apt" "$tree/var/lib/apt/lists"
rm -f "$out"
mkfs.ext4 -q -O ^has_journal -d "$tree" "$out" "${mib}M"
