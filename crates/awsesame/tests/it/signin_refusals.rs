//! Tests all refusals of AWS Sign-In and Identity Center: each gives two lines, and no stored session is lost.

use awsesame_sandbox::Fault;

use crate::browser::{logs_in, opened, pages, sign_in, with_browser};
use crate::console_login;
use crate::portal;
use crate::ran::Ran;
use crate::world::World;

fn process(world: &World, profile: &str) -> Ran {
    world.awsesame(&["process", "-p", profile]).reveals_credentials().run()
}

fn key(ran: &Ran) -> String {
    ran.json()["AccessKeyId"].as_str().unwrap().to_owned()
}

/// A refusal of a server: HTTP status, error, message, and the number of times that it is sent.
type Refused = (u16, &'static str, &'static str, usize);

fn refuse(world: &World, action: &str, (status, error, words, times): Refused) {
    for _ in 0..times {
        world.sandbox().fail_next(action, Fault::Status(status, error.into(), words.into()));
    }
}

/// AWS Sign-In's refusals of a code or a refresh token, each with the expected exit code, error and hint. `{F}` is the
/// profile's flag.
const OF_SIGN_IN: [(Refused, i32, &str, &str); 8] = [
    (
        (401, "TOKEN_EXPIRED", "The session has ended.", 1),
        3,
        "the sign-in of profile `f` has expired",
        "sign in again: awsesame login -p f",
    ),
    (
        (401, "USER_CREDENTIALS_CHANGED", "Changed.", 1),
        3,
        "the sign-in of profile `f` has expired: the password was changed",
        "sign in again: awsesame login -p f",
    ),
    (
        (401, "AUTHCODE_EXPIRED", "The authorization code has expired.", 1),
        1,
        "the code from the browser has expired, or was used before",
        "try again: awsesame login -p f",
    ),
    (
        (403, "INSUFFICIENT_PERMISSIONS", "Not authorized.", 1),
        1,
        "the identity of profile `f` may not sign in for the command line",
        "ask for the managed policy SignInLocalDevelopmentAccess, then: awsesame login -p f",
    ),
    (
        (400, "INVALID_REQUEST", "wrong Region", 1),
        1,
        "AWS Sign-In in us-east-1 does not accept the request of profile `f`: wrong Region",
        "sign in again: awsesame login -p f",
    ),
    (
        (500, "server_error", "busy", 3),
        1,
        "AWS Sign-In cannot answer now: busy",
        "try again in a minute: awsesame login -p f",
    ),
    (
        (429, "TooManyRequestsError", "slower", 3),
        1,
        "AWS Sign-In cannot answer now: slower",
        "try again in a minute: awsesame login -p f",
    ),
    (
        (418, "NEVER_HEARD_OF", "no", 1),
        1,
        "AWS Sign-In refused the request: no",
        "try again: awsesame login -p f",
    ),
];

#[test]
fn code_that_aws_sign_in_refuses_is_told_and_the_session_that_was_there_stays() {
    let world = console_login::world();
    logs_in(&world, &["login", "-p", "f"], "frank").0.ok();
    let first = key(&process(&world, "f").ok());
    for (refused, exit, error, hint) in OF_SIGN_IN {
        // Each sign-in takes a code of the device.
        world.pass(30);
        refuse(&world, "CreateOAuth2Token", refused);
        let (ran, page) = logs_in(&world, &["login", "--force", "-p", "f"], "frank");
        assert!(ran.stderr.ends_with(&format!("error: {error}\nhint: {hint}\n")), "{ran}");
        assert_eq!(ran.code, Some(exit), "{ran}");
        assert!(page.starts_with("HTTP/1.1 403 ") && page.contains("Not signed in"), "{page}");
        assert_eq!(key(&process(&world, "f").ok()), first, "{error}");
    }
}

#[test]
fn refresh_that_aws_sign_in_refuses_ends_the_session_only_where_it_is_over() {
    for (refused, exit, error, hint) in OF_SIGN_IN {
        let world = console_login::world();
        logs_in(&world, &["login", "-p", "f"], "frank").0.ok();
        let first = key(&process(&world, "f").ok());
        world.pass(640);
        refuse(&world, "CreateOAuth2Token", refused);
        let ran = process(&world, "f");
        let over = ["TOKEN_EXPIRED", "USER_CREDENTIALS_CHANGED"].contains(&refused.1);
        if over || refused.1 == "INSUFFICIENT_PERMISSIONS" {
            ran.fails(exit, error, hint);
        } else {
            assert_eq!(key(&ran.ok()), first, "living credentials are served: {error}");
            world.pass(300);
            refuse(&world, "CreateOAuth2Token", refused);
            process(&world, "f").fails(exit, error, hint);
        }
        // The next attempt succeeds if the session has not ended.
        let again = process(&world, "f");
        if over {
            again.exits(3);
        } else {
            assert_ne!(key(&again.ok()), first, "{error}");
        }
        assert_eq!(pages(&world), 1);
    }
}

