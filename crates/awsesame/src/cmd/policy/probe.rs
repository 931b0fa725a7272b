//! `awsesame policy probe`: tests on the live account that MFA is enforced, with calls that change nothing.

use std::process::ExitCode;

use awsesame_core::answer::proof::{Met, Probe as Tried, Proof, prove};
use awsesame_core::fault::{Fault, PolicyFault};
use awsesame_core::name::ProfileName;
use awsesame_core::plan::Plan;
use awsesame_core::session::Session;
use serde_json::{Value, json};

use super::super::{Needs, Runner, mfa, seconds};
use crate::aws::iam;
use crate::aws::s3;
use crate::aws::sts;
use crate::aws::{self, Aws};
use crate::config::plan::Planned;
use crate::keys;
use crate::ui;
use crate::ui::report;
use crate::ui::table::{Cell, Table};
use crate::vault::keyring::SessionKeyring;

/// Prove on the account that the bare key is refused what an MFA session gets (read-only calls)
#[derive(Debug, clap::Args)]
pub(super) struct Probe {
    /// The policy's limit of MFA age: a session whose code is older must be refused as well
    #[arg(long, value_name = "AGE", value_parser = seconds)]
    max_age: Option<u32>,
}

/// The credentials with which the calls are signed.
type Signer = aws_sdk_sts::config::Credentials;

/// A call that only reads.
type Call = (&'static str, fn(&Aws, &Signer) -> Met);

const CALLS: [Call; 4] = [
    ("iam:ListUsers", |aws, signer| Met::of(iam::probe_users(aws, signer.clone()))),
    ("iam:ListRoles", |aws, signer| Met::of(iam::probe_roles(aws, signer.clone()))),
    ("iam:ListAccountAliases", |aws, signer| Met::of(iam::probe_aliases(aws, signer.clone()))),
    ("s3:ListAllMyBuckets", |aws, signer| Met::of(s3::list_buckets(aws, signer))),
];

impl Probe {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let state = runner.state()?;
        let vault = runner.vault(&state)?;
        let keyring = SessionKeyring { context: runner.context, state: &state, vault: &vault };
        let plan = Planned::of(runner.context, runner.profile(), None)?.plan;
        let key = mfa::key(&plan)?;
        let aws = Aws::reach(&plan.client, runner.context)?;
        let bare = keys::signer(&keyring, key, runner.may_ask()?)?;
        let caller = keyring.caller(&plan, &aws, &bare);
        // AWS refuses an invalid key everything, which proves nothing about the policies.
        let arn = caller.call(sts::caller_identity)?;
        let without = caller.call(sts::plain_session)?;
        let (fresh, old) = self.sessions(runner, &keyring, &plan)?;
        let age =
            old.as_ref().or(Some(&fresh)).and_then(|session| session.header.mfa_age(runner.context.now()));
        let signers = [bare, aws::temporary(&without.credentials), aws::temporary(&fresh.credentials)];
        let old = old.map(|session| aws::temporary(&session.credentials));
        let tried: Vec<Tried> = CALLS
            .into_iter()
            .map(|(action, call)| {
                let [bare_key, session, mfa] = signers.each_ref().map(|signer| call(&aws, signer));
                Tried { action, bare_key, session, mfa, old_mfa: old.as_ref().map(|one| call(&aws, one)) }
            })
            .collect();
        let proof = prove(&tried);
        if runner.shared.json {
            ui::print_json(&object(&tried, &proof))?;
        } else {
            let (table, notes) = shown(&tried);
            ui::print_table(&table)?;
            ui::print(&notes)?;
        }
        if let (Some(limit), None) = (self.max_age, &old) {
            let age = report::span(age.unwrap_or(0));
            ui::say(&format!(
                "the code was given {age} ago, so whether one older than {} is refused was not tried; keep this session, and probe again then",
                report::span(i64::from(limit))
            ));
        }
        let subject = plan.subject.clone();
        match proof {
            Proof::Forced => {
                ui::say(&format!("MFA is enforced for the user of {subject}: no call answered without it"));
                Ok(ExitCode::SUCCESS)
            }
            Proof::NotForced(actions) => {
                let user = arn
                    .split_once(":user/")
                    .map(|(_, path)| path.rsplit('/').next().unwrap_or(path).to_owned());
                Err(PolicyFault::ProvenOpen { subject, user, actions: actions.join(", ") }.into())
            }
            Proof::NothingAnswers => Err(PolicyFault::NoProof {
                subject,
                why: "none of these calls is allowed with MFA either, so a refusal proves nothing".into(),
            }
            .into()),
            Proof::Unheard(actions) => Err(PolicyFault::NoProof {
                subject,
                why: format!("AWS did not say yes or no to {}", actions.join(", ")),
            }
            .into()),
        }
    }

    /// Returns a session with MFA, and one whose code is older than the limit if there is a limit. Both belong to the
    /// user itself, because the permissions of a role are another question.
    fn sessions(
        &self,
        runner: &Runner<'_>,
        keyring: &SessionKeyring<'_>,
        plan: &Plan,
    ) -> Result<(Session, Option<Session>), Fault> {
        let holder = plan.key().and_then(|key| key.holder.profile());
        let session = |needs: &Needs| {
            let mut want = runner.want(needs)?;
            want.profile = holder.map(ProfileName::as_str).or(want.profile);
            keyring.session(&mut want).map(|told| told.session)
        };
        let first = session(&Needs::default())?;
        let limit = self.max_age.map(i64::from);
        let age = first.header.mfa_age(runner.context.now()).unwrap_or(0);
        if limit.is_none_or(|limit| age <= limit) {
            return Ok((first, None));
        }
        let fresh = session(&Needs { max_age: self.max_age, ..Needs::default() })?;
        Ok((fresh, Some(first)))
    }
}

