//! The keyring of sessions: the surroundings, the files and the vault of one run, which every part of the way to a
//! session needs together. No decision is made here.

use aws_sdk_sts::config::Credentials as Signer;
use awsesame_core::plan::Plan;

use crate::aws::Aws;
use crate::aws::caller::Caller;
use crate::os::context::Context;
use crate::state::State;
use crate::vault::Vault;

/// The sessions of a user, and what reading and obtaining them needs.
pub struct SessionKeyring<'a> {
    /// Our surroundings.
    pub context: Context,
    /// Our files.
    pub state: &'a State,
    /// Our sessions.
    pub vault: &'a Vault<'a>,
}

impl SessionKeyring<'_> {
    /// The caller that makes this plan's calls, signed so, and puts AWS's refusals into our words.
    pub fn caller<'a>(&'a self, plan: &'a Plan, aws: &'a Aws, signer: &'a Signer) -> Caller<'a> {
        Caller { plan, aws, signer, state: self.state, now: self.context.now() }
    }
}
