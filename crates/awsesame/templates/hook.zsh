# awsesame: notices at the prompt that a session has ended. While it lasts, this
# starts no process. In ~/.zshrc: eval "$(awsesame hook zsh)"

# A zsh without the module tells the time in its prompts all the same.
zmodload -s zsh/datetime
typeset -g __awsesame_told= __awsesame_stamped= __awsesame_clock='%D{%s}'

__awsesame_hook() {
  local __awsesame_status=$? __awsesame_ends=${AWSESAME_EXPIRES_AT:-}
  emulate -L zsh
  if [[ $__awsesame_ends == [1-9]* && $__awsesame_ends != *[^0-9]* && $__awsesame_ends != $__awsesame_told ]]; then
    if (( ${EPOCHSECONDS:-${(%)__awsesame_clock}} >= __awsesame_ends )); then
      __awsesame_ended
    fi
  fi
  return $__awsesame_status
}

# Whether the environment still holds the session that has ended. direnv may know
# of a new one by now.
__awsesame_still() {
  if (( $+functions[_direnv_hook] )); then
    _direnv_hook
  fi
  [[ ${AWSESAME_EXPIRES_AT:-} == $__awsesame_ends ]]
}

__awsesame_ended() {
  local stamp=${AWSESAME_STAMP:-} whose=
  # With direnv in charge, a newer stamp makes it reload, here and in every other
  # shell; one that is not hooked here by its usual name has until the next prompt.
  if [[ -n ${DIRENV_DIR:-} && $stamp == */awsesame/stamps/* && -f $stamp && -O $stamp && -w $stamp &&
        $__awsesame_stamped != $__awsesame_ends ]]; then
    __awsesame_stamped=$__awsesame_ends
    __awsesame_still || return 0
    if { print >>$stamp } 2>/dev/null; then
      __awsesame_still
      return 0
    fi
  fi
  __awsesame_told=$__awsesame_ends
  if [[ -n ${AWSESAME_PROFILE:-} ]]; then
    whose=" of profile \`${(V)AWSESAME_PROFILE}\`"
  fi
  print -ru2 -- "awsesame: the session$whose has expired; type: eval \"\$(awsesame env)\""
}

# A shell of `awsesame exec` has its profile in the prompt. A name that a prompt would act on is not put into one.
__awsesame_mark() {
  emulate -L zsh
  local name=${AWSESAME_SUBSHELL:-}
  if [[ -n $name && $name != *[^A-Za-z0-9_./@:+-]* && $PROMPT != "($name) "* ]]; then
    PROMPT="($name) $PROMPT"
  fi
}

typeset -ga precmd_functions
if (( ! ${precmd_functions[(I)__awsesame_mark]} )); then
  precmd_functions+=(__awsesame_mark)
fi
if (( ! ${precmd_functions[(I)__awsesame_hook]} )); then
  precmd_functions+=(__awsesame_hook)
fi
