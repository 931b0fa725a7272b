//! Tests the rules of the clients as tables. The integration tests of the program run the real clients in such
//! environments and compare.

use super::*;

/// Keys that are set in the environment and in no file.
const KEYS: &[(&str, &str)] = &[("AWS_ACCESS_KEY_ID", "AKIAENV"), ("AWS_SECRET_ACCESS_KEY", "hidden")];

fn verdict(client: Client, variables: &[(&str, &str)], config: &str, credentials: &str) -> Verdict {
    asked(client, None, variables, config, credentials)
}

fn asked(
    client: Client,
    profile: Option<&str>,
    variables: &[(&str, &str)],
    config: &str,
    credentials: &str,
) -> Verdict {
    let disabled = ("AWS_EC2_METADATA_DISABLED", "true");
    let set = variables.iter().chain([&disabled]);
    let all =
        Variables::read(|name| set.clone().find(|(known, _)| *known == name).map(|(_, v)| (*v).to_owned()));
    let files = Files::read((config, "c"), (credentials, "s"));
    let profile = profile.map(ProfileName::new);
    ClientSetup { variables: &all, files: &files, asked: profile.as_ref() }.verdict(client)
}

/// Returns a verdict in a few words: the kind with the key or the profile, or `!` and the problem.
fn told(verdict: &Verdict) -> String {
    fn of(source: &Source) -> String {
        match source {
            Source::Variables { key, .. } => format!("env {key}"),
            Source::Keys { key, place, .. } => format!("{key} {place}"),
            Source::Role { profile, base, .. } => format!("role {profile} < {}", of(base)),
            Source::Container { url, .. } => format!("container {url}"),
            Source::WebIdentity { profile: None, .. } => "web-identity env".to_owned(),
            other => format!(
                "{} {}",
                other.kind(),
                other.profile().map_or_else(|| "-".to_owned(), ToString::to_string)
            ),
        }
    }
    match &verdict.outcome {
        Ok(source) => of(source),
        Err(failure) => format!("! {failure}"),
    }
}

/// The clients of most tables here; the others have tables of their own.
const FIVE: [Client; 5] = [Client::CliV1, Client::CliV2, Client::Boto3, Client::Go, Client::JavaScript];

/// Returns the result of these: the AWS CLI v1, v2, boto3, Go, JavaScript.
fn all(variables: &[(&str, &str)], config: &str, credentials: &str) -> [String; 5] {
    FIVE.map(|client| told(&verdict(client, variables, config, credentials)))
}

fn with(more: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    KEYS.iter().chain(more).copied().collect()
}

const DEV: &str = "[dev]\naws_access_key_id = AKIADEV\naws_secret_access_key = hidden\n";
const DEFAULT: &str = "[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = hidden\n";

#[test]
fn keys_in_the_environment_beat_a_named_profile_except_to_javascript() {
    let [v1, v2, boto3, go, js] = all(&with(&[("AWS_PROFILE", "dev")]), "", DEV);
    for client in [v1, v2, boto3, go] {
        assert_eq!(client, "env AKIAENV");
    }
    assert_eq!(js, "AKIADEV s:2");
}

#[test]
fn a_profile_that_the_client_is_told_by_itself_beats_the_environment() {
    for client in Client::ALL {
        assert_eq!(told(&asked(client, Some("dev"), KEYS, "", DEV)), "AKIADEV s:2", "{client:?}");
    }
}

#[test]
fn the_two_variables_of_a_profile_have_two_orders() {
    let both = [("AWS_PROFILE", "dev"), ("AWS_DEFAULT_PROFILE", "default")];
    let files = format!("{DEV}{DEFAULT}");
    let (default, dev) = ("AKIADEFAULT s:5", "AKIADEV s:2");
    assert_eq!(all(&both, "", &files), [default, dev, default, dev, dev]);
    // JavaScript does not know the older one at all.
    assert_eq!(all(&[("AWS_DEFAULT_PROFILE", "dev")], "", &files), [dev, dev, dev, dev, default]);
}

