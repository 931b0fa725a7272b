//! Tests `mfa enroll`, `resync` and `remove`: from a user without a device to a login, with the data that an
//! authenticator app would read from the screen.

use awsesame_core::code::totp::Seed;
use awsesame_core::name::Serial;
use rustix::process::Signal;

use crate::pty::Pty;
use crate::world::World;

const FIRST: &str = "the code that `dave` shows now: ";
const SECOND: &str = "and the next one, in ";

/// Dots a module, as a screen might show it.
const SCALE: usize = 4;

/// Decodes the QR code that a terminal shows, as a phone's camera reads it.
fn scanned(screen: &str) -> String {
    let lines = screen.lines().filter_map(|line| {
        let (_, after) = line.split_once("\x1b[38;5;16;48;5;231m")?;
        Some(after.split_once("\x1b[0m")?.0.chars().collect::<Vec<char>>())
    });
    let lines: Vec<Vec<char>> = lines.collect();
    let (width, height) = (lines[0].len(), lines.len() * 2);
    let dark = |x: usize, y: usize| match lines[y / 2][x] {
        '█' => true,
        '▀' => y.is_multiple_of(2),
        '▄' => !y.is_multiple_of(2),
        _ => false,
    };
    let mut image = rqrr::PreparedImage::prepare_from_bitmap(width * SCALE, height * SCALE, |x, y| {
        dark(x / SCALE, y / SCALE)
    });
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1, "{screen}");
    grids[0].decode().expect("a QR code").1
}

fn seed(uri: &str) -> Seed {
    let (_, after) = uri.split_once("secret=").expect("a secret");
    Seed::parse(after.split('&').next().expect("a seed")).expect("base32")
}

/// Returns the codes of the previous step, of this one and of the next.
fn codes(seed: &Seed) -> [String; 3] {
    let now = jiff::Timestamp::now().as_second();
    [now - 30, now, now + 30].map(|at| seed.code(at).as_str().to_owned())
}

/// Types two codes that follow each other.
fn type_both(terminal: &mut Pty<'_>, [first, second]: [&str; 2]) {
    terminal.send(&format!("{first}\r"));
    terminal.expect(SECOND);
    terminal.send(&format!("{second}\r"));
}

#[test]
fn user_without_a_device_ends_logged_in_with_one() {
    let world = World::new();
    world.change_config("[profile dave]\n", "# Dave's own\n[profile dave]\n");
    let before = world.read(".aws/config");
    let mut terminal = world.awsesame(&["mfa", "enroll", "-p", "dave"]).pty();
    let screen = terminal.expect(FIRST);
    let uri = scanned(&screen);
    assert!(uri.starts_with("otpauth://totp/dave@123456789012?secret="), "{uri}");
    assert!(uri.ends_with("&issuer=AWS"), "{uri}");
    let seed = seed(&uri);
    let [previous, current, next] = codes(&seed);
    type_both(&mut terminal, [&previous, &current]);
    terminal.expect("`arn:aws:iam::123456789012:mfa/dave` is a device of dave now");
    terminal.expect("now log in with the next code");
    // Before the proof no profile names it.
    assert_eq!(world.read(".aws/config"), before);
    // The spent code is known, and the test must not wait half a minute for the next one.
    terminal.expect("MFA code for dave@123456789012 (profile `dave`): ");
    std::fs::remove_dir_all(world.state().join("ledger")).expect("a ledger");
    terminal.send(&format!("{next}\r"));
    terminal.expect("logged in as dave, account 123456789012 (profile `dave`), until");
    terminal.wait().ok();
    let serial = "mfa_serial = arn:aws:iam::123456789012:mfa/dave\n";
    assert_eq!(
        world.read(".aws/config"),
        before.replace("[profile dave]\n", &format!("[profile dave]\n{serial}"))
    );
    world.awsesame(&["status", "-p", "dave"]).run().ok();
}

#[test]
fn uri_is_printed_where_it_is_asked_for_and_nowhere_else() {
    let world = World::new();
    let mut terminal = world.awsesame(&["mfa", "enroll", "-p", "dave", "--uri"]).pty_with_stdout_piped();
    let uri = scanned(&terminal.expect(FIRST));
    terminal.send("\u{3}");
    let ran = terminal.wait().exits(1);
    assert_eq!(ran.stdout, format!("{uri}\n"));
}

