#!/usr/bin/env bash
# Runs a study by the script that `overbook study --engine slurm` writes, on a Slurm of one node that this makes and ends
# again, and compares every result with a local run. Needs root and Debian's slurm-wlm and munge; not part of `npm test`.
#
#   tools/clusters/slurm.sh STUDY
set -euo pipefail
study=$(realpath "$1")
root=$(realpath "$(dirname "$0")/../..")
work=$(mktemp -d /tmp/overbook-slurm-XXXXXX)
export OVERBOOK="node $root/packages/cli/bin/overbook.mjs"
export SLURM_CONF=$work/slurm.conf

finish() {
  pkill -F "$work/slurmctld.pid" 2>/dev/null || true
  pkill -F "$work/slurmd.pid" 2>/dev/null || true
  pkill -F "$work/munged.pid" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

# Munge vouches for who asks; everything of it is in our own folder.
chmod 755 "$work"
mkdir -p "$work/munge" "$work/state" "$work/spool"
chown munge: "$work/munge"
head -c 1024 /dev/urandom >"$work/munge/key"
chown munge: "$work/munge/key"
chmod 400 "$work/munge/key"
runuser -u munge -- munged --key-file="$work/munge/key" --socket="$work/munge/socket" --pid-file="$work/munge/munged.pid" \
  --log-file="$work/munge/log" --seed-file="$work/munge/seed"
ln -s "$work/munge/munged.pid" "$work/munged.pid"

cat >"$SLURM_CONF" <<CONF
ClusterName=overbook
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge/socket
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmdSpoolDir=$work/spool
StateSaveLocation=$work/state
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
SlurmctldPort=16817
SlurmdPort=16818
NodeName=$(hostname -s) NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=8000 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
slurmctld
slurmd
until sinfo -h -o %t 2>/dev/null | grep -q idle; do sleep 1; done

$OVERBOOK study "$study" --engine slurm -o "$work/slurm"
(cd "$work/slurm" && sbatch --wait run.sbatch)
$OVERBOOK study "$study" -o "$work/local" --quiet >/dev/null
diff -r "$work/slurm/cells" "$work/local/cells"
echo "$(find "$work/slurm/cells" -name '*.json' | wc -l) results by Slurm $(sbatch --version | cut -d' ' -f2), each with the bytes of a local run"