#[test]
fn a_profile_that_is_nowhere_stops_a_client_whatever_else_is_set() {
    let nowhere = "! there is no profile `gone` (AWS_PROFILE)";
    let [v1, v2, boto3, go, js] = all(&with(&[("AWS_PROFILE", "gone")]), "", DEFAULT);
    assert_eq!([v1, v2, boto3, go, js], [nowhere; 5]);
    // JavaScript continues with the container.
    let endpoint = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/");
    let [v1, .., js] = all(&[("AWS_PROFILE", "gone"), endpoint], "", DEFAULT);
    assert_eq!([v1.as_str(), js.as_str()], [nowhere, "container http://127.0.0.1:1/"]);
    // Go minds only the newer variable, botocore even an empty one.
    let [.., go, _] = all(&[("AWS_DEFAULT_PROFILE", "gone"), endpoint], "", DEFAULT);
    assert_eq!(go, "container http://127.0.0.1:1/");
    let [v1, .., go, js] = all(&[("AWS_PROFILE", "")], "", DEFAULT);
    assert_eq!(v1, "! there is no profile `` (AWS_PROFILE)");
    assert_eq!([go, js], ["AKIADEFAULT s:2"; 2]);
}

#[test]
fn half_a_key_in_the_environment_stops_botocore_alone() {
    let [v1, .., go, js] = all(&[("AWS_ACCESS_KEY_ID", "AKIAENV")], "", DEFAULT);
    assert_eq!(v1, "! AWS_SECRET_ACCESS_KEY is not set, only the other half is");
    assert_eq!([go, js], ["AKIADEFAULT s:2"; 2]);
}

#[test]
fn static_keys_beat_a_process_except_to_botocore_where_they_stand_in_the_config_file() {
    let process = "[default]\ncredential_process = awsesame process -p dev\n";
    assert_eq!(all(&[], process, DEFAULT), ["AKIADEFAULT s:2"; 5]);
    let both = format!("{process}aws_access_key_id = AKIADEFAULT\naws_secret_access_key = hidden\n");
    let [v1, v2, boto3, go, js] = all(&[], &both, "");
    assert_eq!([v1, v2, boto3], ["process default"; 3]);
    assert_eq!([go, js], ["AKIADEFAULT c:3"; 2]);
}

#[test]
fn a_role_beats_the_keys_beside_it() {
    let role = "[profile ops]\nrole_arn = arn:aws:iam::1:role/ops\nsource_profile = dev\n";
    let own = format!("{DEV}[ops]\naws_access_key_id = AKIAOPS\naws_secret_access_key = hidden\n");
    let variables = [("AWS_PROFILE", "ops")];
    assert_eq!(all(&variables, role, &own), ["role ops < AKIADEV s:2"; 5]);
    // A profile may be its own source.
    let own_source = "[profile dev]\nrole_arn = arn:aws:iam::1:role/ops\nsource_profile = dev\n";
    assert_eq!(all(&[("AWS_PROFILE", "dev")], own_source, DEV), ["role dev < AKIADEV s:2"; 5]);
}

#[test]
fn a_role_without_a_source_is_three_different_things() {
    let role = "[profile dev]\nrole_arn = arn:aws:iam::1:role/ops\n";
    let [v1, .., go, js] = all(&[("AWS_PROFILE", "dev")], role, DEV);
    assert_eq!(v1, "! the role of profile `dev` has no source_profile or credential_source (c:2)");
    assert_eq!(go, "role dev < AKIADEV s:2");
    assert_eq!(js, "AKIADEV s:2");
}

#[test]
fn a_role_that_wants_a_code_stops_the_sdks_that_ask_nobody() {
    let role = "[profile ops]\nrole_arn = arn:aws:iam::1:role/ops\nsource_profile = dev\nmfa_serial = GAHT12345678\n";
    let [v1, _, boto3, go, js] = all(&[("AWS_PROFILE", "ops")], role, DEV);
    assert_eq!([v1, boto3], ["role ops < AKIADEV s:2"; 2]);
    let nobody = "! profile `ops` wants an MFA code for its role (c:2), and this SDK cannot ask";
    assert_eq!([go, js], [nobody; 2]);
}

