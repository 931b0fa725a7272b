//! Tests texts that are not policies, and the messages about them.

use awsesame_policy::{ParseError, Policy};

fn error(text: &str) -> ParseError {
    Policy::parse(text).expect_err("no policy")
}

#[test]
fn errors_say_line_and_column() {
    let text = "{\n  \"Version\": \"2012-10-17\",\n  \"Statment\": []\n}";
    let seen = error(text);
    assert_eq!((seen.line, seen.column), (Some(3), Some(12)));
    assert_eq!(
        seen.to_string(),
        "line 3, column 12: unknown element `Statment`; known here are Version, Id, Statement"
    );
}

#[test]
fn every_error_names_its_thing() {
    const OK: &str = r#""Effect":"Allow","Action":"*","Resource":"*""#;
    let statement = |body: &str| format!(r#"{{"Statement":{{{body}}}}}"#);
    let with = |more: &str| statement(&format!("{OK},{more}"));
    for (text, message) in [
        (String::new(), "EOF while parsing a value"),
        ("[]".to_owned(), "invalid type: sequence, expected a policy document, an object"),
        ("{}".to_owned(), "element `Statement` is missing"),
        (r#"{"Statement":[]}"#.to_owned(), "element `Statement` has no statement"),
        (statement(OK) + "x", "trailing characters"),
        (r#"{"version":"2012-10-17"}"#.to_owned(), "unknown element `version`; it is spelled `Version`"),
        (
            r#"{"Version":"2012-10-18"}"#.to_owned(),
            "unknown version `2012-10-18`; there are `2012-10-17` and `2008-10-17`",
        ),
        (r#"{"Id":"a","Id":"b"}"#.to_owned(), "element `Id` is given twice"),
        (statement(r#""Action":"*","Resource":"*""#), "a statement lacks its `Effect`"),
        (statement(r#""Effect":"Allow""#), "a statement has no `Action` or `NotAction`"),
        (statement(r#""Effect":"allow""#), "unknown effect `allow`; there are `Allow` and `Deny`"),
        (with(r#""Effect":"Deny""#), "element `Effect` is given twice"),
        (with(r#""NotAction":"s3:*""#), "a statement has both `Action` and `NotAction`"),
        (with(r#""NotResource":"*""#), "a statement has both `Resource` and `NotResource`"),
        (
            with(r#""Principal":"*","NotPrincipal":"*""#),
            "a statement has both `Principal` and `NotPrincipal`",
        ),
        (statement(r#""Effect":"Deny","Action":[]"#), "an `Action` list is empty"),
        (
            statement(r#""Effect":"Deny","Action":"GetObject""#),
            "action `GetObject` is neither `SERVICE:NAME` nor `*`",
        ),
        (
            statement(r#""Effect":"Deny","Action":"s*:GetObject""#),
            "action `s*:GetObject` is neither `SERVICE:NAME` nor `*`",
        ),
        (
            statement(r#""Effect":"Deny","Action":"*","Resource":"bucket""#),
            "resource `bucket` is neither an ARN nor `*`",
        ),
        (
            statement(r#""Effect":"Deny","Action":"*","Resource":["arn:aws:s3"]"#),
            "resource `arn:aws:s3` is neither an ARN nor `*`",
        ),
        (
            statement(r#""Effect":"Deny","Action":7"#),
            "invalid type: integer `7`, expected a string or a list of strings",
        ),
        (
            with(r#""Condition":{"Bool":{"a":"x"},"Bool":{"b":"x"}}"#),
            "condition operator `Bool` is given twice",
        ),
        (with(r#""Condition":{"Bool":{"aws:A":"x","AWS:a":"x"}}"#), "condition key `AWS:a` is given twice"),
        (
            with(r#""Condition":{"Bool":{"a":[["x"]]}}"#),
            "invalid type: sequence, expected a string, number or boolean",
        ),
        (
            with(r#""Condition":{"Bool":{"a":null}}"#),
            "invalid type: null, expected a string, number or boolean, or a list of them",
        ),
        (
            with(r#""Condition":{"Bool":"a"}"#),
            "invalid type: string \"a\", expected an object of condition keys",
        ),
        (with(r#""Principal":"alice""#), "principal `alice` is not `*`, and its kind is not named"),
        (with(r#""Principal":{"aws":"*"}"#), "unknown element `aws`; it is spelled `AWS`"),
        (
            with(r#""Principal":{"AWS":"arn:aws:iam::111122223333:user/*"}"#),
            "`arn:aws:iam::111122223333:user/*` is not a principal of the kind `AWS`",
        ),
        (with(r#""Principal":{"AWS":"1234"}"#), "`1234` is not a principal of the kind `AWS`"),
        (with(r#""Principal":{"AWS":[]}"#), "a principal element is empty"),
        (with(r#""Principal":{"AWS":"*","AWS":"*"}"#), "element `AWS` is given twice"),
        (
            format!(r#"{{"Statement":[{{{OK},"Sid":"A"}},{{{OK},"Sid":"A"}}]}}"#),
            "two statements have the Sid `A`",
        ),
    ] {
        assert_eq!(error(&text).message, message, "{text}");
    }
}

#[test]
fn generated_policies_with_empty_sids_are_read() {
    let text = r#"{"Id":"x","Statement":[
        {"Sid":"","Effect":"Allow","Action":"*","Resource":"*","Condition":{}},
        {"Sid":"","Effect":"Deny","NotAction":["s3:*"],"NotResource":["arn:aws:s3:::*"]}]}"#;
    Policy::parse(text).unwrap();
}

#[test]
fn deep_nesting_is_refused_and_not_followed() {
    let text = format!(r#"{{"Statement":{}"#, "[".repeat(100_000));
    assert!(error(&text).message.starts_with("invalid type: sequence"), "{}", error(&text));
}
