//! Audits several accounts, a few at the same time. Each worker has a connection of its own; it assumes the role in the
//! next account, audits the account, and passes the findings on. The sessions of the roles stay in memory, and only the
//! findings of an account are kept.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;

use aws_sdk_sts::config::Credentials as Signer;
use awsesame_audit::Account;
use awsesame_audit::accounts::Listed;
use awsesame_core::fault::Fault;
use awsesame_core::plan::ClientSettings;

use super::judgments::Judgments;
use super::{AccountAccess, Order, Trouble, account};
use crate::aws::sts::{self, AssumeForAudit};
use crate::aws::{self, Aws};
use crate::os::context::Context;
use crate::os::threads;

/// The data that all accounts of an audit have in common.
pub struct Fleet<'a> {
    /// The settings with which AWS is reached.
    pub settings: &'a ClientSettings,
    /// The context of this run.
    pub context: Context,
    /// The credentials of the profile, which assume the roles.
    pub signer: Signer,
    /// The account that it is of, in which no role is assumed.
    pub home: &'a str,
    /// The partition of the accounts, such as `aws-cn`.
    pub partition: &'a str,
    /// The role in every other account, with its path.
    pub role: &'a str,
    /// The external ID that the role's trust policy may ask for.
    pub external_id: Option<&'a str>,
    /// The name of the role's sessions in `CloudTrail`.
    pub session_name: &'a str,
    /// The parameters of the audit, which are the same for every account.
    pub order: Order,
    /// The number of accounts that are audited at once.
    pub at_once: usize,
}

/// The outcome of the audit of an account.
pub type Ended = Result<Account, Trouble>;

impl Fleet<'_> {
    /// Audits all accounts, and returns the results in the given order. `done` is called with each result as soon as it
    /// is there.
    pub fn audit(&self, listed: &[Listed], mut done: impl FnMut(&Ended)) -> Result<Vec<Ended>, Fault> {
        let ways = (0..self.at_once.min(listed.len()))
            .map(|_| Aws::reach(self.settings, self.context))
            .collect::<Result<Vec<Aws>, Fault>>()?;
        let next = AtomicUsize::new(0);
        let judgments = Judgments::default();
        let (sender, receiver) = channel();
        let mut ended: Vec<(usize, Ended)> = std::thread::scope(|scope| {
            for aws in ways {
                let (sender, next, judgments) = (sender.clone(), &next, &judgments);
                let _ = threads::start(scope, move || {
                    loop {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        let Some(one) = listed.get(at) else { return };
                        // The receiver is gone if the program is about to end.
                        if sender.send((at, self.one(&aws, one, judgments))).is_err() {
                            return;
                        }
                    }
                });
            }
            // The workers' own are the last.
            drop(sender);
            receiver.iter().inspect(|(_, ended)| done(ended)).collect()
        });
        ended.sort_by_key(|(at, _)| *at);
        Ok(ended.into_iter().map(|(_, ended)| ended).collect())
    }

    fn one(&self, aws: &Aws, one: &Listed, judgments: &Judgments) -> Ended {
        let signer = if one.id == self.home {
            self.signer.clone()
        } else {
            let arn = format!("arn:{}:iam::{}:role/{}", self.partition, one.id, self.role);
            let visit =
                AssumeForAudit { role: &arn, session_name: self.session_name, external_id: self.external_id };
            aws::temporary(&sts::visit(aws, self.signer.clone(), &visit)?)
        };
        let place =
            AccountAccess { aws, signer, partition: self.partition, id: &one.id, name: one.name.clone() };
        account(&place, &self.order, judgments, || ())
    }
}
