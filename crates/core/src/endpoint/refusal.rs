//! The reasons why the broker does not answer a request, with their HTTP status codes and messages.

use std::fmt;

use crate::text::quote::json;

/// The reason why a request is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The method is not GET.
    Method,
    /// The `Host` is another name, as from a web page whose name points to this machine.
    Host,
    /// A header of the browser shows that a web page sends the request.
    Page,
    /// There is no token. Most such clients are from a time before the token files.
    NoToken,
    /// The token is not the right one.
    Token,
    /// The path does not exist.
    Target,
}

impl Refusal {
    /// Returns the status of the answer. Clients retry the request with none of these statuses.
    pub fn status(self) -> u16 {
        match self {
            Self::Method => 405,
            Self::Host | Self::Page => 403,
            Self::NoToken | Self::Token => 401,
            Self::Target => 404,
        }
    }

    /// Returns the body of the answer.
    pub fn body(self) -> String {
        format!("{{\"code\":{},\"message\":{}}}", json(self.code()), json(&self.to_string()))
    }

    /// Returns the name of the reason for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Method => "MethodNotAllowed",
            Self::Host => "WrongHost",
            Self::Page => "WebPage",
            Self::NoToken => "NoToken",
            Self::Token => "WrongToken",
            Self::Target => "NotFound",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Method => "refused: only GET is answered here",
            Self::Host => "refused: the Host header names another host",
            Self::Page => "refused: web pages are not answered here",
            Self::NoToken => {
                "refused: no token came; a client from before 2024 does not read the file that has it: \
                 update it, or give it credentials by awsesame exec --via process"
            }
            Self::Token => "refused: the token is not the broker's",
            Self::Target => "refused: there is nothing under this path",
        })
    }
}
