//! Suggests a known name for a mistyped one. Only the similarity is computed here; the caller supplies the known names.

/// The minimum similarity of a suggestion. A less similar one would be confusing.
const LIKELY: f64 = 0.8;

/// Returns the known name that is most similar to the typed one, if one is similar enough.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    known
        .into_iter()
        .map(|name| (likeness(&typed, &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness >= LIKELY)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, name)| name)
}

/// Returns true if no more than a third of a word is mistyped. Dashes in front do not count.
pub fn is_a_slip(typed: &str, meant: &str) -> bool {
    let word = |text: &str| text.trim_start_matches('-').to_lowercase();
    let (typed, meant) = (word(typed), word(meant));
    strsim::osa_distance(&typed, &meant) * 3 <= typed.chars().count()
}

/// Returns the similarity from 0 to 1. One wrong letter in a short name counts as similar, although the measure for
/// longer names rates it low.
fn likeness(typed: &str, known: &str) -> f64 {
    let slip = typed.chars().count() > 2 && strsim::osa_distance(typed, known) <= 1;
    strsim::jaro_winkler(typed, known).max(if slip { 0.9 } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_a_third_of_the_word_at_most() {
        for (typed, meant, slip) in [
            ("logni", "login", true),
            ("--forse", "--force", true),
            ("lst", "list", true),
            ("add", "audit", false),
            ("xyzzy", "exec", false),
            ("", "env", false),
        ] {
            assert_eq!(is_a_slip(typed, meant), slip, "{typed} {meant}");
        }
    }

    #[test]
    fn the_nearest_name_is_a_likely_one_or_none() {
        const PROFILES: &[&str] = &["production", "staging", "dev"];
        const SOURCES: &[&str] = &["terminal", "stdin", "command", "pinentry", "dialog", "yubikey", "totp"];
        const STORES: &[&str] = &["kernel", "file", "command", "age", "gpg", "pass", "keybase"];
        for (typed, known, expected) in [
            ("prodcution", PROFILES, Some("production")),
            ("Production", PROFILES, Some("production")),
            ("prod", PROFILES, Some("production")),
            ("stage", PROFILES, Some("staging")),
            ("dve", PROFILES, Some("dev")),
            ("xyzzy", PROFILES, None),
            ("", PROFILES, None),
            ("Yubikeys", SOURCES, Some("yubikey")),
            ("otp", SOURCES, Some("totp")),
            ("phone", SOURCES, None),
            ("kernal", STORES, Some("kernel")),
            ("Keyboase", STORES, Some("keybase")),
            ("vault", STORES, None),
        ] {
            assert_eq!(nearest(typed, known.iter().copied()), expected, "{typed}");
        }
    }
}
