# awsesame: notices at the prompt that a session has ended. While it lasts, this
# starts no process. In ~/.config/fish/config.fish: awsesame hook fish | source

# fish has no clock of its own. Linux tells the seconds since its start, sleep
# included, in a file; elsewhere `date` is asked, while there is a session at all.
set -g __awsesame_base
if test -r /proc/uptime
    read -l -d . up rest </proc/uptime
    set -g __awsesame_base (math (command date +%s) - $up)
end

function __awsesame_now
    if set -q __awsesame_base[1]
        read -l -d . up rest </proc/uptime
        and math $__awsesame_base + $up
    else
        command date +%s
    end
end

function __awsesame_hook --on-event fish_prompt
    set -q AWSESAME_EXPIRES_AT
    and test "$AWSESAME_EXPIRES_AT" != "$__awsesame_told"
    and string match -qr '^[1-9][0-9]*$' -- "$AWSESAME_EXPIRES_AT"
    and test (__awsesame_now) -ge "$AWSESAME_EXPIRES_AT"
    and __awsesame_ended "$AWSESAME_EXPIRES_AT"
end

# Whether the environment still holds the session that has ended. direnv may know
# of a new one by now.
function __awsesame_still -a ends
    functions -q __direnv_export_eval
    and __direnv_export_eval
    test "$AWSESAME_EXPIRES_AT" = "$ends"
end

function __awsesame_ended -a ends
    # With direnv in charge, a newer stamp makes it reload, here and in every other
    # shell; one that is not hooked here by its usual name has until the next prompt.
    if set -q DIRENV_DIR
        and string match -q '*/awsesame/stamps/*' -- "$AWSESAME_STAMP"
        and test -f "$AWSESAME_STAMP" -a -O "$AWSESAME_STAMP" -a -w "$AWSESAME_STAMP" -a "$__awsesame_stamped" != "$ends"
        set -g __awsesame_stamped "$ends"
        __awsesame_still "$ends"
        or return 0
        if echo 2>/dev/null >>"$AWSESAME_STAMP"
            __awsesame_still "$ends"
            return 0
        end
    end
    set -g __awsesame_told "$ends"
    set -l whose
    test -n "$AWSESAME_PROFILE"
    and set whose " of profile `"(string replace -ar '[[:cntrl:]]' '?' -- "$AWSESAME_PROFILE" | string join '?')"`"
    echo "awsesame: the session$whose has expired; type: awsesame env --format fish | source" >&2
end
