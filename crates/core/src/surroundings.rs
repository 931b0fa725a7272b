//! Detects the environment of the program, such as WSL, from facts that the program collects. All functions are pure.

/// Returns true if this Linux runs inside Windows (WSL). Windows stops that virtual machine when nobody uses it, and
/// everything that only its kernel remembers is lost. `distribution` is `WSL_DISTRO_NAME`, which `sudo` removes;
/// `kernel` is the release of the kernel (`5.15.167.4-microsoft-standard-WSL2`).
pub fn is_wsl(distribution: Option<&str>, kernel: &str) -> bool {
    distribution.is_some_and(|name| !name.is_empty()) || kernel.to_ascii_lowercase().contains("microsoft")
}

/// The stores that encrypt and outlive the virtual machine, and whether each is usable here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lasting {
    /// True if `gpg` is installed and has a secret key.
    pub gpg: bool,
    /// True if `pass` is installed and set up.
    pub pass: bool,
}

impl Lasting {
    /// Returns the store for the key of the sessions on a system whose kernel keyring loses it. Returns None if there
    /// is none.
    pub fn store(self) -> Option<&'static str> {
        match self {
            Self { gpg: true, .. } => Some("gpg"),
            Self { pass: true, .. } => Some("pass"),
            Self { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linux_inside_windows_is_known_by_its_variable_or_by_its_kernel() {
        for (distribution, kernel, wsl) in [
            (Some("Ubuntu"), "6.1.0-37-amd64", true),
            (None, "5.15.167.4-microsoft-standard-WSL2", true),
            (None, "4.4.0-19041-Microsoft", true),
            (Some(""), "6.1.0-37-amd64", false),
            (None, "6.1.0-37-amd64", false),
            (None, "", false),
        ] {
            assert_eq!(is_wsl(distribution, kernel), wsl, "{distribution:?} {kernel}");
        }
    }

    #[test]
    fn the_store_that_outlasts_the_machine_is_one_that_has_what_it_needs() {
        for (gpg, pass, store) in [
            (true, true, Some("gpg")),
            (true, false, Some("gpg")),
            (false, true, Some("pass")),
            (false, false, None),
        ] {
            assert_eq!(Lasting { gpg, pass }.store(), store);
        }
    }
}