#[test]
fn sources_that_lead_nowhere_are_told_by_their_profile() {
    let to = |source: &str| {
        format!("[profile ops]\nrole_arn = arn:aws:iam::1:role/ops\nsource_profile = {source}\n")
    };
    let missing = "! the source of profile `ops`, `gone`, is in neither file";
    assert_eq!(all(&[("AWS_PROFILE", "ops")], &to("gone"), ""), [missing; 5]);
    let empty = to("dev") + "[profile dev]\nregion = eu-west-1\n";
    let none = "! profile `dev` has no credentials to give";
    assert_eq!(all(&[("AWS_PROFILE", "ops")], &empty, ""), [none; 5]);
    let round = to("dev") + "[profile dev]\nrole_arn = arn:aws:iam::1:role/d\nsource_profile = ops\n";
    let [v1, v2, boto3, _, _] = all(&[("AWS_PROFILE", "ops")], &round, "");
    assert_eq!([v1, v2, boto3], ["! the sources of profile `ops` go round in a circle"; 3]);
}

#[test]
fn go_wants_one_kind_of_source_and_a_role_for_it() {
    let both = "[profile ops]\nrole_arn = arn:aws:iam::1:role/ops\nsource_profile = dev\n\
                credential_process = other\n";
    let [v1, .., go, js] = all(&[("AWS_PROFILE", "ops")], both, DEV);
    assert_eq!([v1, js], ["role ops < AKIADEV s:2"; 2]);
    assert!(go.starts_with("! profile `ops` has more than one source of credentials"), "{go}");
    let [.., go, _] = all(&[("AWS_PROFILE", "ops")], "[profile ops]\nsource_profile = dev\n", DEV);
    assert_eq!(go, "! profile `ops` has a source of credentials, but no role_arn");
}

/// Returns the result of Go v1, Java v2 and Java v1.
fn others(variables: &[(&str, &str)], config: &str, credentials: &str) -> [String; 3] {
    [Client::GoV1, Client::Java, Client::JavaV1]
        .map(|client| told(&verdict(client, variables, config, credentials)))
}

#[test]
fn go_v1_and_java_go_on_to_the_machine_where_a_profile_is_in_no_file() {
    let endpoint = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/");
    for name in ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"] {
        let variables = [(name, "gone"), endpoint];
        let found = others(&variables, "", "");
        assert_eq!(found, ["container http://127.0.0.1:1/"; 3], "{name}");
    }
    // Only Go reads the older variable, and only if it reads `~/.aws/config`.
    let older = [("AWS_DEFAULT_PROFILE", "dev"), ("AWS_SDK_LOAD_CONFIG", "1")];
    let files = format!("{DEV}{DEFAULT}");
    assert_eq!(others(&older[..1], "", &files), ["AKIADEFAULT s:5"; 3]);
    assert_eq!(others(&older, "", &files), ["AKIADEV s:2", "AKIADEFAULT s:5", "AKIADEFAULT s:5"]);
    // An empty name is one to Java's second version.
    let empty = [("AWS_PROFILE", ""), endpoint];
    let container = "container http://127.0.0.1:1/";
    assert_eq!(others(&empty, "", DEFAULT), ["AKIADEFAULT s:2", container, "AKIADEFAULT s:2"]);
}

#[test]
fn go_v1_reads_the_config_file_only_when_it_is_told_to_and_java_v1_never() {
    let role = "[profile ops]\nrole_arn = arn:aws:iam::1:role/ops\nsource_profile = dev\n";
    let variables = [("AWS_PROFILE", "ops"), ("AWS_SDK_LOAD_CONFIG", "true")];
    let none = "! there is no profile `ops` (AWS_PROFILE)";
    let nothing = "! there are no credentials anywhere";
    let of_dev = "role ops < AKIADEV s:2";
    assert_eq!(others(&variables[..1], role, DEV), [nothing, of_dev, none]);
    assert_eq!(others(&variables, role, DEV), [of_dev, of_dev, none]);
    // The same in the other file: Go v1 reads the role there no more than before.
    let there = format!("{DEV}[ops]\nrole_arn = arn:aws:iam::1:role/ops\nsource_profile = dev\n");
    assert_eq!(others(&variables[..1], "", &there), [nothing, of_dev, of_dev]);
    // Java v1 reads the generated files only through a variable of its own.
    let generated =
        [("AWS_PROFILE", "dev"), ("AWS_CONFIG_FILE", "/g"), ("AWS_CREDENTIAL_PROFILES_FILE", "/g")];
    let process = "[profile dev]\ncredential_process = awsesame process -p dev\n";
    let [.., java] = others(&generated, process, "");
    assert_eq!(java, "process dev");
}

