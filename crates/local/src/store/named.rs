//! Stores items under any name, on top of a store that allows only safe names: those of files, of entries of `pass`, of
//! arguments or of kernel keys. A name that is too long for that is shortened, and the full name is stored in front of
//! the secret.

use awsesame_core::fault::Fault;
use awsesame_core::session::{file_named, file_safe};
use zeroize::Zeroizing;

use super::Store;

/// A store whose items may have any name.
#[derive(Debug)]
pub struct Named<S>(pub S);

impl<S: Store> Store for Named<S> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn authenticates(&self) -> bool {
        self.0.authenticates()
    }

    fn get(&self, item: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
        let tame = tame(item);
        let Some(found) = self.0.get(&tame)? else { return Ok(None) };
        if !is_cut(&tame) {
            return Ok(Some(found));
        }
        let foreign =
            || Fault::StoreGarbage { store: self.name(), why: format!("`{tame}` is not what it should be") };
        match labelled(&found) {
            Some((label, secret)) if label == item => Ok(Some(Zeroizing::new(secret.to_vec()))),
            _ => Err(foreign()),
        }
    }

    fn put(&self, item: &str, secret: &[u8], seconds: Option<u64>) -> Result<(), Fault> {
        let tame = tame(item);
        if is_cut(&tame) {
            self.0.put(&tame, &label(item, secret), seconds)
        } else {
            self.0.put(&tame, secret, seconds)
        }
    }

    fn delete(&self, item: &str) -> Result<bool, Fault> {
        self.0.delete(&tame(item))
    }

    /// Returns the names of our own entries; others are left out.
    fn list(&self) -> Result<Vec<String>, Fault> {
        let mut items = Vec::new();
        for found in self.0.list()? {
            if let Some(item) = wild(&found) {
                items.push(item);
            } else if is_cut(&found)
                && let Some(laid) = self.0.get(&found)?
                && let Some((item, _)) = labelled(&laid).filter(|(item, _)| tame(item) == found)
            {
                items.push(item.to_owned());
            }
        }
        items.sort_unstable();
        Ok(items)
    }
}

/// The escapes for a dot or a hyphen at the start of a name. Without them, the file would be hidden, and the argument
/// would be an option.
const STARTS: [(char, &str); 2] = [('.', "%2E"), ('-', "%2D")];

/// Returns the encoded name of an item.
fn tame(item: &str) -> String {
    let safe = file_safe(item);
    for (start, escape) in STARTS {
        if let Some(rest) = safe.strip_prefix(start) {
            return format!("{escape}{rest}");
        }
    }
    safe
}

/// Returns the item of an encoded name. Returns None for a name that was cut, or that is not one of ours.
fn wild(tame: &str) -> Option<String> {
    for (start, escape) in STARTS {
        if let Some(rest) = tame.strip_prefix(escape) {
            return file_named(&format!("{start}{rest}"));
        }
    }
    file_named(tame).filter(|item| !item.starts_with(['.', '-']) && !item.is_empty())
}

/// Returns true if a safe name contains only a part of the item's name.
fn is_cut(tame: &str) -> bool {
    let ours = |c: char| c.is_ascii_alphanumeric() || "-_.%~".contains(c);
    // Most have no tilde, and the hot path asks of them alone.
    tame.rsplit_once('~').is_some_and(|(_, hash)| hash.len() == 16)
        && tame.chars().all(ours)
        && !tame.starts_with(['.', '-'])
        && wild(tame).is_none()
}

/// Returns a secret with its name before it: the length of the name as four bytes, the name, and the secret.
fn label(item: &str, secret: &[u8]) -> Zeroizing<Vec<u8>> {
    let length = u32::try_from(item.len()).expect("a name is shorter than four gigabytes");
    let mut laid = Zeroizing::new(Vec::with_capacity(4 + item.len() + secret.len()));
    laid.extend_from_slice(&length.to_le_bytes());
    laid.extend_from_slice(item.as_bytes());
    laid.extend_from_slice(secret);
    laid
}

/// Returns the name and the secret of a labeled secret.
fn labelled(laid: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = laid.split_first_chunk::<4>()?;
    let (item, secret) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    Some((std::str::from_utf8(item).ok()?, secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn safe_names_are_short_and_neither_options_nor_hidden_files() {
        let long = "x".repeat(300);
        for item in [".", "..", ".git", "-x", "--help", "a/b", "Case", "%2E", &long] {
            let tame = tame(item);
            assert!(!tame.starts_with(['.', '-']) && !tame.contains('/') && tame.len() < 130, "{tame}");
            assert_eq!(wild(&tame).as_deref(), (item != long).then_some(item));
            assert_eq!(is_cut(&tame), item == long);
        }
    }

    #[test]
    fn names_that_we_did_not_make_are_not_items() {
        for foreign in ["", ".", ".tmp", "-x", "Case", "a b", "%2Ea~", "a/b", "../x~0123456789abcdef", "a~"] {
            assert_eq!((wild(foreign), is_cut(foreign)), (None, false), "{foreign}");
        }
    }

    #[test]
    fn labels_are_read_as_they_were_written_and_nothing_else_is() {
        assert_eq!(labelled(&label("ü", b"secret")), Some(("ü", &b"secret"[..])));
        for other in [&b""[..], b"\x01\0\0", b"\x05\0\0\0abc", b"\x01\0\0\0\xff", &[255; 8]] {
            assert_eq!(labelled(other), None);
        }
    }
}
