//! The settings of AWS clients: Region, endpoints, switches and CA bundle, each in AWS's own order of precedence.

use super::Request;
use super::chain::{Chain, Start};
use super::request::set;
use super::sign_in::SignIn;
use crate::aws_files::profile::{Settings, bad, parse_switch};
use crate::fault::Fault;
use crate::name::{ProfileName, arn_field, is_region};

/// The settings that a client of STS and IAM is built with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientSettings {
    /// The region for IAM, and for STS unless [`Self::sts_region`] differs.
    pub region: String,
    /// The region that calls to STS are signed for.
    pub sts_region: String,
    /// The endpoint of STS, if it is not the Region's usual one.
    pub sts_endpoint: Option<String>,
    /// The endpoint of IAM, if it is not the partition's usual one.
    pub iam_endpoint: Option<String>,
    /// The endpoint of S3, if it is not the Region's usual one.
    pub s3_endpoint: Option<String>,
    /// The endpoint of Organizations, if it is not the partition's usual one.
    pub organizations_endpoint: Option<String>,
    /// The endpoint of AWS Sign-In, if it is not the Region's usual one.
    pub signin_endpoint: Option<String>,
    /// The endpoint of Identity Center's OIDC service, if it is not the Region's usual one.
    pub sso_oidc_endpoint: Option<String>,
    /// The endpoint of Identity Center's portal, if it is not the Region's usual one.
    pub sso_endpoint: Option<String>,
    /// True if FIPS endpoints are asked for.
    pub use_fips: bool,
    /// True if dual-stack endpoints are asked for.
    pub use_dualstack: bool,
    /// A PEM file of certificate authorities to trust instead of the usual ones.
    pub ca_bundle: Option<String>,
}

/// The settings that the shell is given besides the keys, because the keys unset the profile that they would have come
/// from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exports {
    /// The named profile's own region.
    pub region: Option<String>,
    /// The `endpoint_url` of the named profile, unless the environment has one.
    pub endpoint_url: Option<String>,
}

/// The Regions whose STS calls use the global endpoint with `sts_regional_endpoints = legacy`. Later Regions never use
/// it.
const LEGACY_REGIONS: &[&str] = &[
    "ap-northeast-1",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "aws-global",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

const GLOBAL_STS: &str = "https://sts.amazonaws.com";
const GLOBAL_STS_REGION: &str = "us-east-1";

pub(super) fn settings(request: &Request<'_>, chain: &Chain) -> Result<ClientSettings, Fault> {
    let environment = request.environment;
    let own = Own::of(request, chain);
    let ignored = configured_endpoints_ignored(request, own)?;
    let region = region(request, chain, own)?;
    let endpoint = |specific: Option<&String>, service: &str| -> Result<Option<String>, Fault> {
        if ignored {
            return Ok(None);
        }
        if let Some(url) = set(specific).or_else(|| set(environment.endpoint_url.as_ref())) {
            return Ok(Some(url.to_owned()));
        }
        let of_service = match (own.profile, own.get("services")) {
            (Some((name, _)), Some(section)) => request.profiles.service_endpoint(name, section, service)?,
            _ => None,
        };
        Ok(of_service.or_else(|| own.get("endpoint_url")).map(str::to_owned))
    };
    let iam_endpoint = endpoint(environment.endpoint_url_iam.as_ref(), "iam")?;
    let organizations_endpoint = endpoint(environment.endpoint_url_organizations.as_ref(), "organizations")?;
    let s3_endpoint = endpoint(environment.endpoint_url_s3.as_ref(), "s3")?;
    let signin_endpoint = endpoint(environment.endpoint_url_signin.as_ref(), "signin")?;
    let sso_oidc_endpoint = endpoint(environment.endpoint_url_sso_oidc.as_ref(), "sso_oidc")?;
    let sso_endpoint = endpoint(environment.endpoint_url_sso.as_ref(), "sso")?;
    let mut sts_endpoint = endpoint(environment.endpoint_url_sts.as_ref(), "sts")?;
    let use_fips =
        own.switch("AWS_USE_FIPS_ENDPOINT", environment.use_fips_endpoint.as_ref(), "use_fips_endpoint")?;
    let use_dualstack = own.switch(
        "AWS_USE_DUALSTACK_ENDPOINT",
        environment.use_dualstack_endpoint.as_ref(),
        "use_dualstack_endpoint",
    )?;
    let legacy = sts_is_legacy(request, own)?;
    let mut sts_region = region.clone();
    // The global endpoint has neither a FIPS nor a dual-stack form.
    if legacy
        && sts_endpoint.is_none()
        && !use_fips
        && !use_dualstack
        && LEGACY_REGIONS.contains(&region.as_str())
    {
        sts_endpoint = Some(GLOBAL_STS.to_owned());
        GLOBAL_STS_REGION.clone_into(&mut sts_region);
    }
    let ca_bundle = set(environment.ca_bundle.as_ref()).or_else(|| own.get("ca_bundle")).map(str::to_owned);
    Ok(ClientSettings {
        region,
        sts_region,
        sts_endpoint,
        iam_endpoint,
        s3_endpoint,
        organizations_endpoint,
        signin_endpoint,
        sso_oidc_endpoint,
        sso_endpoint,
        use_fips,
        use_dualstack,
        ca_bundle,
    })
}

pub(super) fn exports(request: &Request<'_>, chain: &Chain) -> Result<Exports, Fault> {
    // Without a named profile, other programs continue to read the default profile.
    if chain.subject.profile().is_none() {
        return Ok(Exports::default());
    }
    let own = Own::of(request, chain);
    let shadowed = set(request.environment.endpoint_url.as_ref()).is_some();
    let endpoint_url = own.get("endpoint_url").filter(|_| !shadowed).map(str::to_owned);
    let endpoint_url = if configured_endpoints_ignored(request, own)? { None } else { endpoint_url };
    Ok(Exports { region: own.region()?.map(str::to_owned), endpoint_url })
}

fn region(request: &Request<'_>, chain: &Chain, own: Own<'_>) -> Result<String, Fault> {
    let environment = request.environment;
    for (setting, value) in
        [("AWS_REGION", &environment.region), ("AWS_DEFAULT_REGION", &environment.default_region)]
    {
        if let Some(value) = set(value.as_ref()) {
            let wrong =
                || Fault::BadValue { setting, value: value.to_owned(), expected: REGION_EXPECTED.to_owned() };
            return is_region(value).then(|| value.to_owned()).ok_or_else(wrong);
        }
    }
    let sources = chain
        .visited
        .iter()
        .filter_map(|name| Some(Own { profile: Some((name, request.profiles.get(name)?)) }));
    for profile in std::iter::once(own).chain(sources) {
        if let Some(region) = profile.region()? {
            return Ok(region.to_owned());
        }
    }
    Ok(partition_region(chain).to_owned())
}

const REGION_EXPECTED: &str = "the code of a region, like `eu-central-1`";

/// The profile whose settings apply, by the rules of AWS's tools: the one in use, which is `default` without a name,
/// and not its sources.
#[derive(Clone, Copy)]
struct Own<'a> {
    profile: Option<(&'a ProfileName, &'a Settings)>,
}

