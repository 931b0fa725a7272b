//! Cases with faults of codes, of MFA devices, and of the programs that print codes.

use std::fmt::Write as _;

use awsesame_sandbox::{Fixture, Options};

use super::{Case, case, logged_in, program, spare_code};
use crate::world::World;

/// A world whose only user has as many devices as AWS allows.
fn eight_devices() -> World {
    let everything =
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
    let mut devices = String::new();
    for number in 2..=7 {
        for letter in ["A", "B"].iter().take(if number < 4 { 2 } else { 1 }) {
            let serial = format!("arn:aws:iam::123456789012:mfa/alice{letter}{number}");
            let seed = format!("ALICEALICEALICEALICEALICEALICE{letter}{number}");
            let _ = write!(devices, "{{ serial = \"{serial}\", seed = \"{seed}\" }}, ");
        }
    }
    let fixture = format!(
        "[[account]]\nid = \"123456789012\"\n[[user]]\nname = \"alice\"\n\
         access_key = {{ id = \"AKIAIOSALICE7EXAMPLE\", secret = \"wJalrXUtnFEMI/K7MDENG/aliceKeyEXAMPLEKEY\" }}\n\
         devices = [{devices}]\npolicies.own = '''{everything}'''\n"
    );
    World::of(&Fixture::parse(&fixture).unwrap(), Options::default())
}

pub(super) const CASES: &[Case] = &[
    case("bad_code", "awsesame login alice 12345"),
    case("bad_code", "awsesame login --duration 2h alice 12345"),
    case("code_spent", "awsesame login alice $(cat code)").after(|world| {
        spare_code(world);
        world.program("sh").args(&["-c", "awsesame login alice $(cat code)"]).run().ok();
    }),
    case("code_refused", "awsesame login alice 000000"),
    case("wrong_serial", "awsesame login alice $(cat code)").after(|world| {
        spare_code(world);
        world.change_config(
            "mfa_serial = arn:aws:iam::123456789012:mfa/alice",
            "mfa_serial = arn:aws:iam::123456789012:mfa/alcie",
        );
    }),
    case("device_elsewhere", "awsesame login alice 123456").after(|world| {
        world.change_config(
            "mfa_serial = arn:aws:iam::123456789012:mfa/alice",
            "mfa_serial = arn:aws:iam::210987654321:mfa/alice",
        );
    }),
    case("fido_only", "awsesame login alice 123456").after(|world| {
        world.change_config(
            "mfa_serial = arn:aws:iam::123456789012:mfa/alice",
            "mfa_serial = arn:aws:iam::123456789012:u2f/user/alice/key",
        );
    }),
    case("no_device", "awsesame login dave 123456"),
    case("device_there", "awsesame mfa enroll -p alice").after(logged_in).at_a_terminal(&[]),
    case("device_quota", "awsesame mfa enroll --another -p alice")
        .in_world(eight_devices)
        .after(logged_in)
        .at_a_terminal(&[]),
    case("device_unknown", "awsesame mfa remove arn:aws:iam::123456789012:mfa/nobody -p alice").after(logged_in),
    case("last_device", "awsesame mfa remove arn:aws:iam::123456789012:mfa/alice -p alice").after(logged_in),
    case("unknown_code_source", "AWSESAME_CODE_SOURCE=yubikay awsesame login alice"),
    case("unknown_code_source", "AWSESAME_CODE_SOURCE=phone awsesame login alice"),
    case("code_source_unset", "AWSESAME_CODE_SOURCE=command awsesame login alice"),
    case("codes_are_typed", "awsesame mfa code -p alice"),
    case("no_code", "AWSESAME_CODE_SOURCE=command AWSESAME_CODE_COMMAND_COMMAND=false awsesame login alice"),
    case("cannot_run", "AWSESAME_CODE_SOURCE=command AWSESAME_CODE_COMMAND_COMMAND=no-such awsesame login alice"),
    case("program_failed", "AWSESAME_CODE_SOURCE=command AWSESAME_CODE_COMMAND_COMMAND=flood awsesame login alice")
        .after(|world| program(world, "flood", "head -c 1048577 /dev/zero\n")),
    case(
        "program_hung",
        "AWSESAME_CODE_SOURCE=command AWSESAME_CODE_COMMAND_COMMAND=hangs AWSESAME_CODE_COMMAND_TIMEOUT=1 awsesame login alice",
    )
    .after(|world| program(world, "hangs", "exec sleep 60\n")),
    case("no_token", "AWSESAME_CODE_SOURCE=yubikey awsesame login alice")
        .after(|world| program(world, "ykman", "exit 0\n")),
    case("token_locked", "AWSESAME_CODE_SOURCE=yubikey awsesame login alice").after(|world| {
        let locked = "[ \"$1\" = list ] && { echo 1; exit 0; }\nprintf 'Enter the password: ' >&2\necho 'Aborted!' >&2\nexit 1\n";
        program(world, "ykman", locked);
    }),
    case("account_missing", "AWSESAME_CODE_SOURCE=yubikey awsesame login alice").after(|world| {
        program(world, "ykman", "[ \"$1\" = list ] && { echo 1; exit 0; }\necho GitHub:alice\n");
    }),
    case("account_unclear", "AWSESAME_CODE_SOURCE=yubikey awsesame login alice").after(|world| {
        let two = "[ \"$1\" = list ] && { echo 1; exit 0; }\n\
                   printf '%s\\n' 'Amazon Web Services:alice@one' 'Amazon Web Services:alice@two'\n";
        program(world, "ykman", two);
    }),
    case("no_seed", "AWSESAME_CODE_SOURCE=totp awsesame login alice"),
    case("bad_seed", "printf 'no seed' | awsesame mfa seed -p alice"),
    case("seed_in_the_clear", "AWSESAME_STORE=file awsesame mfa seed -p alice"),
    case("prompt_timeout", "AWSESAME_PROMPT_TIMEOUT=1 awsesame login alice").at_a_terminal(&[]),
    case("cancelled", "awsesame login alice").at_a_terminal(&[("MFA code for", "\u{3}")]),
    case("pair_refused", "awsesame mfa enroll -p dave").at_a_terminal(&[
        ("shows now: ", "111111\r"),
        ("and the next one", "222222\r"),
        ("shows now: ", "111111\r"),
        ("and the next one", "222222\r"),
        ("shows now: ", "111111\r"),
        ("and the next one", "222222\r"),
    ]),
    case("clock_skew", "awsesame login alice 123456")
        .in_world(|| World::with(Options { clock_offset: 1200, ..Options::default() })),
    case("needs_terminal", "awsesame mfa enroll -p alice"),
    case("bad_value", "awsesame env alice --format csh"),
    case("bad_value", "AWSESAME_PROMPT_TIMEOUT=soon awsesame login alice"),
    case("bad_value", "AWS_REGION=nowhere! awsesame login alice"),
    case("bad_value", "AWSESAME_KEYS_STORE=vault awsesame keys import -p alice"),
    case("unknown_field", "awsesame status -p alice --format '{profle}'").after(logged_in),
    case("unknown_field", "awsesame status --format '{xyzzy}'"),
];
