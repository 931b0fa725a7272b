//! Knows for each condition key who decides its value in a future call of a user: it is fixed, the caller chooses it,
//! or it is unknown here.

use crate::evaluate::context::Context;

/// The party that decides the value of a condition key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Knowledge {
    /// The context of the caller contains the value.
    Fixed,
    /// The sender of the request chooses the value.
    Chosen,
    /// The network, an administrator, or AWS.
    Unknown,
}

/// The two keys of the time are one circumstance.
pub(crate) const TIME: &str = "aws:currenttime";
pub(crate) const EPOCH: &str = "aws:epochtime";
pub(crate) const ISSUED: &str = "aws:tokenissuetime";

pub(crate) const REGION: &str = "aws:requestedregion";

/// Some well-known Regions, one in each part of the world.
pub(crate) const REGIONS: [&str; 5] =
    ["us-east-1", "eu-central-1", "ap-southeast-2", "sa-east-1", "af-south-1"];

/// Returns the Region of IAM, to which all its calls are sent.
///
/// Source: `aws:RequestedRegion` in the IAM user guide.
pub(crate) fn region_of_iam(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => "us-east-1",
    }
}

/// The regions of IAM in the smaller partitions.
pub(crate) const OTHER_HOMES: [&str; 2] = ["cn-north-1", "us-gov-west-1"];

/// The keys that every request has.
pub(crate) const ALWAYS: [&str; 4] = [TIME, EPOCH, "aws:securetransport", REGION];

/// The global keys that the sender of a request decides.
const CHOSEN: [&str; 6] = [TIME, EPOCH, "aws:securetransport", REGION, "aws:useragent", "aws:referer"];

/// The prefix of the keys of the tags that a request sets. The name of the tag follows.
pub(crate) const REQUEST_TAG: &str = "aws:requesttag/";

/// The key with the names of all tags that a request sets.
pub(crate) const TAG_KEYS: &str = "aws:tagkeys";

/// Removes from a context the keys that the sender of a request decides. The context of a credential describes an
/// ordinary call over TLS, but a thief may call in another way.
pub(crate) fn of_any_sender(mut context: Context) -> Context {
    for key in CHOSEN {
        context.forget(key);
    }
    context
}

/// Returns who decides the value of a key, by its folded name. `decided` is true if the context of the caller contains
/// it.
///
/// Source: "AWS global condition context keys" in the IAM user guide.
pub(crate) fn of(key: &str, decided: bool) -> Knowledge {
    if CHOSEN.contains(&key) || key == TAG_KEYS || key.starts_with(REQUEST_TAG) {
        return Knowledge::Chosen;
    }
    if decided {
        return Knowledge::Fixed;
    }
    let Some((service, name)) = key.split_once(':') else { return Knowledge::Unknown };
    // Tags of what is there are the account's; keys with a dot are an identity provider's.
    let tag = name.split('/').next().unwrap_or_default();
    let of_resource = tag.ends_with("tag") && !tag.starts_with("request");
    match service {
        "aws" | "saml" => Knowledge::Unknown,
        _ if service.contains('.') || of_resource || name.starts_with("source") => Knowledge::Unknown,
        _ => Knowledge::Chosen,
    }
}

/// Returns the only service whose requests have a key, if it is not a global key.
pub(crate) fn service(key: &str) -> Option<&str> {
    key.split_once(':').map(|(service, _)| service).filter(|service| *service != "aws")
}
