#compdef awsesame
# awsesame: completions for zsh. In ~/.zshrc, after compinit: eval "$(awsesame completions zsh)"
# Or, written into a folder of $fpath, as _awsesame.

_awsesame() {
  local dashes=${words[(i)--]}
  if (( dashes < CURRENT )); then
    # Behind the dashes of `exec` stands another program's command line.
    shift $dashes words
    (( CURRENT -= dashes ))
    _normal
    return
  fi
  local line
  local -a values shown
  for line in ${(f)"$(command awsesame __complete zsh -- "${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)"}; do
    values+=("${line%%$'\t'*}")
    shown+=("${line/$'\t'/  }")
  done
  compadd -l -d shown -a -- values
}

if [[ ${funcstack[1]} == _awsesame ]]; then
  _awsesame "$@"
else
  compdef _awsesame awsesame
fi
