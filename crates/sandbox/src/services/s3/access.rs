//! Finds the bucket of a call, and checks that there is room in it.

use crate::services::exchange::Exchange;
use crate::wire::answer::Refusal;
use crate::world::Bucket;

/// The maximum size of all buckets together, in bytes.
const MAX_TOTAL: usize = 1 << 30;

/// Returns the bucket if it exists and belongs to the caller's account. There are no bucket policies here that could
/// admit others.
pub(super) fn bucket<'a>(exchange: &'a Exchange, name: &str) -> Result<&'a Bucket, Refusal> {
    let bucket = exchange.world.buckets.get(name).ok_or_else(|| no_such_bucket(name))?;
    if bucket.owner == exchange.caller.account { Ok(bucket) } else { Err(Refusal::denied("Access Denied")) }
}

/// Returns the same bucket for a change.
pub(super) fn bucket_mut<'a>(exchange: &'a mut Exchange, name: &str) -> Result<&'a mut Bucket, Refusal> {
    let bucket = exchange.world.buckets.get_mut(name).ok_or_else(|| no_such_bucket(name))?;
    if bucket.owner == exchange.caller.account { Ok(bucket) } else { Err(Refusal::denied("Access Denied")) }
}

pub(super) fn no_such_bucket(name: &str) -> Refusal {
    Refusal::new(404, "NoSuchBucket", "The specified bucket does not exist").detail("BucketName", name)
}

pub(super) fn no_such_key() -> Refusal {
    Refusal::new(404, "NoSuchKey", "The specified key does not exist.")
}

/// Refuses what would make the buckets outgrow the sandbox.
pub(super) fn make_room(exchange: &Exchange, size: usize) -> Result<(), Refusal> {
    let held: usize = exchange.world.buckets.values().map(Bucket::size).sum();
    if held + size > MAX_TOTAL {
        return Err(Refusal::new(
            400,
            "EntityTooLarge",
            format!("The sandbox holds at most {MAX_TOTAL} bytes in all its buckets"),
        ));
    }
    Ok(())
}
