//! The operations that delete one object or several.

use super::access::{bucket, bucket_mut};
use super::operation::Operation;
use super::precondition::check_write;
use super::reply::document;
use crate::services::exchange::Exchange;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::xml::{elements, text_of};

/// AWS's limit of objects per request.
const MAX_KEYS: usize = 1000;

pub(super) fn delete_object(exchange: &mut Exchange, operation: &Operation) -> Result<Answer, Refusal> {
    exchange.authorize("s3:DeleteObject", &operation.object_arn())?;
    let bucket = bucket(exchange, &operation.bucket)?;
    if exchange.call.header("if-match").is_some() {
        check_write(exchange.call, bucket.objects.get(&operation.key))?;
    }
    bucket_mut(exchange, &operation.bucket)?.objects.remove(&operation.key);
    Ok(Answer::empty(204))
}

pub(super) fn delete_objects(exchange: &mut Exchange, operation: &Operation) -> Result<Answer, Refusal> {
    bucket(exchange, &operation.bucket)?;
    super::checksum::check(exchange)?;
    let malformed = || {
        Refusal::new(
            400,
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published schema",
        )
    };
    let text = std::str::from_utf8(&exchange.body).map_err(|_| malformed())?.to_owned();
    let keys: Vec<String> = elements(&text, "Object")
        .into_iter()
        .map(|object| text_of(object, "Key").ok_or_else(malformed))
        .collect::<Result<_, _>>()?;
    if keys.is_empty() || keys.len() > MAX_KEYS {
        return Err(malformed());
    }
    let quiet = text_of(&text, "Quiet").as_deref() == Some("true");
    let mut outcomes = Vec::with_capacity(keys.len());
    for key in keys {
        let arn = format!("arn:aws:s3:::{}/{key}", operation.bucket);
        let refused = exchange.authorize("s3:DeleteObject", &arn).err();
        if refused.is_none() {
            bucket_mut(exchange, &operation.bucket)?.objects.remove(&key);
        }
        outcomes.push((key, refused));
    }
    Ok(document("DeleteResult", |xml| {
        for (key, refused) in &outcomes {
            match refused {
                None if quiet => {}
                None => {
                    xml.nest("Deleted", |xml| {
                        xml.leaf("Key", key);
                    });
                }
                Some(refusal) => {
                    xml.nest("Error", |xml| {
                        xml.leaf("Key", key).leaf("Code", &refusal.code).leaf("Message", &refusal.message);
                    });
                }
            }
        }
    }))
}
