//! The shapes of IAM's answers.

use crate::services::exchange::Exchange;
use crate::wire::answer::Answer;
use crate::wire::call::Service;
use crate::wire::xml::Xml;

/// Returns `<ACTIONResponse><ACTIONResult>...` around the elements that `inside` writes.
pub(super) fn respond(exchange: &Exchange, action: &str, inside: impl FnOnce(&mut Xml)) -> Answer {
    let mut xml = Xml::new();
    xml.root(&format!("{action}Response"), Service::Iam.namespace(), |xml| {
        xml.nest(&format!("{action}Result"), inside);
        metadata(exchange, xml);
    });
    Answer::xml(xml)
}

/// Returns the answer to an operation that returns nothing.
pub(super) fn done(exchange: &Exchange, action: &str) -> Answer {
    let mut xml = Xml::new();
    xml.root(&format!("{action}Response"), Service::Iam.namespace(), |xml| metadata(exchange, xml));
    Answer::xml(xml)
}

fn metadata(exchange: &Exchange, xml: &mut Xml) {
    xml.nest("ResponseMetadata", |xml| {
        xml.leaf("RequestId", &exchange.request_id);
    });
}

/// Writes a list in IAM's form. The list is always complete, so there is never a marker.
pub(super) fn list<T>(
    xml: &mut Xml,
    name: &str,
    items: impl IntoIterator<Item = T>,
    write: impl Fn(&mut Xml, T),
) {
    xml.leaf("IsTruncated", "false");
    xml.nest(name, |xml| {
        for item in items {
            xml.nest("member", |xml| write(xml, item));
        }
    });
}
