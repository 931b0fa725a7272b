//! Tests the edits of AWS's files: only the intended lines change, and every other byte stays.

use proptest::prelude::*;

use super::{AwsFile, Change, FileKind};
use crate::name::ProfileName;

const KEYS: [&str; 2] = ["aws_access_key_id", "aws_secret_access_key"];

fn without_keys(text: &str, kind: FileKind, profile: &str) -> String {
    let change = |name: &ProfileName| {
        let without = if name.as_str() == profile { KEYS.to_vec() } else { Vec::new() };
        Change { without: without.into(), with: Vec::new() }
    };
    AwsFile::read(text, kind).changed(change)
}

#[test]
fn only_the_lines_of_the_key_go() {
    for (before, after) in [
        ("[dev]\naws_access_key_id = A\naws_secret_access_key = S\nregion = x\n", "[dev]\nregion = x\n"),
        // Line ends, comments, blanks and odd spelling stay as they are.
        (
            "\u{feff}[dev]\r\nAWS_Access_Key_Id=A\r\naws_secret_access_key=S # old\r\n\r\n# mine\r\n",
            "\u{feff}[dev]\r\n\r\n# mine\r\n",
        ),
        ("[dev] ; mine\naws_access_key_id = A", "[dev] ; mine\n"),
        // With blanks it is another name.
        (
            "[ dev\t]\naws_access_key_id = A\n[dev]\naws_access_key_id = B\n",
            "[ dev\t]\naws_access_key_id = A\n[dev]\n",
        ),
        ("[dev]\n  aws_access_key_id: A\n  region = x\n", "[dev]\n  region = x\n"),
        ("[dev]\raws_access_key_id: A\rregion = x\r", "[dev]\rregion = x\r"),
        // Lines that continue a setting are removed with it; similar lines stay.
        ("[dev]\naws_access_key_id =\n A\n\n B\n# c\nx = y\n z\n", "[dev]\n\n# c\nx = y\n z\n"),
        ("[dev]\ns3 =\n  aws_access_key_id = A\n", "[dev]\ns3 =\n  aws_access_key_id = A\n"),
        (
            "[dev]\n# aws_access_key_id = A\nx_aws_access_key_id = A\n",
            "[dev]\n# aws_access_key_id = A\nx_aws_access_key_id = A\n",
        ),
        // Other profiles, and sections that are not profiles.
        (
            "[prod]\naws_access_key_id = A\n[profile dev]\naws_access_key_id = A\n",
            "[prod]\naws_access_key_id = A\n[profile dev]\naws_access_key_id = A\n",
        ),
        ("", ""),
    ] {
        assert_eq!(without_keys(before, FileKind::Credentials, "dev"), after, "{before:?}");
    }
}

#[test]
fn the_config_file_names_its_profiles_in_its_own_way() {
    let text = "[default]\naws_access_key_id = A\n[profile default]\naws_access_key_id = B\n[dev]\naws_access_key_id = C\n[profile\tdev]\naws_access_key_id = D\n[services dev]\naws_access_key_id = E\n[profile two words]\naws_access_key_id = F\n";
    let file = AwsFile::read(text, FileKind::Config);
    assert_eq!(file.profiles(), ["default", "dev"].map(ProfileName::new));
    assert_eq!(file.values(&ProfileName::new("default"), "aws_access_key_id"), ["A", "B"]);
    assert_eq!(file.values(&ProfileName::new("dev"), "AWS_ACCESS_KEY_ID"), ["D"]);
    let after = without_keys(text, FileKind::Config, "dev");
    assert_eq!(after, text.replace("aws_access_key_id = D\n", ""));
}

#[test]
fn new_settings_replace_the_removed_ones_in_place() {
    let change = Change {
        without: vec!["role_arn", "source_profile"].into(),
        with: vec![("credential_process", "p".into())],
    };
    for (before, after) in [
        (
            "[profile dev]\nregion = x\nrole_arn = r\nsource_profile = s\n\n",
            "[profile dev]\nregion = x\ncredential_process = p\n\n",
        ),
        (
            "[profile dev]\nregion = x\n\n[default]\n",
            "[profile dev]\ncredential_process = p\nregion = x\n\n[default]\n",
        ),
        ("[profile dev]", "[profile dev]\ncredential_process = p\n"),
        // The new line has the indentation of the line below it, which would continue it otherwise.
        (
            "[profile dev]\n# c\n  region = x\n  role_arn = r\n",
            "[profile dev]\n# c\n  region = x\n  credential_process = p\n",
        ),
        (
            "[profile dev]\n# c\n\tregion = x\n",
            "[profile dev]\n\tcredential_process = p\n# c\n\tregion = x\n",
        ),
        // The new setting also needs the indent of the heading below it, which would be read as its continuation
        // otherwise.
        ("[profile dev]\n  [profile ops]\n", "[profile dev]\n  credential_process = p\n  [profile ops]\n"),
        // Only the later spelling of a head counts.
        (
            "[profile dev]\nrole_arn = r\n[profile 'dev']\na = b\n",
            "[profile dev]\n[profile 'dev']\ncredential_process = p\na = b\n",
        ),
        (
            "[profile dev]\r\n[profile dev]\r\nrole_arn = r\r\n",
            "[profile dev]\r\ncredential_process = p\r\n[profile dev]\r\n",
        ),
    ] {
        let dev =
            |name: &ProfileName| if name.as_str() == "dev" { change.clone() } else { Change::default() };
        assert_eq!(AwsFile::read(before, FileKind::Config).changed(dev), after, "{before:?}");
    }
}

