//! The faults whose hints are not followed, each with the reason.

/// The reason for hints that set the clock of the machine.
const CLOCK: &str = "the hint sets the clock of the machine";
/// The reason for faults that depend on the timing of two processes.
const MOMENTS: &str = "two processes have to meet at the right moment";
/// The reason for faults that only the kernel can cause.
const KERNEL: &str = "the kernel has to refuse or lack something, which needs a tracer or another system";
/// A desktop has to be there.
const DESKTOP: &str = "the hint starts a program of the desktop";
/// Another user's files are needed.
const ROOT: &str = "only root can make files of another user";
/// A second machine or container is needed.
const MACHINES: &str = "the hint is typed in another container, or on another machine";

pub(super) const ELSEWHERE: [(&str, &str); 35] = [
    ("audit_report_broken", "the sandbox writes no broken report; the hint is the same command, later"),
    ("broker_not_a_socket", "the hint is followed where it ended a broker that was started: `broker_failed`"),
    ("broker_other_version", "a stand-in for such a broker answers in the tests of versions"),
    ("broker_out_of_reach", MACHINES),
    ("broker_silent", "the hint runs the broker in the foreground, where it stays"),
    ("broker_stopped", "its error is a finding of `doctor`, and no command ends with it"),
    ("broker_unshared", MACHINES),
    ("bug", "there is none to be had"),
    ("changed_meanwhile", MOMENTS),
    ("clock_unknown", CLOCK),
    ("console_partition", "the sandbox has no partition whose console is unknown"),
    ("devices_unknown", "a device is tried by the user's name first, and only an account's root has none"),
    ("dismissed", DESKTOP),
    ("foreign_home", ROOT),
    ("iam_without_mfa", "no session of ours lacks MFA where IAM is called"),
    ("keeper_absent", DESKTOP),
    ("keyring_absent", "only a system that is not Linux has no kernel keyring"),
    ("lock_held", MOMENTS),
    ("no_keyring", DESKTOP),
    ("not_ours", ROOT),
    ("other_gave_up", MOMENTS),
    ("output", "the name of the fault is written to stdout, which is what is broken"),
    ("place_unfit", KERNEL),
    ("process_needs_profile", "it needs a session of a key in the environment, whose hint names a profile"),
    ("rotate_new_dead", MOMENTS),
    ("rotate_old_dead", MOMENTS),
    ("shaped_elsewhere", MACHINES),
    ("signin_given_up", "Ctrl-C ends the program before it says more"),
    ("signin_start_url", "it needs a TLS server that is not a portal"),
    ("signin_strange", "it needs a server that answers in the place of AWS"),
    ("still_waiting", MOMENTS),
    ("store_key_replaced", "it needs a store whose files another program encrypted"),
    ("store_locked", DESKTOP),
    ("timeout", "it takes its whole time, and so does the hint"),
    ("tls", "it needs a server with a certificate of its own"),
];
