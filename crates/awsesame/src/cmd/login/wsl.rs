//! The message of the first login in WSL: the store that keeps the key of the sessions there, and the reason.

use awsesame_core::fault::Fault;

use crate::cmd::Runner;
use crate::config::surroundings::in_wsl;
use crate::os::file::{self, Durability};
use crate::store::kernel;
use crate::ui;

/// The file that records that the message was shown.
const SAID: &str = "said-wsl";

/// Shows the message, unless it was shown before or the user has chosen a store.
pub(super) fn say_once(runner: &Runner<'_>) -> Result<(), Fault> {
    if !in_wsl(runner.context) || runner.config()?.is_set("store", runner.profile_name().as_deref()) {
        return Ok(());
    }
    let said = runner.state()?.folder().join(SAID);
    if said.exists() {
        return Ok(());
    }
    let store = runner.store()?;
    if store == kernel::NAME {
        ui::say(
            "in WSL the session is gone when Windows stops the virtual machine; `store = \"gpg\"` in config.toml \
             saves it, once gpg has a key",
        );
    } else {
        ui::say(&format!(
            "in WSL the kernel keyring is lost when Windows stops the virtual machine, so the key of the sessions \
             is stored in the {store} store"
        ));
    }
    file::write_own(&said, b"", Durability::Process)
}
