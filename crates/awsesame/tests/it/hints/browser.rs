//! Faults of signing in by browser. Somebody signs in at each page that opens.

use awsesame_sandbox::Fault;

use super::{Case, case, run_for};
use crate::world::World;
use crate::{console_login, portal};

/// A sign-in that AWS refuses so often, each time with this status and error.
fn refuse(world: &World, action: &str, status: u16, error: &str, times: usize) {
    for _ in 0..times {
        world.sandbox().fail_next(action, Fault::Status(status, error.into(), "no".into()));
    }
}

/// A case of the profile `e`, which erin signs in for with a passkey.
const fn console(slug: &'static str, line: &'static str) -> Case {
    case(slug, line).in_world(console_login::world).in_browser(&["erin"])
}

/// A case of the profile `read` of a portal, where nina signs in.
const fn at_portal(slug: &'static str, line: &'static str) -> Case {
    case(slug, line).in_world(portal::world).in_browser(&["nina"])
}

pub(super) const CASES: &[Case] = &[
    console("signin_code_lapsed", "awsesame login e")
        .after(|world| refuse(world, "CreateOAuth2Token", 401, "AUTHCODE_EXPIRED", 1)),
    console("signin_not_permitted", "awsesame login e")
        .after(|world| refuse(world, "CreateOAuth2Token", 403, "INSUFFICIENT_PERMISSIONS", 1)),
    console("signin_invalid", "awsesame login e")
        .after(|world| refuse(world, "CreateOAuth2Token", 400, "INVALID_REQUEST", 1)),
    console("signin_busy", "awsesame login e")
        .after(|world| refuse(world, "CreateOAuth2Token", 500, "server_error", 3)),
    console("signin_refused", "awsesame login e")
        .after(|world| refuse(world, "CreateOAuth2Token", 418, "NEVER_HEARD_OF", 1)),
    console("signin_over", "awsesame process e").after(|world| {
        run_for(&["erin"], world, "awsesame login e").ok();
        world.pass(640);
        refuse(world, "CreateOAuth2Token", 401, "TOKEN_EXPIRED", 1);
    }),
    // Somebody else is signed in at the browser, and signs out.
    console("signin_other_identity", "awsesame login e").in_browser(&["grace", "erin"]),
    console("signin_mfa_unknown", "awsesame login e --max-age 15m"),
    at_portal("signin_declined", "awsesame login read")
        .after(|world| refuse(world, "CreateToken", 400, "access_denied", 1)),
    at_portal("signin_abandoned", "awsesame login read --device-code")
        .after(|world| refuse(world, "CreateToken", 400, "expired_token", 1)),
    at_portal("signin_pasted", "env SSH_TTY=/dev/pts/9 awsesame login read").at_a_terminal(&[(
        "paste that page's address here: ",
        "http://127.0.0.1/oauth/callback?code=x&state=another\r",
    )]),
    at_portal("signin_not_assigned", "awsesame process admin").in_browser(&["olaf"]).after(|world| {
        run_for(&["olaf"], world, "awsesame login read").ok();
    }),
];
