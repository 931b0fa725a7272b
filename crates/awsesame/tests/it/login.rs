//! Tests `awsesame login` without a terminal: the source of the code, the messages, and the calls to AWS. The module
//! `prompt` tests questions on a terminal.

use crate::world::World;

const LOGGED_IN: &str =
    "awsesame: logged in as alice, account 123456789012 (profile `alice`), until {CLOCK} ({SPAN} left)\n";

#[test]
fn code_on_the_command_line_brings_a_session() {
    let world = World::new();
    world.awsesame(&["login", "-p", "alice", &world.code("alice")]).run().ok().says(LOGGED_IN).prints("");
    let actions: Vec<String> = world.sandbox().log().into_iter().map(|entry| entry.action).collect();
    assert_eq!(actions, ["GetCallerIdentity", "GetSessionToken"]);
}

#[test]
fn code_on_stdin_may_have_blanks_around_it() {
    let world = World::new();
    let code = format!("  {}\r\nmore\n", world.code("alice"));
    world.awsesame(&["login", "-p", "alice", "-"]).stdin(code).run().ok().says(LOGGED_IN).prints("");
}

#[test]
fn empty_stdin_is_refused_as_a_code() {
    let world = World::new();
    world.awsesame(&["login", "-p", "alice", "-"]).run().fails(
        2,
        "that is not a token code: it is empty",
        "type the six digits that the device shows now: awsesame login -p alice 123456",
    );
    assert_eq!(world.sandbox().count("GetSessionToken"), 0);
}

#[test]
fn without_a_code_and_without_a_terminal_login_says_what_to_type() {
    let world = World::new();
    world.awsesame(&["login", "-p", "alice"]).run().fails(
        3,
        "profile `alice` needs a code for a new session",
        "add the code: awsesame login -p alice 123456",
    );
    assert_eq!(world.sandbox().log().len(), 0, "nobody was called");
}

#[test]
fn login_tells_programs_about_the_session() {
    let world = World::new();
    let ran = world.awsesame(&["login", "-p", "alice", &world.code("alice"), "--json"]).run().ok();
    let told = ran.json();
    assert_eq!(told["profile"], "alice");
    assert_eq!(told["account"], "123456789012");
    assert_eq!(told["arn"], "arn:aws:iam::123456789012:user/alice");
    assert_eq!(told["kind"], "mfa");
    assert_eq!(told["state"], "fresh");
    assert_eq!(told["store"], "kernel");
    assert_eq!(told["environment_key"], serde_json::Value::Null);
    assert!((43_190..=43_200).contains(&told["seconds_left"].as_i64().unwrap()), "{told}");
    assert!((0..=10).contains(&told["mfa_age_seconds"].as_i64().unwrap()), "{told}");
}

#[test]
fn duration_is_how_long_the_session_lasts() {
    let world = World::new();
    let code = world.code("alice");
    let ran = world.awsesame(&["login", "-p", "alice", &code, "--duration", "90m", "--json"]).run().ok();
    assert!((5_390..=5_400).contains(&ran.json()["seconds_left"].as_i64().unwrap()), "{ran}");
}

#[test]
fn duration_that_aws_does_not_give_is_refused_before_the_code_is_spent() {
    let world = World::new();
    for (duration, seconds) in [("10m", 600), ("37h", 133_200)] {
        world.awsesame(&["login", "-p", "bob", &world.code("bob"), "--duration", duration]).run().fails(
            1,
            &format!(
                "AWS does not give sessions of {seconds} s here: 900 s (15m) to 129600 s (36h) are allowed"
            ),
            "ask for one hour: awsesame login --duration 1h -p bob",
        );
    }
    assert_eq!(world.sandbox().log().len(), 0, "nobody was called");
}

#[test]
fn second_login_without_a_code_says_that_there_is_a_session() {
    let world = World::new();
    world.log_in("alice");
    world.pass(7);
    world
        .awsesame(&["login", "-p", "alice"])
        .run()
        .ok()
        .says(
            "awsesame: already logged in as alice, account 123456789012 (profile `alice`), \
             until {CLOCK} ({SPAN} left); a new session: awsesame login --force -p alice\n",
        )
        .prints("");
    assert_eq!(world.sandbox().count("GetSessionToken"), 1);
}

#[test]
fn forced_login_without_a_code_and_without_a_terminal_says_what_it_lacks() {
    let world = World::new();
    world.log_in("alice");
    world.awsesame(&["login", "-p", "alice", "--force"]).run().fails(
        3,
        "profile `alice` needs a code for a new session",
        "add the code: awsesame login -p alice 123456",
    );
}

#[test]
fn profile_comes_from_the_flag_then_from_the_variables_then_it_is_default() {
    let world = World::new();
    for (variables, profile) in [
        (
            &[("AWSESAME_PROFILE", "bob"), ("AWS_PROFILE", "carol"), ("AWS_DEFAULT_PROFILE", "dave")][..],
            "bob",
        ),
        (&[("AWS_PROFILE", "carol"), ("AWS_DEFAULT_PROFILE", "dave")], "carol"),
        (&[("AWS_DEFAULT_PROFILE", "dave")], "dave"),
        (&[("AWSESAME_PROFILE", ""), ("AWS_PROFILE", "carol")], "carol"),
    ] {
        let mut run = world.awsesame(&["env"]);
        for (name, value) in variables {
            run = run.env(name, value);
        }
        run.run().fails(
            3,
            &format!("profile `{profile}` has no session"),
            &format!("awsesame login -p {profile}"),
        );
    }
    let flagged = world.awsesame(&["env", "-p", "alice"]).env("AWSESAME_PROFILE", "bob").run();
    flagged.fails(3, "profile `alice` has no session", "awsesame login -p alice");
    world.append_config(
        "[default]\nsource_profile = alice\nrole_arn = arn:aws:iam::123456789012:role/deploy\n",
    );
    world.awsesame(&["env"]).run().fails(3, "profile `default` has no session", "awsesame login");
}

#[test]
fn code_on_the_command_line_is_not_to_be_read_there_while_the_call_lasts() {
    let world = World::new();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    world.config(&world.read(".aws/config").replace(&world.url(), &url));
    for words in [&["123456"][..], &["123", "456"]] {
        let login = world.awsesame(&["login", "-p", "alice"]).args(words).spawn();
        // The call is on its way, and nobody answers it.
        let call = silent.accept().unwrap();
        let line = std::fs::read(format!("/proc/{}/cmdline", login.pid())).unwrap();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        assert!(line.contains("login") && !line.contains("123"), "{line}");
        login.signal(rustix::process::Signal::TERM);
        drop(call);
        let _ = login.wait();
    }
}
