//! The shape of STS's answers.

use crate::services::exchange::Exchange;
use crate::wire::answer::Answer;
use crate::wire::call::Service;
use crate::wire::xml::Xml;

/// Returns `<ACTIONResponse><ACTIONResult>...` around the elements that `inside` writes.
pub(super) fn respond(exchange: &Exchange, action: &str, inside: impl FnOnce(&mut Xml)) -> Answer {
    respond_to(&exchange.request_id, action, inside)
}

/// Returns the same answer for a call without a signature.
pub(super) fn respond_to(request_id: &str, action: &str, inside: impl FnOnce(&mut Xml)) -> Answer {
    let mut xml = Xml::new();
    xml.root(&format!("{action}Response"), Service::Sts.namespace(), |xml| {
        xml.nest(&format!("{action}Result"), inside);
        xml.nest("ResponseMetadata", |xml| {
            xml.leaf("RequestId", request_id);
        });
    });
    Answer::xml(xml)
}
