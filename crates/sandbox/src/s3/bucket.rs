//! A bucket and its objects, in memory.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::fixture::BucketEntry;

#[derive(Debug, Clone)]
pub(crate) struct Object {
    pub(crate) data: Bytes,
}

#[derive(Debug)]
pub(crate) struct Bucket {
    pub(crate) owner: String,
    pub(crate) created: i64,
    pub(crate) objects: BTreeMap<String, Object>,
}

impl Bucket {
    pub(crate) fn from_entry(entry: &BucketEntry, owner: &str, now: i64) -> Self {
        Self {
            owner: owner.to_owned(),
            created: now,
            objects: entry
                .objects
                .iter()
                .map(|(k, v)| (k.clone(), Object { data: Bytes::from(v.clone()) }))
                .collect(),
        }
    }
}