#[test]
fn a_process_beats_keys_to_java_and_a_role_of_ones_own_keys_is_a_circle_to_its_second_version() {
    let both = format!("{DEV}credential_process = awsesame process -p dev\n");
    let dev = [("AWS_PROFILE", "dev")];
    assert_eq!(others(&dev, "", &both), ["AKIADEV s:2", "process dev", "process dev"]);
    let own =
        format!("{DEV}role_arn = arn:aws:iam::1:role/ops\nsource_profile = dev\nmfa_serial = GAHT12345678\n");
    let [go, java, java_v1] = others(&dev, "", &own);
    assert_eq!(go, "AKIADEV s:2");
    assert_eq!(java, "! the sources of profile `dev` go round in a circle");
    assert_eq!(java_v1, "role dev < AKIADEV s:2");
}

#[test]
fn values_that_withhold_keys_are_not_an_endpoint_or_a_key() {
    let sentence = "login needed: awsesame login -p dev";
    let withheld = [
        ("AWS_PROFILE", sentence),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/awsesame"),
        ("AWS_ACCESS_KEY", sentence),
        ("AWS_SECRET_ACCESS_KEY", "hidden"),
    ];
    for client in Client::ALL {
        let verdict = verdict(client, &withheld, "", DEFAULT);
        assert!(verdict.outcome.is_err(), "{verdict:?}");
    }
}

#[test]
fn a_container_comes_last_and_a_web_identity_before_the_profile_but_in_javascript() {
    let container = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/")];
    assert_eq!(all(&container, "", DEV), ["container http://127.0.0.1:1/"; 5]);
    assert_eq!(all(&container, "", DEFAULT), ["AKIADEFAULT s:2"; 5]);
    let web = [("AWS_WEB_IDENTITY_TOKEN_FILE", "/t"), ("AWS_ROLE_ARN", "arn:aws:iam::1:role/web")];
    let [v1, v2, boto3, go, js] = all(&web, "", DEFAULT);
    assert_eq!([v1, v2, boto3, go], ["web-identity env"; 4]);
    assert_eq!(js, "AKIADEFAULT s:2");
}

#[test]
fn the_older_token_is_read_first_by_botocore_and_by_nobody_else() {
    let variables = with(&[("AWS_SECURITY_TOKEN", "old"), ("AWS_SESSION_TOKEN", "new")]);
    for (client, read, shadow) in [
        (Client::Boto3, "AWS_SECURITY_TOKEN", ("AWS_SESSION_TOKEN", Some("AWS_SECURITY_TOKEN"))),
        (Client::Go, "AWS_SESSION_TOKEN", ("AWS_SECURITY_TOKEN", None)),
        (Client::JavaScript, "AWS_SESSION_TOKEN", ("AWS_SECURITY_TOKEN", None)),
    ] {
        let verdict = verdict(client, &variables, "", "");
        let Ok(Source::Variables { token, .. }) = &verdict.outcome else { panic!("{verdict:?}") };
        assert_eq!(*token, Some(read), "{client:?}");
        let (name, by) = shadow;
        assert_eq!(verdict.shadowed, [Shadow::Token { name, by }], "{client:?}");
    }
    // Two variables for one token are allowed if they agree.
    let same = with(&[("AWS_SECURITY_TOKEN", "new"), ("AWS_SESSION_TOKEN", "new")]);
    assert_eq!(verdict(Client::Boto3, &same, "", "").shadowed, []);
}

