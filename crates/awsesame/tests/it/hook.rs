//! Tests `awsesame hook` in interactive shells: at the end of a session it prints a message or reloads, before that it
//! costs nothing, and it does not change the user's own hooks.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::interactive::{Interactive, Shell, in_elvish_and_nu, in_every_shell};
use crate::need::need;
use crate::world::World;

/// A moment that every session has behind it, and one that none has.
const PAST: &str = "1000000000";
const FUTURE: &str = "9000000000";

/// Returns the line that the hook prints without direnv.
fn ended(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash | Shell::Zsh => {
            "awsesame: the session of profile `dev` has expired; type: eval \"$(awsesame env)\""
        }
        Shell::Fish => {
            "awsesame: the session of profile `dev` has expired; type: awsesame env --format fish | source"
        }
        Shell::Elvish => {
            "awsesame: the session of profile `dev` has expired; type: eval (awsesame env --format elvish | slurp)"
        }
        Shell::Nu => {
            "awsesame: the session of profile `dev` has expired; type: awsesame env --format nu | from json | load-env"
        }
    }
}

/// Returns a shell with only our hook, and a session of `dev` that expires then.
fn open<'w>(shell: Shell, world: &'w World, ends: &str) -> Interactive<'w> {
    let command = shell.command(world).env("AWSESAME_PROFILE", "dev").env("AWSESAME_EXPIRES_AT", ends);
    Interactive::on(shell, command)
}

fn the_end_of_a_session_is_said_once(shell: Shell) {
    if !shell.is_here(&[]) {
        return;
    }
    let world = World::new();
    // Loaded twice, it speaks once all the same.
    shell.set_up(&world, &shell.loads("awsesame").repeat(2));
    let mut terminal = open(shell, &world, PAST);
    for _ in 0..3 {
        terminal.has("AWSESAME_PROFILE");
    }
    // The next session is another one.
    terminal.types(&shell.sets("AWSESAME_EXPIRES_AT", "1000000001"));
    for _ in 0..3 {
        terminal.has("AWSESAME_PROFILE");
    }
    let ran = terminal.leave();
    assert_eq!(ran.stderr.matches(ended(shell)).count(), 2, "{ran}");
}

fn while_a_session_lasts_nothing_is_said(shell: Shell) {
    if !shell.is_here(&[]) {
        return;
    }
    let world = World::new();
    shell.set_up(&world, &shell.loads("awsesame"));
    for ends in [FUTURE, "", "soon", "-1", "0x1", "1 2", "$(touch pwned)"] {
        let mut terminal = open(shell, &world, ends);
        terminal.has("AWSESAME_PROFILE");
        let ran = terminal.leave();
        assert!(!ran.stderr.contains("awsesame:"), "{ends}: {ran}");
        assert!(!world.path("pwned").exists());
    }
}

fn the_exit_status_stays_that_of_the_last_command(shell: Shell) {
    if !shell.is_here(&["direnv"]) {
        return;
    }
    let world = World::new();
    for (ends, hooks) in [(PAST, "awsesame"), (FUTURE, "awsesame"), (PAST, "awsesame direnv")] {
        let hooks: String = hooks.split(' ').map(|hook| shell.loads(hook)).collect();
        shell.set_up(&world, &hooks);
        let mut terminal = open(shell, &world, ends);
        terminal.types("false");
        terminal.pty.expect("<1> ");
        terminal.types("sh -c 'exit 42'");
        terminal.pty.expect("<42> ");
        terminal.types("true");
        terminal.pty.expect("<0> ");
        terminal.leave();
    }
}