impl<'a> Own<'a> {
    fn of(request: &Request<'a>, chain: &'a Chain) -> Self {
        let name = &chain.settings_of;
        Self { profile: request.profiles.get(name).map(|settings| (name, settings)) }
    }

    fn get(self, key: &str) -> Option<&'a str> {
        self.profile.and_then(|(_, settings)| settings.get(key))
    }

    fn region(self) -> Result<Option<&'a str>, Fault> {
        let Some((name, value)) =
            self.profile.and_then(|(name, settings)| Some((name, settings.get("region")?)))
        else {
            return Ok(None);
        };
        let wrong = || bad(name, "region", value, REGION_EXPECTED.to_owned());
        is_region(value).then_some(Some(value)).ok_or_else(wrong)
    }

    fn switch(self, variable: &'static str, value: Option<&String>, key: &str) -> Result<bool, Fault> {
        if let Some(value) = set(value) {
            return parse_switch(value).ok_or_else(|| Fault::BadValue {
                setting: variable,
                value: value.to_owned(),
                expected: "`true` or `false`".to_owned(),
            });
        }
        match self.profile {
            Some((name, settings)) => Ok(settings.switch(name, key)?.unwrap_or(false)),
            None => Ok(false),
        }
    }
}

fn configured_endpoints_ignored(request: &Request<'_>, own: Own<'_>) -> Result<bool, Fault> {
    own.switch(
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        request.environment.ignore_configured_endpoint_urls.as_ref(),
        "ignore_configured_endpoint_urls",
    )
}

fn sts_is_legacy(request: &Request<'_>, own: Own<'_>) -> Result<bool, Fault> {
    const EXPECTED: &str = "`regional` or `legacy`";
    let parse = |value: &str| match value.to_ascii_lowercase().as_str() {
        "legacy" => Some(true),
        "regional" => Some(false),
        _ => None,
    };
    if let Some(value) = set(request.environment.sts_regional_endpoints.as_ref()) {
        return parse(value).ok_or_else(|| Fault::BadValue {
            setting: "AWS_STS_REGIONAL_ENDPOINTS",
            value: value.to_owned(),
            expected: EXPECTED.to_owned(),
        });
    }
    match own.profile.and_then(|(name, settings)| Some((name, settings.get("sts_regional_endpoints")?))) {
        Some((name, value)) => {
            parse(value).ok_or_else(|| bad(name, "sts_regional_endpoints", value, EXPECTED.to_owned()))
        }
        None => Ok(false),
    }
}

/// Returns a Region of the partition of the devices and roles, if none is configured. IAM and STS answer alike in all
/// of them.
fn partition_region(chain: &Chain) -> &'static str {
    let of_devices = match &chain.start {
        Start::Key(_) => chain.serials.iter().find_map(|serial| serial.partition()),
        Start::SignIn(SignIn::Console(session)) => arn_field(session, 1),
        Start::WebIdentity(web) => arn_field(web.role.arn.as_str(), 1),
        Start::SignIn(SignIn::Portal(..)) | Start::Program(_) | Start::Ambient(_) => None,
    };
    match of_devices.or_else(|| chain.hops.iter().find_map(|hop| arn_field(hop.arn.as_str(), 1))) {
        Some("aws-cn") => "cn-north-1",
        Some("aws-us-gov") => "us-gov-west-1",
        Some("aws-eusc") => "eusc-de-east-1",
        Some("aws-iso") => "us-iso-east-1",
        Some("aws-iso-b") => "us-isob-east-1",
        Some("aws-iso-e") => "eu-isoe-west-1",
        Some("aws-iso-f") => "us-isof-south-1",
        _ => "us-east-1",
    }
}
