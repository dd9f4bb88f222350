#!/bin/bash
# make-tree.sh RELEASE TREE - a Debian userland of a release (bullseye, bookworm, trixie) with all that the works need, the
# databases' empty clusters made. Root only: debootstrap and apt in a chroot; from Debian's archive alone.
set -euo pipefail
release=$1
tree=$2
packages=(udev rsyslog cron kmod procps iproute2 sqlite3 redis-server redis-tools python3 gcc libc6-dev make zstd)
case $release in
  bullseye) packages+=(postgresql postgresql-contrib) ;;
  bookworm) packages+=(nginx-light apache2-utils mariadb-server nodejs default-jre-headless tomcat10 tomcat10-examples) ;;
  trixie) packages+=(runc xvfb openbox lxpanel pcmanfm xterm dbus-x11) ;;
  *) echo "no works are made for $release: bullseye, bookworm or trixie" >&2 && exit 2 ;;
esac
[ -e "$tree" ] && echo "$tree is there already" >&2 && exit 2

debootstrap --variant=minbase "$release" "$tree" http://deb.debian.org/debian
mount -t proc proc "$tree/proc"
trap 'umount "$tree/proc"' EXIT
# No package starts its service here.
printf '#!/bin/sh\nexit 101\n' >"$tree/usr/sbin/policy-rc.d"
chmod +x "$tree/usr/sbin/policy-rc.d"
DEBIAN_FRONTEND=noninteractive chroot "$tree" apt-get install -y --no-install-recommends "${packages[@]}"

case $release in
  bullseye)
    chroot "$tree" install -d -o postgres /var/lib/overbook
    chroot "$tree" su postgres -c '/usr/lib/postgresql/13/bin/initdb -D /var/lib/overbook/postgres >/dev/null'
    ;;
  bookworm)
    chroot "$tree" mysql_install_db --force --skip-test-db --user=mysql --datadir=/var/lib/overbook/mariadb >/dev/null
    ;;
esac