/// Returns the number of processes that a shell starts in all when Enter is pressed so often.
fn processes(shell: Shell, world: &World, enters: usize) -> usize {
    let log = world.path("calls");
    let log = log.to_str().unwrap();
    let arguments = ["-f", "-qq", "-o", log, "-e", "trace=fork,vfork,clone,clone3,execve", shell.name()];
    let command = world.program("strace").args(&arguments).args(shell.arguments());
    let command = command.env("AWSESAME_PROFILE", "dev").env("AWSESAME_EXPIRES_AT", FUTURE);
    let mut terminal = Interactive::on(shell, command);
    for _ in 0..enters {
        terminal.types("");
        terminal.pty.expect("<0> ");
    }
    terminal.leave();
    let calls = std::fs::read_to_string(log).unwrap();
    let starts = |line: &&str| {
        let call = line.split_whitespace().nth(1).unwrap_or_default();
        // A thread, such as the one in which fish colors its lines, is not a process.
        ["fork(", "vfork(", "clone", "execve("].iter().any(|start| call.starts_with(start))
            && !line.contains("CLONE_THREAD")
    };
    calls.lines().filter(starts).count()
}

fn while_a_session_lasts_a_prompt_costs_no_process(shell: Shell) {
    if !shell.is_here(&["strace"]) {
        return;
    }
    let world = World::new();
    shell.set_up(&world, &shell.loads("awsesame"));
    // The very first start in a new home sets the shell up.
    processes(shell, &world, 0);
    // Some shells start a process of their own now and then, so one pair of equal counts in three is enough; a process
    // at each prompt would make the first count larger by ten every time.
    let counts: Vec<(usize, usize)> =
        (0..3).map(|_| (processes(shell, &world, 12), processes(shell, &world, 2))).collect();
    assert!(counts.iter().any(|(many, few)| many <= few), "{counts:?}");
}

fn at_the_end_this_very_prompt_reloads_and_the_others_follow(shell: Shell) {
    if !shell.is_here(&["direnv"]) {
        return;
    }
    let world = World::new();
    world.awsesame(&["direnv", "install"]).run().ok();
    world.write("work/.envrc", "use awsesame alice\n");
    world.program("direnv").args(&["allow", "work"]).run().ok();
    let (clock, moved) = shell.clock();
    world.write("passed", "0");
    let hook = changed(&world, shell, clock, moved);
    shell.set_up(&world, &(shell.loads("direnv") + &hook));
    // Programs that these shells start are to follow the clock as well.
    world.pass(0);
    let mut shells = [0; 2].map(|_| Interactive::on(shell, shell.command(&world)));
    world.sandbox().set_lifetime(Some(600));
    world.log_in("alice");
    for shell in &mut shells {
        shell.types("cd ~/work");
        assert!(shell.has("AWS_ACCESS_KEY_ID").starts_with("ASIA"));
    }
    world.pass(601);
    world.write("passed", "601");
    let says = "profile `alice` has an expired session; type: awsesame login -p alice";
    for shell in &mut shells {
        // One Enter, and nothing else.
        shell.types("");
        shell.pty.expect(says);
        assert_eq!(shell.has("AWS_ACCESS_KEY_ID"), "");
        shell.types("");
        assert_eq!(shell.has("AWS_PROFILE"), "login needed: awsesame login -p alice");
    }
    // The first touched the stamp, and the second found it touched; where both came within the same moment, each did.
    let stamp = std::fs::read(world.state().join("stamps/p-alice")).unwrap();
    assert!(stamp == b"\n" || stamp == b"\n\n", "{stamp:?}");
    for shell in shells {
        let ran = shell.leave();
        assert_eq!(ran.stderr.matches(says).count(), 1, "{ran}");
        assert!(!ran.stderr.contains("has expired"), "{ran}");
    }
}

fn where_direnv_is_not_hooked_the_end_is_said_after_all(shell: Shell) {
    if !shell.is_here(&[]) {
        return;
    }
    let world = World::new();
    shell.set_up(&world, &shell.loads("awsesame"));
    world.write("state/awsesame/stamps/p-dev", "");
    let stamp = world.path("state/awsesame/stamps/p-dev");
    let command = shell.command(&world).env("AWSESAME_PROFILE", "dev").env("AWSESAME_EXPIRES_AT", PAST);
    let command = command.env("DIRENV_DIR", "-/work").env("AWSESAME_STAMP", &stamp);
    let mut terminal = Interactive::on(shell, command);
    assert!(!terminal.pty.transcript().contains("has expired"), "direnv might reload yet");
    assert_eq!(std::fs::read(&stamp).unwrap(), b"\n");
    for _ in 0..3 {
        terminal.has("AWSESAME_PROFILE");
    }
    let ran = terminal.leave();
    assert_eq!(ran.stderr.matches(ended(shell)).count(), 1, "{ran}");
    assert_eq!(std::fs::read(&stamp).unwrap(), b"\n");
}

