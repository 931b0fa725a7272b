//! Reads and changes the policies of an account: it holds the session and the IAM client that the `policy` subcommands
//! share. The policy crate judges the policies.

use awsesame_core::answer::translate::Answer;
use awsesame_core::fault::{Fault, PolicyFault};
use awsesame_core::name::arn_field;
use awsesame_core::plan::Plan;
use awsesame_policy::{Policies, Policy, Proof, Purpose, Row, Subject, Whose, closed_by, decide_for, table};

use super::super::{Needs, Runner};
use crate::account::policies::{self, Attached};
use crate::aws::iam::user_or_group::UserOrGroup;
use crate::aws::{self, Aws};
use crate::config::plan::Planned;
use crate::session::story::ReadySession;
use crate::vault::keyring::SessionKeyring;

/// The credentials with which the calls are signed.
type Signer = aws_sdk_sts::config::Credentials;

/// The user name for judging policies that do not belong to a known user.
pub(super) const SOMEBODY: &str = "example-user";

/// The session and the client that read and write policies.
pub(super) struct PolicyClient<'a> {
    keyring: &'a SessionKeyring<'a>,
    plan: Plan,
    aws: Aws,
    ready: ReadySession,
}

impl<'a> PolicyClient<'a> {
    /// Opens it with the session of the profile. A code is requested if there is no session.
    pub(super) fn of(runner: &Runner<'_>, keyring: &'a SessionKeyring<'a>) -> Result<Self, Fault> {
        let ready = keyring.session(&mut runner.want(&Needs::default())?)?;
        let plan = Planned::of(runner.context, runner.profile(), None)?.plan;
        let aws = Aws::reach(&plan.client, runner.context)?;
        Ok(Self { keyring, plan, aws, ready })
    }

    /// Makes one call with the session.
    pub(super) fn call<T>(&self, call: impl FnOnce(&Aws, Signer) -> Result<T, Answer>) -> Result<T, Fault> {
        let signer = aws::temporary(&self.ready.session.credentials);
        call(&self.aws, signer.clone()).map_err(|answer| {
            self.keyring.caller(&self.plan, &self.aws, &signer).fault_as(&answer, self.plan.last_role())
        })
    }

    /// Returns all policies that apply to a user or a group.
    pub(super) fn attached(&self, source: UserOrGroup<'_>) -> Result<Vec<Attached>, Fault> {
        self.call(|aws, signer| policies::attached(aws, &signer, source))
    }

    /// Returns true if the session is this user's.
    pub(super) fn is(&self, user: &str) -> bool {
        self.ready.session.header.arn.ends_with(&format!(":user/{user}"))
    }

    /// Returns the path of the user, which is known only for the user of the session.
    fn path(&self, user: &str) -> Option<String> {
        let (_, own) = self.ready.session.header.arn.split_once(":user/")?;
        let path = own.strip_suffix(user)?;
        (path.is_empty() || path.ends_with('/')).then(|| format!("/{path}"))
    }

    /// Returns the subject that the policies are tried on.
    pub(super) fn subject(&self, source: UserOrGroup<'_>) -> Subject {
        let user = match source {
            UserOrGroup::User(user) => user,
            UserOrGroup::Group(_) => SOMEBODY,
        };
        Subject {
            partition: arn_field(&self.ready.session.header.arn, 1).unwrap_or("aws").to_owned(),
            account: self.ready.session.header.account.to_string(),
            user: user.to_owned(),
            path: match source {
                UserOrGroup::User(user) => self.path(user),
                UserOrGroup::Group(_) => Some("/".to_owned()),
            },
        }
    }
}

/// Returns for which users the policies of a user or a group are judged.
pub(super) fn whose(source: UserOrGroup<'_>) -> Whose {
    match source {
        UserOrGroup::User(_) => Whose::Known,
        UserOrGroup::Group(_) => Whose::AnyUser,
    }
}

/// The parsed policies.
pub(super) struct Bundle {
    /// The parsed policies, each with its text and its origin.
    pub(super) parsed: Vec<(Attached, Policy)>,
    /// The users for which the policies are judged. The policies of a user are complete; those of a group or a file may
    /// not be the only ones.
    pub(super) whose: Whose,
}

/// The result of judging a bundle of policies.
pub(super) struct Judged {
    /// The verdict on whether they enforce MFA, with its evidence.
    pub(super) proof: Proof,
    /// A few actions that people know, tried with every kind of credentials.
    pub(super) rows: Vec<Row>,
    /// True if they were judged together with a policy that allows everything.
    pub(super) beside_everything: bool,
    /// The drafts that would close a way around MFA from above, for `policy show --for`.
    pub(super) closed_by: Vec<&'static str>,
}

impl Bundle {
    /// Parses the policies.
    pub(super) fn read(attached: Vec<Attached>, whose: Whose) -> Result<Self, Fault> {
        let read = |one: Attached| match Policy::parse(&one.text) {
            Ok(policy) => Ok((one, policy)),
            Err(error) => Err(PolicyFault::Broken { path: one.name, why: error.to_string() }),
        };
        let parsed = attached.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { parsed, whose })
    }

    /// Judges the policies for a user, at a given time in Unix seconds.
    pub(super) fn judge(&self, subject: &Subject, now: i64) -> Judged {
        let of = |boundary| self.parsed.iter().filter(move |(one, _)| one.boundary == boundary);
        let mut identity: Vec<&Policy> = of(false).map(|(_, policy)| policy).collect();
        let boundary = of(true).map(|(_, policy)| policy).next();
        let everything = Policy::everything();
        // A denial is meant for what other policies allow.
        let beside_everything =
            self.whose != Whose::Known && identity.iter().any(|policy| policy.denies_by_mfa());
        if beside_everything {
            identity.push(&everything);
        }
        let policies = Policies { boundary, ..Policies::of(&identity) };
        let (proof, rows) = (decide_for(&policies, subject, self.whose, now), table(&policies, subject));
        let closing = if proof.verdict.is_enforced() {
            Vec::new()
        } else {
            closed_by(&policies, subject, self.whose, now)
        };
        let closed_by = closing.into_iter().filter_map(|purpose| match purpose {
            Purpose::Boundary => Some("boundary"),
            Purpose::Organization => Some("organization"),
            _ => None,
        });
        Judged { proof, rows, beside_everything, closed_by: closed_by.collect() }
    }

    /// Returns the names of the identity policies, in the order in which they were judged.
    pub(super) fn names(&self) -> Vec<&str> {
        self.parsed.iter().filter(|(one, _)| !one.boundary).map(|(one, _)| one.name.as_str()).collect()
    }
}
