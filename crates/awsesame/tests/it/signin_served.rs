//! Tests that sessions from a sign-in by browser, and credentials that need no person, are served everywhere: direnv,
//! the hook, `wait`, `check`, `status`, `console`, `explain`, `doctor`, a forwarded socket, and Terraform with its
//! state in S3.

use std::time::Duration;

use crate::browser::logs_in;
use crate::clients::Way;
use crate::console_login;
use crate::doctor::{doctor, found};
use crate::elsewhere::at_the_socket;
use crate::interactive::{Interactive, Shell};
use crate::need::need;
use crate::portal;
use crate::sources::Tools;
use crate::terraform::{inside, project};
use crate::unattended::{self, MAIN, writes_token};
use crate::world::World;

/// A profile of each kind, and who signs in for it: at the console, above it, at a portal, by a web identity.
const KINDS: [(&str, Option<&str>); 5] = [
    ("e", Some("erin")),
    ("above", Some("frank")),
    ("admin", Some("nina")),
    ("web", None),
    ("release", None),
];

/// Returns a world with a profile of each kind and their tokens.
fn world(tools: &Tools) -> World {
    let world = unattended::world(tools);
    let text = world.read(".aws/config").replace("[profile above]", "[profile above-given]");
    world.config(&text);
    world.append_config(console_login::PROFILES);
    world.append_config(portal::PROFILES);
    for (profile, _) in KINDS {
        world.append_config(&format!(
            "[profile {profile}-app]\nregion = us-east-1\nendpoint_url = {{URL}}\n\
             credential_process = awsesame process -p {profile}\n\n"
        ));
    }
    writes_token(&world, tools, MAIN, 12 * 3600);
    world
}

fn sign_in(world: &World, profile: &str, user: Option<&str>) {
    match user {
        Some(user) => logs_in(world, &["login", "-p", profile], user).0.ok(),
        None => world.awsesame(&["login", "-p", profile]).run().ok(),
    };
}

#[test]
fn projects_are_given_each_kind_and_a_new_session_before_the_old_one_ends() {
    if !need("direnv") {
        return;
    }
    let tools = Tools::new();
    let world = world(&tools);
    world.awsesame(&["direnv", "install"]).run().ok();
    let exported = |folder: &str, variable: &str| {
        let command = ["sh", "-c", &format!("echo \"${{{variable}-unset}}\"")];
        let run =
            world.program("direnv").args(&["exec", folder]).args(&command).reveals_credentials().run().ok();
        run.stdout.trim_end().to_owned()
    };
    for (profile, user) in KINDS {
        world.write(&format!("{profile}/.envrc"), &format!("use awsesame {profile}\n"));
        world.program("direnv").args(&["allow", profile]).run().ok();
        if user.is_some() {
            assert_eq!(
                exported(profile, "AWS_PROFILE"),
                format!("login needed: awsesame login -p {profile}")
            );
        }
        sign_in(&world, profile, user);
        let key = exported(profile, "AWS_ACCESS_KEY_ID");
        assert!(key.starts_with("ASIA"), "{profile}: {key}");
        assert_eq!(exported(profile, "AWSESAME_PROFILE"), profile);
    }
    let first = exported("e", "AWS_ACCESS_KEY_ID");
    world.pass(640);
    assert_ne!(exported("e", "AWS_ACCESS_KEY_ID"), first);
}

#[test]
fn hook_says_when_a_quarter_of_an_hour_is_over() {
    if !Shell::Bash.is_here(&[]) {
        return;
    }
    let tools = Tools::new();
    let world = world(&tools);
    sign_in(&world, "e", Some("erin"));
    Shell::Bash.set_up(&world, &Shell::Bash.loads("awsesame"));
    let mut terminal = Interactive::on(Shell::Bash, Shell::Bash.command(&world));
    terminal.types("eval \"$(awsesame env -p e)\"");
    let ends: i64 = terminal.has("AWSESAME_EXPIRES_AT").parse().unwrap();
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs().cast_signed();
    assert!((600..=900).contains(&(ends - now)), "{ends} {now}");
    terminal.types("AWSESAME_EXPIRES_AT=1000000000");
    terminal.has("AWSESAME_PROFILE");
    let ran = terminal.leave();
    assert!(
        ran.stderr
            .contains("awsesame: the session of profile `e` has expired; type: eval \"$(awsesame env)\""),
        "{ran}"
    );
}

#[test]
fn wait_check_status_explain_doctor_and_console_know_each_kind() {
    let tools = Tools::new();
    let world = world(&tools);
    // The keys of the fixture's users, which have nothing to do with it.
    world.write_private(".aws/credentials", "");
    for (profile, user) in KINDS {
        let mut waiting = world.awsesame(&["wait", "-p", profile, "--timeout", "40s"]).spawn();
        if user.is_some() {
            std::thread::sleep(Duration::from_millis(300));
            assert!(waiting.is_running(), "{profile}");
            world.awsesame(&["check", "-p", profile]).run().exits(3);
            sign_in(&world, profile, user);
        }
        waiting.wait().ok();
        world.awsesame(&["check", "-p", profile]).run().ok();
        let explained = world.awsesame(&["explain", "-p", profile]).run().ok();
        assert!(explained.stdout.contains(", age of MFA unknown, store "), "{explained}");
        let well = doctor(&world, &["-p", profile]).run().ok();
        assert_eq!(found(&well, "failure"), [], "{profile}");
        let console = world
            .awsesame(&["console", "-p", profile, "--url"])
            .env("AWSESAME_CONSOLE_ENDPOINT", world.url() + "/federation")
            .reveals_credentials()
            .run();
        if profile == "e" {
            // AWS signs in only roles: a user has the console already.
            assert_eq!(console.code, Some(1), "{console}");
            assert!(
                console.stderr.contains("is for a user, and AWS lets only roles sign in to the console"),
                "{console}"
            );
        } else {
            assert!(
                console.ok().stdout.starts_with(&(world.url() + "/federation?Action=login&")),
                "{profile}"
            );
        }
    }
    let status = world.awsesame(&["status"]).run().ok();
    assert_eq!(status.stdout.matches(" unknown ").count(), KINDS.len(), "{status}");
}

