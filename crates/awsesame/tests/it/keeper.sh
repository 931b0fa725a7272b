# shellcheck shell=sh
# A store of commands: keeper get|put|delete FILE, keeper list FOLDER
case $1 in
get) if [ -e "$2" ]; then cat "$2"; fi ;;
put) new=$(mktemp "$2.XXXXXX") && cat >"$new" && mv "$new" "$2" ;;
delete) rm "$2" ;;
list) ls "$2" ;;
esac
