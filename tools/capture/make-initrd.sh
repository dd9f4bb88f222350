#!/bin/bash
# make-initrd.sh MODULES OUT.gz - an initrd that loads the virtio drivers and overlayfs, and starts the init of the disk. MODULES is the
# lib/modules/VERSION of the guest's kernel. Needs busybox-static (or BUSYBOX=path) and cpio.
set -euo pipefail
modules=$1
out=$(realpath -m "$2")
busybox=${BUSYBOX:-$(command -v busybox)}
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree"/{bin,proc,sys,dev,lib/modules,root}
cp "$busybox" "$tree/bin/busybox"
drivers=(drivers/virtio/virtio_ring drivers/virtio/virtio drivers/virtio/virtio_pci_modern_dev
  drivers/virtio/virtio_pci_legacy_dev drivers/virtio/virtio_pci drivers/block/virtio_blk drivers/virtio/virtio_balloon
  drivers/char/virtio_console fs/overlayfs/overlay)
for driver in "${drivers[@]}"; do
  # Some kernels have a driver built in, newer ones have them packed.
  file="$modules/kernel/$driver.ko"
  if [ -f "$file" ]; then
    cp "$file" "$tree/lib/modules/"
  elif [ -f "$file.xz" ]; then
    xz -dc "$file.xz" >"$tree/lib/modules/$(basename "$driver").ko"
  fi
done
cat >"$tree/init" <<'INIT'
#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
$b mount -t devtmpfs dev /dev
for m in virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_blk virtio_balloon virtio_console overlay; do
  [ -f /lib/modules/$m.ko ] && $b insmod /lib/modules/$m.ko
done
n=0
while [ ! -b /dev/vda ] && [ $n -lt 50 ]; do $b usleep 100000; n=$((n + 1)); done
$b mount -t ext4 -o rw,noatime /dev/vda /root || exec $b sh
$b umount /proc /sys /dev
exec $b switch_root /root /opt/overbook/init
INIT
chmod +x "$tree/init"
(cd "$tree" && find . | sort | cpio -o -H newc --quiet --reproducible | gzip -9n) >"$out"
