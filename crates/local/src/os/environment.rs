//! The variables of this process, read once. The C library searches all of them for every question, and one run asks
//! some fifty times: that was a quarter of all that the front does. So those that can be asked about are kept apart.
//! Neither program changes its own environment.

use std::ffi::{CStr, OsStr, c_char};
use std::os::unix::ffi::OsStrExt;
use std::sync::OnceLock;

/// The first letters of every name that is asked about often: AWS's, ours, the home and its folders.
const KEPT: [&[u8]; 4] = [b"AWS", b"MASTER_AWS_", b"HOME", b"XDG_"];

type Variable = (&'static [u8], &'static OsStr);

/// Returns a variable as it was when the program began.
pub fn var(name: &str) -> Option<&'static OsStr> {
    static VARIABLES: OnceLock<Vec<Variable>> = OnceLock::new();
    let mut variables = VARIABLES.get_or_init(|| kept(all())).iter();
    // The first of two with the same name counts, as with getenv(3).
    variables.find(|(known, _)| *known == name.as_bytes()).map(|(_, value)| *value)
}

/// Returns true for a name whose variable [`var`] knows.
pub fn is_kept(name: &str) -> bool {
    KEPT.iter().any(|start| name.as_bytes().starts_with(start))
}

fn kept(words: impl Iterator<Item = &'static [u8]>) -> Vec<Variable> {
    let mut variables = Vec::with_capacity(32);
    for word in words.filter(|word| KEPT.iter().any(|start| word.starts_with(start))) {
        if let Some(end) = word.iter().position(|byte| *byte == b'=') {
            variables.push((&word[..end], OsStr::from_bytes(&word[end + 1..])));
        }
    }
    variables
}

/// Returns every `NAME=value` of the C runtime. [`std::env::vars_os`] would copy each.
#[expect(unsafe_code, reason = "C hands the environment over as a list of pointers")]
fn all() -> impl Iterator<Item = &'static [u8]> {
    unsafe extern "C" {
        static environ: *const *const c_char;
    }
    // SAFETY: `environ` is null or an array that a null pointer ends (POSIX.1-2017, environ). It is read before
    // another thread could be there, and nothing in this program changes it.
    let mut next = unsafe { environ };
    std::iter::from_fn(move || {
        // SAFETY: `next` is null, or points into that array at or before its end.
        let word = if next.is_null() { return None } else { unsafe { *next } };
        if word.is_null() {
            return None;
        }
        // SAFETY: `word` was not the end, so another pointer follows it; and it is a text that a zero byte ends, which
        // lasts as long as the process.
        let text = unsafe {
            next = next.add(1);
            CStr::from_ptr(word)
        };
        Some(text.to_bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_two_counts_and_what_is_not_a_variable_is_passed_over() {
        let words: [&'static [u8]; 6] = [
            b"PATH=/bin",
            b"AWS_REGION=a=b",
            b"AWS_REGION=c",
            b"AWS_PROFILE",
            b"HOME=",
            b"XDG_STATE_HOME=\xff",
        ];
        let found = kept(words.into_iter());
        let value =
            |name: &str| found.iter().find(|(known, _)| *known == name.as_bytes()).map(|(_, value)| *value);
        assert_eq!(value("AWS_REGION"), Some(OsStr::new("a=b")));
        assert_eq!(value("HOME"), Some(OsStr::new("")));
        assert_eq!(value("XDG_STATE_HOME"), Some(OsStr::from_bytes(b"\xff")));
        assert_eq!((value("AWS_PROFILE"), value("PATH")), (None, None));
        assert!(is_kept("AWSESAME_PROFILE") && !is_kept("PATH"));
    }

    #[test]
    fn what_the_system_knows_is_known_here() {
        assert_eq!(var("HOME").map(OsStr::to_owned), std::env::var_os("HOME"));
        assert_eq!(var("AWSESAME_NO_SUCH_VARIABLE"), None);
    }
}
