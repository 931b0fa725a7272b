//! The one type that holds a secret. It is zeroed on drop, and it must never implement `Display` or print its content.

use std::fmt;

use zeroize::Zeroizing;

/// A secret string: redacted when debugged, without `Display`, zeroed on drop.
///
/// [`Secret::expose`] is the only way in, so that every use is easy to grep for.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Creates a secret. If the caller has another copy, the caller must clear it.
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// Returns the secret in the clear.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_never_shows_the_secret() {
        let secret = Secret::new("wJalrXUtnFEMI");
        assert_eq!(format!("{secret:?}"), "Secret(..)");
        assert_eq!(secret.expose(), "wJalrXUtnFEMI");
    }
}
