# awsesame: notices at the prompt that a session has ended. While it lasts, this
# starts no process. In ~/.bashrc: eval "$(awsesame hook bash)"

# The time, in __awsesame_now, from a builtin.
if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 402)); then
  __awsesame_clock() { printf -v __awsesame_now '%(%s)T' -1; }
else
  # The bash of macOS has no clock, but counts seconds since its start.
  __awsesame_base=$(($(date +%s) - SECONDS))
  __awsesame_clock() { __awsesame_now=$((__awsesame_base + SECONDS)); }
fi

__awsesame_hook() {
  local __awsesame_status=$? __awsesame_ends=${AWSESAME_EXPIRES_AT:-} __awsesame_now
  if [[ $__awsesame_ends == [1-9]* && $__awsesame_ends != *[!0-9]* &&
    $__awsesame_ends != "${__awsesame_told:-}" ]]; then
    __awsesame_clock
    if [[ $__awsesame_now -ge $__awsesame_ends ]]; then
      __awsesame_ended
    fi
  fi
  return "$__awsesame_status"
}

# Whether the environment still holds the session that has ended. direnv may know
# of a new one by now.
__awsesame_still() {
  if declare -F _direnv_hook >/dev/null; then
    _direnv_hook
  fi
  [[ ${AWSESAME_EXPIRES_AT:-} == "$__awsesame_ends" ]]
}

__awsesame_ended() {
  local __awsesame_stamp=${AWSESAME_STAMP:-}
  # With direnv in charge, a newer stamp makes it reload, here and in every other
  # shell; one that is not hooked here by its usual name has until the next prompt.
  if [[ -n ${DIRENV_DIR:-} && $__awsesame_stamp == */awsesame/stamps/* && -f $__awsesame_stamp &&
    -O $__awsesame_stamp && -w $__awsesame_stamp && ${__awsesame_stamped:-} != "$__awsesame_ends" ]]; then
    __awsesame_stamped=$__awsesame_ends
    __awsesame_still || return 0
    if { printf '\n' >>"$__awsesame_stamp"; } 2>/dev/null; then
      __awsesame_still
      return 0
    fi
  fi
  __awsesame_told=$__awsesame_ends
  local __awsesame_whose=${AWSESAME_PROFILE:+ of profile \`${AWSESAME_PROFILE//[[:cntrl:]]/?}\`}
  # shellcheck disable=SC2016 # to be typed as it stands
  printf 'awsesame: the session%s has expired; type: eval "$(awsesame env)"\n' "$__awsesame_whose" >&2
}

# First of them all, as it hands the exit status on. An array's first element will do.
if [[ ${PROMPT_COMMAND[*]:-} != *__awsesame_hook* ]]; then
  PROMPT_COMMAND="__awsesame_hook${PROMPT_COMMAND:+;$PROMPT_COMMAND}"
fi
