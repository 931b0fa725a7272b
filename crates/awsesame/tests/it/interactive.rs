//! An interactive shell on a terminal, as people sit at it: direnv's hook and ours
//! in its start-up file. What is tested there is the test's business.

use crate::need::need;
use crate::pty::Pty;
use crate::ran::Ran;
use crate::run::Run;
use crate::world::World;

/// The shells that direnv and our hook are held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
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

impl Shell {
    /// The program, which is also what `direnv hook` and `awsesame hook` call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
        }
    }

    /// Whether it and what else the test needs are there.
    pub(crate) fn is_here(self, others: &[&str]) -> bool {
        need(self.name()) && others.iter().all(|other| need(other))
    }

    /// The line that loads a program's hook.
    pub(crate) fn loads(self, program: &str) -> String {
        match self {
            Self::Bash | Self::Zsh => format!("eval \"$({program} hook {})\"\n", self.name()),
            Self::Fish => format!("{program} hook fish | source\n"),
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
        };
        world.write(file, &format!("{prompt}{lines}"));
        if self == Self::Fish {
            // Without it, fish starts by reading every manual page of the machine.
            world.write(".local/share/fish/generated_completions/none.fish", "");
        }
    }

    /// One more of them, with both hooks.
    pub(crate) fn open(self, world: &World) -> Interactive<'_> {
        self.set_up(world, &(self.loads("direnv") + &self.loads("awsesame")));
        Interactive::on(self.command(world))
    }

    /// The shell over the start-up file that is there.
    pub(crate) fn command(self, world: &World) -> Run<'_> {
        world.program(self.name()).args(&["-i"])
    }
}

/// A shell with somebody at it.
pub(crate) struct Interactive<'w> {
    pub(crate) pty: Pty<'w>,
    questions: u32,
}

impl<'w> Interactive<'w> {
    /// Starts it and waits for its first prompt.
    pub(crate) fn on(command: Run<'w>) -> Self {
        let mut pty = command.pty();
        pty.expect("<0> ");
        Self { pty, questions: 0 }
    }

    /// Types a line.
    pub(crate) fn types(&mut self, line: &str) {
        self.pty.send(&format!("{line}\r"));
    }

    /// What a variable holds for the next command. What is typed shows on the screen
    /// too, so its quotes keep it unlike the answer.
    #[track_caller]
    pub(crate) fn has(&mut self, variable: &str) -> String {
        self.questions += 1;
        let number = self.questions;
        self.types(&format!("echo \"v\"\"{number}=(${variable})\""));
        self.pty.expect(&format!("v{number}=("));
        self.pty.expect(")")
    }

    /// The terminal's modes as a program in the foreground finds them.
    pub(crate) fn modes(&mut self, world: &World) -> String {
        self.types("stty -a > modes; mv modes ~/modes-now");
        // The answer to a question comes after the command before it.
        self.has("nothing");
        let modes = world.read("modes-now");
        std::fs::remove_file(world.path("modes-now")).unwrap();
        modes
    }

    /// Leaves the shell.
    #[track_caller]
    pub(crate) fn leave(mut self) -> Ran {
        self.types("exit");
        self.pty.wait()
    }
}
