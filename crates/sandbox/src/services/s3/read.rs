//! `GetObject` and `HeadObject`, with ranges.

use std::ops::Range;

use super::access::{bucket, no_such_key};
use super::operation::Operation;
use super::precondition::check_read;
use super::reply::{document, quoted};
use crate::clock;
use crate::services::authorize::authorize;
use crate::services::exchange::Exchange;
use crate::wire::answer::{Answer, Refusal};
use crate::world::bucket::Object;

/// Returns the object, if the caller may read it. A caller who may not list the bucket does not learn whether an object
/// exists.
pub(super) fn readable<'a>(exchange: &'a Exchange, name: &str, key: &str) -> Result<&'a Object, Refusal> {
    exchange.authorize("s3:GetObject", &format!("arn:aws:s3:::{name}/{key}"))?;
    let found = bucket(exchange, name)?.objects.get(key);
    found.ok_or_else(|| {
        let list = format!("arn:aws:s3:::{name}");
        match authorize(exchange.world, &exchange.caller, "s3:ListBucket", &list, &exchange.context()) {
            Ok(()) => no_such_key().detail("Key", key),
            Err(refusal) => refusal,
        }
    })
}

pub(super) fn get_object(exchange: &mut Exchange, operation: &Operation) -> Result<Answer, Refusal> {
    let object = readable(exchange, &operation.bucket, &operation.key)?;
    check_read(exchange.call, object)?;
    let mut answer = Answer::empty(200)
        .header("accept-ranges", "bytes")
        .header("etag", quoted(&object.etag))
        .header("last-modified", clock::http(object.modified))
        .header("x-amz-server-side-encryption", "AES256")
        .header("content-type", object.traits.content_type.as_deref().unwrap_or("binary/octet-stream"));
    answer.headers.extend(object.traits.headers.iter().cloned());
    answer.metadata.extend(object.traits.metadata.iter().cloned());
    let size = object.data.len();
    let wanted = exchange.call.header("range").map_or(Wanted::Whole, |text| range(text, size));
    match wanted {
        Wanted::Nothing => {
            return Err(Refusal::new(416, "InvalidRange", "The requested range is not satisfiable")
                .detail("ActualObjectSize", size.to_string()));
        }
        Wanted::Part(range) => {
            answer.status = 206;
            let shown = format!("bytes {}-{}/{size}", range.start, range.end - 1);
            answer.body = object.data.slice(range);
            answer = answer.header("content-range", shown);
        }
        Wanted::Whole => {
            answer.body = object.data.clone();
            // A checksum of the whole says nothing about a part.
            if exchange.call.header("x-amz-checksum-mode").is_some()
                && let Some(checksum) = &object.checksum
            {
                answer = answer.header(checksum.header, &checksum.value);
            }
        }
    }
    Ok(answer)
}

/// The request of a `Range` header.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The range is invalid, and is ignored.
    Whole,
    Part(Range<usize>),
    /// The range begins after the end of the object.
    Nothing,
}

/// Parses a range such as `bytes=0-99`.
pub(super) fn range(text: &str, size: usize) -> Wanted {
    match bounds(text, size) {
        None => Wanted::Whole,
        Some(range) if range.is_empty() => Wanted::Nothing,
        Some(range) => Wanted::Part(range),
    }
}

fn bounds(text: &str, size: usize) -> Option<Range<usize>> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let (start, end) = match (first.trim(), last.trim()) {
        ("", suffix) => (size.saturating_sub(suffix.parse().ok()?), size),
        (first, "") => (first.parse().ok()?, size),
        (first, last) => {
            let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
            if last < first {
                return None;
            }
            (first, last.saturating_add(1).min(size))
        }
    };
    Some(start..end)
}

pub(super) fn get_object_tagging(exchange: &mut Exchange, operation: &Operation) -> Result<Answer, Refusal> {
    exchange.authorize("s3:GetObjectTagging", &operation.object_arn())?;
    if !bucket(exchange, &operation.bucket)?.objects.contains_key(&operation.key) {
        return Err(no_such_key().detail("Key", &operation.key));
    }
    Ok(document("Tagging", |xml| {
        xml.nest("TagSet", |_| {});
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_rfc_9110_has_them() {
        for (text, expected) in [
            ("bytes=0-4", Wanted::Part(0..5)),
            ("bytes=5-", Wanted::Part(5..10)),
            ("bytes=-3", Wanted::Part(7..10)),
            ("bytes=-30", Wanted::Part(0..10)),
            ("bytes=8-99", Wanted::Part(8..10)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=5-4", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
            ("lines=0-4", Wanted::Whole),
        ] {
            assert_eq!(range(text, 10), expected, "{text}");
        }
    }
}
