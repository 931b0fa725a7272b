//! The operations of an upload in parts.

use bytes::{Bytes, BytesMut};
use md5::{Digest, Md5};

use super::access::{bucket, bucket_mut, make_room};
use super::checksum::check;
use super::operation::Operation;
use super::precondition::check_write;
use super::reply::{document, quoted};
use super::write::traits;
use crate::clock;
use crate::services::exchange::Exchange;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::encoding::{hex, unhex};
use crate::wire::xml::{elements, text_of};
use crate::world::bucket::{Object, Part, Upload, md5};
use crate::world::id;

/// The minimum size of every part except for the last one.
const MIN_PART: usize = 5 << 20;
const MAX_PARTS: u32 = 10_000;

fn no_such_upload() -> Refusal {
    Refusal::new(
        404,
        "NoSuchUpload",
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or \
         completed.",
    )
}

fn upload_id<'a>(exchange: &'a Exchange) -> &'a str {
    exchange.form.get("uploadId").unwrap_or_default()
}

/// Returns the upload that the query names, if it is one of this key.
fn upload<'a>(exchange: &'a Exchange, operation: &Operation) -> Result<&'a Upload, Refusal> {
    let found = bucket(exchange, &operation.bucket)?.uploads.get(upload_id(exchange));
    found.filter(|upload| upload.key == operation.key).ok_or_else(no_such_upload)
}

pub(super) fn create(exchange: &mut Exchange, operation: &Operation) -> Result<Answer, Refusal> {
    exchange.authorize("s3:PutObject", &operation.object_arn())?;
    let upload = Upload {
        key: operation.key.clone(),
        started: exchange.now,
        traits: traits(exchange.call),
        parts: std::collections::BTreeMap::new(),
    };
    let id = id::upload();
    bucket_mut(exchange, &operation.bucket)?.uploads.insert(id.clone(), upload);
    Ok(document("InitiateMultipartUploadResult", |xml| {
        xml.leaf("Bucket", &operation.bucket).leaf("Key", &operation.key).leaf("UploadId", &id);
    }))
}

/// Puts a part where the query says.
pub(super) fn keep_part(
    exchange: &mut Exchange,
    operation: &Operation,
    data: Bytes,
) -> Result<Part, Refusal> {
    upload(exchange, operation)?;
    make_room(exchange, data.len())?;
    let number = exchange.form.get("partNumber").and_then(|text| text.parse().ok());
    let number = number.filter(|number| (1..=MAX_PARTS).contains(number)).ok_or_else(|| {
        Refusal::new(
            400,
            "InvalidArgument",
            format!("Part number must be an integer between 1 and {MAX_PARTS}, inclusive"),
        )
    })?;
    let part = Part { etag: md5(&data), data, modified: exchange.now };
    let id = upload_id(exchange).to_owned();
    let uploads = &mut bucket_mut(exchange, &operation.bucket)?.uploads;
    uploads.get_mut(&id).ok_or_else(no_such_upload)?.parts.insert(number, part.clone());
    Ok(part)
}

pub(super) fn upload_part(exchange: &mut Exchange, operation: &Operation) -> Result<Answer, Refusal> {
    exchange.authorize("s3:PutObject", &operation.object_arn())?;
    let checksum = check(exchange)?;
    let part = keep_part(exchange, operation, exchange.body.clone())?;
    let mut answer = Answer::empty(200).header("etag", quoted(&part.etag));
    if let Some(checksum) = checksum {
        answer = answer.header(checksum.header, checksum.value);
    }
    Ok(answer)
}

