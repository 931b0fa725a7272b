//! Tests how a file and the variables combine, as a table.

use std::collections::BTreeMap;

use super::{Config, KEYS, Origin, Value, seconds};

const PATH: &str = "/home/alice/.config/awsesame/config.toml";

fn read(text: &str, variables: &[(&'static str, &str)]) -> Result<Config, String> {
    let variables: BTreeMap<_, _> =
        variables.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    Config::read(text, PATH, &variables).map_err(|fault| format!("{fault} | {}", fault.hint()))
}

const FILE: &str = r#"
store = "age"
unlock_for = "1h30m"
no_input = false

[stores.age]
identities = ["~/.ssh/id_ed25519"]

[profile.dev]
code_source = "command"
code.command.command = ["oathtool", "-b", "x y"]
code.command.timeout = 5

[profile."team/prod"]
store = "gpg"
"#;

#[test]
fn the_variable_beats_the_profile_and_the_profile_the_file() {
    let file = read(FILE, &[]).unwrap();
    assert_eq!(file.text("store", None).as_deref(), Some("age"));
    assert_eq!(file.text("store", Some("dev")).as_deref(), Some("age"));
    assert_eq!(file.text("store", Some("team/prod")).as_deref(), Some("gpg"));
    assert_eq!(file.text("code_source", None).as_deref(), Some("terminal"));
    assert_eq!(file.text("code_source", Some("dev")).as_deref(), Some("command"));
    assert_eq!(file.words("code.command.command", Some("dev")), ["oathtool", "-b", "x y"]);
    assert_eq!(file.words("code.command.command", None), [""; 0]);
    assert_eq!(file.seconds("code.command.timeout", Some("dev")), Some(5));
    assert_eq!(file.seconds("unlock_for", None), Some(5400));
    let over = read(FILE, &[("AWSESAME_STORE", "pass"), ("AWSESAME_CODE_COMMAND_COMMAND", "op 'a b'")]);
    let over = over.unwrap();
    assert_eq!(over.text("store", Some("team/prod")).as_deref(), Some("pass"));
    assert_eq!(over.words("code.command.command", Some("dev")), ["op", "a b"]);
}

#[test]
fn every_value_knows_where_it_came_from() {
    let config = read(FILE, &[("AWSESAME_NO_INPUT", "1")]).unwrap();
    let origin = |name, profile| config.setting(name, profile).map(|setting| setting.origin);
    assert_eq!(origin("store", None), Some(Origin::Line(2)));
    assert_eq!(origin("store", Some("team/prod")), Some(Origin::Line(15)));
    assert_eq!(origin("stores.age.identities", None), Some(Origin::Line(7)));
    assert_eq!(origin("code.command.timeout", Some("dev")), Some(Origin::Line(12)));
    assert_eq!(origin("prompt_timeout", None), Some(Origin::Default));
    assert_eq!(origin("no_input", None), Some(Origin::Variable("AWSESAME_NO_INPUT")));
    assert_eq!(origin("stores.gpg.recipients", None), None);
    assert!(config.switch("no_input", None) && config.is_set("no_input", None));
    assert!(!config.is_set("prompt_timeout", None));
    assert_eq!(Origin::Line(7).told(PATH), format!("{PATH}:7"));
}

#[test]
fn whatever_is_no_setting_is_refused_with_its_line() {
    for (text, expected) in [
        ("stroe = \"age\"", "`P` line 1: there is no setting `stroe` | did you mean `store`? vi +1 P"),
        (
            "\n[store.age]\nidentities = []",
            "`P` line 2: `store` must be a text, like `\"name\"` | correct line 2: vi +2 P",
        ),
        (
            "[stores.age]\nidentity = [\"x\"]",
            "`P` line 2: there is no setting `stores.age.identity` | did you mean `stores.age.identities`? vi +2 P",
        ),
        (
            "[zzz]\nqqq = 1",
            "`P` line 2: there is no setting `zzz.qqq` | list the settings: awsesame config keys",
        ),
        ("[zzz]", "`P` line 1: there is no setting `zzz` | list the settings: awsesame config keys"),
        ("[stores.age]", ""),
        (
            "[profile.dev]\nunlock_for = \"1h\"",
            "`P` line 2: there is no setting `unlock_for` | list the settings: awsesame config keys",
        ),
        (
            "profile.dev = 1",
            "`P` line 1: `profile` must be a table, like `[profile.dev]` | correct line 1: vi +1 P",
        ),
        (
            "unlock_for = \"soon\"",
            "`P` line 1: `unlock_for` must be a length of time, like `60` or `2m` | correct line 1: vi +1 P",
        ),
        ("no_input = 1", "`P` line 1: `no_input` must be `true` or `false` | correct line 1: vi +1 P"),
        (
            "[stores.command]\nget = \"cat\"",
            "`P` line 2: `stores.command.get` must be a list, like `[\"program\", \"argument\"]` | correct line 2: vi +2 P",
        ),
        (
            "store = ",
            "`P` line 1: string values must be quoted, expected literal string | correct line 1: vi +1 P",
        ),
    ] {
        let said = read(text, &[]).err().unwrap_or_default().replace(PATH, "P");
        assert_eq!(said, expected, "{text}");
    }
    let said = read("", &[("AWSESAME_UNLOCK_FOR", "soon")]).unwrap_err();
    assert!(said.starts_with("`soon` is not a value for AWSESAME_UNLOCK_FOR: expected a length"), "{said}");
}

#[test]
fn every_key_has_the_variable_of_its_name_and_a_default_of_its_kind() {
    for key in KEYS {
        let name = key.name.to_uppercase().replace('.', "_");
        assert_eq!(key.variable, format!("AWSESAME_{name}"));
        assert!(key.default.is_none_or(|text| key.kind.parse(text).is_some()), "{}", key.name);
    }
}

#[test]
fn values_are_shown_as_the_file_has_them() {
    for (value, shown) in [
        (Value::Text("a\"b".into()), r#""a\"b""#),
        (Value::Words(vec!["a".into(), "b c".into()]), r#"["a", "b c"]"#),
        (
            Value::Pairs(vec![("a".into(), "b c".into()), ("d".into(), String::new())]),
            r#"{ "a" = "b c", "d" = "" }"#,
        ),
        (Value::Seconds(43_200), "\"12h\""),
        (Value::Seconds(5445), "\"1h30m45s\""),
        (Value::Switch(true), "true"),
    ] {
        assert_eq!(value.to_string(), shown);
    }
}

#[test]
fn settings_that_need_a_default_have_one() {
    let nothing = read("", &[]).unwrap();
    for name in ["unlock_for", "prompt_timeout", "stores.timeout", "code.command.timeout"] {
        assert!(nothing.duration(name, None).as_secs() > 0, "{name}");
    }
    for name in ["store", "code_source", "stores.pass.prefix"] {
        assert!(!nothing.name(name, None).is_empty(), "{name}");
    }
    let own = read("prompt_timeout = \"90s\"\n[profile.dev]\nstore = \"age\"", &[]).unwrap();
    assert_eq!(own.duration("prompt_timeout", None).as_secs(), 90);
    assert_eq!(own.name("store", Some("dev")), "age");
}

#[test]
fn lengths_of_time_are_read_as_people_write_them() {
    for (text, expected) in [("12h", 43_200), ("15m", 900), ("1h30m", 5400), ("900", 900), ("900s", 900)] {
        assert_eq!(seconds(text), Some(expected), "{text}");
    }
    for text in ["", "0", "-5m", "soon", "1e9h"] {
        assert_eq!(seconds(text), None, "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".*") {
        let _ = read(&text, &[]);
    }
}

#[test]
fn what_the_place_wants_counts_only_where_nobody_has_set_anything() {
    let none = BTreeMap::new();
    let mut unset = Config::read("", "c", &none).unwrap();
    unset.default_here("store", "gpg");
    assert_eq!(unset.text("store", None).as_deref(), Some("gpg"));
    assert!(!unset.is_set("store", None));
    let mut set = Config::read("store = \"kernel\"\n", "c", &none).unwrap();
    set.default_here("store", "gpg");
    assert_eq!(set.text("store", Some("dev")).as_deref(), Some("kernel"));
    let variables = BTreeMap::from([("AWSESAME_STORE", "pass".to_owned())]);
    let mut set = Config::read("", "c", &variables).unwrap();
    set.default_here("store", "gpg");
    assert_eq!(set.text("store", None).as_deref(), Some("pass"));
}
