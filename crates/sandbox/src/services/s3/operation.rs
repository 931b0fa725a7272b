//! Finds the S3 operation of a request by its method, path and query. The operation is carried out elsewhere.

use crate::wire::call::{Call, Params};
use crate::wire::encoding::unpercent;

/// An S3 operation, and the resource on which it works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Operation {
    name: &'static str,
    pub(super) bucket: String,
    pub(super) key: String,
}

/// The bucket configurations that can be read: the name in the query, the operation, and its IAM action.
pub(super) const CONFIGURATIONS: [(&str, &str, &str); 16] = [
    ("accelerate", "GetBucketAccelerateConfiguration", "s3:GetAccelerateConfiguration"),
    ("cors", "GetBucketCors", "s3:GetBucketCORS"),
    ("encryption", "GetBucketEncryption", "s3:GetEncryptionConfiguration"),
    ("lifecycle", "GetBucketLifecycleConfiguration", "s3:GetLifecycleConfiguration"),
    ("location", "GetBucketLocation", "s3:GetBucketLocation"),
    ("logging", "GetBucketLogging", "s3:GetBucketLogging"),
    ("notification", "GetBucketNotificationConfiguration", "s3:GetBucketNotification"),
    ("object-lock", "GetObjectLockConfiguration", "s3:GetBucketObjectLockConfiguration"),
    ("ownershipControls", "GetBucketOwnershipControls", "s3:GetBucketOwnershipControls"),
    ("policy", "GetBucketPolicy", "s3:GetBucketPolicy"),
    ("publicAccessBlock", "GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock"),
    ("replication", "GetBucketReplication", "s3:GetReplicationConfiguration"),
    ("requestPayment", "GetBucketRequestPayment", "s3:GetBucketRequestPayment"),
    ("tagging", "GetBucketTagging", "s3:GetBucketTagging"),
    ("versioning", "GetBucketVersioning", "s3:GetBucketVersioning"),
    ("website", "GetBucketWebsite", "s3:GetBucketWebsite"),
];

/// The queries for features that the sandbox does not have.
const UNKNOWN: [&str; 11] = [
    "acl",
    "analytics",
    "attributes",
    "intelligent-tiering",
    "inventory",
    "legal-hold",
    "metrics",
    "restore",
    "retention",
    "select",
    "torrent",
];

impl Operation {
    pub(crate) fn of(call: &Call) -> Self {
        let path = String::from_utf8_lossy(&unpercent(&call.path)).into_owned();
        let path = path.strip_prefix('/').unwrap_or_default();
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let query = call.query();
        let name = match (bucket.is_empty(), key.is_empty()) {
            (true, _) => service_operation(&call.method),
            (false, true) => bucket_operation(&call.method, &query),
            (false, false) => object_operation(call, &query),
        };
        Self { name, bucket: bucket.to_owned(), key: key.to_owned() }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the bucket's ARN, `arn:aws:s3:::BUCKET`.
    pub(super) fn bucket_arn(&self) -> String {
        format!("arn:aws:s3:::{}", self.bucket)
    }

    /// Returns the object's ARN, `arn:aws:s3:::BUCKET/KEY`.
    pub(super) fn object_arn(&self) -> String {
        format!("arn:aws:s3:::{}/{}", self.bucket, self.key)
    }
}

/// The name of every other operation.
pub(super) const UNSUPPORTED: &str = "Unsupported";

fn service_operation(method: &str) -> &'static str {
    if method == "GET" { "ListBuckets" } else { UNSUPPORTED }
}

fn bucket_operation(method: &str, query: &Params) -> &'static str {
    if UNKNOWN.iter().any(|name| query.has(name)) {
        return UNSUPPORTED;
    }
    let configuration = CONFIGURATIONS.iter().find(|(name, ..)| query.has(name));
    match (method, configuration) {
        ("GET", Some((_, operation, _))) => operation,
        ("GET", None) if query.has("uploads") => "ListMultipartUploads",
        ("GET", None) if query.has("versions") => "ListObjectVersions",
        ("GET", None) if query.get("list-type") == Some("2") => "ListObjectsV2",
        ("GET", None) => "ListObjects",
        ("HEAD", None) => "HeadBucket",
        ("PUT", None) => "CreateBucket",
        ("DELETE", None) => "DeleteBucket",
        ("POST", None) if query.has("delete") => "DeleteObjects",
        _ => UNSUPPORTED,
    }
}

fn object_operation(call: &Call, query: &Params) -> &'static str {
    if UNKNOWN.iter().any(|name| query.has(name)) {
        return UNSUPPORTED;
    }
    let (upload, copy) = (query.has("uploadId"), call.header("x-amz-copy-source").is_some());
    match call.method.as_str() {
        "GET" if query.has("tagging") => "GetObjectTagging",
        _ if query.has("tagging") => UNSUPPORTED,
        "GET" if upload => "ListParts",
        "GET" => "GetObject",
        "HEAD" => "HeadObject",
        "PUT" if upload && copy => "UploadPartCopy",
        "PUT" if upload => "UploadPart",
        "PUT" if copy => "CopyObject",
        "PUT" => "PutObject",
        "POST" if upload => "CompleteMultipartUpload",
        "POST" if query.has("uploads") => "CreateMultipartUpload",
        "DELETE" if upload => "AbortMultipartUpload",
        "DELETE" => "DeleteObject",
        _ => UNSUPPORTED,
    }
}