#[test]
fn session_is_refreshed_in_the_region_of_its_login_whatever_the_variables_say() {
    let world = console_login::world();
    let elsewhere = world.sandbox().listen_in("eu-west-1").unwrap();
    logs_in(&world, &["login", "-p", "f"], "frank").0.ok();
    let first = key(&process(&world, "f").ok());
    world.pass(640);
    let serve = || {
        let run = world.awsesame(&["process", "-p", "f"]).reveals_credentials();
        run.env("AWS_REGION", "eu-west-1").env("AWS_ENDPOINT_URL_SIGNIN", &elsewhere).run()
    };
    let second = key(&serve().ok());
    assert_ne!(second, first);
    world.pass(640);
    assert_ne!(key(&serve().ok()), second);
}

/// The refusals of a code by the OIDC service of Identity Center, each with the expected exit code, error and hint.
const OF_OIDC: [(Refused, i32, &str, &str); 8] = [
    (
        (400, "expired_token", "Too late", 1),
        1,
        "the code from the browser has expired, or was used before",
        "try again: awsesame login -p read",
    ),
    (
        (400, "invalid_grant", "The code is not valid", 1),
        1,
        "the code from the browser has expired, or was used before",
        "try again: awsesame login -p read",
    ),
    (
        (400, "access_denied", "The request was denied", 1),
        1,
        "the sign-in of profile `read` was declined: access_denied",
        "if another session is open in the browser, sign out there or use another browser profile: awsesame login -p read",
    ),
    (
        (400, "invalid_request", "codeVerifier is missing", 1),
        1,
        "IAM Identity Center refused the request: codeVerifier is missing",
        "try again: awsesame login -p read",
    ),
    (
        (400, "unauthorized_client", "Not for codes", 1),
        1,
        "IAM Identity Center refused the request: Not for codes",
        "try again: awsesame login -p read",
    ),
    (
        (400, "unsupported_grant_type", "The grant type is not known", 1),
        1,
        "IAM Identity Center refused the request: The grant type is not known",
        "try again: awsesame login -p read",
    ),
    (
        (500, "server_error", "", 3),
        1,
        "IAM Identity Center cannot answer now: server_error",
        "try again in a minute: awsesame login -p read",
    ),
    (
        (400, "slow_down", "", 1),
        1,
        "IAM Identity Center cannot answer now: slow_down",
        "try again in a minute: awsesame login -p read",
    ),
];

#[test]
fn code_that_identity_center_refuses_is_told_and_the_token_that_was_there_stays() {
    let world = portal::world();
    logs_in(&world, &["login", "-p", "read"], "nina").0.ok();
    for (refused, exit, error, hint) in OF_OIDC {
        refuse(&world, "CreateToken", refused);
        let (ran, _) = logs_in(&world, &["login", "--force", "-p", "read"], "nina");
        assert!(ran.stderr.ends_with(&format!("error: {error}\nhint: {hint}\n")), "{ran}");
        assert_eq!(ran.code, Some(exit), "{ran}");
        process(&world, "read").ok();
    }
    let pages = pages(&world);
    world.awsesame(&["process", "-p", "admin"]).reveals_credentials().run().ok();
    assert_eq!(crate::browser::pages(&world), pages, "the token that was there opens the portal for others");
}

#[test]
fn registration_that_is_refused_is_told_and_one_that_is_forgotten_is_made_anew() {
    let world = portal::world();
    for (error, words) in [
        ("invalid_client_metadata", "The client name is too long"),
        ("invalid_scope", "The scope is not known"),
        ("invalid_redirect_uri", "The redirect URI is not allowed"),
    ] {
        refuse(&world, "RegisterClient", (400, error, words, 1));
        with_browser(&world, world.awsesame(&["login", "-p", "read"])).run().fails(
            1,
            &format!("IAM Identity Center refused the request: {words}"),
            "try again: awsesame login -p read",
        );
    }
    assert_eq!(pages(&world), 0, "no page was opened");
    logs_in(&world, &["login", "-p", "read"], "nina").0.ok();
    let registered = world.sandbox().count("RegisterClient");
    // The AWS CLI keeps failing if the service has forgotten its registration. Awsesame registers again, once.
    refuse(&world, "CreateToken", (401, "invalid_client", "The client is not known", 1));
    let running = with_browser(&world, world.awsesame(&["login", "--force", "-p", "read"])).spawn();
    sign_in(&world, &opened(&world, 2), "nina");
    sign_in(&world, &opened(&world, 3), "nina");
    running.wait().ok();
    assert_eq!(world.sandbox().count("RegisterClient"), registered + 1);
    process(&world, "read").ok();
    // If the service refuses the new registration too, the error is reported and the stored token stays.
    refuse(&world, "CreateToken", (401, "invalid_client", "The client is not known", 2));
    let running = with_browser(&world, world.awsesame(&["login", "--force", "-p", "read"])).spawn();
    sign_in(&world, &opened(&world, 4), "nina");
    sign_in(&world, &opened(&world, 5), "nina");
    let ran = running.wait().exits(1);
    let lines = "error: IAM Identity Center refused the request: it does not know this client\n\
                 hint: try again: awsesame login -p read\n";
    assert!(ran.stderr.ends_with(lines), "{ran}");
    process(&world, "read").ok();
}

