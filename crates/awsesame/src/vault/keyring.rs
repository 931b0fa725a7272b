//! The session keyring: the context, the state and the vault of one run, which all modules need together to obtain a
//! session. No decision is made here.

use aws_sdk_sts::config::Credentials as Signer;
use awsesame_core::plan::Plan;

use crate::aws::Aws;
use crate::aws::caller::Caller;
use crate::os::context::Context;
use crate::state::State;
use crate::vault::Vault;

/// The sessions of a user, and what reading and obtaining them needs.
pub struct SessionKeyring<'a> {
    /// The context of this run.
    pub context: Context,
    /// The state folder of awsesame.
    pub state: &'a State,
    /// The vault with the sessions.
    pub vault: &'a Vault<'a>,
}

impl SessionKeyring<'_> {
    /// Returns the caller that makes the calls of this plan with this signature, and that translates AWS's refusals.
    pub fn caller<'a>(&'a self, plan: &'a Plan, aws: &'a Aws, signer: &'a Signer) -> Caller<'a> {
        Caller { plan, aws, signer, state: self.state, now: self.context.now() }
    }
}
