# awsesame: completions for bash. In ~/.bashrc: eval "$(awsesame completions bash)"

_awsesame() {
  COMPREPLY=()
  local i line
  for ((i = 2; i < COMP_CWORD; i++)); do
    # Behind the dashes of `exec` stands another program's command line.
    if [[ ${COMP_WORDS[i]} == -- ]]; then
      if declare -F _command_offset >/dev/null; then
        _command_offset $((i + 1))
      elif ((COMP_CWORD == i + 1)); then
        while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -c -- "$2")
      else
        compopt -o default 2>/dev/null
      fi
      return
    fi
  done
  # What comes back is quoted already, and goes behind the last break of the word.
  while IFS= read -r line; do
    COMPREPLY+=("$line")
  done < <(command awsesame __complete bash -- "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null)
}

complete -F _awsesame awsesame
