# shellcheck shell=sh
# As much of the Keybase client as a store needs, with its words and exit codes.
root='{KBFS}'
if [ -e "$root/logged-out" ]; then
    echo '▶ ERROR not logged in' >&2
    exit 2
fi
if [ "$1" = whoami ]; then
    echo tester
    exit
fi
path=$root/$(printf %s "$3" | tr / _)
case $2 in
mkdir) if [ -e "$path" ]; then echo '▶ ERROR file already exists' >&2; fi; : >"$path" ;;
read) if [ -e "$path" ]; then cat "$path"; else echo '▶ ERROR file does not exist' >&2; exit 2; fi ;;
write) new=$(mktemp "$root/.XXXXXX") && cat >"$new" && mv "$new" "$path" ;;
ls) # fs ls --windows FOLDER
    if [ ! -e "$root/$(printf %s "$4" | tr / _)" ]; then echo '▶ ERROR file does not exist' >&2; exit 2; fi
    prefix=$root/$(printf %s "$4" | tr / _)_
    printf '2026-01-01 00:00:00\t<DIR>\t\tfolder\n'
    for file in "$prefix"*; do
        if [ -e "$file" ]; then printf '2026-01-01 00:00:00\t%9d\t%s\n' 44 "${file#"$prefix"}"; fi
    done ;;
rm) if [ -e "$path" ]; then rm "$path"; else echo '▶ ERROR file does not exist' >&2; exit 2; fi ;;
esac
