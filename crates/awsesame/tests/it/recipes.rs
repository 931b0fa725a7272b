//! Runs the recipes of docs/programs.md and docs/shells.md as they are on the pages, because a recipe that does not
//! work is worse than none.

use std::path::Path;

use crate::need::{find, need};
use crate::run::Run;
use crate::world::World;

/// Returns the first block of a language below a heading.
fn block(page: &str, heading: &str, language: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(page);
    let text = std::fs::read_to_string(path).unwrap();
    let (_, below) = text.split_once(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("{heading}"));
    let (_, block) =
        below.split_once(&format!("```{language}\n")).unwrap_or_else(|| panic!("{heading}: {language}"));
    block.split_once("```").unwrap().0.to_owned()
}

fn programs(heading: &str, language: &str) -> String {
    block("programs.md", heading, language)
}

/// Returns a world with alice's profile `prod`, and with scripts for the programs that the recipes call.
fn world() -> World {
    let world = World::new();
    world.append_config(
        "[profile prod]\nregion = us-east-1\nendpoint_url = {URL}\n\
         mfa_serial = arn:aws:iam::123456789012:mfa/alice\n\n",
    );
    let credentials = world.read(".aws/credentials");
    let alice = credentials.split("[alice]\n").nth(1).unwrap().split("\n\n").next().unwrap();
    world.write_private(".aws/credentials", &format!("{credentials}[prod]\n{alice}\n"));
    stand_in(&world, "terraform", "echo \"terraform $* with ${AWS_SESSION_TOKEN:+a session}\"");
    world
}

