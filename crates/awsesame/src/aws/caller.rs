//! A caller of AWS: the plan, the client and the credentials of its calls, and the translation of AWS's refusals to our
//! messages. A module that calls AWS takes one of these instead of the three values.

use aws_sdk_sts::config::Credentials as Signer;
use awsesame_core::answer::translate::{self, Answer};
use awsesame_core::fault::Fault;
use awsesame_core::name::{AccessKeyId, Serial};
use awsesame_core::plan::{Hop, Plan, Root};

use super::{Aws, sts};
use crate::state::State;
use crate::state::ledger::Ledger as _;

/// The calls of one plan, as far as their refusals are concerned.
#[derive(Clone, Copy)]
pub struct Caller<'a> {
    /// The plan whose calls are sent.
    pub plan: &'a Plan,
    /// The client that makes them.
    pub aws: &'a Aws,
    /// The credentials that sign them.
    pub signer: &'a Signer,
    /// Our state. Its ledger knows whether a code was spent.
    pub state: &'a State,
    /// The time, in unix seconds.
    pub now: i64,
}

impl Caller<'_> {
    /// Makes a call that names neither a device nor a role.
    pub fn call<T>(&self, call: impl FnOnce(&Aws, Signer) -> Result<T, Answer>) -> Result<T, Fault> {
        call(self.aws, self.signer.clone()).map_err(|answer| self.fault(&answer))
    }

    /// Returns the fault of a call that named neither a device nor a role.
    pub fn fault(&self, answer: &Answer) -> Fault {
        self.fault_about(answer, None, None)
    }

    /// Returns the fault of a call that was signed as a role.
    pub fn fault_as(&self, answer: &Answer, role: Option<&Hop>) -> Fault {
        self.fault_about(answer, None, role)
    }

    /// Returns the fault of a call that carried a code of this device, or asked for this role.
    pub fn fault_about(&self, answer: &Answer, serial: Option<&Serial>, role: Option<&Hop>) -> Fault {
        let seconds = match &self.plan.root {
            Root::Session { seconds, .. } | Root::Direct { seconds, .. } if serial.is_some() => {
                Some(*seconds)
            }
            _ => role.and_then(|role| role.duration),
        };
        let endpoint = self.aws.endpoint(match answer {
            Answer::Refused(refusal) => refusal.operation,
            Answer::Unreached(unreached) => unreached.operation,
        });
        translate::translate(
            answer,
            &translate::Context {
                subject: self.plan.subject.clone(),
                key: self.key(),
                serial: serial.cloned(),
                role: role.map(|role| role.arn.clone()),
                seconds,
                now: self.now,
                proxy: self.aws.proxy(&endpoint),
                endpoint,
                spent: serial.and_then(|serial| self.state.spent_unknown(serial)),
            },
        )
    }

    /// Returns the ID of the configured key that signs. Returns None if a session of ours signs, or if nothing signs.
    fn key(&self) -> Option<AccessKeyId> {
        let id = AccessKeyId::new(self.signer.access_key_id());
        let configured = self.plan.key().is_some_and(|key| key.id == id);
        let long_term = !id.is_of_session() && id.as_str() != sts::NOBODY;
        (configured || long_term).then_some(id)
    }
}
