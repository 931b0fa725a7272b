//! A bucket with its objects and unfinished uploads, in memory.

use std::collections::BTreeMap;

use bytes::Bytes;
use md5::{Digest, Md5};

use super::fixture::BucketEntry;
use crate::wire::encoding::hex;

/// An object with all its bytes.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    pub(crate) data: Bytes,
    /// The entity tag without its quotes.
    pub(crate) etag: String,
    /// The time of the last change, in seconds since 1970.
    pub(crate) modified: i64,
    pub(crate) traits: Traits,
    pub(crate) checksum: Option<Checksum>,
}

/// The traits that a client gives an object and gets back with it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Traits {
    pub(crate) content_type: Option<String>,
    /// Other headers, such as `cache-control`.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The headers of the form `x-amz-meta-...`, with the prefix.
    pub(crate) metadata: Vec<(String, String)>,
}

/// A checksum that was sent and found right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checksum {
    /// The name of the header, such as `x-amz-checksum-crc32`.
    pub(crate) header: &'static str,
    /// The value in base64.
    pub(crate) value: String,
}

/// A part of an unfinished upload.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) data: Bytes,
    pub(crate) etag: String,
    pub(crate) modified: i64,
}

/// An upload in parts that is not finished.
#[derive(Debug)]
pub(crate) struct Upload {
    pub(crate) key: String,
    pub(crate) started: i64,
    pub(crate) traits: Traits,
    pub(crate) parts: BTreeMap<u32, Part>,
}

#[derive(Debug)]
pub(crate) struct Bucket {
    /// The account that owns the bucket.
    pub(crate) owner: String,
    pub(crate) created: i64,
    pub(crate) objects: BTreeMap<String, Object>,
    pub(crate) uploads: BTreeMap<String, Upload>,
}

/// Returns the MD5 of `data` in hexadecimal.
pub(crate) fn md5(data: &[u8]) -> String {
    hex(&Md5::digest(data))
}

impl Object {
    pub(crate) fn new(data: Bytes, traits: Traits, checksum: Option<Checksum>, now: i64) -> Self {
        Self { etag: md5(&data), data, modified: now, traits, checksum }
    }
}

impl Bucket {
    pub(crate) fn new(owner: &str, now: i64) -> Self {
        Self { owner: owner.to_owned(), created: now, objects: BTreeMap::new(), uploads: BTreeMap::new() }
    }

    pub(crate) fn from_entry(entry: &BucketEntry, owner: &str, now: i64) -> Self {
        let mut bucket = Self::new(owner, now);
        for (key, text) in &entry.objects {
            let traits = Traits { content_type: Some("text/plain".to_owned()), ..Traits::default() };
            let object = Object::new(Bytes::from(text.clone().into_bytes()), traits, None, now);
            bucket.objects.insert(key.clone(), object);
        }
        bucket
    }

    /// Returns the number of bytes in the bucket, including unfinished uploads.
    pub(crate) fn size(&self) -> usize {
        let objects: usize = self.objects.values().map(|object| object.data.len()).sum();
        let parts = self.uploads.values().flat_map(|upload| upload.parts.values());
        objects + parts.map(|part| part.data.len()).sum::<usize>()
    }
}
