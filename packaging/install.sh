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

prefix='' from='' force='' uninstall=''
while [ $# -gt 0 ]; do
  case $1 in
    --prefix | --from)
      [ -n "${2-}" ] || fail "\`$1\` needs a folder" "sh install.sh $1 FOLDER"
      case $2 in /*) place=$2 ;; *) place=$PWD/$2 ;; esac
      if [ "$1" = --from ]; then from=$place; else prefix=$place; fi
      shift
      ;;
    --force) force=1 ;;
    --uninstall) uninstall=1 ;;
    *) fail "\`$1\` is not known" "sed -n 2,8p install.sh" ;;
  esac
  shift
done
if [ -z "$prefix" ]; then
  prefix=/usr/local
  if [ "$(id -u)" -ne 0 ]; then
    prefix=${HOME:-}/.local
    [ -n "${HOME:-}" ] || fail "HOME is not set, below which the programs go" "sh install.sh --prefix FOLDER"
  fi
fi
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

# One that is there already: the same is left alone if it is whole, a newer one is not replaced by an older one.
if [ -z "$force" ] && line=$("$prefix/bin/awsesame" --version 2>/dev/null); then
  there=$(printf '%s\n' "$line" | awk '{ print $2; exit }')
  if [ "$there" = "$version" ] && [ "$("$prefix/bin/awsesame-full" --version 2>&1)" = "$line" ]; then
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
scratch=$(mktemp -d) || fail "there is no room for the archive" "df -h \"\${TMPDIR:-/tmp}\""
: >"$scratch/files"
clean() {
  while read -r file; do rm -f "$prefix/$file.new"; done <"$scratch/files"
  rm -rf "$scratch"
}
trap clean EXIT
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

tar -xzf "$scratch/$name.tar.gz" -C "$scratch" 2>/dev/null || fail "$scratch has no room for the archive" "df -h $scratch"
cd "$scratch/$name"
find . -type f | sed 's|^\./||' | LC_ALL=C sort >"$scratch/files"
# Everything beside its place first, so that what fails here leaves the programs that were there as they were.
while read -r file; do
  { mkdir -p "$prefix/$(dirname "$file")" && cp -p "$file" "$prefix/$file.new"; } 2>/dev/null ||
    fail "$prefix/$file cannot be written" "df -h $prefix"
done <"$scratch/files"
# The full program before the front, which needs it; each by a rename, so that a running one goes on.
{ grep -v '^bin/awsesame$' "$scratch/files"; echo bin/awsesame; } | while read -r file; do
  mv -f "$prefix/$file.new" "$prefix/$file"
done
# What only the version before had goes.
if [ -f "$list" ]; then
  LC_ALL=C comm -23 "$list" "$scratch/files" | while read -r file; do rm -f "$prefix/$file"; done
fi
cp "$scratch/files" "$list"
front=$("$prefix/bin/awsesame" --version 2>/dev/null) || front=''
full=$("$prefix/bin/awsesame-full" --version 2>/dev/null) || full=''
if [ -z "$front" ] || [ -z "$full" ]; then
  fail "the programs in $prefix/bin do not run on this machine" "sh install.sh --uninstall --prefix $prefix"
fi
[ "$front" = "$full" ] || fail "the programs in $prefix/bin are of two builds" "$prefix/bin/awsesame doctor"
echo "awsesame $version is installed in $prefix"
case :$PATH: in
  *:"$prefix/bin":*) ;;
  *) echo "its programs are not in your PATH yet: export PATH=\"$prefix/bin:\$PATH\"" ;;
esac