fn stand_in(world: &World, name: &str, script: &str) {
    use std::os::unix::fs::PermissionsExt;
    let file = format!("bin/{name}");
    world.write(&file, &format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(world.path(&file), std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// Puts the scripts first in the PATH.
fn with_stand_ins<'w>(world: &'w World, run: Run<'w>) -> Run<'w> {
    let own = Path::new(env!("CARGO_BIN_EXE_awsesame")).parent().unwrap().to_owned();
    let outer = std::env::var_os("PATH").unwrap_or_default();
    let folders = [world.path("bin"), own].into_iter().chain(std::env::split_paths(&outer));
    run.env("PATH", std::env::join_paths(folders).unwrap())
}

fn bash<'w>(world: &'w World, script: &str) -> Run<'w> {
    with_stand_ins(world, world.program("bash").args(&["--noprofile", "--norc", "-c", script]))
}

fn log_in(world: &World) {
    world.awsesame(&["login", "-p", "prod", &world.code("alice")]).run().ok();
}

const PLANNED: &str = "terraform plan with a session\n";

#[test]
fn the_object_of_an_error_is_as_it_is_shown() {
    let world = world();
    let ran = world.awsesame(&["env", "-p", "prod", "--json"]).run().exits(3);
    ran.prints(&programs("## The contract", "json"));
}

#[test]
fn the_makefile_stops_at_its_guard_in_one_line_or_goes_on() {
    if !need("make") {
        return;
    }
    let world = world();
    world.write("Makefile", &programs("## Makefile", "make"));
    let make = || {
        let make = world.program("make").args(&["plan"]).env("AWSESAME_PROFILE", "prod");
        with_stand_ins(&world, make).run()
    };
    let shown = programs("## Makefile", "console");
    let (_, expected) = shown.split_once("$ make plan\n").unwrap();
    make().exits(2).prints("").says(expected);
    log_in(&world);
    make().ok().says("").prints(PLANNED);
}

#[test]
fn the_script_stops_or_has_its_credentials() {
    let world = world();
    let script = programs("## Shell scripts", "bash");
    let says = "awsesame: profile `prod` has no session; type: awsesame login -p prod\n";
    bash(&world, &script).run().exits(3).prints("").says(says);
    log_in(&world);
    bash(&world, &script).run().ok().prints(PLANNED).says("");
}

#[test]
fn the_task_of_the_editor_runs_and_its_terminal_means_the_project() {
    let world = world();
    let tasks: serde_json::Value =
        serde_json::from_str(&programs("Tasks, in `.vscode/tasks.json`. They must not ask:", "json"))
            .unwrap();
    let task = &tasks["tasks"][0];
    let words = task["args"].as_array().unwrap().iter().map(|word| word.as_str().unwrap());
    let words: Vec<&str> = words.collect();
    let run = || with_stand_ins(&world, world.program(task["command"].as_str().unwrap()).args(&words));
    // Even at a terminal, as an editor may give it one.
    let ran = run().pty().wait().exits(3);
    ran.says("error: profile `prod` has no session\nhint: awsesame login -p prod\n");
    let settings: serde_json::Value = serde_json::from_str(&programs("## VS Code", "json")).unwrap();
    let profile = settings["terminal.integrated.env.linux"]["AWSESAME_PROFILE"].as_str().unwrap();
    world.awsesame(&["login", &world.code("alice")]).env("AWSESAME_PROFILE", profile).run().ok();
    run().run().ok().prints(PLANNED).says("");
}

#[test]
fn the_profile_of_the_toolkit_works_after_a_login() {
    if !need("aws") {
        return;
    }
    let world = world();
    let profile = programs(
        "The AWS Toolkit and language servers read `~/.aws/config`. Add a profile for them there, and select it:",
        "ini",
    );
    world.append_config(&format!("{profile}endpoint_url = {{URL}}\n"));
    let ask = ["--profile", "prod-mfa", "sts", "get-caller-identity", "--query", "Arn", "--output", "text"];
    let aws = || world.program("aws").args(&ask).env("AWS_EC2_METADATA_DISABLED", "true").run();
    let ran = aws();
    assert_ne!(ran.code, Some(0), "{ran}");
    assert!(ran.stderr.contains("hint: awsesame login -p prod"), "{ran}");
    log_in(&world);
    aws().ok().prints("arn:aws:iam::123456789012:user/alice\n");
}

#[test]
fn a_robot_in_ci_gets_its_codes_from_a_program() {
    let world = world();
    stand_in(&world, "op", &format!("test \"$*\" = 'item get AWS --otp' && echo {}", world.code("alice")));
    // A container forbids the keyring, so the key of the session is in a file.
    bash(&world, &programs("## CI", "bash")).run().ok().prints(PLANNED);
    assert_eq!(world.sandbox().count("GetSessionToken"), 1);
}

#[test]
fn an_agent_says_what_to_type_waits_and_goes_on() {
    if !need("jq") {
        return;
    }
    let world = world();
    let script = programs("## Coding agents", "bash");
    // The login comes when the person has read the line.
    world.write("said", "");
    let mut agent = bash(&world, &format!("{{\n{script}}} 2>said")).spawn();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(30);
    let expected = "profile `prod` has no session; please type: awsesame login -p prod\n";
    while world.read("said") != expected {
        assert!(std::time::Instant::now() < until, "{}", world.read("said"));
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert!(agent.is_running());
    log_in(&world);
    agent.wait().ok().prints(PLANNED);
    bash(&world, &script).run().ok().says("").prints(PLANNED);
    // In the account that is meant, and in no other.
    let other = script.replace("123456789012", "999999999999");
    let ran = bash(&world, &other).run().exits(4).prints("");
    assert!(ran.stderr.contains("this project expects 999999999999"), "{ran}");
}

/// Checks the output of a prompt of docs/shells.md, with a session and without one.
fn prompts(with: &str, heading: &str, language: &str, run: impl Fn(&World, &str, &str) -> String) {
    let world = World::new();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let snippet = block("shells.md", heading, language);
    // Half a minute more, so that nothing depends on how fast this runs.
    assert_eq!(run(&world, &snippet, &(now + 59 * 60 + 30).to_string()), with);
    let hours = with.replace("59m", "11h59m");
    assert_eq!(run(&world, &snippet, &(now + 12 * 3600 - 30).to_string()), hours);
    assert_eq!(run(&world, &snippet, "1000000000"), "");
    assert_eq!(run(&world, &snippet, ""), "");
}

fn shown(run: Run<'_>, ends: &str) -> String {
    let run = run.env("AWSESAME_PROFILE", "a%b");
    let run = if ends.is_empty() { run } else { run.env("AWSESAME_EXPIRES_AT", ends) };
    run.run().ok().says("").stdout
}

#[test]
fn the_prompt_of_bash_shows_what_is_left() {
    prompts("a%b 59m ", "bash (5 or later), in `~/.bashrc`:", "bash", |world, snippet, ends| {
        let script = format!("PS1=; {snippet}\neval \"$PROMPT_COMMAND\"; printf %s \"${{PS1@P}}\"");
        shown(world.program("bash").args(&["--noprofile", "--norc", "-c", &script]), ends)
    });
}

#[test]
fn the_prompt_of_zsh_shows_what_is_left() {
    if !need("zsh") {
        return;
    }
    prompts("a%b 59m ", "zsh, in `~/.zshrc`:", "zsh", |world, snippet, ends| {
        let script = format!(
            "PROMPT=\n{snippet}\nfor each in $precmd_functions; do $each; done; print -rn -- ${{(%)PROMPT}}"
        );
        shown(world.program("zsh").args(&["-f", "-c", &script]), ends)
    });
}

#[test]
fn the_prompt_of_fish_shows_what_is_left() {
    if !need("fish") {
        return;
    }
    let heading =
        "fish, where the hook is loaded (it has the clock that fish lacks), in `~/.config/fish/config.fish`:";
    prompts("a%b 59m\n", heading, "fish", |world, snippet, ends| {
        let script = format!("awsesame hook fish | source\n{snippet}\nfish_right_prompt; true");
        shown(world.program("fish").args(&["--no-config", "-c", &script]), ends)
    });
}

#[test]
fn the_prompt_of_nushell_shows_what_is_left() {
    if !need("nu") {
        return;
    }
    prompts("a%b 59m", "nushell, in `~/.config/nushell/config.nu`:", "nu", |world, snippet, ends| {
        let script = format!("{snippet}\nprint --no-newline (do $env.PROMPT_COMMAND_RIGHT | default '')");
        shown(world.program("nu").args(&["-n", "-c", &script]), ends)
    });
}

/// It draws only for what is set as we set it: keys, their end, and a region. Where starship is not
/// there (it takes longer to build than all the tests), what it would read is looked at.
#[test]
fn the_modules_of_starship_show_what_is_left() {
    let world = World::new();
    let heading =
        "starship, in `~/.config/starship.toml`; its own `aws` module reads the expiry from the environment:";
    let modules = block("shells.md", heading, "toml");
    if find("starship").is_none() {
        assert!(modules.contains("[env_var.AWSESAME_PROFILE]\n") && modules.contains("\n[aws]\n"));
        world.log_in("alice");
        let exports =
            world.awsesame(&["env", "-p", "alice", "--format", "json"]).reveals_credentials().run().ok();
        let exports = exports.json();
        for read in ["AWSESAME_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_CREDENTIAL_EXPIRATION", "AWS_REGION"] {
            assert!(exports[read].is_string(), "{read}");
        }
        return;
    }
    let layout = "format = '${env_var.AWSESAME_PROFILE}$aws'\nadd_newline = false\n";
    world.write(".config/starship.toml", &format!("{layout}{modules}"));
    let plain = "starship prompt | sed 's/\\x1b\\[[0-9;]*m//g'";
    let prompt = |script: &str| world.program("bash").args(&["-c", script]).run().ok().says("").stdout;
    assert_eq!(prompt(plain), "");
    world.log_in("alice");
    let served = prompt(&format!("eval \"$(awsesame env -p alice)\"; {plain}"));
    assert!(served.starts_with("alice 11h59m") || served.starts_with("alice 12h"), "{served}");
}

/// The part of powerlevel10k itself only draws the given text.
#[test]
fn the_segment_of_powerlevel10k_shows_what_is_left() {
    if !need("zsh") {
        return;
    }
    let heading =
        "powerlevel10k, in `~/.p10k.zsh`; then add `awsesame` to `POWERLEVEL9K_LEFT_PROMPT_ELEMENTS`:";
    prompts("segment -f yellow -t a%%b 59m", heading, "zsh", |world, snippet, ends| {
        let script =
            format!("zmodload zsh/datetime\np10k() {{ print -rn -- $* }}\n{snippet}\nprompt_awsesame; true");
        shown(world.program("zsh").args(&["-f", "-c", &script]), ends)
    });
}
