# awsesame: notices at the prompt that a session has ended. While it lasts, this
# starts no process. Once, in nushell, where it is loaded at each start from then on:
#   mkdir ($nu.user-autoload-dirs | first)
#   awsesame hook nu | save --force ($nu.user-autoload-dirs | first | path join awsesame-hook.nu)

def --env __awsesame_ended [ends: string] {
  # With direnv in charge, a newer stamp makes it reload, here and in every other
  # shell. Its hook comes after this one; where there is none, the next prompt tells.
  let stamp = $env.AWSESAME_STAMP? | default ""
  if DIRENV_DIR in $env and $stamp =~ '/awsesame/stamps/' and $env.__awsesame.stamped != $ends and (
    do { ^test -f $stamp -a -O $stamp -a -w $stamp } | complete | get exit_code
  ) == 0 {
    $env.__awsesame.stamped = $ends
    # What stands there already was written by another shell, and has done the same.
    if (ls --full-paths $stamp | get 0.size) == 0b {
      "\n" | save --append $stamp
    }
    return
  }
  $env.__awsesame.told = $ends
  let whose = if ($env.AWSESAME_PROFILE? | is-empty) { "" } else {
    $" of profile `($env.AWSESAME_PROFILE | str replace --all --regex '\p{Cc}' '?')`"
  }
  print --stderr $"awsesame: the session($whose) has expired; type: awsesame env --format nu | from json | load-env"
}

# A record is not handed on to programs, so it is this shell's own. Before all other
# hooks, and once, should this be loaded twice.
if __awsesame not-in $env {
  $env.__awsesame = {told: "", stamped: ""}
  $env.config.hooks.pre_prompt = (
    $env.config.hooks.pre_prompt? | default [] | prepend {||
      let ends = $env.AWSESAME_EXPIRES_AT? | default ""
      if $ends != $env.__awsesame.told and $ends =~ '^[1-9][0-9]{0,17}$' and (
        (date now | into int) // 1_000_000_000 >= ($ends | into int)
      ) {
        __awsesame_ended $ends
      }
    }
  )
}
