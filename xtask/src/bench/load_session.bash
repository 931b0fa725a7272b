#!/usr/bin/env bash
# What an .envrc runs where people keep a session by hand: read it, see whether it still stands, export it.
set -euo pipefail

session=${AWS_SESSION_FILE:?}
[[ -r $session ]] || { echo 'No session found; did you run aws_get_session?' >&2; exit 1; }

[[ $(<"$session") =~ \"Expiration\":\ *\"([^\"]+)\" ]]
if (($(date -d "${BASH_REMATCH[1]}" +%s) <= EPOCHSECONDS)); then
  echo 'The session has expired; run aws_get_session' >&2
  exit 1
fi

AWS_ACCESS_KEY_ID=$(jq -r .Credentials.AccessKeyId "$session")
AWS_SECRET_ACCESS_KEY=$(jq -r .Credentials.SecretAccessKey "$session")
AWS_SESSION_TOKEN=$(jq -r .Credentials.SessionToken "$session")
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
declare -p AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
