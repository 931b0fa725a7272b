//! The operation `PutObject`.

use super::access::{bucket, bucket_mut, make_room};
use super::checksum::check;
use super::operation::Operation;
use super::precondition::check_write;
use super::reply::quoted;
use crate::services::exchange::Exchange;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::call::Call;
use crate::world::bucket::{Object, Traits};

const KEPT: [&str; 4] = ["cache-control", "content-disposition", "content-language", "expires"];

/// Returns the headers that the request sets for the new object.
pub(super) fn traits(call: &Call) -> Traits {
    let mut headers: Vec<(&'static str, String)> =
        KEPT.into_iter().filter_map(|name| Some((name, call.header(name)?.to_owned()))).collect();
    // `aws-chunked` was the coding of the transfer, not of the object.
    let encoding: Vec<&str> = call
        .header("content-encoding")
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|coding| !coding.is_empty() && *coding != "aws-chunked")
        .collect();
    if !encoding.is_empty() {
        headers.push(("content-encoding", encoding.join(",")));
    }
    Traits {
        content_type: call.header("content-type").map(str::to_owned),
        headers,
        metadata: call.headers.iter().filter(|(name, _)| name.starts_with("x-amz-meta-")).cloned().collect(),
    }
}

pub(super) fn put_object(exchange: &mut Exchange, operation: &Operation) -> Result<Answer, Refusal> {
    exchange.authorize("s3:PutObject", &operation.object_arn())?;
    let checksum = check(exchange)?;
    check_write(exchange.call, bucket(exchange, &operation.bucket)?.objects.get(&operation.key))?;
    make_room(exchange, exchange.body.len())?;
    let object = Object::new(exchange.body.clone(), traits(exchange.call), checksum, exchange.now);
    let mut answer = Answer::empty(200)
        .header("etag", quoted(&object.etag))
        .header("x-amz-server-side-encryption", "AES256");
    if let Some(checksum) = &object.checksum {
        answer = answer.header(checksum.header, &checksum.value).header("x-amz-checksum-type", "FULL_OBJECT");
    }
    bucket_mut(exchange, &operation.bucket)?.objects.insert(operation.key.clone(), object);
    Ok(answer)
}