fn a_stamp_that_is_none_is_not_written_to(shell: Shell) {
    if !shell.is_here(&[]) {
        return;
    }
    let world = World::new();
    shell.set_up(&world, &shell.loads("awsesame"));
    world.write("precious", "as it was");
    for stamp in ["precious", "none/awsesame/stamps/p-dev"] {
        let command = shell.command(&world).env("AWSESAME_PROFILE", "dev").env("AWSESAME_EXPIRES_AT", PAST);
        let command = command.env("DIRENV_DIR", "-/work").env("AWSESAME_STAMP", world.path(stamp));
        let ran = Interactive::on(shell, command).leave();
        assert_eq!(ran.stderr.matches(ended(shell)).count(), 1, "{ran}");
    }
    assert_eq!(world.read("precious"), "as it was");
    assert!(!world.path("none").exists());
}

fn a_profile_name_cannot_speak_to_the_terminal(shell: Shell) {
    if !shell.is_here(&[]) {
        return;
    }
    let world = World::new();
    shell.set_up(&world, &shell.loads("awsesame"));
    let name = "a\u{1b}]0;title\u{7}b\nc%d$(touch pwned)";
    let command = shell.command(&world).env("AWSESAME_PROFILE", name).env("AWSESAME_EXPIRES_AT", PAST);
    let ran = Interactive::on(shell, command).leave();
    let line = ran.stderr.lines().find(|line| line.contains("has expired")).unwrap();
    let (_, line) = line.split_once("awsesame: the session of profile `a").unwrap();
    let (name, _) = line.split_once("` has expired").unwrap();
    assert!(!name.contains(char::is_control), "{name:?}");
    assert!(name.contains("title") && name.ends_with("c%d$(touch pwned)"), "{name:?}");
    assert!(!world.path("pwned").exists());
}

in_every_shell!(
    the_end_of_a_session_is_said_once,
    while_a_session_lasts_nothing_is_said,
    the_exit_status_stays_that_of_the_last_command,
    while_a_session_lasts_a_prompt_costs_no_process,
    at_the_end_this_very_prompt_reloads_and_the_others_follow,
    where_direnv_is_not_hooked_the_end_is_said_after_all,
    a_stamp_that_is_none_is_not_written_to,
    a_profile_name_cannot_speak_to_the_terminal,
    a_shell_without_a_clock_counts_for_itself,
);

// These shells have no exit status to preserve.
in_elvish_and_nu!(
    the_end_of_a_session_is_said_once,
    while_a_session_lasts_nothing_is_said,
    while_a_session_lasts_a_prompt_costs_no_process,
    at_the_end_this_very_prompt_reloads_and_the_others_follow,
    where_direnv_is_not_hooked_the_end_is_said_after_all,
    a_stamp_that_is_none_is_not_written_to,
    a_profile_name_cannot_speak_to_the_terminal,
);

#[test]
fn the_users_own_prompt_commands_stay() {
    if !need("bash") {
        return;
    }
    let world = World::new();
    for before in [
        "PROMPT_COMMAND='MINE=\"mine $?\"'\n",
        "PROMPT_COMMAND='MINE=\"mine $?\"; '\n",
        "PROMPT_COMMAND=(true 'MINE=\"mine $?\"')\n",
        "set -u\nIFS=-\nPROMPT_COMMAND='MINE=\"mine $?\"'\n",
        "set -u\nset -o noclobber\nPROMPT_COMMAND='MINE=\"mine $?\"'\n",
    ] {
        Shell::Bash.set_up(&world, &(before.to_owned() + &Shell::Bash.loads("awsesame")));
        let mut terminal = open(Shell::Bash, &world, PAST);
        terminal.types("sh -c 'exit 7'");
        terminal.pty.expect("<7> ");
        assert_eq!(terminal.has("MINE"), "mine 7", "{before}");
        let ran = terminal.leave();
        assert_eq!(ran.stderr.matches(ended(Shell::Bash)).count(), 1, "{before}: {ran}");
    }
}

