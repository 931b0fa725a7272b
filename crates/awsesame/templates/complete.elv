# awsesame: completions for elvish. In ~/.config/elvish/rc.elv: eval (awsesame completions elvish | slurp)

use str

set edit:completion:arg-completer[awsesame] = {|@words|
  e:awsesame __complete elvish -- $@words 2>/dev/null | from-lines | each {|line|
    var value about = (str:split "\t" $line)
    edit:complex-candidate $value &display=(str:join '  ' [$value $about])
  }
}
