//! Tests which MFA devices a plan tries, and in which order.

use super::{Asked, line, master, plan_of, resolve};
use crate::name::{ProfileName, Serial, Subject};
use crate::plan::{EnvironmentFacts, ListedDevice, choose_devices};

const PHONE: &str = "arn:aws:iam::111111111111:mfa/phone";
const PASSKEY: &str = "arn:aws:iam::111111111111:u2f/user/alice/yubi";
const FOB: &str = "GAHT12345678";

#[test]
fn several_devices_keep_their_order_and_lose_those_without_codes() {
    let fido =
        format!("error: `{PASSKEY}` is a FIDO device or passkey, which cannot give a code to the AWS API");
    for (setting, expected) in [
        (format!("{FOB}, {PHONE}"), "AKIA of profile `x` session 43200 [GAHT12345678 phone]".to_owned()),
        (format!("{PHONE} {FOB},"), "AKIA of profile `x` session 43200 [phone GAHT12345678]".to_owned()),
        (format!("{PASSKEY},{PHONE}"), "AKIA of profile `x` session 43200 [phone]".to_owned()),
        (format!("{PHONE},{FOB}"), "AKIA of profile `x` session 43200 [phone GAHT12345678]".to_owned()),
        // A comma may be a part of a device's name.
        (
            "arn:aws:iam::1:mfa/Doe,Jo".to_owned(),
            "AKIA of profile `x` session 43200 [Doe,Jo]".to_owned(),
        ),
        (
            format!("arn:aws:iam::1:mfa/Doe,Jo, {PHONE},{FOB}"),
            "AKIA of profile `x` session 43200 [Doe,Jo phone GAHT12345678]".to_owned(),
        ),
        (PASSKEY.to_owned(), fido.clone()),
        (
            "alice".to_owned(),
            "error: profile `x` has `mfa_serial = alice`: expected the serial number of an MFA device (9 to 256 characters), or several".to_owned(),
        ),
        (
            format!("{PHONE};{FOB}"),
            format!("error: profile `x` has `mfa_serial = {PHONE};{FOB}`: expected the serial number of an MFA device (9 to 256 characters), or several"),
        ),
    ] {
        let text = format!("[x]\naws_access_key_id = AKIA\naws_secret_access_key = s\nmfa_serial = {setting}");
        assert_eq!(line(&plan_of(&text, "x")), expected);
    }
    for (variable, expected) in [
        (PASSKEY, fido.as_str()),
        (
            "12345678",
            "error: `12345678` is not a value for AWS_MFA_ARN: expected the serial number of an MFA device (9 to 256 characters), or several",
        ),
    ] {
        let facts = EnvironmentFacts { mfa_arn: Some(variable.to_owned()), ..EnvironmentFacts::default() };
        let asked = Asked { environment: master(facts), ..Asked::default() };
        assert_eq!(line(&resolve("", &asked)), expected);
    }
}

#[test]
fn of_the_devices_that_aws_lists_those_with_codes_are_tried() {
    let subject = Subject::Profile(ProfileName::new("x"));
    for (listed, expected) in [
        (vec![PASSKEY, PHONE, FOB], Ok(vec![Serial::new(PHONE), Serial::new(FOB)])),
        (vec![PHONE], Ok(vec![Serial::new(PHONE)])),
        (vec![PASSKEY], Err("arn:aws:iam::111111111111:u2f/user/alice/yubi".to_owned())),
        (vec![], Err("profile `x` has no MFA device".to_owned())),
    ] {
        let listed: Vec<ListedDevice> =
            listed.into_iter().map(|serial| ListedDevice { serial: Serial::new(serial) }).collect();
        match (choose_devices(&listed, &subject), expected) {
            (Ok(chosen), Ok(expected)) => {
                assert_eq!(chosen.all(), expected);
                assert_eq!(Some(chosen.likeliest()), expected.first());
            }
            (Err(fault), Err(words)) => assert!(fault.to_string().contains(&words), "{fault}"),
            (got, expected) => panic!("{got:?}, not {expected:?}"),
        }
    }
}
