# awsesame: completions for fish. In ~/.config/fish/config.fish: awsesame completions fish | source
# Or, written into ~/.config/fish/completions, as awsesame.fish.

function __awsesame_complete
    set -l words (commandline -opc)
    if set -l dashes (contains -i -- -- $words)
        # Behind the dashes of `exec` stands another program's command line.
        set -l rest (string escape -- $words[(math $dashes + 1)..]) (commandline -ct)
        complete --do-complete (string join ' ' -- $rest)
    else
        command awsesame __complete fish -- $words (commandline -ct) 2>/dev/null
    end
end

complete --command awsesame --no-files --arguments '(__awsesame_complete)'
