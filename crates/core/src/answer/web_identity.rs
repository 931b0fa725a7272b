//! Checks the token of a web identity, which comes from a file or a program, and translates the refusals of AWS that
//! concern it. The token itself is never part of a message.

use crate::answer::translate::Answer;
use crate::fault::{Fault, SourceFault};
use crate::name::secret::Secret;
use crate::name::{RoleArn, Subject};

/// The maximum length of a token in AWS.
pub const MOST_TOKEN: usize = 20_000;
/// The minimum length of a token.
const LEAST_TOKEN: usize = 4;

/// Returns the token from the content of a file or the output of a program, without the white space around it. The
/// error is the end of a sentence.
pub fn token(text: &[u8]) -> Result<Secret, String> {
    let text = std::str::from_utf8(text).map_err(|_| "it is not text".to_owned())?.trim();
    match text.len() {
        0 => Err("it is empty".to_owned()),
        LEAST_TOKEN..=MOST_TOKEN if text.bytes().all(|b| b.is_ascii_graphic()) => Ok(Secret::new(text)),
        LEAST_TOKEN..=MOST_TOKEN => Err("it has more than one word".to_owned()),
        _ => Err(format!("it does not have {LEAST_TOKEN} to {MOST_TOKEN} characters")),
    }
}

/// Returns the fault of an answer that is about the token, or about the role's trust in it; None if it is about something
/// else.
pub fn refused(answer: &Answer, role: &RoleArn, subject: &Subject) -> Option<Fault> {
    /// The error codes, in the documented form and in the short form that SDKs use.
    const ABOUT_THE_TOKEN: [&str; 6] = [
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidIdentityToken",
        "InvalidIdentityTokenException",
        "IDPRejectedClaim",
        "IDPRejectedClaimException",
    ];
    let Answer::Refused(refusal) = answer else { return None };
    let (subject, role, why) = (subject.clone(), role.clone(), refusal.message.clone());
    match refusal.code.as_str() {
        "AccessDenied" | "AccessDeniedException" => Some(SourceFault::NotTrusted { subject, role }.into()),
        code if ABOUT_THE_TOKEN.contains(&code) => Some(SourceFault::TokenRefused { subject, why }.into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_one_word_of_the_length_that_aws_takes() {
        assert_eq!(token(b"  eyJ.eyJ.sig\n"), Ok(Secret::new("eyJ.eyJ.sig")));
        let long = "x".repeat(MOST_TOKEN + 1);
        for (text, why) in [
            (&b""[..], "it is empty"),
            (b" \n", "it is empty"),
            (b"abc", "it does not have 4 to 20000 characters"),
            (long.as_bytes(), "it does not have 4 to 20000 characters"),
            (b"two words", "it has more than one word"),
            (b"line\nline", "it has more than one word"),
            (b"\xff\xfe\xff\xfe", "it is not text"),
        ] {
            assert_eq!(token(text), Err(why.to_owned()));
        }
    }
}
