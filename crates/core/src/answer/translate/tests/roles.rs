//! Tests refusals that concern roles and the duration of a session.

use super::*;

#[test]
fn roles_say_which_side_refused() {
    let denied = |tail: &str| {
        format!("User: {ALICE} is not authorized to perform: sts:AssumeRole on resource: {ROLE}{tail}")
    };
    let unknown = "its trust policy or your own policies do not allow it, or it does not exist";
    for (message, expected) in [
        (denied(""), unknown),
        (
            denied(" because no identity-based policy allows the sts:AssumeRole action"),
            "none of your own policies allows `sts:AssumeRole` on it",
        ),
        (
            denied(" because no resource-based policy allows the sts:AssumeRole action"),
            "its trust policy does not let you in",
        ),
        (
            denied(" because no role trust policy allows the sts:AssumeRole action"),
            "its trust policy does not let you in",
        ),
        (
            denied(" with an explicit deny in a service control policy"),
            "an explicit deny in a service control policy forbids it",
        ),
        (
            "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
                .to_owned(),
            "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code",
        ),
    ] {
        assert_eq!(
            said(refusal("AssumeRole", 403, "AccessDenied", &message), &of_role()),
            format!("`{ROLE}` cannot be assumed: {expected}")
        );
    }
}

#[test]
fn durations_say_what_is_allowed() {
    let seconds = |seconds| Context { seconds: Some(seconds), ..of_role() };
    for (message, context, expected) in [
        (
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
            seconds(7200),
            format!("`{ROLE}` is assumed with session credentials, so AWS allows 3600 s at most"),
        ),
        (
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            seconds(43_200),
            "AWS does not give sessions of 43200 s here: the role's own maximum (MaxSessionDuration) is less".to_owned(),
        ),
        (
            "1 validation error detected: Value '200000' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 129600",
            seconds(200_000),
            "AWS does not give sessions of 200000 s here: 129600 s is the most".to_owned(),
        ),
        (
            "1 validation error detected: Value '1' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
            seconds(1),
            "AWS does not give sessions of 1 s here: 900 s is the least".to_owned(),
        ),
        (
            "Invalid DurationSeconds.",
            seconds(1),
            "AWS does not give sessions of 1 s here: Invalid DurationSeconds".to_owned(),
        ),
        (
            "1 validation error detected: Value 'x' at 'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2",
            seconds(3600),
            "AWS answered AssumeRole with `ValidationError`: 1 validation error detected: Value 'x' at 'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2".to_owned(),
        ),
    ] {
        assert_eq!(said(refusal("AssumeRole", 400, "ValidationError", message), &context), expected);
    }
}
