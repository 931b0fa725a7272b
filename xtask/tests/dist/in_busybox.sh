#!/bin/sh
# Run by systems.rs in a system that has busybox and our packages, and no library at all.
set -eu

say() { printf '== %s\n' "$*"; }

say no library
[ ! -e /lib/ld-musl-x86_64.so.1 ] && [ ! -e /lib64 ]
awsesame --version

# shellcheck source=/dev/null # It is copied there.
. /packages/use_it.sh

say broker
awsesame broker start
awsesame broker status
awsesame broker stop

stop_sandbox
say "done"