pub(super) fn complete(exchange: &mut Exchange, operation: &Operation) -> Result<Answer, Refusal> {
    exchange.authorize("s3:PutObject", &operation.object_arn())?;
    let upload = upload(exchange, operation)?;
    check_write(exchange.call, bucket(exchange, &operation.bucket)?.objects.get(&operation.key))?;
    let parts = chosen(upload, &String::from_utf8_lossy(&exchange.body))?;
    let (mut data, mut sums) = (BytesMut::new(), Vec::new());
    for part in &parts {
        data.extend_from_slice(&part.data);
        sums.extend(unhex(&part.etag).expect("a part's tag is a sum in hexadecimal"));
    }
    let mut object = Object::new(data.freeze(), upload.traits.clone(), None, exchange.now);
    object.etag = format!("{}-{}", hex(&Md5::digest(&sums)), parts.len());
    let etag = quoted(&object.etag);
    let id = upload_id(exchange).to_owned();
    let bucket = bucket_mut(exchange, &operation.bucket)?;
    bucket.uploads.remove(&id);
    bucket.objects.insert(operation.key.clone(), object);
    Ok(document("CompleteMultipartUploadResult", |xml| {
        xml.leaf("Location", format!("/{}/{}", operation.bucket, operation.key))
            .leaf("Bucket", &operation.bucket)
            .leaf("Key", &operation.key)
            .leaf("ETag", &etag);
    }))
}

/// Returns the parts that a `CompleteMultipartUpload` document lists, in its order.
fn chosen<'a>(upload: &'a Upload, document: &str) -> Result<Vec<&'a Part>, Refusal> {
    let mut parts: Vec<&Part> = Vec::new();
    let mut last = 0;
    for element in elements(document, "Part") {
        let number: u32 = text_of(element, "PartNumber").and_then(|text| text.parse().ok()).unwrap_or(0);
        let etag = text_of(element, "ETag").unwrap_or_default();
        let part = upload.parts.get(&number).filter(|part| part.etag == etag.trim_matches('"'));
        let part = part.ok_or_else(|| {
            Refusal::new(
                400,
                "InvalidPart",
                "One or more of the specified parts could not be found.  The part may not have been uploaded, or the \
                 specified entity tag may not match the part's entity tag.",
            )
            .detail("PartNumber", number.to_string())
        })?;
        if number <= last {
            return Err(Refusal::new(
                400,
                "InvalidPartOrder",
                "The list of parts was not in ascending order. Parts must be ordered by part number.",
            ));
        }
        last = number;
        parts.push(part);
    }
    if parts.is_empty() {
        return Err(Refusal::new(
            400,
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published schema",
        ));
    }
    if parts.iter().rev().skip(1).any(|part| part.data.len() < MIN_PART) {
        return Err(Refusal::new(
            400,
            "EntityTooSmall",
            "Your proposed upload is smaller than the minimum allowed size",
        ));
    }
    Ok(parts)
}

pub(super) fn abort(exchange: &mut Exchange, operation: &Operation) -> Result<Answer, Refusal> {
    exchange.authorize("s3:AbortMultipartUpload", &operation.object_arn())?;
    upload(exchange, operation)?;
    let id = upload_id(exchange).to_owned();
    bucket_mut(exchange, &operation.bucket)?.uploads.remove(&id);
    Ok(Answer::empty(204))
}

pub(super) fn list_parts(exchange: &mut Exchange, operation: &Operation) -> Result<Answer, Refusal> {
    exchange.authorize("s3:ListMultipartUploadParts", &operation.object_arn())?;
    let upload = upload(exchange, operation)?;
    Ok(document("ListPartsResult", |xml| {
        xml.leaf("Bucket", &operation.bucket)
            .leaf("Key", &operation.key)
            .leaf("UploadId", upload_id(exchange))
            .leaf("IsTruncated", "false");
        for (number, part) in &upload.parts {
            xml.nest("Part", |xml| {
                xml.leaf("PartNumber", number.to_string())
                    .leaf("LastModified", clock::iso_millis(part.modified))
                    .leaf("ETag", quoted(&part.etag))
                    .leaf("Size", part.data.len().to_string());
            });
        }
    }))
}

pub(super) fn list_uploads(exchange: &mut Exchange, operation: &Operation) -> Result<Answer, Refusal> {
    exchange.authorize("s3:ListBucketMultipartUploads", &operation.bucket_arn())?;
    let uploads = &bucket(exchange, &operation.bucket)?.uploads;
    Ok(document("ListMultipartUploadsResult", |xml| {
        xml.leaf("Bucket", &operation.bucket).leaf("IsTruncated", "false");
        for (id, upload) in uploads {
            xml.nest("Upload", |xml| {
                xml.leaf("Key", &upload.key)
                    .leaf("UploadId", id)
                    .leaf("StorageClass", "STANDARD")
                    .leaf("Initiated", clock::iso_millis(upload.started));
            });
        }
    }))
}
