//! The variables of a process, read once. The C library searches all variables for every lookup, and one run makes
//! about fifty lookups, which took a quarter of the front's time. So the variables that are needed often are stored
//! separately. Neither program changes its own environment.

use std::ffi::{CStr, OsStr, OsString, c_char};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;
use std::sync::OnceLock;

/// The first letters of every name that is asked about often: AWS's, ours, the home and its folders.
const FREQUENT: [&[u8]; 4] = [b"AWS", b"MASTER_AWS_", b"HOME", b"XDG_"];

type Variable = (&'static [u8], &'static OsStr);

/// A snapshot of variables. Of two with the same name the first counts, as with getenv(3).
#[derive(Debug)]
pub struct Environment {
    frequent: Vec<Variable>,
    /// The other variables, sorted at the first lookup.
    others: OnceLock<Vec<Variable>>,
    /// Every `NAME=value`, or None if they are in the C runtime.
    words: Option<Vec<&'static [u8]>>,
}

impl Environment {
    /// Returns the variables of this process as they were when they were first asked for.
    pub fn of_process() -> &'static Self {
        static PROCESS: OnceLock<Environment> = OnceLock::new();
        PROCESS.get_or_init(|| {
            let frequent = read(all().filter(|word| is_frequent(word)), 32);
            Self { frequent, others: OnceLock::new(), words: None }
        })
    }

    /// Makes an environment of these variables. It lasts as long as the process, as every environment does.
    pub fn of<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> &'static Self {
        let words = variables
            .into_iter()
            .map(|(name, value)| -> &'static [u8] { format!("{name}={value}").into_bytes().leak() });
        Box::leak(Box::new(Self::of_words(words.collect())))
    }

    fn of_words(words: Vec<&'static [u8]>) -> Self {
        let frequent = read(words.iter().copied().filter(|word| is_frequent(word)), 32);
        Self { frequent, others: OnceLock::new(), words: Some(words) }
    }

    fn others(&self) -> &[Variable] {
        self.others.get_or_init(|| match &self.words {
            None => read(all().filter(|word| !is_frequent(word)), 96),
            Some(words) => read(words.iter().copied().filter(|word| !is_frequent(word)), words.len()),
        })
    }

    /// Returns a variable; the empty string is one.
    pub fn raw(&self, name: &str) -> Option<&'static OsStr> {
        let kept = if is_frequent(name.as_bytes()) { &self.frequent } else { self.others() };
        kept.iter().find(|(known, _)| *known == name.as_bytes()).map(|(_, value)| *value)
    }

    /// Returns a variable as a path; the empty string counts as not set.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.raw(name).filter(|value| !value.is_empty()).map(PathBuf::from)
    }

    /// Returns every variable with its value.
    pub fn all(&self) -> impl Iterator<Item = (OsString, &'static OsStr)> {
        let variables = self.frequent.iter().chain(self.others());
        variables.map(|(name, value)| (OsString::from_vec(name.to_vec()), *value))
    }
}

/// Parses words of the form `NAME=value`. Other words are ignored.
fn read(words: impl Iterator<Item = &'static [u8]>, about: usize) -> Vec<Variable> {
    let mut variables = Vec::with_capacity(about);
    for word in words {
        if let Some(end) = word.iter().position(|byte| *byte == b'=') {
            variables.push((&word[..end], OsStr::from_bytes(&word[end + 1..])));
        }
    }
    variables
}

fn is_frequent(name: &[u8]) -> bool {
    FREQUENT.iter().any(|start| name.starts_with(start))
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
        let read = Environment::of_words(words.to_vec());
        assert_eq!(read.raw("AWS_REGION"), Some(OsStr::new("a=b")));
        assert_eq!((read.raw("HOME"), read.path("HOME")), (Some(OsStr::new("")), None));
        assert_eq!(read.path("XDG_STATE_HOME"), Some(PathBuf::from(OsStr::from_bytes(b"\xff"))));
        assert_eq!((read.raw("AWS_PROFILE"), read.raw("PATH")), (None, Some(OsStr::new("/bin"))));
        assert_eq!(read.all().count(), 5);
    }

    #[test]
    fn variables_are_those_of_the_process() {
        let own = Environment::of_process();
        for name in ["HOME", "PATH"] {
            assert_eq!(own.raw(name).map(OsStr::to_owned), std::env::var_os(name), "{name}");
        }
        assert_eq!(own.raw("AWSESAME_NO_SUCH_VARIABLE"), None);
    }
}
