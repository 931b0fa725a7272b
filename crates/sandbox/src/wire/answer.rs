//! The answer to a client and the error type of all services, in the format of each service. No decision is made here.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::wire::call::Service;
use crate::wire::xml::Xml;

/// A response that is ready to be sent.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The headers whose names the client chose (`x-amz-meta-...`).
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

    /// Returns an answer in the JSON protocol.
    pub(crate) fn json(status: u16, value: &Value) -> Self {
        let mut answer = Self::empty(status);
        answer.headers.push(("content-type", "application/x-amz-json-1.1".to_owned()));
        answer.body = Bytes::from(value.to_string());
        answer
    }

    /// Returns an answer in the REST-JSON protocol.
    pub(crate) fn rest_json(status: u16, value: &Value) -> Self {
        let mut answer = Self::json(status, value);
        answer.headers =
            vec![("content-type", "application/json".to_owned()), ("cache-control", "no-store".to_owned())];
        answer
    }

    /// Returns a page for a browser, which may load nothing but this server's own script.
    pub(crate) fn html(status: u16, page: String) -> Self {
        let mut answer = Self::text(status, page);
        answer.headers = vec![
            ("content-type", "text/html; charset=utf-8".to_owned()),
            (
                "content-security-policy",
                "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'; \
                 frame-ancestors 'none'; base-uri 'none'"
                    .to_owned(),
            ),
            ("cache-control", "no-store".to_owned()),
            ("referrer-policy", "no-referrer".to_owned()),
        ];
        answer
    }

    /// Sends the browser to another address.
    pub(crate) fn redirect(location: String) -> Self {
        Self::empty(302).header("location", location).header("cache-control", "no-store")
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

    /// Returns the refusal in the JSON protocol, which has its own names for general errors, and always the same
    /// status.
    fn in_json(&self) -> Answer {
        let code = match self.code.as_str() {
            "AccessDenied" => "AccessDeniedException",
            "Throttling" => "TooManyRequestsException",
            "InvalidClientTokenId" => "UnrecognizedClientException",
            "SignatureDoesNotMatch" => "InvalidSignatureException",
            "ExpiredToken" => "ExpiredTokenException",
            other => other,
        };
        let status = if self.status < 500 { 400 } else { self.status };
        Answer::json(status, &json!({ "__type": code, "Message": self.message }))
    }

    /// Returns the refusal of AWS Sign-In: the code is the member `error`, and the name of the exception is in a
    /// header.
    fn of_sign_in(&self) -> Answer {
        let exception = match self.code.as_str() {
            "TOKEN_EXPIRED"
            | "AUTHCODE_EXPIRED"
            | "USER_CREDENTIALS_CHANGED"
            | "INSUFFICIENT_PERMISSIONS" => "AccessDeniedException",
            "INVALID_REQUEST" => "ValidationException",
            "server_error" => "InternalServerException",
            other => other,
        };
        Answer::rest_json(self.status, &json!({ "error": self.code, "message": self.message }))
            .header("x-amzn-ErrorType", exception)
    }

    /// Returns the refusal of Identity Center's token service: it has OAuth's codes, such as `slow_down`, and
    /// exceptions named after them.
    fn of_oidc(&self) -> Answer {
        let exception = match self.code.as_str() {
            "server_error" => "InternalServerException".to_owned(),
            code => {
                let words = code.split('_').map(|word| {
                    let (first, rest) = word.split_at(word.len().min(1));
                    first.to_ascii_uppercase() + rest
                });
                words.collect::<String>() + "Exception"
            }
        };
        Answer::rest_json(self.status, &json!({ "error": self.code, "error_description": self.message }))
            .header("x-amzn-ErrorType", exception)
    }

    /// Returns the answer of the portal, in which the code is the name of the exception.
    fn of_portal(&self) -> Answer {
        Answer::rest_json(self.status, &json!({ "message": self.message }))
            .header("x-amzn-ErrorType", self.code.clone())
    }

    /// Returns the refusal as `service` would send it.
    pub(crate) fn render(&self, service: Service, resource: &str, request: &str) -> Answer {
        match service {
            Service::Organizations => return self.in_json(),
            Service::Signin => return self.of_sign_in(),
            Service::SsoOidc => return self.of_oidc(),
            Service::Sso => return self.of_portal(),
            Service::Sts | Service::Iam | Service::S3 => {}
        }
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
            _ => {
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
