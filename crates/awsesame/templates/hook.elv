# awsesame: notices at the prompt that a session has ended. While it lasts, this
# starts no process. In ~/.config/elvish/rc.elv: eval (awsesame hook elvish | slurp)

use re
use str

# elvish has no clock of its own. Linux tells the seconds since its start, sleep
# included, in a file; elsewhere `date` is asked, while there is a session at all.
var now = { e:date +%s }
try {
  var up = { str:split . (slurp </proc/uptime) | take 1 }
  var base = (- (e:date +%s) ($up))
  set now = { + $base ($up) }
} catch _ { }

var told = ''
var stamped = ''

fn ended {|ends|
  # With direnv in charge, a newer stamp makes it reload, here and in every other
  # shell. Its hook comes after this one; where there is none, the next prompt tells.
  var stamp = $E:AWSESAME_STAMP
  if (and (has-env DIRENV_DIR) (str:contains $stamp /awsesame/stamps/) (not-eq $stamped $ends) ^
          ?(e:test -f $stamp -a -O $stamp -a -w $stamp)) {
    set stamped = $ends
    # What stands there already was written by another shell, and has done the same.
    if (not ?(e:test -s $stamp)) {
      echo >>$stamp
    }
    return
  }
  set told = $ends
  var whose = ''
  if (has-env AWSESAME_PROFILE) {
    set whose = ' of profile `'(re:replace '\p{Cc}' '?' $E:AWSESAME_PROFILE)'`'
  }
  echo 'awsesame: the session'$whose' has expired; type: eval (awsesame env --format elvish | slurp)' >&2
}

fn hook {
  if (has-env AWSESAME_EXPIRES_AT) {
    var ends = $E:AWSESAME_EXPIRES_AT
    if (and (not-eq $ends $told) (re:match '^[1-9][0-9]{0,17}$' $ends)) {
      if (>= ($now) $ends) {
        ended $ends
      }
    }
  }
}

# Before all others, and once, should this be loaded twice.
if (not-eq $pid $E:AWSESAME_HOOK) {
  set-env AWSESAME_HOOK $pid
  set edit:before-readline = [$hook~ $@edit:before-readline]
}
