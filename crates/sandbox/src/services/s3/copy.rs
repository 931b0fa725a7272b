//! The operations `CopyObject` and `UploadPartCopy`.

use super::access::{bucket_mut, make_room};
use super::multipart;
use super::operation::Operation;
use super::read::{Wanted, range, readable};
use super::reply::{document, quoted};
use super::write::traits;
use crate::clock;
use crate::services::exchange::Exchange;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::encoding::unpercent;
use crate::world::bucket::Object;

/// Returns the object that `x-amz-copy-source` names, if the caller may read it.
fn source(exchange: &Exchange) -> Result<Object, Refusal> {
    let header = exchange.call.header("x-amz-copy-source").unwrap_or_default();
    let path = header.split_once('?').map_or(header, |(path, _)| path);
    let path = String::from_utf8_lossy(&unpercent(path)).into_owned();
    let (bucket, key) = path.trim_start_matches('/').split_once('/').ok_or_else(|| {
        Refusal::new(
            400,
            "InvalidArgument",
            "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
        )
    })?;
    readable(exchange, bucket, key).cloned()
}

fn result(name: &str, etag: &str, modified: i64) -> Answer {
    document(name, |xml| {
        xml.leaf("LastModified", clock::iso_millis(modified)).leaf("ETag", quoted(etag));
    })
}

pub(super) fn copy_object(exchange: &mut Exchange, operation: &Operation) -> Result<Answer, Refusal> {
    exchange.authorize("s3:PutObject", &operation.object_arn())?;
    let mut object = source(exchange)?;
    make_room(exchange, object.data.len())?;
    if exchange.call.header("x-amz-metadata-directive") == Some("REPLACE") {
        object.traits = traits(exchange.call);
    }
    object.modified = exchange.now;
    let answer = result("CopyObjectResult", &object.etag, object.modified);
    bucket_mut(exchange, &operation.bucket)?.objects.insert(operation.key.clone(), object);
    Ok(answer)
}

pub(super) fn upload_part_copy(exchange: &mut Exchange, operation: &Operation) -> Result<Answer, Refusal> {
    exchange.authorize("s3:PutObject", &operation.object_arn())?;
    let mut data = source(exchange)?.data;
    if let Some(text) = exchange.call.header("x-amz-copy-source-range") {
        let Wanted::Part(range) = range(text, data.len()) else {
            return Err(Refusal::new(416, "InvalidRange", "The requested range is not satisfiable"));
        };
        data = data.slice(range);
    }
    let part = multipart::keep_part(exchange, operation, data)?;
    Ok(result("CopyPartResult", &part.etag, part.modified))
}
