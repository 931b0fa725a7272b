#!/bin/sh
# Installs awsesame @VERSION@ from its archive, after it has compared the archive with the checksum that is written
# below. Nothing is installed if they differ, nothing outside PREFIX is written, and nothing is run as root unless
# you started this as root.
#
#   sh install.sh [--prefix FOLDER] [--from FOLDER] [--force]    install; ~/.local unless root, then /usr/local
#   sh install.sh --uninstall [--prefix FOLDER]                  remove what this script has installed
set -eu

version='@VERSION@'
folder='@FOLDER@'
# The archives of this version, and the SHA-256 of each.
sums='@SUMS@'

fail() { # MESSAGE HINT
  printf 'error: %s\nhint: %s\n' "$1" "$2" >&2
  exit 1
}

prefix=$HOME/.local
[ "$(id -u)" -ne 0 ] || prefix=/usr/local
from='' force='' uninstall=''
while [ $# -gt 0 ]; do
  case $1 in
    --prefix) prefix=${2:?--prefix needs a folder} && shift ;;
    --from) from=${2:?--from needs a folder} && shift ;;
    --force) force=1 ;;
    --uninstall) uninstall=1 ;;
    *) fail "\`$1\` is not known" "sed -n 2,8p install.sh" ;;
  esac
  shift
done
list=$prefix/share/awsesame/installed

if [ -n "$uninstall" ]; then
  [ -f "$list" ] || fail "this script has installed nothing in $prefix" "sh install.sh --uninstall --prefix FOLDER"
  while read -r file; do rm -f "$prefix/$file"; done <"$list"
  rm -f "$list"
  for empty in share/awsesame share/doc/awsesame share/licenses/awsesame; do
    find "$prefix/$empty" -depth -type d -exec rmdir {} + 2>/dev/null || :
  done
  echo "awsesame is removed from $prefix"
  exit 0
fi

case $(uname -s)-$(uname -m) in
  Linux-x86_64) target=x86_64-unknown-linux-musl ;;
  Linux-aarch64 | Linux-arm64) target=aarch64-unknown-linux-musl ;;
  Darwin-x86_64) target=x86_64-apple-darwin ;;
  Darwin-arm64) target=aarch64-apple-darwin ;;
  *) target=$(uname -s)-$(uname -m) ;;
esac
sum=$(printf '%s\n' "$sums" | awk -v target="$target" '$1 == target { print $2 }')
[ -n "$sum" ] || fail "there is no archive of awsesame $version for $target" "cargo install --locked --path crates/awsesame"

# One that is there already: the same is left alone, a newer one is not replaced by an older one.
if [ -z "$force" ] && there=$("$prefix/bin/awsesame" --version 2>/dev/null); then
  there=$(printf '%s\n' "$there" | awk '{ print $2; exit }')
  if [ "$there" = "$version" ]; then
    echo "awsesame $version is in $prefix already"
    exit 0
  fi
  newest=$(printf '%s\n%s\n' "$there" "$version" | sort -t. -k1,1n -k2,2n -k3,3n | tail -n 1)
  [ "$newest" = "$version" ] || fail "$prefix has awsesame $there, which is newer than $version" "sh install.sh --force"
fi

mkdir -p "$prefix/bin" "$prefix/share" 2>/dev/null || :
if ! [ -w "$prefix/bin" ] || ! [ -w "$prefix/share" ]; then
  fail "you may not write to $prefix" "sh install.sh --prefix \"\$HOME/.local\""
fi

name=awsesame-$version-$target
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
if [ -n "$from" ]; then
  cp "$from/$name.tar.gz" "$scratch/" || fail "$from has no $name.tar.gz" "ls $from"
elif command -v curl >/dev/null; then
  curl --fail --silent --show-error --location --proto '=https' --max-time 300 \
    --output "$scratch/$name.tar.gz" "$folder/$name.tar.gz" || fail "$folder/$name.tar.gz cannot be fetched" "sh install.sh"
elif command -v wget >/dev/null; then
  wget --quiet --timeout 300 --output-document "$scratch/$name.tar.gz" "$folder/$name.tar.gz" ||
    fail "$folder/$name.tar.gz cannot be fetched" "sh install.sh"
else
  fail "neither curl nor wget is here" "sh install.sh --from FOLDER"
fi

if command -v sha256sum >/dev/null; then
  is=$(sha256sum "$scratch/$name.tar.gz")
elif command -v shasum >/dev/null; then
  is=$(shasum -a 256 "$scratch/$name.tar.gz")
else
  is=$(openssl dgst -sha256 -r "$scratch/$name.tar.gz")
fi
is=${is%% *}
[ "$is" = "$sum" ] || fail "the archive is not the one that was released: its SHA-256 is $is, not $sum" "sh install.sh"

tar -xzf "$scratch/$name.tar.gz" -C "$scratch"
cd "$scratch/$name"
find . -type f | sed 's|^\./||' | LC_ALL=C sort >"$scratch/files"
# The full program before the front, which needs it; each by a rename, so that a running one goes on.
{ grep -v '^bin/awsesame$' "$scratch/files"; echo bin/awsesame; } | while read -r file; do
  mkdir -p "$prefix/$(dirname "$file")"
  cp -p "$file" "$prefix/$file.new"
  mv -f "$prefix/$file.new" "$prefix/$file"
done
# What only the version before had goes.
if [ -f "$list" ]; then
  LC_ALL=C comm -23 "$list" "$scratch/files" | while read -r file; do rm -f "$prefix/$file"; done
fi
cp "$scratch/files" "$list"
"$prefix/bin/awsesame" --version >/dev/null || fail "$prefix/bin/awsesame does not run" "$prefix/bin/awsesame doctor"
echo "awsesame $version is installed in $prefix"
case :$PATH: in
  *:"$prefix/bin":*) ;;
  *) echo "its programs are not in your PATH yet: export PATH=\"$prefix/bin:\$PATH\"" ;;
esac
