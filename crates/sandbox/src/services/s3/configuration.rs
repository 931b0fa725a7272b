//! The answers about the configuration of a bucket, as AWS gives them for an unconfigured bucket.

use super::access::bucket;
use super::operation::CONFIGURATIONS;
use super::operation::Operation;
use super::reply::document;
use crate::services::exchange::Exchange;
use crate::wire::answer::{Answer, Refusal};

pub(super) fn get(exchange: &mut Exchange, operation: &Operation) -> Result<Answer, Refusal> {
    let (query, _, action) = CONFIGURATIONS
        .iter()
        .find(|(_, name, _)| *name == operation.name())
        .expect("only operations of this table come here");
    exchange.authorize(action, &operation.bucket_arn())?;
    bucket(exchange, &operation.bucket)?;
    let absent = |code: &str, message: &str| Err(Refusal::new(404, code, message));
    match *query {
        "cors" => absent("NoSuchCORSConfiguration", "The CORS configuration does not exist"),
        "lifecycle" => absent("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"),
        "object-lock" => absent(
            "ObjectLockConfigurationNotFoundError",
            "Object Lock configuration does not exist for this bucket",
        ),
        "policy" => absent("NoSuchBucketPolicy", "The bucket policy does not exist"),
        "publicAccessBlock" => absent(
            "NoSuchPublicAccessBlockConfiguration",
            "The public access block configuration was not found",
        ),
        "replication" => {
            absent("ReplicationConfigurationNotFoundError", "The replication configuration was not found")
        }
        "tagging" => absent("NoSuchTagSet", "The TagSet does not exist"),
        "website" => {
            absent("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration")
        }
        other => Ok(present(other)),
    }
}

fn present(query: &str) -> Answer {
    match query {
        "accelerate" => document("AccelerateConfiguration", |_| {}),
        "encryption" => document("ServerSideEncryptionConfiguration", |xml| {
            xml.nest("Rule", |xml| {
                xml.nest("ApplyServerSideEncryptionByDefault", |xml| {
                    xml.leaf("SSEAlgorithm", "AES256");
                });
                xml.leaf("BucketKeyEnabled", "false");
            });
        }),
        // AWS says us-east-1 by saying nothing.
        "location" => document("LocationConstraint", |_| {}),
        "logging" => document("BucketLoggingStatus", |_| {}),
        "notification" => document("NotificationConfiguration", |_| {}),
        "ownershipControls" => document("OwnershipControls", |xml| {
            xml.nest("Rule", |xml| {
                xml.leaf("ObjectOwnership", "BucketOwnerEnforced");
            });
        }),
        "requestPayment" => document("RequestPaymentConfiguration", |xml| {
            xml.leaf("Payer", "BucketOwner");
        }),
        _ => document("VersioningConfiguration", |_| {}),
    }
}
