//! A request as it was received, split into its parts. Nothing in it has been verified.

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
    /// AWS Sign-In, which `aws login` uses.
    Signin,
    /// The token service of IAM Identity Center.
    SsoOidc,
    /// The portal of IAM Identity Center.
    Sso,
}

impl Service {
    /// Returns the name of the service in a credential scope.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sts => "sts",
            Self::Iam => "iam",
            Self::Organizations => "organizations",
            Self::S3 => "s3",
            Self::Signin => "signin",
            Self::SsoOidc => "sso-oidc",
            Self::Sso => "sso",
        }
    }

    pub(crate) fn namespace(self) -> &'static str {
        match self {
            Self::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
            // These speak JSON.
            Self::Organizations | Self::Signin | Self::SsoOidc | Self::Sso => "",
            Self::Iam => "https://iam.amazonaws.com/doc/2010-05-08/",
            Self::S3 => "http://s3.amazonaws.com/doc/2006-03-01/",
        }
    }
}

/// An HTTP request with its body.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) method: String,
    /// The path as it was sent, still percent-encoded.
    pub(crate) path: String,
    /// The query as it was sent, without the question mark.
    pub(crate) query: String,
    /// The headers in the order in which they were sent, with their names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
    pub(crate) peer: IpAddr,
    /// The Region of the endpoint that received the call.
    pub(crate) region: String,
    /// The port that received the call.
    pub(crate) port: u16,
}

impl Call {
    /// Returns the first header of this (lower-case) name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Returns true if the call has a signature, even an invalid one.
    pub(crate) fn is_signed(&self) -> bool {
        self.header("authorization").is_some() || self.query().has("X-Amz-Algorithm")
    }

    /// Returns the host that the client named, without its port, if that is a name of this machine. Names that a web
    /// page could point here are none.
    pub(crate) fn local_host(&self) -> Option<&str> {
        let host = self.header("host").unwrap_or_default();
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        matches!(name, "127.0.0.1" | "localhost").then_some(name)
    }

    /// Returns the address of this endpoint under the name that the client used.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}:{}", self.local_host().unwrap_or("127.0.0.1"), self.port)
    }

    /// Returns the pairs of the query string, decoded.
    pub(crate) fn query(&self) -> Params {
        Params::parse(&self.query, false)
    }

    /// Returns the pairs of the query string as browsers write them: a `+` means a space.
    pub(crate) fn browser_query(&self) -> Params {
        Params::parse(&self.query, true)
    }

    /// Returns the parameters of STS's and IAM's query protocol: the form in the body, or else the query.
    pub(crate) fn form(&self) -> Params {
        if self.method == "POST" && !self.body.is_empty() {
            Params::parse(&String::from_utf8_lossy(&self.body), true)
        } else {
            self.query()
        }
    }
}

/// The decoded pairs `name=value`.
#[derive(Debug, Default, Clone)]
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    /// Reads the pairs. With `plus` a `+` means a space, as in forms.
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

    /// Returns the non-empty value of `name`. AWS's SDKs send an absent member as an empty one.
    pub(crate) fn given(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// Returns the values of `PREFIX.member.1.SUFFIX`, `PREFIX.member.2.SUFFIX` and so on.
    pub(crate) fn members(&self, prefix: &str, suffix: &str) -> Vec<&str> {
        (1..).map_while(|index| self.get(&format!("{prefix}.member.{index}{suffix}"))).collect()
    }
}
