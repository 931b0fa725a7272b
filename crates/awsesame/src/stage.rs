//! What the story plays in: surroundings, files and sessions, held together so that
//! its parts need not hand each other three things. No decisions, and no scenes.

use crate::context::Context;
use crate::state::State;
use crate::vault::Vault;

/// Everything that the story plays in.
pub struct Stage<'a> {
    /// Our surroundings.
    pub context: Context,
    /// Our files.
    pub state: &'a State,
    /// Our sessions.
    pub vault: &'a Vault<'a>,
}
