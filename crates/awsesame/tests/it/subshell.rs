//! Tests the shell that `exec` opens without a program.

use crate::need::need;
use crate::world::World;

#[test]
fn a_shell_of_exec_shows_its_profile_in_the_prompt_and_says_when_the_session_ends() {
    for (shell, set_up) in [("bash", ".bashrc"), ("zsh", ".zshrc"), ("fish", ".config/fish/config.fish")] {
        if !need(shell) {
            continue;
        }
        let world = World::new();
        world.log_in("alice");
        let prompt = match shell {
            "bash" => "PS1='mine> '\n",
            "zsh" => "PS1='mine> '\neval \"$(awsesame hook zsh)\"\n",
            _ => "function fish_prompt; echo -n 'mine> '; end\n",
        };
        world.write(set_up, prompt);
        world.spare_fish();
        let path = world.program("which").args(&[shell]).run().ok().stdout.trim().to_owned();
        let mut terminal = world.awsesame(&["exec", "alice"]).env("SHELL", &path).pty();
        terminal.expect("a shell with the session of profile `alice`, until ");
        terminal.expect("left); to leave it: exit");
        terminal.expect("(alice) ");
        terminal.expect("mine> ");
        terminal.send("awsesame exec alice\r");
        terminal.expect("this shell is inside another one of `awsesame exec`, for `alice`");
        terminal.expect("mine> ");
        terminal.send("exit\r");
        terminal.expect("mine> ");
        terminal.send("exit\r");
        terminal.wait();
    }
}