#[test]
fn giving_up_leaves_no_device() {
    let world = World::new();
    let mut terminal = world.awsesame(&["mfa", "enroll", "-p", "dave"]).pty();
    terminal.expect(FIRST);
    terminal.send("\u{3}");
    let ran = terminal.wait().exits(1);
    let told = "error: not confirmed, so there is no new device\nhint: to do it after all, run it again: awsesame mfa enroll -p dave\n";
    assert!(ran.stderr.ends_with(told), "{ran}");
    assert_eq!(world.sandbox().count("DeleteVirtualMFADevice"), 1);
    assert!(!world.read(".aws/config").contains("mfa/dave"));
}

#[test]
fn codes_of_another_device_are_refused_and_leave_no_device() {
    let world = World::new();
    let mut terminal = world.awsesame(&["mfa", "enroll", "-p", "dave"]).pty();
    for _ in 0..3 {
        terminal.expect(FIRST);
        type_both(&mut terminal, ["111111", "222222"]);
    }
    let ran = terminal.wait().exits(1);
    assert!(
        ran.stderr
            .contains("error: AWS does not accept these codes of `arn:aws:iam::123456789012:mfa/dave`\n"),
        "{ran}"
    );
    assert_eq!(world.sandbox().count("DeleteVirtualMFADevice"), 1);
}

#[test]
fn same_code_twice_is_not_sent() {
    let world = World::new();
    let mut terminal = world.awsesame(&["mfa", "enroll", "-p", "dave"]).pty();
    terminal.expect(FIRST);
    type_both(&mut terminal, ["111111", "111111"]);
    terminal.expect("that is the same code again; wait for the next one");
    assert_eq!(world.sandbox().count("EnableMFADevice"), 0);
    terminal.send("\u{3}");
    terminal.wait().exits(1);
}

#[test]
fn run_after_a_killed_one_continues_or_starts_again() {
    let world = World::new();
    let mut terminal = world.awsesame(&["mfa", "enroll", "-p", "dave"]).pty();
    let lost = scanned(&terminal.expect(FIRST));
    terminal.signal(Signal::KILL);
    // The seed of that device is lost, so the device is replaced.
    drop(terminal);
    let mut terminal = world.awsesame(&["mfa", "enroll", "-p", "dave"]).pty();
    let uri = scanned(&terminal.expect(FIRST));
    assert_ne!(uri, lost);
    let seed = seed(&uri);
    let [previous, current, next] = codes(&seed);
    type_both(&mut terminal, [&previous, &current]);
    terminal.expect("MFA code for dave@123456789012 (profile `dave`): ");
    terminal.signal(Signal::KILL);
    drop(terminal);
    // Enabled, and not in the profile before a login has proven it.
    assert!(!world.read(".aws/config").contains("mfa/dave"));
    std::fs::remove_dir_all(world.state().join("ledger")).expect("a ledger");
    let mut terminal = world.awsesame(&["mfa", "enroll", "-p", "dave"]).pty();
    terminal.expect("dave has the device `arn:aws:iam::123456789012:mfa/dave` already");
    terminal.expect("MFA code for dave@123456789012 (profile `dave`): ");
    terminal.send(&format!("{next}\r"));
    terminal.wait().ok();
    assert_eq!(world.sandbox().count("EnableMFADevice"), 1);
    assert!(world.read(".aws/config").contains("mfa_serial = arn:aws:iam::123456789012:mfa/dave\n"));
}

#[test]
fn enrolling_a_second_device_needs_a_flag() {
    let world = World::new();
    world.log_in("alice");
    let ran = {
        let mut terminal = world.awsesame(&["mfa", "enroll", "-p", "alice"]).pty();
        terminal.expect("hint:");
        terminal.wait().exits(1)
    };
    ran.says(
        "error: profile `alice` has an MFA device already: `arn:aws:iam::123456789012:mfa/alice`\n\
         hint: enroll one more: awsesame mfa enroll --another -p alice\n",
    );
    let mut terminal = world.awsesame(&["mfa", "enroll", "-p", "alice", "--another"]).pty();
    let uri = scanned(&terminal.expect("the code that `alice-2` shows now: "));
    let seed = seed(&uri);
    let [previous, current, _] = codes(&seed);
    type_both(&mut terminal, [&previous, &current]);
    terminal.expect(
        "to log in with it, add it to `mfa_serial` of profile `alice`: arn:aws:iam::123456789012:mfa/alice-2",
    );
    terminal.wait().ok();
}

