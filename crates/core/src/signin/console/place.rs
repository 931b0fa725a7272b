//! The endpoints of AWS Sign-In, by Region. A login can be refreshed only in its own Region.

/// The variant of a Region's endpoints that is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Variant {
    /// True for FIPS 140 endpoints.
    pub fips: bool,
    /// True for endpoints with IPv6.
    pub dual_stack: bool,
}

/// The place where one sign-in happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The Region of the sign-in.
    pub region: String,
    base: String,
}

impl Place {
    /// Returns the endpoints of a Region, or of the endpoint setting that replaces it.
    pub fn new(region: &str, endpoint: Option<&str>, variant: Variant) -> Self {
        let base = endpoint.map_or_else(|| of_region(region, variant), ToOwned::to_owned);
        Self { region: region.to_owned(), base: base.trim_end_matches('/').to_owned() }
    }

    /// Returns the origin that the browser opens. A path of the endpoint setting is not part of it.
    pub fn origin(&self) -> &str {
        let host = self.base.find("://").map_or(0, |at| at + 3);
        self.base[host..].find('/').map_or(&self.base, |path| &self.base[..host + path])
    }

    /// Returns the URL where tokens are requested; it is what a proof is made for.
    pub fn token_url(&self) -> String {
        format!("{}/v1/token", self.base)
    }

    /// Returns the URL where the browser shows the code of a sign-in on another device.
    pub fn confirmation(&self) -> String {
        format!("{}/v1/sessions/confirmation", self.origin())
    }
}

fn of_region(region: &str, variant: Variant) -> String {
    let in_partition = |prefix: &str| region.starts_with(prefix);
    if in_partition("cn-") {
        return format!("https://{region}.signin.amazonaws.cn");
    }
    if in_partition("us-gov-") {
        return if variant.fips && region == "us-gov-west-1" {
            "https://signin-fips.amazonaws-us-gov.com".to_owned()
        } else {
            format!("https://{region}.signin.amazonaws-us-gov.com")
        };
    }
    if in_partition("eusc-") {
        return format!("https://{region}.signin.amazonaws-eusc.eu");
    }
    if in_partition("us-iso-") {
        return format!("https://{region}.signin.c2shome.ic.gov");
    }
    if in_partition("us-isob-") {
        return format!("https://{region}.signin.sc2shome.sgov.gov");
    }
    match (variant.fips, variant.dual_stack) {
        (true, _) => format!("https://signin-fips.{region}.amazonaws.com"),
        (false, true) => format!("https://signin.{region}.api.aws"),
        (false, false) => format!("https://{region}.signin.aws.amazon.com"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_partition_signs_in_at_home() {
        let plain = Variant::default();
        let fips = Variant { fips: true, ..plain };
        let dual = Variant { dual_stack: true, ..plain };
        for (region, variant, origin) in [
            ("us-east-1", plain, "https://us-east-1.signin.aws.amazon.com"),
            ("eu-central-1", dual, "https://signin.eu-central-1.api.aws"),
            ("us-west-2", fips, "https://signin-fips.us-west-2.amazonaws.com"),
            ("cn-north-1", plain, "https://cn-north-1.signin.amazonaws.cn"),
            ("us-gov-east-1", plain, "https://us-gov-east-1.signin.amazonaws-us-gov.com"),
            ("us-gov-west-1", fips, "https://signin-fips.amazonaws-us-gov.com"),
            ("eusc-de-east-1", plain, "https://eusc-de-east-1.signin.amazonaws-eusc.eu"),
            ("us-iso-east-1", plain, "https://us-iso-east-1.signin.c2shome.ic.gov"),
            ("us-isob-east-1", plain, "https://us-isob-east-1.signin.sc2shome.sgov.gov"),
        ] {
            let place = Place::new(region, None, variant);
            assert_eq!(place.origin(), origin);
            assert_eq!(place.token_url(), format!("{origin}/v1/token"));
            assert_eq!(place.confirmation(), format!("{origin}/v1/sessions/confirmation"));
        }
    }

    #[test]
    fn only_the_origin_of_an_endpoint_setting_reaches_the_browser() {
        let place = Place::new("us-east-1", Some("http://127.0.0.1:8080/prefix/"), Variant::default());
        assert_eq!(place.origin(), "http://127.0.0.1:8080");
        assert_eq!(place.token_url(), "http://127.0.0.1:8080/prefix/v1/token");
        assert_eq!(place.confirmation(), "http://127.0.0.1:8080/v1/sessions/confirmation");
        assert_eq!(
            Place::new("x", Some("http://127.0.0.1:1"), Variant::default()).origin(),
            "http://127.0.0.1:1"
        );
    }
}
