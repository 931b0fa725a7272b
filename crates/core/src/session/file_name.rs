//! Converts names from outside, such as profiles and paths, to names of files that every file system accepts.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest, Sha256};

use super::key_id::hex;
use crate::name::Subject;

/// Returns the file name, without the folder, of the session of a subject. Every possible name of a profile becomes a
/// name that every file system accepts.
pub fn file_stem(subject: &Subject) -> String {
    match subject {
        Subject::Profile(name) => format!("p-{}", file_safe(name.as_str())),
        Subject::Environment(key) => format!("env-{}", file_safe(key.as_str())),
    }
}

/// Returns sixteen hex digits that represent a path or another name that is too long to repeat.
pub fn short_id(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes)[..8])
}

/// Converts text from outside to one component of a path.
pub fn file_safe(name: &str) -> String {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');
    // File systems that fold case must not fold two profiles into one.
    let mut safe: String = utf8_percent_encode(name, KEPT).to_string();
    if name.bytes().any(|b| b.is_ascii_uppercase()) || safe.len() > 120 {
        let hash = Sha256::digest(name.as_bytes());
        // The name is never cut inside an escape sequence.
        let mut end = safe.len().min(80);
        while safe[..end].ends_with('%') || (end > 1 && safe[..end - 1].ends_with('%')) {
            end -= 1;
        }
        safe.truncate(end);
        safe.push('~');
        safe.push_str(&hex(&hash[..8]));
    }
    safe
}

/// Returns the name from which [`file_safe`] made a component. Returns None if it was cut, or if [`file_safe`] never
/// makes this text.
pub fn file_named(safe: &str) -> Option<String> {
    let hash = |text: &str| text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let whole = safe.rsplit_once('~').filter(|(_, end)| hash(end)).map_or(safe, |(start, _)| start);
    let name = percent_decode_str(whole).decode_utf8().ok()?;
    (file_safe(&name) == safe).then(|| name.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::ProfileName;

    #[test]
    fn every_profile_name_has_a_file_name_of_its_own() {
        let names = ["dev", "Dev", "DEV", "a/b", "a%2Fb", "..", ".", "", "a b", "a\nb", "ä", "it's"];
        let long = "x".repeat(300);
        let longer = "x".repeat(301);
        let odd = "ü".repeat(90);
        let mut seen = std::collections::BTreeSet::new();
        for name in names.into_iter().chain([long.as_str(), &longer, &odd]) {
            let stem = file_stem(&Subject::Profile(ProfileName::new(name)));
            assert!(stem.len() < 130 && !stem.contains('/') && stem.is_ascii(), "{stem}");
            assert!(seen.insert(stem.to_ascii_lowercase()), "{name:?} shares {stem}");
        }
    }

    #[test]
    fn file_name_gives_the_original_name_back_unless_it_was_cut() {
        let long = "x".repeat(120);
        for name in ["dev", "Dev", "a/b", "a%2Fb", "..", "", "a b", "a\nb", "ä", "it's", "a~b", &long] {
            assert_eq!(file_named(&file_safe(name)).as_deref(), Some(name));
        }
        let (cut, odd) = ("x".repeat(121), "X".repeat(81));
        for other in
            [&file_safe(&cut), &file_safe(&odd), "a b", "Dev", "%2f", "%FF", "dev~0123456789abcdef", "%"]
        {
            assert_eq!(file_named(other), None, "{other}");
        }
    }
}
