//! Splits Amazon Resource Names into their parts. The module `pattern` decides what a pattern matches.

use crate::catalog;

/// The parts of `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arn<'a> {
    pub(crate) partition: &'a str,
    pub(crate) service: &'a str,
    pub(crate) region: &'a str,
    pub(crate) account: &'a str,
    pub(crate) resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Splits an ARN into its parts. Only the last one may contain colons.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        if parts.next() != Some("arn") {
            return None;
        }
        Some(Self {
            partition: parts.next()?,
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next()?,
        })
    }

    /// Returns the six parts in order, including the leading `arn`.
    pub(crate) fn parts(self) -> [&'a str; 6] {
        ["arn", self.partition, self.service, self.region, self.account, self.resource]
    }
}

/// Returns true if a pattern has a wildcard in the type of the resource, which IAM may not match:
/// `arn:aws:iam::123456789012:u*`. A `*` alone matches every type, and a service such as S3, whose resources have no
/// types, may have wildcards anywhere.
///
/// Source: "IAM JSON policy elements: Resource" in the IAM user guide.
pub(crate) fn varies_in_type(pattern: &str) -> bool {
    let Some(arn) = Arn::parse(pattern) else { return false };
    let kind = arn.resource.split(['/', ':']).next().unwrap_or_default();
    let wild = |text: &str| text.contains(['*', '?']);
    if !wild(kind) || kind.bytes().all(|b| b == b'*') || wild(arn.service) {
        return false;
    }
    catalog::service(arn.service).is_none_or(catalog::Service::has_types)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_in_a_type_is_told_from_one_in_a_name() {
        for (pattern, varies) in [
            ("arn:aws:iam::123456789012:u*", true),
            ("arn:aws:iam::123456789012:u*/alice", true),
            // As in the guide's own policies.
            ("arn:aws:ec2:us-east-1:123456789012:*/*", false),
            ("arn:aws:iam::123456789012:user/a*", false),
            ("arn:aws:iam::123456789012:*", false),
            ("arn:aws:iam::*", false),
            ("arn:aws:s3:::my-*/x", false),
            ("arn:aws:unheard-of:::my-*/x", true),
            ("arn:aws:*:*:*:my-*", false),
            ("*", false),
        ] {
            assert_eq!(varies_in_type(pattern), varies, "{pattern}");
        }
    }
}