#[test]
fn zsh_options_and_hooks_of_the_user_stay() {
    if !need("zsh") {
        return;
    }
    let world = World::new();
    for before in [
        "precmd() { MINE=\"mine $?\" }\n",
        "setopt nounset ksh_arrays sh_word_split\nprecmd() { MINE=\"mine $?\" }\n",
        "setopt noclobber warn_create_global\nmine() { typeset -g MINE=\"mine $?\" }\nprecmd_functions=(mine)\n",
    ] {
        Shell::Zsh.set_up(&world, &(before.to_owned() + &Shell::Zsh.loads("awsesame")));
        let mut terminal = open(Shell::Zsh, &world, PAST);
        terminal.types("sh -c 'exit 7'");
        terminal.pty.expect("<7> ");
        assert_eq!(terminal.has("MINE"), "mine 7", "{before}");
        let ran = terminal.leave();
        assert_eq!(ran.stderr.matches(ended(Shell::Zsh)).count(), 1, "{before}: {ran}");
        assert!(!ran.stderr.contains("__awsesame"), "{before}: {ran}");
    }
}

/// Returns the line that loads the hook of a shell, with one text of the hook replaced.
fn changed(world: &World, shell: Shell, there: &str, here: &str) -> String {
    let hook = world.awsesame(&["hook", shell.name()]).run().ok().stdout;
    assert!(hook.contains(there), "{hook}");
    world.write("hook", &hook.replace(there, here));
    if shell == Shell::Elvish { "eval (slurp <~/hook)\n" } else { "source ~/hook\n" }.to_owned()
}

fn a_shell_without_a_clock_counts_for_itself(shell: Shell) {
    if !shell.is_here(&[]) {
        return;
    }
    let (there, here) = match shell {
        Shell::Bash => (">= 402", ">= 9902"),
        Shell::Zsh => ("zsh/datetime", "zsh/nosuchmodule"),
        Shell::Fish | Shell::Elvish => ("/proc/uptime", "/proc/no-such-file"),
        Shell::Nu => unreachable!("it has a clock"),
    };
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let world = World::new();
    let hook = changed(&world, shell, there, here);
    shell.set_up(&world, &hook);
    let mut terminal = open(shell, &world, FUTURE);
    let ends = now() + 2;
    terminal.types(&shell.sets("AWSESAME_EXPIRES_AT", &ends.to_string()));
    while !terminal.pty.transcript().contains("has expired") {
        assert!(now() < ends + 20, "{shell:?} does not count");
        terminal.has("AWSESAME_PROFILE");
    }
    assert!(now() >= ends, "{shell:?} is ahead of the time");
    terminal.leave();
}

#[test]
fn elvish_without_a_clock_counts_for_itself() {
    a_shell_without_a_clock_counts_for_itself(Shell::Elvish);
}

#[test]
fn the_hooks_and_the_library_please_the_linters() {
    let world = World::new();
    if need("shellcheck") {
        let hook = world.awsesame(&["hook", "bash"]).run().ok().stdout;
        world.program("shellcheck").args(&["-s", "bash", "-"]).stdin(hook).run().ok();
        world.awsesame(&["direnv", "install"]).run().ok();
        let library = world.read(".config/direnv/lib/awsesame.sh");
        world.program("shellcheck").args(&["-s", "bash", "-"]).stdin(library).run().ok();
    }
    if need("fish_indent") {
        let hook = world.awsesame(&["hook", "fish"]).run().ok().stdout;
        world.program("fish_indent").args(&["--check"]).stdin(hook).run().ok();
    }
    if need("zsh") {
        let hook = world.awsesame(&["hook", "zsh"]).run().ok().stdout;
        world.program("zsh").args(&["-n"]).stdin(hook).run().ok();
    }
}
