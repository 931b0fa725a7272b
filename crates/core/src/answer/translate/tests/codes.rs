//! Tests refusals of codes, devices and keys.

use super::*;

#[test]
fn refused_codes_devices_and_keys_are_told_apart() {
    for (operation, code, message, context, expected) in [
        ("GetSessionToken", "AccessDenied", BAD_CODE, context(), format!("AWS refused the code of `{PHONE}`")),
        (
            "AssumeRole",
            "AccessDenied",
            BAD_CODE,
            Context { role: Some(RoleArn::new(ROLE)), ..context() },
            format!("AWS refused the code of `{PHONE}`"),
        ),
        (
            "GetSessionToken",
            "AccessDenied",
            BAD_SERIAL,
            context(),
            format!("AWS does not know `{PHONE}` as a device of this user"),
        ),
        (
            "GetSessionToken",
            "AccessDenied",
            BAD_SERIAL,
            Context { serial: Some(Serial::new(PASSKEY)), ..context() },
            format!("`{PASSKEY}` is a FIDO device or passkey, which cannot give a code to the AWS API"),
        ),
        (
            "GetSessionToken",
            "ValidationError",
            "1 validation error detected: Value 'a b' at 'serialNumber' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=/:,.@-]*",
            context(),
            format!("AWS does not know `{PHONE}` as a device of this user"),
        ),
        (
            "GetSessionToken",
            "ValidationError",
            "1 validation error detected: Value '12345' at 'tokenCode' failed to satisfy constraint: Member must have length greater than or equal to 6",
            context(),
            "that is not a token code: AWS takes six digits".to_owned(),
        ),
        (
            "GetSessionToken",
            "AccessDenied",
            "Cannot call GetSessionToken with session credentials",
            context(),
            "profile `dev` called AWS with session credentials, but AWS gives sessions for long-term keys only".to_owned(),
        ),
        (
            "GetSessionToken",
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
            context(),
            "AWS does not accept the access key `AKIADEV`".to_owned(),
        ),
        (
            "GetSessionToken",
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
            of_session(),
            "profile `dev` called AWS with session credentials, but AWS gives sessions for long-term keys only".to_owned(),
        ),
        (
            "ListMFADevices",
            "InvalidClientTokenId",
            "The security token included in the request is invalid",
            of_session(),
            "AWS refuses IAM calls from a session without MFA".to_owned(),
        ),
        (
            "AssumeRole",
            "ExpiredToken",
            "The security token included in the request is expired",
            of_role(),
            "AWS no longer accepts the session of profile `dev`".to_owned(),
        ),
        (
            "AssumeRole",
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
            of_role(),
            "AWS no longer accepts the session of profile `dev`".to_owned(),
        ),
        (
            "GetSessionToken",
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
            context(),
            "the secret access key does not belong to `AKIADEV`".to_owned(),
        ),
    ] {
        assert_eq!(said(refusal(operation, 403, code, message), &context), expected);
    }
}

#[test]
fn only_the_ledger_tells_a_reused_code_from_a_wrong_one() {
    let step = NOW / 30;
    for (spent, expected) in
        [(None, false), (Some(step - 2), false), (Some(step - 1), true), (Some(step), true)]
    {
        let context = Context { spent, ..context() };
        let fault =
            translate(&Answer::Refused(refusal("GetSessionToken", 403, "AccessDenied", BAD_CODE)), &context);
        let crate::fault::Fault::CodeRefused { reused, wait, .. } = fault else { panic!("{fault:?}") };
        assert_eq!((reused, wait), (expected, 20), "{spent:?}");
    }
}
