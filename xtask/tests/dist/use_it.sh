#!/bin/sh
# Sourced inside a bare system: a login against the sandbox, and what it is good for. The sandbox runs until
# stop_sandbox.
say log in
export HOME=/root
awsesame-sandbox serve --state-file /tmp/address --config-dir /root/.aws >/tmp/sandbox.log 2>&1 &
sandbox=$!
trap 'kill $sandbox' EXIT
stop_sandbox() {
  kill $sandbox
  trap - EXIT
}
for _ in $(seq 60); do [ -s /tmp/address ] || sleep 1; done
AWS_ENDPOINT_URL=$(cat /tmp/address)
export AWS_ENDPOINT_URL
awsesame login alice "$(awsesame-sandbox code alice --fresh)"

say env and exec
awsesame env alice | grep -q AWS_SESSION_TOKEN
# shellcheck disable=SC2016 # The inner shell is the one to expand it.
awsesame exec alice -- sh -c 'test -n "$AWS_SESSION_TOKEN"'
