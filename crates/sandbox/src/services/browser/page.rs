//! Writes the pages: plain HTML, escaped, with one small script for passkeys.

use super::passkey::RELYING_PARTY;
use crate::wire::answer::Answer;
use crate::wire::call::Call;

/// The script for passkeys, and its path.
pub(crate) const SCRIPT_PATH: &str = "/passkey.js";
const SCRIPT: &str = include_str!("passkey.js");

/// Returns the script as an answer.
pub(crate) fn script() -> Answer {
    let mut answer = Answer::html(200, SCRIPT.to_owned());
    answer.headers[0] = ("content-type", "text/javascript; charset=utf-8".to_owned());
    answer
}

/// Escapes text for HTML, for use in elements and in quoted attributes.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Returns a page with a title and a body in HTML.
pub(crate) fn page(status: u16, title: &str, body: &str) -> Answer {
    let title = escaped(title);
    Answer::html(
        status,
        format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title><style>\
             body{{font:16px/1.5 sans-serif;max-width:30em;margin:3em auto;padding:0 1em}}\
             label{{display:block;margin:.8em 0}}input{{display:block;width:100%;padding:.4em;font:inherit}}\
             button{{margin:1em .5em 0 0;padding:.4em 1em;font:inherit}}#message{{color:#a00}}code{{word-break:break-all}}\
             </style></head><body><h1>{title}</h1>{body}</body></html>\n"
        ),
    )
}

/// The contents of a sign-in form.
#[derive(Debug)]
pub(crate) struct SignInForm<'a> {
    pub(crate) title: &'a str,
    /// The purpose of the form, as HTML.
    pub(crate) purpose: String,
    /// Further fields of the form, as HTML.
    pub(crate) fields: String,
    /// The address from which the script gets a challenge.
    pub(crate) challenge: &'a str,
    /// The error of the last attempt.
    pub(crate) message: Option<String>,
    /// The person who is already signed in, if there is one.
    pub(crate) signed_in: Option<String>,
}

impl SignInForm<'_> {
    /// Returns the page. Its form is sent to the address of the page itself.
    pub(crate) fn answer(&self, call: &Call, status: u16) -> Answer {
        let passkey = if call.local_host() == Some(RELYING_PARTY) {
            "<button type=\"button\" id=\"passkey\">Sign in with a passkey</button>".to_owned()
        } else {
            // WebAuthn does not accept an IP address as the name of a site.
            format!(
                "<p><a id=\"use-passkey\" href=\"http://{RELYING_PARTY}:{}{}?{}\">I have a passkey</a></p>",
                call.port,
                escaped(&call.path),
                escaped(&call.query)
            )
        };
        let again = self.signed_in.as_ref().map_or_else(String::new, |who| {
            format!(
                "<form method=\"post\"><button name=\"session\" value=\"current\" id=\"continue\">Continue as {}</button></form>",
                escaped(who)
            )
        });
        page(
            status,
            self.title,
            &format!(
                "<p>{}</p><p id=\"message\">{}</p>{again}<form method=\"post\" data-challenge=\"{}\">{}\
                 <label>User name<input name=\"user\" autocomplete=\"username\" autofocus></label>\
                 <label>Password<input name=\"password\" type=\"password\" autocomplete=\"current-password\"></label>\
                 <label>MFA code, if you have a device that shows one<input name=\"code\" inputmode=\"numeric\" \
                 autocomplete=\"one-time-code\"></label><input name=\"assertion\" type=\"hidden\">\
                 <button id=\"allow\">Sign in and allow</button>\
                 <button name=\"decision\" value=\"deny\" id=\"deny\">Deny</button></form>{passkey}\
                 <script src=\"{SCRIPT_PATH}\"></script>",
                self.purpose,
                escaped(self.message.as_deref().unwrap_or_default()),
                self.challenge,
                self.fields,
            ),
        )
    }
}
