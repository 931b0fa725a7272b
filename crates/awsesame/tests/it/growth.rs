//! Tests many profiles: the work of a command grows linearly with their number. The tests measure processor time,
//! because other tests run at the same time.

use std::fmt::Write as _;
use std::time::Duration;

use crate::world::World;

/// The number of profiles at first, and the factor by which it grows.
const FEW: usize = 100;
const TIMES: usize = 10;

/// Returns a world in which this many profiles have a key each, and as many have a role whose source is missing.
fn world(profiles: usize) -> World {
    let world = World::new();
    let (mut config, mut credentials) = (world.read(".aws/config"), world.read(".aws/credentials"));
    for number in 0..profiles {
        let serial = "mfa_serial = arn:aws:iam::123456789012:mfa/alice";
        let url = world.url();
        let _ =
            write!(config, "\n[profile p-{number}]\nregion = us-east-1\n{serial}\nendpoint_url = {url}\n");
        let role = "role_arn = arn:aws:iam::123456789012:role/deploy";
        let _ = write!(config, "\n[profile r-{number}]\n{role}\nsource_profile = gone-{number}\n");
        let (id, secret) = (format!("AKIA{number:0>16}"), "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
        let _ = write!(
            credentials,
            "\n[p-{number}]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n"
        );
    }
    world.write(".aws/config", &config);
    world.write_private(".aws/credentials", &credentials);
    world.log_in("alice");
    world
}

/// Returns the processor time of a command, in seconds.
fn seconds(world: &World, command: &str) -> f64 {
    let script = format!("TIMEFORMAT='cpu=%U'; time {{ awsesame {command} >/dev/null; }}");
    let run = world.program("bash").args(&["-c", &script]).env_remove("SHELL");
    let ran = run.reveals_credentials().limit(Duration::from_mins(3)).run();
    let time = ran.stderr.lines().find_map(|line| line.strip_prefix("cpu="));
    time.unwrap_or_else(|| panic!("{ran}")).parse().unwrap()
}

#[test]
fn the_work_of_no_command_grows_with_the_square_of_the_profiles() {
    let commands = [
        "list",
        "doctor",
        "keys list",
        "explain -p p-7",
        "exec --no-input --via process -p alice -- true",
        "exec --no-input --via broker -p alice -- true",
        "init --all",
        "init --all --json",
        "init --undo",
        "__complete zsh -- awsesame login -p p-",
        "__complete zsh -- awsesame login ''",
        "login --no-input -p p-nothing 123456",
    ];
    let (few, many) = (world(FEW), world(FEW * TIMES));
    let mut grown = Vec::new();
    for command in commands {
        let (first, second) = (seconds(&few, command), seconds(&many, command));
        // The time of a start is not growth, and short times are not reliable.
        if second > 0.5 && second > first * 2.5 * f64::from(u32::try_from(TIMES).unwrap()) {
            grown.push(format!("{command}: {first} s, then {second} s"));
        }
    }
    for world in [&few, &many] {
        world.awsesame(&["broker", "stop"]).run();
    }
    assert!(grown.is_empty(), "{grown:#?}");
}
