#!/bin/bash
# fetch-kernel.sh RELEASE FOLDER - Debian's newest cloud kernel of a release, unpacked: FOLDER/vmlinuz and FOLDER/modules.
set -euo pipefail
release=$1
folder=$2
archive=http://deb.debian.org/debian
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$folder"
curl -fsS "$archive/dists/$release/main/binary-amd64/Packages.xz" | xz -dc >"$work/packages"
newest=$(grep -E '^Package: linux-image-[0-9].*-cloud-amd64$' "$work/packages" | cut -d' ' -f2 | sort -V | tail -1)
path=$(awk -v package="Package: $newest" '$0 == package { found = 1 } found && /^Filename:/ { print $2; exit }' "$work/packages")
curl -fsS -o "$work/kernel.deb" "$archive/$path"
dpkg-deb -x "$work/kernel.deb" "$work/tree"
cp "$work"/tree/boot/vmlinuz-* "$folder/vmlinuz"
for modules in "$work"/tree/lib/modules/* "$work"/tree/usr/lib/modules/*; do
  if [ -d "$modules" ]; then cp -r "$modules" "$folder/modules"; fi
done
echo "$newest"
