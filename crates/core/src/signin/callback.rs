//! The answer from the browser, either to the listener's one path or pasted from the confirmation page. An answer
//! counts only with the state of this very sign-in; any other (from a second tab, or a guess by another page) changes
//! nothing.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode_str;
use subtle::ConstantTimeEq as _;

use super::valid::{Unacceptable, token, wrong};
use crate::name::secret::Secret;

/// The only path that the listener answers.
pub const PATH: &str = "/oauth/callback";
/// The maximum size of a sign-in page's answer.
pub const LONGEST: usize = 16 * 1024;

/// The answer of the sign-in page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Callback {
    /// The code, good once and for a short time.
    Code(Secret),
    /// The person or the service declined.
    Refused {
        /// OAuth's error code, such as `access_denied`.
        error: String,
        /// The message of the page, which may be empty.
        description: String,
    },
}

/// Reads the query of a request to [`PATH`]. `state` is what this sign-in sent.
pub fn read(query: &str, state: &str) -> Result<Callback, Unacceptable> {
    let answer = Query::parse(query)?;
    // The state is compared first, because without it the rest of the query may come from anybody.
    let given = answer.state.unwrap_or_default();
    if !bool::from(given.as_bytes().ct_eq(state.as_bytes())) {
        return wrong("it belongs to another sign-in: its `state` is not the one that was sent");
    }
    match (answer.code, answer.error) {
        (Some(code), None) => Ok(Callback::Code(token("code", Some(&Secret::new(code)))?)),
        (None, Some(error)) => {
            let description = answer.description.unwrap_or_default().chars().take(300).collect();
            Ok(Callback::Refused { error: error.chars().take(100).collect(), description })
        }
        (Some(_), Some(_)) => wrong("it has a code and an error"),
        (None, None) => wrong("it has no `code`"),
    }
}

/// Reads what the confirmation page shows: base64 of `code=...&state=...`, in any order.
/// Blanks and line ends that a terminal added are passed over.
pub fn read_pasted(pasted: &str, state: &str) -> Result<Callback, Unacceptable> {
    const PADDED_OR_NOT: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, PADDED_OR_NOT);
    if pasted.len() > LONGEST {
        return wrong("it is too long to be an authorization code");
    }
    let text: String = pasted.chars().filter(|c| !c.is_whitespace()).collect();
    let decoded = STANDARD.decode(&text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    match decoded.filter(|query| !query.is_empty()) {
        Some(query) => read(&query, state),
        None => wrong("it is not what the page shows: copy the whole code"),
    }
}

/// Reads the address at which a browser ended that cannot open it: all of it, or its query.
pub fn read_address(pasted: &str, state: &str) -> Result<Callback, Unacceptable> {
    let text: String = pasted.chars().filter(|c| !c.is_whitespace()).collect();
    let query = match text.split_once('?') {
        Some((address, query)) if address.ends_with(PATH) => query,
        Some(_) => return wrong("it is not the address that the browser ended at"),
        None => &text,
    };
    read(query.split('#').next().unwrap_or_default(), state)
}

#[derive(Default)]
struct Query {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    description: Option<String>,
}

