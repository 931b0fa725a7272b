//! Reads a policy that came with a request. IAM and STS read it in the same way.

use crate::wire::answer::Refusal;
use crate::world::Document;

/// Parses a valid policy document, or returns the refusal of AWS.
pub(crate) fn document(text: &str) -> Result<Document, Refusal> {
    Document::parse(text).map_err(|error| {
        Refusal::new(400, "MalformedPolicyDocument", format!("Syntax errors in policy: {error}"))
    })
}