#[test]
fn enrolling_without_a_terminal_fails_at_once() {
    let world = World::new();
    for command in ["enroll", "resync"] {
        let ran = world.awsesame(&["mfa", command, "-p", "dave"]).run();
        assert!(ran.stderr.starts_with("error: "), "{ran}");
        assert_eq!(world.sandbox().log().len(), 0);
    }
}

#[test]
fn last_device_is_not_taken_away_by_mistake() {
    let world = World::new();
    world.log_in("alice");
    let serial = "arn:aws:iam::123456789012:mfa/alice";
    world.awsesame(&["mfa", "remove", serial, "--yes", "-p", "alice"]).run().fails(
        1,
        "`arn:aws:iam::123456789012:mfa/alice` is the last device that gives codes to the user of profile `alice`",
        "enroll another one first: awsesame mfa enroll --another -p alice",
    );
    let other = Serial::new("arn:aws:iam::123456789012:mfa/bob");
    world.awsesame(&["mfa", "remove", other.as_str(), "--yes", "-p", "alice"]).run().fails(
        1,
        "`arn:aws:iam::123456789012:mfa/bob` is not an MFA device of the user of profile `alice`",
        "list them: awsesame mfa list -p alice",
    );
    let mut terminal = world.awsesame(&["mfa", "remove", serial, "--force", "-p", "alice"]).pty();
    terminal.expect("delete `arn:aws:iam::123456789012:mfa/alice` of alice? [y/N] ");
    terminal.send("\r");
    terminal.wait().exits(1);
    assert_eq!(world.sandbox().count("DeactivateMFADevice"), 0);
    world.awsesame(&["mfa", "remove", serial, "--force", "--yes", "-p", "alice"]).run().ok().says(
        "awsesame: `arn:aws:iam::123456789012:mfa/alice` is no longer a device of alice\n\
         awsesame: it is still in the settings of profile `alice`, as `mfa_serial`\n",
    );
    world.awsesame(&["mfa", "list", "-p", "alice"]).run().ok().prints(
        "DEVICE                               KIND     CODES  USED\n\
         arn:aws:iam::123456789012:mfa/alice  virtual  yes    configured, unknown to AWS\n",
    );
}

#[test]
fn device_out_of_step_is_set_right() {
    let world = World::new();
    // Five minutes behind: AWS takes no single code of it, but two that follow each other.
    let [first, second] = [-10, -9].map(|steps| world.sandbox().code_at("bob", steps));
    let mut terminal = world.awsesame(&["mfa", "resync", "-p", "bob"]).pty();
    terminal.expect("the code that `bob` shows now: ");
    type_both(&mut terminal, [&first, &second]);
    terminal.wait().ok();
    assert_eq!(world.sandbox().count("ResyncMFADevice"), 1);
    std::fs::remove_dir_all(world.state().join("ledger")).expect("a ledger");
    let late = world.sandbox().code_at("bob", -8);
    world.awsesame(&["login", "-p", "bob", &late]).run().ok();
}

#[test]
fn device_that_a_policy_does_not_let_go_is_passed_by_under_another_name() {
    let world = World::new();
    let denied = || {
        let why = "User is not authorized to perform: iam:DeleteVirtualMFADevice".to_owned();
        awsesame_sandbox::Fault::Status(403, "AccessDenied".to_owned(), why)
    };
    world.sandbox().fail_next("DeleteVirtualMFADevice", denied());
    let mut terminal = world.awsesame(&["mfa", "enroll", "-p", "dave"]).pty();
    terminal.expect(FIRST);
    terminal.send("\u{3}");
    let ran = terminal.wait().exits(1);
    let left = "the next `mfa enroll` replaces or ignores it";
    assert!(ran.stderr.contains(left), "{ran}");
    world.sandbox().fail_next("DeleteVirtualMFADevice", denied());
    let mut terminal = world.awsesame(&["mfa", "enroll", "-p", "dave"]).pty();
    let uri = scanned(&terminal.expect(&FIRST.replace("dave", "dave-2")));
    assert!(uri.starts_with("otpauth://totp/dave-2@123456789012?secret="), "{uri}");
    let [previous, current, _] = codes(&seed(&uri));
    terminal.send(&format!("{previous}\r"));
    terminal.expect(&SECOND.replace("dave", "dave-2"));
    terminal.send(&format!("{current}\r"));
    terminal.expect("`arn:aws:iam::123456789012:mfa/dave-2` is a device of dave now");
    terminal.expect("MFA code for dave@123456789012 (profile `dave`): ");
    terminal.send("\u{3}");
    terminal.wait().exits(130);
}
