# The lines that anybody adds to a ~/.config/fish/config.fish.
if command -q direnv
    direnv hook fish | source
end
awsesame hook fish | source
awsesame completions fish | source
function fish_prompt
    echo -n "(demo) "(prompt_pwd)" > "
end
set -g fish_greeting
