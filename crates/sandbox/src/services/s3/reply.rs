//! The shapes of S3's answers.

use crate::wire::answer::Answer;
use crate::wire::call::Service;
use crate::wire::xml::Xml;

/// Returns an answer that is one element in S3's namespace.
pub(super) fn document(name: &str, inside: impl FnOnce(&mut Xml)) -> Answer {
    let mut xml = Xml::new();
    xml.root(name, Service::S3.namespace(), inside);
    let mut answer = Answer::xml(xml);
    answer.headers = vec![("content-type", "application/xml".to_owned())];
    answer
}

pub(super) fn quoted(etag: &str) -> String {
    format!("\"{etag}\"")
}