#[test]
fn what_is_passed_over_is_told_with_what_brings_it_to_light() {
    let variables = with(&[("AWS_PROFILE", "dev"), ("AWS_DEFAULT_PROFILE", "default")]);
    let verdict = verdict(Client::CliV2, &variables, "", &format!("{DEV}{DEFAULT}"));
    let taken = verdict.outcome.as_ref().ok();
    let [profile, keys] = &verdict.shadowed[..] else { panic!("{verdict:?}") };
    assert_eq!(profile.remedy(taken), Some(Remedy::Unset(vec!["AWS_PROFILE"])));
    assert!(matches!(keys, Shadow::Source(Source::Keys { .. })), "{keys:?}");
    let Some(Remedy::Unset(names)) = keys.remedy(taken) else { panic!("{keys:?}") };
    assert!(names.contains(&"AWS_ACCESS_KEY_ID") && names.contains(&"AWS_SESSION_TOKEN"));

    // The keys that JavaScript passes over are only a variable away.
    let verdict = asked(Client::JavaScript, None, &variables, "", DEV);
    let remedies: Vec<_> =
        verdict.shadowed.iter().map(|shadow| shadow.remedy(verdict.outcome.as_ref().ok())).collect();
    let unset = Remedy::Unset(vec!["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]);
    assert_eq!(remedies, [None, Some(unset)], "{verdict:?}");

    let process = "[default]\ncredential_process = awsesame process -p dev\n";
    let verdict = asked(Client::Boto3, None, &[], process, DEFAULT);
    let remedy = verdict.shadowed[0].remedy(verdict.outcome.as_ref().ok());
    assert_eq!(remedy, Some(Remedy::Import(ProfileName::new("default"))));
}

#[test]
fn no_secret_of_a_file_is_kept() {
    let process = "[profile dev]\ncredential_process = other --password hidden\n";
    let token = format!("{DEV}aws_session_token = hidden\n");
    let files = Files::read((process, "c"), (&token, "s"));
    assert!(!format!("{files:?}").contains("hidden"));
    let variables = Variables::read(|name| (!name.ends_with("_ID")).then(|| format!("hidden {name}")));
    assert!(!format!("{variables:?}").contains("hidden AWS_SE"));
    let lines: Vec<String> = files
        .all(&ProfileName::new("dev"))
        .iter()
        .map(|(key, stated)| format!("{key} {}", stated.place))
        .collect();
    let expected = [
        "credential_process c:2",
        "aws_access_key_id s:2",
        "aws_secret_access_key s:3",
        "aws_session_token s:4",
    ];
    assert_eq!(lines, expected);
}

proptest::proptest! {
    /// Checks that for any files every client ends, and that no source is both used and reported as ignored.
    #[test]
    fn every_client_ends_with_any_files(
        settings in proptest::collection::vec((0..3_usize, 0..8_usize, 0..4_usize), 0..14),
        named in 0..5_usize,
        keys in proptest::bool::ANY,
    ) {
        const NAMES: [&str; 4] = ["a", "b", "default", "gone"];
        let mut config = String::new();
        for (profile, setting, other) in settings {
            let head = if profile == 2 { "default".to_owned() } else { format!("profile {}", NAMES[profile]) };
            let setting = match setting {
                0 => "role_arn = arn:aws:iam::1:role/r".to_owned(),
                1 => format!("source_profile = {}", NAMES[other]),
                2 => format!("credential_source = {}", ["Environment", "EcsContainer", "Nonsense", "x"][other]),
                3 => "aws_access_key_id = AKIA".to_owned(),
                4 => "aws_secret_access_key = hidden".to_owned(),
                5 => "credential_process = awsesame process -p a".to_owned(),
                6 => "web_identity_token_file = /t".to_owned(),
                _ => "mfa_serial = GAHT12345678".to_owned(),
            };
            config.extend(["[", &head, "]\n", &setting, "\n"]);
        }
        let mut variables = if keys { KEYS.to_vec() } else { Vec::new() };
        if let Some(name) = NAMES.get(named) {
            variables.push(("AWS_PROFILE", name));
        }
        for client in Client::ALL {
            let verdict = verdict(client, &variables, &config, "");
            if let Ok(taken) = &verdict.outcome {
                let shadowed = verdict.shadowed.contains(&Shadow::Source(taken.clone()));
                proptest::prop_assert!(!shadowed, "{verdict:?}");
            }
        }
    }
}
