//! Tests the settings of AWS's clients in a plan: the Region, the endpoints and the switches, and their precedence.

use super::{Asked, resolve};
use crate::plan::{ClientSettings, EnvironmentFacts, Exports, Plan};

const TEXT: &str = "
    [k]
    aws_access_key_id = AKIA
    aws_secret_access_key = s
    mfa_serial = arn:aws-cn:iam::1:mfa/phone
    [regional]
    aws_access_key_id = AKIA
    aws_secret_access_key = s
    region = eu-west-1
    ca_bundle = /etc/profile.pem
    [role]
    role_arn = arn:aws:iam::1:role/R
    source_profile = regional
    [gov]
    role_arn = arn:aws-us-gov:iam::1:role/R
    credential_source = EcsContainer
    [custom]
    aws_access_key_id = AKIA
    aws_secret_access_key = s
    endpoint_url = http://profile
    services = mine
    use_fips_endpoint = TRUE
    use_dualstack_endpoint = true
    [plain-custom]
    aws_access_key_id = AKIA
    aws_secret_access_key = s
    endpoint_url = http://profile
    region = eu-west-1
    [ignoring]
    aws_access_key_id = AKIA
    aws_secret_access_key = s
    endpoint_url = http://profile
    ignore_configured_endpoint_urls = true
    [legacy]
    aws_access_key_id = AKIA
    aws_secret_access_key = s
    region = eu-west-1
    sts_regional_endpoints = legacy
    [bad]
    aws_access_key_id = AKIA
    aws_secret_access_key = s
    use_fips_endpoint = maybe
    [bad-legacy]
    aws_access_key_id = AKIA
    aws_secret_access_key = s
    sts_regional_endpoints = global
    [bad-region]
    aws_access_key_id = AKIA
    aws_secret_access_key = s
    region = eu'west
    [bad-source]
    role_arn = arn:aws:iam::1:role/R
    source_profile = bad-region
    [services mine]
    sts = http://services-sts
";

fn plan(profile: &str, environment: EnvironmentFacts) -> Plan {
    resolve(TEXT, &Asked { profile: Some(profile), environment, ..Asked::default() }).unwrap()
}

fn client(profile: &str, environment: EnvironmentFacts) -> ClientSettings {
    plan(profile, environment).client
}

fn nothing() -> EnvironmentFacts {
    EnvironmentFacts::default()
}

fn text<'a>(value: impl Into<Option<&'a str>>) -> Option<String> {
    value.into().map(str::to_owned)
}

#[test]
fn the_region_comes_from_the_environment_the_profiles_or_the_partition() {
    let default_region = || EnvironmentFacts { default_region: text("ap-south-1"), ..nothing() };
    for (profile, environment, expected) in [
        ("regional", EnvironmentFacts { region: text("us-west-2"), ..default_region() }, "us-west-2"),
        ("regional", default_region(), "ap-south-1"),
        ("regional", EnvironmentFacts { region: text(""), ..default_region() }, "ap-south-1"),
        ("regional", nothing(), "eu-west-1"),
        ("role", nothing(), "eu-west-1"),
        ("k", nothing(), "cn-north-1"),
        ("gov", nothing(), "us-gov-west-1"),
        ("custom", nothing(), "us-east-1"),
    ] {
        let settings = client(profile, environment);
        assert_eq!(
            (settings.region.as_str(), settings.sts_region.as_str()),
            (expected, expected),
            "{profile}"
        );
    }
}

#[test]
fn endpoints_come_in_the_order_of_the_aws_tools() {
    let url = || EnvironmentFacts { endpoint_url: text("http://env"), ..nothing() };
    let sts = || EnvironmentFacts { endpoint_url_sts: text("http://env-sts"), ..url() };
    let iam = || EnvironmentFacts { endpoint_url_iam: text("http://env-iam"), ..nothing() };
    let ignore =
        |value: &str, facts| EnvironmentFacts { ignore_configured_endpoint_urls: text(value), ..facts };
    for (profile, environment, sts_endpoint, iam_endpoint) in [
        ("k", nothing(), None, None),
        ("k", url(), Some("http://env"), Some("http://env")),
        ("k", sts(), Some("http://env-sts"), Some("http://env")),
        ("k", iam(), None, Some("http://env-iam")),
        ("custom", nothing(), Some("http://services-sts"), Some("http://profile")),
        ("custom", iam(), Some("http://services-sts"), Some("http://env-iam")),
        ("custom", url(), Some("http://env"), Some("http://env")),
        ("custom", ignore("true", sts()), None, None),
        ("ignoring", url(), None, None),
        ("ignoring", ignore("false", nothing()), Some("http://profile"), Some("http://profile")),
        // A source's endpoints are the source's alone.
        ("role", nothing(), None, None),
    ] {
        let settings = client(profile, environment);
        assert_eq!(
            (settings.sts_endpoint.as_deref(), settings.iam_endpoint.as_deref()),
            (sts_endpoint, iam_endpoint),
            "{profile}"
        );
    }
}

