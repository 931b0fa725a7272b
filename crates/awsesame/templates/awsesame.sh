# awsesame for direnv: gives .envrc files `use awsesame`.
# Written by `awsesame direnv install`; run that again after an update.
#
#   use awsesame [PROFILE] [--prompt] [--account ID] [--role NAME] [--via env|process|broker]

use_awsesame() {
  local awsesame_exports awsesame_traced=
  # An .envrc that is being debugged must not print keys.
  if [[ $- == *x* ]]; then
    awsesame_traced=1
    set +x
  fi
  if awsesame_exports="$(awsesame direnv export "$@")"; then
    eval "$awsesame_exports"
  else
    # Never fail the .envrc, and never leave keys behind that nobody vouches for.
    unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_SECURITY_TOKEN
    unset AWS_CREDENTIAL_EXPIRATION AWSESAME_EXPIRES_AT AWSESAME_STAMP AWS_DEFAULT_PROFILE
    unset AWS_CONTAINER_CREDENTIALS_FULL_URI AWS_CONTAINER_CREDENTIALS_RELATIVE_URI
    unset AWS_CONTAINER_AUTHORIZATION_TOKEN AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE
    unset AWS_WEB_IDENTITY_TOKEN_FILE AWS_ROLE_ARN AWS_ACCOUNT_ID
    unset AWS_ACCESS_KEY AWS_SECRET_KEY AWS_CREDENTIAL_FILE
    # Whoever reads this name finds no such profile, and so no static key either.
    export AWS_PROFILE="login needed: awsesame could not be asked"
    # Nor the role of the machine: some programs read the first of these alone, some the others.
    export AWS_EC2_METADATA_DISABLED=true AWS_SDK_LOAD_CONFIG=1
    export AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:1/awsesame
    export AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE="$AWS_PROFILE" AWS_ACCESS_KEY="$AWS_PROFILE"
    log_error "awsesame: keys are withheld; see the message above"
  fi
  if [[ -n $awsesame_traced ]]; then
    set -x
  fi
}
