//! Evaluates `If-Match` and the other conditions of reads and writes.

use super::access::no_such_key;
use crate::clock;
use crate::wire::answer::Refusal;
use crate::wire::call::Call;
use crate::world::bucket::Object;

fn failed(condition: &str) -> Refusal {
    Refusal::new(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
        .detail("Condition", condition)
}

/// Returns true if a list of entity tags names this one.
fn names(list: &str, etag: &str) -> bool {
    list.split(',')
        .map(str::trim)
        .any(|tag| tag == "*" || tag.trim_start_matches("W/").trim_matches('"') == etag)
}

/// Checks the conditions of `PutObject`, `CompleteMultipartUpload` and `DeleteObject`. Terraform's lock file depends on
/// them.
pub(super) fn check_write(call: &Call, present: Option<&Object>) -> Result<(), Refusal> {
    if let Some(list) = call.header("if-none-match") {
        if list.trim() != "*" {
            return Err(Refusal::new(
                501,
                "NotImplemented",
                "A header you provided implies functionality that is not implemented",
            )
            .detail("Header", "If-None-Match"));
        }
        if present.is_some() {
            return Err(failed("If-None-Match"));
        }
    }
    if let Some(list) = call.header("if-match") {
        match present {
            None => return Err(no_such_key()),
            Some(object) if !names(list, &object.etag) => return Err(failed("If-Match")),
            Some(_) => {}
        }
    }
    Ok(())
}

/// Checks the conditions of `GetObject` and `HeadObject`, in the order of RFC 9110, 13.2.2.
pub(super) fn check_read(call: &Call, object: &Object) -> Result<(), Refusal> {
    let date = |name| call.header(name).and_then(clock::parse_http);
    if let Some(list) = call.header("if-match") {
        if !names(list, &object.etag) {
            return Err(failed("If-Match"));
        }
    } else if date("if-unmodified-since").is_some_and(|date| object.modified > date) {
        return Err(failed("If-Unmodified-Since"));
    }
    let unchanged = match call.header("if-none-match") {
        Some(list) => names(list, &object.etag),
        None => date("if-modified-since").is_some_and(|date| object.modified <= date),
    };
    if unchanged {
        return Err(Refusal::new(304, "NotModified", "Not Modified"));
    }
    Ok(())
}