/// Returns the table of the calls, and the notes that it refers to.
fn shown(tried: &[Tried]) -> (Table, String) {
    const COLUMNS: [&str; 5] = ["CALL", "BARE KEY", "NO MFA", "MFA", "OLD MFA"];
    let old = tried.iter().any(|probe| probe.old_mfa.is_some());
    let mut table = Table::new(&COLUMNS[..4 + usize::from(old)]).shortening(&["CALL"]);
    let mut notes = report::Notes::default();
    for probe in tried {
        let mut row = vec![Cell::from(probe.action)];
        let cells = [Some(&probe.bare_key), Some(&probe.session), Some(&probe.mfa), probe.old_mfa.as_ref()];
        for met in cells.into_iter().flatten() {
            row.push(match met {
                Met::Answered => "answered".into(),
                Met::Refused => "refused".into(),
                Met::Unclear(why) => format!("unclear ({})", notes.number(why)).into(),
            });
        }
        table.push(row);
    }
    (table, notes.text())
}

fn object(tried: &[Tried], proof: &Proof) -> Value {
    let word = |met: &Met| match met {
        Met::Answered => json!("answered"),
        Met::Refused => json!("refused"),
        Met::Unclear(why) => json!({ "unclear": why }),
    };
    let (verdict, actions): (&str, &[&str]) = match proof {
        Proof::Forced => ("enforced", &[]),
        Proof::NotForced(actions) => ("not_enforced", actions),
        Proof::NothingAnswers => ("cannot_tell", &[]),
        Proof::Unheard(actions) => ("cannot_tell", actions),
    };
    let calls: Vec<Value> = tried
        .iter()
        .map(|probe| {
            json!({
                "action": probe.action, "bare_key": word(&probe.bare_key), "session": word(&probe.session),
                "mfa": word(&probe.mfa), "old_mfa": probe.old_mfa.as_ref().map(word),
            })
        })
        .collect();
    json!({ "verdict": verdict, "actions": actions, "calls": calls })
}