#[test]
fn device_code_that_is_declined_or_too_old_is_told() {
    let world = portal::world();
    for (error, said, hint, exit) in [
        (
            "access_denied",
            "the sign-in of profile `read` was declined: access_denied",
            "if another session is open in the browser, sign out there or use another browser profile: awsesame login -p read",
            1,
        ),
        (
            "expired_token",
            "nobody finished the sign-in in the browser within 10 min",
            "if the browser cannot reach this machine, paste its answer: awsesame login --remote -p read",
            3,
        ),
        (
            "invalid_grant",
            "the code from the browser has expired, or was used before",
            "try again: awsesame login -p read",
            1,
        ),
    ] {
        refuse(&world, "CreateToken", (400, error, "", 1));
        let ran = world.awsesame(&["login", "-p", "read", "--device-code"]).run();
        assert!(ran.stderr.ends_with(&format!("error: {said}\nhint: {hint}\n")), "{ran}");
        assert_eq!(ran.code, Some(exit), "{ran}");
    }
    // A client that is asked to slow down does so, and continues.
    refuse(&world, "CreateToken", (400, "slow_down", "", 1));
    refuse(&world, "CreateToken", (400, "access_denied", "", 1));
    let begun = std::time::Instant::now();
    let ran = world.awsesame(&["login", "-p", "read", "--device-code"]).run().exits(1);
    assert!(ran.stderr.contains("was declined: access_denied"), "{ran}");
    assert!(begun.elapsed().as_secs() >= 5, "{:?}", begun.elapsed());
    refuse(&world, "StartDeviceAuthorization", (400, "invalid_request", "The start URL is not known", 1));
    world.awsesame(&["login", "-p", "read", "--device-code"]).run().fails(
        1,
        "IAM Identity Center refused the request: The start URL is not known",
        "try again: awsesame login -p read",
    );
}

#[test]
fn role_that_the_portal_refuses_is_told_and_the_token_stays_unless_it_is_the_token() {
    let world = portal::world();
    logs_in(&world, &["login", "-p", "read"], "nina").0.ok();
    let not_assigned = "the role `Admin` in account 123456789012 is not assigned to the user who signed in";
    let roles = "see which roles there are: awsesame sso populate --dry-run -p admin";
    for (refused, error, hint) in [
        ((404, "ResourceNotFoundException", "No access", 1), not_assigned, roles),
        ((403, "ForbiddenException", "No access", 1), not_assigned, roles),
        (
            (400, "InvalidRequestException", "account_id is missing", 1),
            "IAM Identity Center refused the request: account_id is missing",
            "try again: awsesame login -p admin",
        ),
        (
            (429, "TooManyRequestsException", "Too many requests", 5),
            "IAM Identity Center cannot answer now: Too many requests",
            "try again in a minute: awsesame login -p admin",
        ),
    ] {
        refuse(&world, "GetRoleCredentials", refused);
        process(&world, "admin").fails(1, error, hint);
    }
    process(&world, "admin").ok();
    assert_eq!(pages(&world), 1, "the token was never lost");
    // Too much to do for a moment is borne without a word.
    world.awsesame(&["logout", "-p", "admin"]).run().ok();
    logs_in(&world, &["login", "-p", "read"], "nina").0.ok();
    refuse(&world, "GetRoleCredentials", (429, "TooManyRequestsException", "Too many requests", 2));
    assert_eq!(process(&world, "admin").ok().stderr, "");
    // A token that the portal does not know any more is the end of the sign-in, but not of what lives.
    world.awsesame(&["logout", "-p", "admin"]).run().ok();
    logs_in(&world, &["login", "-p", "read"], "nina").0.ok();
    refuse(
        &world,
        "GetRoleCredentials",
        (401, "UnauthorizedException", "Session token not found or invalid", 1),
    );
    process(&world, "admin").fails(
        3,
        "the sign-in of profile `admin` has expired",
        "sign in again: awsesame login -p admin",
    );
    process(&world, "read").ok();
}
