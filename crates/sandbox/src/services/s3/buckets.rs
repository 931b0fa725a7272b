//! The operations on buckets: list, create and delete.

use super::access::bucket;
use super::operation::Operation;
use super::reply::document;
use crate::clock;
use crate::services::exchange::Exchange;
use crate::wire::answer::{Answer, Refusal};
use crate::world::Bucket;

/// The region of every bucket here.
const REGION: &str = "us-east-1";

pub(super) fn list_buckets(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    // AWS's list has no resource for this action, but the policies in the S3 guide allow it on this one.
    exchange.authorize("s3:ListAllMyBuckets", "arn:aws:s3:::*")?;
    let account = &exchange.caller.account;
    let mine = exchange.world.buckets.iter().filter(|(_, bucket)| bucket.owner == *account);
    Ok(document("ListAllMyBucketsResult", |xml| {
        xml.nest("Owner", |xml| {
            xml.leaf("ID", account);
        });
        xml.nest("Buckets", |xml| {
            for (name, bucket) in mine {
                xml.nest("Bucket", |xml| {
                    xml.leaf("Name", name).leaf("CreationDate", clock::iso_millis(bucket.created));
                });
            }
        });
    }))
}

pub(super) fn create_bucket(exchange: &mut Exchange, operation: &Operation) -> Result<Answer, Refusal> {
    exchange.authorize("s3:CreateBucket", &operation.bucket_arn())?;
    let name = &operation.bucket;
    let fit = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
    if !(3..=63).contains(&name.len()) || !name.bytes().all(fit) {
        return Err(Refusal::new(400, "InvalidBucketName", "The specified bucket is not valid.")
            .detail("BucketName", name));
    }
    if let Some(bucket) = exchange.world.buckets.get(name) {
        return Err(if bucket.owner == exchange.caller.account {
            Refusal::new(
                409,
                "BucketAlreadyOwnedByYou",
                "Your previous request to create the named bucket succeeded and you already own it.",
            )
        } else {
            Refusal::new(
                409,
                "BucketAlreadyExists",
                "The requested bucket name is not available. The bucket namespace is shared by all users of the \
                 system. Please select a different name and try again.",
            )
        });
    }
    let created = Bucket::new(&exchange.caller.account, exchange.now);
    exchange.world.buckets.insert(name.clone(), created);
    Ok(Answer::empty(200).header("location", format!("/{name}")))
}

pub(super) fn delete_bucket(exchange: &mut Exchange, operation: &Operation) -> Result<Answer, Refusal> {
    exchange.authorize("s3:DeleteBucket", &operation.bucket_arn())?;
    if !bucket(exchange, &operation.bucket)?.objects.is_empty() {
        return Err(Refusal::new(409, "BucketNotEmpty", "The bucket you tried to delete is not empty"));
    }
    exchange.world.buckets.remove(&operation.bucket);
    Ok(Answer::empty(204))
}

pub(super) fn head_bucket(exchange: &mut Exchange, operation: &Operation) -> Result<Answer, Refusal> {
    exchange.authorize("s3:ListBucket", &operation.bucket_arn())?;
    bucket(exchange, &operation.bucket)?;
    Ok(Answer::empty(200).header("x-amz-bucket-region", REGION))
}
