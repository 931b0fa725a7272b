//! `ListObjects` in both versions, and `ListObjectVersions` for buckets that never had versions.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::access::bucket;
use super::operation::Operation;
use super::reply::{document, quoted};
use crate::clock;
use crate::services::authorize::authorize;
use crate::services::exchange::Exchange;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::encoding::{hex, percent, unhex};
use crate::wire::xml::Xml;
use crate::world::bucket::Object;

const MAX_KEYS: usize = 1000;

/// One page of a listing.
#[derive(Debug, Default, PartialEq, Eq)]
struct Page {
    keys: Vec<String>,
    prefixes: Vec<String>,
    /// The last thing on the page, where more follows.
    next: Option<String>,
}

fn page(objects: &BTreeMap<String, Object>, prefix: &str, delimiter: &str, after: &str, max: usize) -> Page {
    let mut page = Page::default();
    let mut last = None;
    let from = if after.is_empty() { Bound::Unbounded } else { Bound::Excluded(after.to_owned()) };
    for key in objects.range((from, Bound::Unbounded)).map(|(key, _)| key) {
        let Some(rest) = key.strip_prefix(prefix) else {
            if key.as_str() > prefix {
                break;
            }
            continue;
        };
        let rolled = (!delimiter.is_empty())
            .then(|| rest.find(delimiter))
            .flatten()
            .map(|at| key[..prefix.len() + at + delimiter.len()].to_owned());
        if let Some(common) = &rolled
            // The prefix was already listed on this page or, according to the marker, on the one before.
            && (page.prefixes.last() == Some(common) || after == common || (after.starts_with(common) && !after.is_empty()))
        {
            continue;
        }
        if page.keys.len() + page.prefixes.len() == max {
            page.next = last;
            return page;
        }
        last = Some(rolled.clone().unwrap_or_else(|| key.clone()));
        match rolled {
            Some(common) => page.prefixes.push(common),
            None => page.keys.push(key.clone()),
        }
    }
    page
}

pub(super) fn list_objects(exchange: &mut Exchange, operation: &Operation) -> Result<Answer, Refusal> {
    let query = &exchange.form;
    let prefix = query.get("prefix").unwrap_or_default();
    let delimiter = query.get("delimiter").unwrap_or_default();
    let max = match query.given("max-keys").map(str::parse::<usize>) {
        None => MAX_KEYS,
        Some(Ok(max)) => max.min(MAX_KEYS),
        Some(Err(_)) => {
            return Err(Refusal::new(
                400,
                "InvalidArgument",
                "Provided max-keys not an integer or within integer range",
            ));
        }
    };
    let mut context = exchange.context();
    // A key is there only if its parameter is.
    for (key, parameter) in
        [("s3:prefix", "prefix"), ("s3:delimiter", "delimiter"), ("s3:max-keys", "max-keys")]
    {
        if let Some(value) = query.get(parameter) {
            context.set(key, value);
        }
    }
    let versions = operation.name() == "ListObjectVersions";
    let action = if versions { "s3:ListBucketVersions" } else { "s3:ListBucket" };
    authorize(exchange.world, &exchange.caller, action, &operation.bucket_arn(), &context)?;

    let bucket = bucket(exchange, &operation.bucket)?;
    let second = operation.name() == "ListObjectsV2";
    let after = match query.given("continuation-token") {
        Some(token) if second => {
            unhex(token).and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(|| {
                Refusal::new(400, "InvalidArgument", "The continuation token provided is incorrect")
            })?
        }
        _ => query
            .given(if second {
                "start-after"
            } else if versions {
                "key-marker"
            } else {
                "marker"
            })
            .unwrap_or_default()
            .to_owned(),
    };
    let page = if max == 0 { Page::default() } else { page(&bucket.objects, prefix, delimiter, &after, max) };
    let encode = |text: &str| {
        if query.get("encoding-type") == Some("url") {
            percent(text.as_bytes(), b"/")
        } else {
            text.to_owned()
        }
    };
    let name = if versions { "ListVersionsResult" } else { "ListBucketResult" };
    Ok(document(name, |xml| {
        xml.leaf("Name", &operation.bucket)
            .leaf("Prefix", encode(prefix))
            .leaf("MaxKeys", max.to_string())
            .leaf("IsTruncated", page.next.is_some().to_string());
        if !delimiter.is_empty() {
            xml.leaf("Delimiter", encode(delimiter));
        }
        xml.maybe("EncodingType", query.given("encoding-type"));
        if second {
            xml.leaf("KeyCount", (page.keys.len() + page.prefixes.len()).to_string());
            xml.maybe("ContinuationToken", query.given("continuation-token"));
            xml.maybe("StartAfter", query.given("start-after").map(encode));
            xml.maybe("NextContinuationToken", page.next.as_ref().map(|next| hex(next.as_bytes())));
        } else {
            let (marker, next) =
                if versions { ("KeyMarker", "NextKeyMarker") } else { ("Marker", "NextMarker") };
            xml.leaf(marker, encode(&after));
            xml.maybe(next, page.next.as_deref().map(encode));
        }
        for key in &page.keys {
            let object = &bucket.objects[key];
            let element = if versions { "Version" } else { "Contents" };
            xml.nest(element, |xml| {
                entry(xml, &encode(key), object);
                if versions {
                    xml.leaf("VersionId", "null").leaf("IsLatest", "true");
                }
            });
        }
        for common in &page.prefixes {
            xml.nest("CommonPrefixes", |xml| {
                xml.leaf("Prefix", encode(common));
            });
        }
    }))
}

fn entry(xml: &mut Xml, key: &str, object: &Object) {
    xml.leaf("Key", key)
        .leaf("LastModified", clock::iso_millis(object.modified))
        .leaf("ETag", quoted(&object.etag))
        .leaf("Size", object.data.len().to_string())
        .leaf("StorageClass", "STANDARD");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::bucket::Traits;

    fn objects() -> BTreeMap<String, Object> {
        ["a", "b/1", "b/2", "b/c/3", "b0", "d/4"]
            .into_iter()
            .map(|key| (key.to_owned(), Object::new(bytes::Bytes::new(), Traits::default(), None, 0)))
            .collect()
    }

    #[test]
    fn delimiter_rolls_keys_up_into_prefixes() {
        let top = page(&objects(), "", "/", "", 1000);
        assert_eq!(
            (top.keys, top.prefixes),
            (vec!["a".to_owned(), "b0".into()], vec!["b/".to_owned(), "d/".into()])
        );
        let inside = page(&objects(), "b/", "/", "", 1000);
        assert_eq!(
            (inside.keys, inside.prefixes),
            (vec!["b/1".to_owned(), "b/2".into()], vec!["b/c/".to_owned()])
        );
    }

    #[test]
    fn pages_of_every_size_add_up_to_the_whole() {
        for (prefix, delimiter) in [("", ""), ("", "/"), ("b", ""), ("b/", "/"), ("x", "/")] {
            let whole = page(&objects(), prefix, delimiter, "", 1000);
            for size in 1..7 {
                let (mut keys, mut prefixes, mut after) = (Vec::new(), Vec::new(), String::new());
                loop {
                    let next = page(&objects(), prefix, delimiter, &after, size);
                    assert!(next.keys.len() + next.prefixes.len() <= size);
                    keys.extend(next.keys);
                    prefixes.extend(next.prefixes);
                    match next.next {
                        Some(marker) => after = marker,
                        None => break,
                    }
                }
                assert_eq!(
                    (&keys, &prefixes),
                    (&whole.keys, &whole.prefixes),
                    "{prefix:?} {delimiter:?} {size}"
                );
            }
        }
    }
}
