//! A request as it came in, taken apart but not yet trusted.

use std::net::IpAddr;

use bytes::Bytes;

use crate::wire::encoding::unpercent;

/// The services that the sandbox speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Sts,
    Iam,
    Organizations,
    S3,
}

impl Service {
    /// As a credential scope names it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sts => "sts",
            Self::Iam => "iam",
            Self::Organizations => "organizations",
            Self::S3 => "s3",
        }
    }

    pub(crate) fn namespace(self) -> &'static str {
        match self {
            Self::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
            // It speaks JSON.
            Self::Organizations => "",
            Self::Iam => "https://iam.amazonaws.com/doc/2010-05-08/",
            Self::S3 => "http://s3.amazonaws.com/doc/2006-03-01/",
        }
    }
}

/// One HTTP request.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) method: String,
    /// As sent, still percent-encoded.
    pub(crate) path: String,
    /// As sent, without the question mark.
    pub(crate) query: String,
    /// Names in lower case, in the order sent.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
    pub(crate) peer: IpAddr,
}

impl Call {
    /// The first header of this (lower-case) name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The query string, decoded.
    pub(crate) fn query(&self) -> Params {
        Params::parse(&self.query, false)
    }

    /// The parameters of STS's and IAM's query protocol: the form in the body, else the query.
    pub(crate) fn form(&self) -> Params {
        if self.method == "POST" && !self.body.is_empty() {
            Params::parse(&String::from_utf8_lossy(&self.body), true)
        } else {
            self.query()
        }
    }
}

/// Decoded `name=value` pairs.
#[derive(Debug, Default, Clone)]
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    /// `plus`: whether a `+` stands for a space, as in forms.
    pub(crate) fn parse(text: &str, plus: bool) -> Self {
        let decode = |part: &str| {
            let part = if plus { part.replace('+', " ") } else { part.to_owned() };
            String::from_utf8_lossy(&unpercent(&part)).into_owned()
        };
        Self(
            text.split('&')
                .filter(|pair| !pair.is_empty())
                .map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (decode(name), decode(value))
                })
                .collect(),
        )
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The non-empty value of `name`: AWS's SDKs send absent members as nothing at all.
    pub(crate) fn given(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// `PREFIX.member.1.SUFFIX`, `PREFIX.member.2.SUFFIX` and so on, while there are any.
    pub(crate) fn members(&self, prefix: &str, suffix: &str) -> Vec<&str> {
        (1..).map_while(|index| self.get(&format!("{prefix}.member.{index}{suffix}"))).collect()
    }
}
