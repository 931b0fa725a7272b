//! Tests `awsesame console`: a role signs in at the sandbox's federation endpoint, with `curl` as the browser. No run
//! may show the address that signs in, in arguments or files.

use crate::need::need;
use crate::run::Run;
use crate::world::World;

fn console<'w>(world: &'w World, arguments: &[&str]) -> Run<'w> {
    world.awsesame(&["console"]).args(arguments).env("AWSESAME_CONSOLE_ENDPOINT", world.url() + "/federation")
}

/// A browser that keeps the page it ended at, and the address it was given.
const BROWSER: &str = "#!/bin/sh\necho \"$1\" >given; exec curl -sL --max-time 20 -o page \"$1\"\n";

#[test]
fn role_is_signed_in_by_a_browser_that_never_sees_the_address() {
    if !need("curl") {
        return;
    }
    let world = World::new();
    world.log_in("alice");
    world.write("browser", BROWSER);
    let ran = console(&world, &["-p", "deploy", "--service", "s3", "--browser", "sh browser"])
        .run()
        .ok()
        .prints("");
    ran.says(
        "awsesame: the console is open: role deploy, account 123456789012 (profile `deploy`), until {CLOCK} ({SPAN} left)\n",
    );
    // curl may still be at it: the door is only the first of its two requests.
    let page = (0..500).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        std::fs::read_to_string(world.path("page")).ok().filter(|page| page.ends_with('\n'))
    });
    let page = page.unwrap();
    assert!(page.starts_with("signed in as arn:aws:sts::123456789012:assumed-role/deploy/"), "{page}");
    assert!(page.ends_with("\nhttps://console.aws.amazon.com/s3/home?region=us-east-1\n"), "{page}");
    assert!(world.read("given").starts_with("http://127.0.0.1:"));
}

#[test]
fn address_is_printed_where_it_is_asked_for_and_nowhere_else() {
    if !need("curl") {
        return;
    }
    let world = World::new();
    world.log_in("alice");
    let ran = console(&world, &["-p", "deploy", "--url"]).reveals_credentials().run().ok().says("");
    let address = ran.stdout.trim_end();
    assert!(address.starts_with(&(world.url() + "/federation?Action=login&")), "{ran}");
    let curl = world.program("curl").args(&["-sK", "-"]).stdin(format!("url = \"{address}\"\n")).run().ok();
    assert!(
        curl.stdout.ends_with("\nhttps://console.aws.amazon.com/console/home?region=us-east-1\n"),
        "{curl}"
    );
    let json = console(&world, &["-p", "deploy", "--url", "--json"]).reveals_credentials().run().ok().json();
    assert!(json["url"].as_str().unwrap().contains("&SigninToken="));
}

#[test]
fn console_without_a_role_fails_before_a_code_is_requested() {
    let world = World::new();
    let ran = console(&world, &["-p", "alice", "--url"]).run();
    ran.fails(
        1,
        "profile `alice` is for a user, and AWS lets only roles sign in to the console",
        "use a role that this user can assume: awsesame console -p chained",
    );
    let ran = console(&world, &["-p", "carol", "--url"]).run();
    ran.fails(
        1,
        "profile `carol` is for a user, and AWS lets only roles sign in to the console",
        "sign in with the user's password, or name a profile with a role_arn: awsesame console -p NAME",
    );
    assert_eq!(world.sandbox().count("GetSessionToken"), 0);
    // A role without a session is the usual matter of a login.
    console(&world, &["-p", "deploy", "--url"]).run().fails(
        3,
        "profile `deploy` has no session",
        "awsesame login -p deploy",
    );
}

#[test]
fn console_that_cannot_be_opened_gets_a_hint() {
    let world = World::new();
    world.log_in("alice");
    let by_hand = "open it yourself: awsesame console --url -p deploy";
    let run = |arguments: &[&str]| console(&world, &[&["-p", "deploy"], arguments].concat()).run();
    run(&[]).fails(1, "awsesame found no browser here", by_hand);
    run(&["--browser", "false"]).fails(1, "`false` did not open the page", by_hand);
    run(&["--url", "--service", "../x"]).fails(
        1,
        "`../x` is not a part of the console: expected a name as in its address, like `s3`",
        "open the first page: awsesame console -p deploy",
    );
    let at = |endpoint: &str| {
        console(&world, &["-p", "deploy", "--url"]).env("AWSESAME_CONSOLE_ENDPOINT", endpoint).run()
    };
    at("http://signin.example/federation").fails(
        1,
        "awsesame does not send credentials to `http://signin.example/federation`: it is neither https nor on this machine",
        "see where it is set: awsesame config show -p deploy",
    );
    let ran = at("http://127.0.0.1:1/federation");
    assert!(ran.stderr.starts_with("error: cannot reach `http://127.0.0.1:1/federation`: "), "{ran}");
    // The server answers, but has no federation endpoint.
    let ran = at(&world.url());
    assert!(ran.stderr.contains("refused the sign-in: it answers with HTTP 4"), "{ran}");
}

#[test]
fn session_that_aws_no_longer_takes_is_told_in_its_words() {
    let world = World::new();
    world.log_in("alice");
    world.awsesame(&["process", "-p", "deploy"]).reveals_credentials().run().ok();
    world.sandbox().set_clock_offset(2 * 3600);
    console(&world, &["-p", "deploy", "--url"]).run().fails(
        1,
        "`{URL}/federation` refused the sign-in: The credentials have expired",
        "get a new session: awsesame login --force -p deploy",
    );
}

#[test]
fn session_of_something_that_stands_in_for_aws_is_never_shown_to_aws() {
    let world = World::new();
    world.log_in("alice");
    let url = || world.awsesame(&["console", "-p", "deploy", "--url"]);
    let ran = url().reveals_credentials().run().ok();
    assert!(ran.stdout.starts_with(&(world.url() + "/federation?Action=login&")), "{ran}");
    let elsewhere = url().env("AWS_ENDPOINT_URL", "https://aws.example").run();
    elsewhere.fails(
        1,
        "the session comes from `https://aws.example`, whose console is not known",
        "name its federation endpoint: export AWSESAME_CONSOLE_ENDPOINT=https://HOST/federation",
    );
}
