#!/bin/sh
# Gets an object: s3-get BUCKET/KEY. With the credentials in the environment, or
# else with the long-term key of AWS_PROFILE. For want of an AWS CLI; curl signs.
set -eu

# setting FILE SECTION NAME
setting() {
  awk -F ' *= *' -v section="[$2]" -v name="$3" \
    '/^\[/ { inside = $0 == section } inside && $1 == name { print $2; exit }' "$HOME/.aws/$1"
}

profile=${AWS_PROFILE:-default}
id=${AWS_ACCESS_KEY_ID:-$(setting credentials "$profile" aws_access_key_id)}
secret=${AWS_SECRET_ACCESS_KEY:-$(setting credentials "$profile" aws_secret_access_key)}
endpoint=${AWS_ENDPOINT_URL:-$(setting config "profile $profile" endpoint_url)}
if [ -z "$id" ] || [ -z "$secret" ]; then
  echo "s3-get: no credentials for the profile \`$profile\`" >&2
  exit 253
fi

# Read from stdin, because a command line is for everybody to read.
request() {
  echo "user = \"$id:$secret\""
  if [ -n "${AWS_SESSION_TOKEN:-}" ]; then
    echo "header = \"x-amz-security-token: $AWS_SESSION_TOKEN\""
  fi
  # That of a request without a body.
  echo 'header = "x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"'
}

if answer=$(request | curl --silent --max-time 20 --noproxy '*' --fail-with-body \
  --aws-sigv4 "aws:amz:${AWS_REGION:-us-east-1}:s3" --config - "$endpoint/$1"); then
  printf '%s\n' "$answer"
else
  status=$?
  printf '%s\n' "$answer" |
    sed -n 's/.*<Code>\(.*\)<\/Code><Message>\(.*\)<\/Message>.*/s3-get: \1: \2/p' | sed 's/&quot;/"/g' >&2
  exit "$status"
fi
