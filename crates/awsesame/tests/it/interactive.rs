//! An interactive shell on a terminal, with direnv's hook and ours in its start-up file.

use crate::need::need;
use crate::pty::{self, Pty};
use crate::ran::Ran;
use crate::run::Run;
use crate::world::World;

/// The shells in which our hook is tested. The first three are also tested with direnv.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
    Elvish,
    Nu,
}

/// A test for each shell by its name: `in_every_shell!(name, ...)` over functions
/// of those names that take the shell.
macro_rules! in_every_shell {
    ($($name:ident),+ $(,)?) => {
        mod bash { $(#[test] fn $name() { super::$name(super::Shell::Bash); })+ }
        mod zsh { $(#[test] fn $name() { super::$name(super::Shell::Zsh); })+ }
        mod fish { $(#[test] fn $name() { super::$name(super::Shell::Fish); })+ }
    };
}
pub(crate) use in_every_shell;

/// Does the same for the two shells that differ from the others.
macro_rules! in_elvish_and_nu {
    ($($name:ident),+ $(,)?) => {
        mod elvish { $(#[test] fn $name() { super::$name(super::Shell::Elvish); })+ }
        mod nu { $(#[test] fn $name() { super::$name(super::Shell::Nu); })+ }
    };
}
pub(crate) use in_elvish_and_nu;

/// direnv's own hook for elvish is older than elvish's `catch`, and for nushell it has
/// none: the first line is what its manual gives.
const DIRENV_IN_NU: &str = "$env.config.hooks.pre_prompt = ($env.config.hooks.pre_prompt? | default [] | append \
                            {|| ^direnv export json | from json | default {} | load-env })\n";
const DIRENV_IN_ELVISH: &str = "eval (direnv hook elvish | sed 's/} except /} catch /' | slurp)\n";

impl Shell {
    /// Returns the name of the program, which `direnv hook` and `awsesame hook` use too.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
            Self::Elvish => "elvish",
            Self::Nu => "nu",
        }
    }

    /// Returns the arguments that make it interactive, if a terminal alone does not.
    pub(crate) fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Elvish => &[],
            _ => &["-i"],
        }
    }

    /// Returns true if it and the other programs of the test are installed.
    pub(crate) fn is_here(self, others: &[&str]) -> bool {
        need(self.name()) && others.iter().all(|other| need(other))
    }

    /// Returns the line that loads a program's hook.
    pub(crate) fn loads(self, program: &str) -> String {
        match self {
            Self::Bash | Self::Zsh => format!("eval \"$({program} hook {})\"\n", self.name()),
            Self::Fish => format!("{program} hook fish | source\n"),
            Self::Elvish if program == "direnv" => DIRENV_IN_ELVISH.to_owned(),
            Self::Elvish => format!("eval ({program} hook elvish | slurp)\n"),
            Self::Nu if program == "direnv" => DIRENV_IN_NU.to_owned(),
            // From the folder where it is loaded by itself too.
            Self::Nu => format!("source autoload/{program}-hook.nu\n"),
        }
    }

    /// Returns the line that sets a variable.
    pub(crate) fn sets(self, variable: &str, value: &str) -> String {
        match self {
            Self::Bash | Self::Zsh => format!("export {variable}={value}"),
            Self::Fish => format!("set -gx {variable} {value}"),
            Self::Elvish => format!("set-env {variable} {value}"),
            Self::Nu => format!("$env.{variable} = '{value}'"),
        }
    }

    /// Returns the line that prints `v1=(VALUE)`. The typed line is on the screen too, so quotes make it different from
    /// the answer.
    fn tells(self, variable: &str, number: u32) -> String {
        match self {
            Self::Bash | Self::Zsh | Self::Fish => format!("echo \"v\"\"{number}=(${variable})\""),
            Self::Elvish => format!("echo v''{number}'=('$E:{variable}')'"),
            Self::Nu => format!("print ('v' + '{number}=(' + ($env.{variable}? | default '') + ')')"),
        }
    }

    /// Returns the code by which its hook asks for the time, and a replacement that adds the seconds in the file
    /// `passed` of the home.
    pub(crate) fn clock(self) -> (&'static str, &'static str) {
        match self {
            Self::Bash => (
                "printf -v __awsesame_now '%(%s)T' -1;",
                "printf -v __awsesame_now '%(%s)T' -1; ((__awsesame_now += $(<~/passed)));",
            ),
            Self::Zsh => (
                "${EPOCHSECONDS:-${(%)__awsesame_clock}} >=",
                "${EPOCHSECONDS:-${(%)__awsesame_clock}} + $(<~/passed) >=",
            ),
            Self::Fish => ("math $__awsesame_base + $up", "math $__awsesame_base + $up + (cat ~/passed)"),
            Self::Elvish => ("(>= ($now) $ends)", "(>= (+ ($now) (slurp <~/passed)) $ends)"),
            Self::Nu => (
                "(date now | into int) // 1_000_000_000",
                "(date now | into int) // 1_000_000_000 + (open ~/passed | into int)",
            ),
        }
    }

    /// Writes the start-up file: a prompt that shows the exit status as `<0> `, then these lines.
    pub(crate) fn set_up(self, world: &World, lines: &str) {
        let (file, prompt) = match self {
            Self::Bash => (".bashrc", "PS1='<$?> '\n"),
            Self::Zsh => (".zshrc", "PS1='<%?> '\n"),
            Self::Fish => (
                ".config/fish/config.fish",
                "function fish_prompt; echo -n \"<$status> \"; end\nset -g fish_greeting\n",
            ),
            // These two have no exit status, and here no other prompt than this.
            Self::Elvish => {
                (".config/elvish/rc.elv", "set edit:prompt = { print '<0> ' }\nset edit:rprompt = { }\n")
            }
            Self::Nu => (
                ".config/nushell/config.nu",
                "$env.config.show_banner = false\n$env.PROMPT_COMMAND = {|| '<0> ' }\n\
                 $env.PROMPT_COMMAND_RIGHT = ''\n$env.PROMPT_INDICATOR = ''\n",
            ),
        };
        world.write(file, &format!("{prompt}{lines}"));
        if self == Self::Fish {
            // Without it, fish starts by reading every manual page of the machine.
            world.write(".local/share/fish/generated_completions/none.fish", "");
        }
        if self == Self::Nu && lines.contains("awsesame-hook") {
            let hook = world.awsesame(&["hook", "nu"]).run().ok().stdout;
            world.write(".config/nushell/autoload/awsesame-hook.nu", &hook);
        }
    }

    /// Starts another shell, with both hooks.
    pub(crate) fn open(self, world: &World) -> Interactive<'_> {
        self.set_up(world, &(self.loads("direnv") + &self.loads("awsesame")));
        Interactive::on(self, self.command(world))
    }

    /// Starts the shell with the existing start-up file.
    pub(crate) fn command(self, world: &World) -> Run<'_> {
        if self == Self::Fish {
            world.spare_fish();
        }
        world.program(self.name()).args(self.arguments())
    }
}

/// A shell with somebody at it.
pub(crate) struct Interactive<'w> {
    shell: Shell,
    pub(crate) pty: Pty<'w>,
    questions: u32,
    lines: usize,
}

impl<'w> Interactive<'w> {
    /// Starts it and waits for its first prompt.
    pub(crate) fn on(shell: Shell, command: Run<'w>) -> Self {
        let mut pty = command.pty();
        pty.expect("<0> ");
        Self { shell, pty, questions: 0, lines: 0 }
    }

    /// Types a line and presses Enter.
    pub(crate) fn types(&mut self, line: &str) {
        self.lines += 1;
        if self.shell == Shell::Nu {
            // fish ignores what is typed before its prompt is there.
            self.pty.expect_in_all(pty::WHERE_IS_THE_CURSOR, self.lines);
        }
        self.pty.send(&format!("{line}\r"));
    }

    /// Returns the value of a variable for the next command.
    #[track_caller]
    pub(crate) fn has(&mut self, variable: &str) -> String {
        self.questions += 1;
        let number = self.questions;
        self.types(&self.shell.tells(variable, number));
        self.pty.expect(&format!("v{number}=("));
        self.pty.expect(")")
    }

    /// Returns the modes of the terminal as a program in the foreground finds them.
    pub(crate) fn modes(&mut self, world: &World) -> String {
        self.types("stty -a > modes; mv modes ~/modes-now");
        // The answer to a question comes after the command before it.
        self.has("nothing");
        let modes = world.read("modes-now");
        std::fs::remove_file(world.path("modes-now")).unwrap();
        modes
    }

    /// Leaves the shell, and returns its output.
    #[track_caller]
    pub(crate) fn leave(mut self) -> Ran {
        self.types("exit");
        self.pty.wait()
    }
}
