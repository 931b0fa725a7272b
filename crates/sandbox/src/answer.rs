//! What goes back to the client, and the one error type, rendered as each service shapes it.
//! Decides nothing.

use bytes::Bytes;

use crate::call::Service;
use crate::xml::Xml;

/// A finished response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// Headers whose names the client chose (`x-amz-meta-...`).
    pub(crate) metadata: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), metadata: Vec::new(), body: Bytes::new() }
    }

    pub(crate) fn xml(xml: Xml) -> Self {
        let mut answer = Self::empty(200);
        answer.headers.push(("content-type", "text/xml".to_owned()));
        answer.body =
            Bytes::from(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}", xml.into_string()));
        answer
    }

    pub(crate) fn text(status: u16, text: String) -> Self {
        let mut answer = Self::empty(status);
        answer.headers.push(("content-type", "text/plain; charset=utf-8".to_owned()));
        answer.body = Bytes::from(text);
        answer
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// A refusal: HTTP status, AWS's code, AWS's message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
    /// Further elements of S3's error document, such as `ServerTime`.
    pub(crate) details: Vec<(&'static str, String)>,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into(), details: Vec::new() }
    }

    pub(crate) fn detail(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.details.push((name, value.into()));
        self
    }

    pub(crate) fn denied(message: impl Into<String>) -> Self {
        Self::new(403, "AccessDenied", message)
    }

    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::new(400, "ValidationError", message)
    }

    pub(crate) fn invalid_client_token() -> Self {
        Self::new(403, "InvalidClientTokenId", "The security token included in the request is invalid.")
    }

    /// As `service` would send it.
    pub(crate) fn render(&self, service: Service, resource: &str, request: &str) -> Answer {
        let mut xml = Xml::new();
        match service {
            Service::S3 => {
                xml.nest("Error", |xml| {
                    xml.leaf("Code", &self.code).leaf("Message", &self.message);
                    for (name, value) in &self.details {
                        xml.leaf(name, value);
                    }
                    xml.leaf("Resource", resource).leaf("RequestId", request).leaf("HostId", "sandbox");
                });
            }
            Service::Sts | Service::Iam => {
                xml.root("ErrorResponse", service.namespace(), |xml| {
                    xml.nest("Error", |xml| {
                        let side = if self.status < 500 { "Sender" } else { "Receiver" };
                        xml.leaf("Type", side).leaf("Code", &self.code).leaf("Message", &self.message);
                    });
                    xml.leaf("RequestId", request);
                });
            }
        }
        let mut answer = Answer::xml(xml);
        answer.status = self.status;
        if self.status == 304 {
            answer.body = Bytes::new();
        }
        answer
    }
}