#[test]
fn forwarded_socket_serves_each_kind_and_refreshes_it_where_the_broker_is() {
    let tools = Tools::new();
    let world = world(&tools);
    world.write("away/empty", "");
    // The broker reads a clock that runs.
    world.pass(1);
    world.awsesame(&["broker", "start"]).run().ok();
    let away = |arguments: &[&str]| at_the_socket(&world, arguments).reveals_credentials().run();
    for (profile, user) in KINDS {
        if user.is_some() {
            let hint = format!("on the broker's machine: awsesame login -p {profile}");
            away(&["env", "-p", profile]).fails(3, &format!("profile `{profile}` has no session"), &hint);
        }
        sign_in(&world, profile, user);
        let process = away(&["process", "-p", profile]).ok().says("");
        assert_eq!(process.json()["Version"], 1);
        away(&["exec", "-p", profile, "--", "true"]).ok().says("");
        away(&["check", "-p", profile]).ok();
        away(&["wait", "-p", profile, "--timeout", "20s"]).ok();
        let direnv = away(&["direnv", "export", profile]).ok().stdout;
        assert!(direnv.contains("export AWS_SESSION_TOKEN='"), "{profile}");
    }
    let key = || away(&["process", "-p", "e"]).ok().json()["AccessKeyId"].as_str().unwrap().to_owned();
    let first = key();
    world.pass(640);
    // A valid session is served at once, and the new one as soon as the broker has it.
    let new = (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        key() != first
    });
    assert!(new, "the broker did not refresh it");
    // Only the name of the last profile is stored, and no session.
    let left = world.program("sh").args(&["-c", "find away -type f | sort"]).run().ok();
    left.prints("away/.local/state/awsesame/picks\naway/empty\n");
}

#[test]
fn terraform_keeps_its_state_by_every_way_with_each_kind_that_may_write_it() {
    if !need("terraform") {
        return;
    }
    let tools = Tools::new();
    let world = world(&tools);
    project(&world);
    for (profile, user) in [("e", "erin"), ("above", "frank"), ("admin", "nina")] {
        sign_in(&world, profile, Some(user));
        for way in Way::ALL {
            let input = format!("{profile}-{way:?}");
            let script = "terraform init -input=false -no-color >/dev/null\n\
                terraform apply -input=false -no-color -auto-approve -var word=$0 >/dev/null\n\
                terraform output -raw door";
            let ran = inside(&world, way.script(&world, profile, &script.replace("$0", &input))).run();
            assert_eq!(ran.code, Some(0), "{input}: {ran}");
            ran.prints(&input);
        }
    }
}

#[test]
fn generated_files_and_init_ask_awsesame_for_each_kind_and_never_beside_another_source() {
    let tools = Tools::new();
    let world = world(&tools);
    for (profile, user) in KINDS {
        sign_in(&world, profile, user);
        let show = ["exec", "--via", "process", "-p", profile, "--", "sh", "-c", "cat $AWS_CONFIG_FILE"];
        let shown = world.awsesame(&show).run().ok().stdout;
        let section =
            shown.split(&format!("[profile {profile}]\n")).nth(1).unwrap().split("\n[").next().unwrap();
        assert!(section.contains(&format!("awsesame process -p {profile}\n")), "{profile}: {section}");
        for other in ["login_session", "sso_session", "web_identity_token_file", "role_arn", "source_profile"]
        {
            assert!(!section.contains(other), "{profile}: {section}");
        }
    }
    world.awsesame(&["init", "--all"]).run().ok();
    let config = world.read(".aws/config");
    for (profile, _) in KINDS {
        assert!(
            config.contains(&format!("[profile {profile}-mfa]\ncredential_process = ")),
            "{profile}: {config}"
        );
        world.awsesame(&["process", "-p", &format!("{profile}-mfa")]).reveals_credentials().run().ok();
    }
    // Commands that need a long-term key refuse, and name the setting that is there instead.
    for (profile, setting) in [
        ("e", "login_session"),
        ("admin", "sso_session"),
        ("older", "sso_start_url"),
        ("web", "web_identity_token_file"),
        ("given", "credential_process"),
    ] {
        for command in [&["mfa", "list"][..], &["keys", "rotate"]] {
            let ran = world.awsesame(command).args(&["-p", profile]).run().exits(1);
            assert!(
                ran.stderr.starts_with(&format!(
                    "error: profile `{profile}` uses `{setting}`, which needs no token code\n"
                )),
                "{ran}"
            );
        }
    }
}