#[test]
fn a_setting_is_replaced_where_it_stands_and_a_new_profile_comes_last() {
    let set = |text: &str, profile: &str| {
        AwsFile::read(text, FileKind::Config)
            .with(&ProfileName::new(profile), &[("region", "eu-west-1".into())])
    };
    assert_eq!(set("", "dev"), "[profile dev]\nregion = eu-west-1\n");
    assert_eq!(set("", "default"), "[default]\nregion = eu-west-1\n");
    assert_eq!(set("[default]", "dev"), "[default]\n\n[profile dev]\nregion = eu-west-1\n");
    assert_eq!(set("[default]\r\n", "dev"), "[default]\r\n\r\n[profile dev]\r\nregion = eu-west-1\r\n");
    assert_eq!(
        set("[profile dev]\na = b\nregion = x\n", "dev"),
        "[profile dev]\na = b\nregion = eu-west-1\n"
    );
}

/// Generates lines that can occur in such files, and some that should not.
fn lines() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("[dev]".to_owned()),
        Just("[profile dev]".to_owned()),
        Just("[default] # c".to_owned()),
        Just("aws_access_key_id = AKIA".to_owned()),
        Just("aws_secret_access_key=S ; c".to_owned()),
        Just("  aws_access_key_id = nested".to_owned()),
        Just("region = x".to_owned()),
        Just("s3 =".to_owned()),
        Just(String::new()),
        Just("# aws_access_key_id = old".to_owned()),
        "[ -~]{0,20}",
        "\\PC{0,8}",
    ];
    let end = prop_oneof![Just("\n"), Just("\r\n")];
    proptest::collection::vec((line, end), 0..16)
        .prop_map(|lines| lines.into_iter().map(|(line, end)| line + end).collect())
}

proptest! {
    #[test]
    fn only_the_lines_of_the_key_change(text in lines(), mark in any::<bool>(), cut in 0..4usize) {
        let mut text = if mark { format!("\u{feff}{text}") } else { text };
        for _ in 0..cut {
            text.pop();
        }
        for kind in [FileKind::Config, FileKind::Credentials] {
            let untouched = AwsFile::read(&text, kind).changed(|_| Change::default());
            prop_assert_eq!(&untouched, &text);
            let after = without_keys(&text, kind, "dev");
            let mut rest = text.split_inclusive('\n');
            for line in after.split_inclusive('\n') {
                // The remaining lines are original lines, in the original order.
                prop_assert!(rest.any(|before| before == line), "{:?} in {:?}", line, text);
            }
            let dev = ProfileName::new("dev");
            let file = AwsFile::read(&after, kind);
            for key in KEYS {
                prop_assert!(file.values(&dev, key).is_empty());
            }
            // Everything else has the same meaning as before.
            let before = AwsFile::read(&text, kind);
            prop_assert_eq!(before.profiles(), file.profiles());
            for name in before.profiles() {
                for key in ["region", "s3", "aws_access_key_id", "aws_secret_access_key"] {
                    if name != dev || !KEYS.contains(&key) {
                        prop_assert_eq!(before.values(&name, key), file.values(&name, key));
                    }
                }
            }
        }
    }
}

#[test]
fn a_value_is_exchanged_and_what_stands_around_it_stays() {
    let text = "\u{feff}[dev] ; mine\r\nAWS_Access_Key_Id: A \r\n# A\r\nregion = A\r\n[other]\naws_access_key_id  =\tA  \n aws_access_key_id = A\n[dev]\naws_access_key_id = B\naws_access_key_id =A";
    let exchanged = AwsFile::read(text, FileKind::Credentials).exchanged(|profile, key, value| {
        let ours = profile == "dev" && key.eq_ignore_ascii_case("aws_access_key_id") && value == "A";
        ours.then_some("NEW")
    });
    let expected = text.replace("Id: A ", "Id: NEW ");
    assert_eq!(exchanged, expected.strip_suffix('A').unwrap().to_owned() + "NEW");
}
