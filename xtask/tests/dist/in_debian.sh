#!/bin/sh
# Run inside a bare Debian by systems.rs: installs an older version, upgrades it, uses it, and removes it.
# /packages has the packages, old.deb among them.
set -eu

say() { printf '== %s\n' "$*"; }
# What dpkg and man keep about themselves changes with any package.
listing() { find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /tmp -o -path /root -o -path /packages -o -path /var/lib/dpkg -o -path /var/cache -o -path /var/log \) -prune -o -print | sort; }

listing >/tmp/before

say install
dpkg -i /packages/old.deb
say upgrade
dpkg -i /packages/awsesame_*.deb /packages/awsesame-sandbox_*.deb
awsesame --version

# shellcheck source=/dev/null # It is copied there.
. /packages/use_it.sh

say direnv
mkdir -p /root/project
cd /root/project
echo 'use awsesame alice' >.envrc
awsesame direnv install
cmp /root/.config/direnv/lib/awsesame.sh /usr/share/awsesame/direnv/awsesame.sh
direnv allow
# shellcheck disable=SC2016
direnv exec . sh -c 'test -n "$AWS_SESSION_TOKEN"'
cd /

say man
for page in awsesame awsesame-full awsesame-login awsesame-sandbox; do
  man -P cat "$page" | grep -qi awsesame
done

say completions
bash -c '. /usr/share/bash-completion/completions/awsesame && complete -p awsesame'

say remove
stop_sandbox
dpkg --purge awsesame awsesame-sandbox
listing >/tmp/after
diff /tmp/before /tmp/after
say "done"