impl Query {
    fn parse(query: &str) -> Result<Self, Unacceptable> {
        if query.len() > LONGEST {
            return wrong("it is too long");
        }
        let mut read = Self::default();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let slot = match name {
                "state" => &mut read.state,
                "code" => &mut read.code,
                "error" => &mut read.error,
                "error_description" => &mut read.description,
                _ => continue,
            };
            let value = value.replace('+', " ");
            let Ok(value) = percent_decode_str(&value).decode_utf8() else {
                return wrong(format!("its `{name}` is not text"));
            };
            // A parameter that occurs twice is refused, because an attacker could add the second one.
            if slot.replace(value.into_owned()).is_some() {
                return wrong(format!("it has `{name}` twice"));
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signin::vectors::{exchanges, text};

    const STATE: &str = "1fdb9eb0-f714-4e3c-a8a1-697cebe0dcde";

    #[test]
    fn every_recorded_redirect_is_understood() {
        let mut read_ones = 0;
        for path in ["/v1/authorize", "/authorize"] {
            for (step, exchange) in exchanges(path) {
                let location = text(&exchange["answer"]["headers"]["Location"]);
                let (_, query) = location.split_once('?').unwrap();
                let (_, state) = text(&exchange["request"]["query"]).split_once("state=").unwrap();
                let state = state.split('&').next().unwrap();
                let Ok(Callback::Code(code)) = read(query, state) else { panic!("{step}") };
                assert!(code.expose().starts_with("fake"), "{step}");
                assert!(read(query, STATE.strip_prefix('1').unwrap()).is_err(), "{step}");
                read_ones += 1;
            }
        }
        assert!(read_ones >= 5, "{read_ones}");
    }

    #[test]
    fn what_the_confirmation_page_shows_is_taken_however_it_was_copied() {
        let (step, exchange) = exchanges("/v1/sessions/confirmation")[0];
        let page = text(&exchange["answer"]["body"]);
        let pasted = page.split("<code>").nth(1).unwrap().split('<').next().unwrap();
        let state = "3f4bf80c-6b2e-42ea-b2f4-fb622b385c3d";
        let code = Ok(Callback::Code(Secret::new("fakecode-b1e30f5e36bfc79e")));
        assert_eq!(read_pasted(pasted, state), code, "{step}");
        let (left, right) = pasted.split_at(20);
        assert_eq!(read_pasted(&format!("  {left}\n{right} \n"), state), code);
        assert_eq!(read_pasted(pasted.trim_end_matches('='), state), code);
        assert!(read_pasted(pasted, STATE).is_err());
        for wrong in ["", "fakecode-b1e30f5e36bfc79e", "c3RhdGU9", "%%%"] {
            assert!(read_pasted(wrong, state).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_answer_without_our_state_is_ignored() {
        let with = |query: &str| read(query, STATE);
        let good = format!("code=abc&state={STATE}");
        assert_eq!(with(&good), Ok(Callback::Code(Secret::new("abc"))));
        for query in [
            String::new(),
            "code=abc".into(),
            "code=abc&state=".into(),
            format!("code=abc&state={STATE}0"),
            format!("code=abc&state={}", STATE.to_uppercase()),
            format!("state={STATE}"),
            format!("code=&state={STATE}"),
            format!("code=a%20b&state={STATE}"),
            format!("code=a%0d%0ab&state={STATE}"),
            format!("code=a&code=b&state={STATE}"),
            format!("code=a&state=x&state={STATE}"),
            format!("code=a&error=b&state={STATE}"),
            format!("code=%ff&state={STATE}"),
            format!("code={}&state={STATE}", "a".repeat(LONGEST)),
            "error=access_denied".into(),
        ] {
            assert!(with(&query).is_err(), "{}", &query[..query.len().min(90)]);
        }
    }

    #[test]
    fn the_address_that_a_browser_ended_at_is_taken_whole_or_in_part() {
        let code = Ok(Callback::Code(Secret::new("abc")));
        for pasted in [
            format!("http://127.0.0.1:5000/oauth/callback?code=abc&state={STATE}"),
            format!(" http://127.0.0.1:5000/oauth/callback?code=abc&st\nate={STATE}#\n"),
            format!("code=abc&state={STATE}"),
        ] {
            assert_eq!(read_address(&pasted, STATE), code, "{pasted}");
        }
        for pasted in [
            String::new(),
            "http://127.0.0.1:5000/oauth/callback".into(),
            format!("https://evil.example/?code=abc&state={STATE}"),
            "http://127.0.0.1:5000/oauth/callback?code=abc&state=other".into(),
        ] {
            assert!(read_address(&pasted, STATE).is_err(), "{pasted}");
        }
    }

    #[test]
    fn a_refusal_is_told_in_the_words_of_the_page() {
        let query = format!("error=access_denied&error_description=You+declined%21&state={STATE}&x=1");
        let refused =
            Callback::Refused { error: "access_denied".into(), description: "You declined!".into() };
        assert_eq!(read(&query, STATE), Ok(refused));
    }
}