#[test]
fn the_legacy_switch_means_the_global_endpoint_where_it_always_did() {
    const GLOBAL: (Option<&str>, &str) = (Some("https://sts.amazonaws.com"), "us-east-1");
    let variable = |value: &str, facts| EnvironmentFacts { sts_regional_endpoints: text(value), ..facts };
    let region = |value: &str| EnvironmentFacts { region: text(value), ..nothing() };
    for (profile, environment, expected) in [
        ("legacy", nothing(), GLOBAL),
        ("regional", variable("LEGACY", nothing()), GLOBAL),
        ("legacy", variable("regional", nothing()), (None, "eu-west-1")),
        // Regions younger than the switch, and other partitions, have no global endpoint.
        ("legacy", region("af-south-1"), (None, "af-south-1")),
        ("legacy", region("cn-north-1"), (None, "cn-north-1")),
        ("legacy", EnvironmentFacts { use_fips_endpoint: text("true"), ..nothing() }, (None, "eu-west-1")),
        (
            "legacy",
            EnvironmentFacts { endpoint_url: text("http://env"), ..nothing() },
            (Some("http://env"), "eu-west-1"),
        ),
    ] {
        let settings = client(profile, environment);
        assert_eq!((settings.sts_endpoint.as_deref(), settings.sts_region.as_str()), expected);
    }
}

#[test]
fn switches_come_from_the_environment_before_the_profile() {
    let facts = |fips: &str, dualstack: &str| EnvironmentFacts {
        use_fips_endpoint: text(fips),
        use_dualstack_endpoint: text(dualstack),
        ..nothing()
    };
    for (profile, environment, expected) in [
        ("k", nothing(), (false, false)),
        ("k", facts("True", ""), (true, false)),
        ("k", facts("", "true"), (false, true)),
        ("custom", nothing(), (true, true)),
        ("custom", facts("false", ""), (false, true)),
    ] {
        let settings = client(profile, environment);
        assert_eq!((settings.use_fips, settings.use_dualstack), expected);
    }
}

#[test]
fn an_empty_ca_bundle_counts_as_unset() {
    let bundle = |value: &str| EnvironmentFacts { ca_bundle: text(value), ..nothing() };
    assert_eq!(client("k", bundle("/etc/env.pem")).ca_bundle.as_deref(), Some("/etc/env.pem"));
    assert_eq!(client("regional", bundle("/etc/env.pem")).ca_bundle.as_deref(), Some("/etc/env.pem"));
    assert_eq!(client("regional", bundle("")).ca_bundle.as_deref(), Some("/etc/profile.pem"));
    assert_eq!(client("k", bundle("")).ca_bundle, None);
}

#[test]
fn values_that_mean_nothing_are_named_with_what_was_expected() {
    let fault = |profile: &str, environment: EnvironmentFacts| {
        let asked = Asked { profile: Some(profile), environment, ..Asked::default() };
        resolve(TEXT, &asked).unwrap_err().to_string()
    };
    assert_eq!(
        fault("bad", nothing()),
        "profile `bad` has `use_fips_endpoint = maybe`: expected `true` or `false`"
    );
    assert_eq!(
        fault("bad-legacy", nothing()),
        "profile `bad-legacy` has `sts_regional_endpoints = global`: expected `regional` or `legacy`"
    );
    let region = "has `region = eu'west`: expected the code of a region, like `eu-central-1`";
    assert_eq!(fault("bad-region", nothing()), format!("profile `bad-region` {region}"));
    assert_eq!(fault("bad-source", nothing()), format!("profile `bad-region` {region}"));
    let elsewhere = EnvironmentFacts { region: text("eu-west-1"), ..nothing() };
    // It would be exported all the same.
    assert_eq!(fault("bad-region", elsewhere), format!("profile `bad-region` {region}"));
    for value in ["-eu", "eu-", "eu west", "é", "$(x)", &"x".repeat(64)] {
        assert_eq!(
            fault("k", EnvironmentFacts { region: text(value), ..nothing() }),
            format!(
                "`{value}` is not a value for AWS_REGION: expected the code of a region, like `eu-central-1`"
            )
        );
    }
    assert_eq!(
        fault("k", EnvironmentFacts { use_dualstack_endpoint: text("1"), ..nothing() }),
        "`1` is not a value for AWS_USE_DUALSTACK_ENDPOINT: expected `true` or `false`"
    );
    assert_eq!(
        fault("k", EnvironmentFacts { sts_regional_endpoints: text("x"), ..nothing() }),
        "`x` is not a value for AWS_STS_REGIONAL_ENDPOINTS: expected `regional` or `legacy`"
    );
}

#[test]
fn the_shell_is_told_the_named_profiles_own_region_and_endpoint() {
    let exports = |region: Option<&'static str>, endpoint: Option<&'static str>| Exports {
        region: text(region),
        endpoint_url: text(endpoint),
    };
    let url = EnvironmentFacts { endpoint_url: text("http://env"), ..nothing() };
    let region = EnvironmentFacts { region: text("us-west-2"), ..nothing() };
    for (profile, environment, expected) in [
        ("plain-custom", nothing(), exports(Some("eu-west-1"), Some("http://profile"))),
        ("plain-custom", url, exports(Some("eu-west-1"), None)),
        ("plain-custom", region, exports(Some("eu-west-1"), Some("http://profile"))),
        ("ignoring", nothing(), exports(None, None)),
        ("k", nothing(), exports(None, None)),
        // A source's region serves to reach STS; the shell never asked for it.
        ("role", nothing(), exports(None, None)),
    ] {
        assert_eq!(plan(profile, environment).exports, expected, "{profile}");
    }
}

#[test]
fn a_key_in_the_environment_uses_the_default_profiles_settings() {
    let text = "
        [default]
        region = eu-north-1
        endpoint_url = http://default
    ";
    let asked = Asked { environment: super::master(nothing()), ..Asked::default() };
    let plan = resolve(text, &asked).unwrap();
    assert_eq!(plan.client.region, "eu-north-1");
    assert_eq!(plan.client.sts_endpoint.as_deref(), Some("http://default"));
    assert_eq!(plan.exports, Exports::default());
}
