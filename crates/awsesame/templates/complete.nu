# awsesame: completions for nushell. Once, in nushell, where it is loaded at each start from then on:
#   mkdir ($nu.user-autoload-dirs | first)
#   awsesame completions nu | save --force ($nu.user-autoload-dirs | first | path join awsesame-completions.nu)

def __awsesame_complete [words: list<string>] {
  ^awsesame __complete nu -- ...$words err> /dev/null | lines | parse "{value}\t{description}"
}

@complete __awsesame_complete
extern awsesame [...arguments: string]
