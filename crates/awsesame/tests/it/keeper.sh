# shellcheck shell=sh
# A store of three commands: keeper get|put|delete FILE
case $1 in
get) if [ -e "$2" ]; then cat "$2"; fi ;;
put) new=$(mktemp "$2.XXXXXX") && cat >"$new" && mv "$new" "$2" ;;
delete) rm "$2" ;;
esac
