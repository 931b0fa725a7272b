//! The defaults that depend on the environment (WSL or not), for settings that are not set. This module only collects
//! the facts; core decides.

use std::path::{Path, PathBuf};

use awsesame_core::surroundings::{Lasting, is_wsl};

use crate::os::context::Context;

/// Returns true if this is a Linux inside Windows.
pub fn in_wsl(context: Context) -> bool {
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    is_wsl(context.var("WSL_DISTRO_NAME").as_deref(), &kernel)
}

/// Returns the store for the key of the sessions on a system whose kernel loses it. Returns None on other systems, or
/// if there is no such store.
pub fn lasting_store(context: Context) -> Option<&'static str> {
    if !in_wsl(context) {
        return None;
    }
    let home = context.folders().home()?;
    let folder =
        |variable: &str, usual: &str| context.var(variable).map_or_else(|| home.join(usual), PathBuf::from);
    let keys = folder("GNUPGHOME", ".gnupg").join("private-keys-v1.d");
    let passwords = folder("PASSWORD_STORE_DIR", ".password-store").join(".gpg-id");
    let lasting = Lasting {
        gpg: context.has_program("gpg") && holds_something(&keys),
        pass: context.has_program("pass") && passwords.is_file(),
    };
    lasting.store()
}

fn holds_something(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}
