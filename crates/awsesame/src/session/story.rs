//! The main path of the product, from top to bottom: make a plan; if there is a fresh session, use it; otherwise take a
//! lock, get a code, call STS, seal the session and deliver it. The details of each step are in other modules.

use std::path::Path;

use awsesame_core::fault::{Fault, NoSession, SigninFault};
use awsesame_core::name::{AccountId, Subject, arn_field};
use awsesame_core::plan::{Plan, Root, SignIn};
use awsesame_core::session::pin::Pin;
use awsesame_core::session::servable::{Demands, Unservable, servable};
use awsesame_core::session::{Credentials, Header, Inputs, Kind, Session, file_stem};
use awsesame_core::turn::Terms;

use crate::aws::sts::{self, Issued};
use crate::aws::{self, Aws};
use crate::config::plan::Planned;
use crate::keys;
use crate::keys::rotate;
use crate::os::terminal::Terminal;
use crate::session::locks::{self, LoginLocks};
use crate::session::login::{self, Asking, Spent};
use crate::session::place;
use crate::signin::{Need, Signing, Way};
use crate::state::dismissed::Dismissed as _;
use crate::state::lock::{Flight, Waiting};
use crate::ui;
use crate::vault::keyring::SessionKeyring;

/// The requested session.
#[derive(Debug)]
pub struct Want<'a> {
    /// The value of `-p`.
    pub profile: Option<&'a str>,
    /// The maximum age of the MFA, in seconds.
    pub max_age: Option<i64>,
    /// The time for which a new session is to last, in seconds.
    pub duration: Option<u32>,
    /// A new session even if there is a fresh one.
    pub force: bool,
    /// The expectations of the project.
    pub pin: Pin,
    /// The possible sources of a code.
    pub asking: Asking,
    /// The way to sign in by browser, if the profile requires that.
    pub way: Way,
    /// True if it is an error that a session cannot be stored. Otherwise it is a warning, and the credentials that a
    /// code has obtained are delivered anyway.
    pub must_keep: bool,
}

impl<'a> Want<'a> {
    /// Requests a session for which nobody is asked for a code.
    pub fn without_a_code(profile: Option<&'a str>, pin: Pin) -> Self {
        Self {
            profile,
            max_age: None,
            duration: None,
            force: false,
            pin,
            asking: Asking::nobody(),
            way: Way::default(),
            must_keep: false,
        }
    }

    /// Fails if a session was not stored but must be, and warns if it need not be.
    pub(super) fn forgive(&self, kept: Result<(), Fault>) -> Result<(), Fault> {
        match kept {
            Err(fault) if !self.must_keep => {
                ui::warn(&format!("the session is used but not stored: {fault}"));
                Ok(())
            }
            kept => kept,
        }
    }
}

/// The way in which a session was obtained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obtained {
    /// This call spent a code for it, or a person signed in by browser.
    Bought,
    /// This call waited for another login, which obtained it.
    ByAnother,
    /// This call obtained it without a person: a role was assumed, or a program, a container or an instance was asked.
    Renewed,
    /// The session was there already.
    Cached,
}

/// A session ready to be delivered.
pub struct ReadySession {
    /// The session that is delivered.
    pub session: Session,
    /// The way in which it was obtained.
    pub obtained: Obtained,
}

impl SessionKeyring<'_> {
    /// Returns a session: the fresh one, or a new one.
    pub fn session(&self, want: &mut Want<'_>) -> Result<ReadySession, Fault> {
        self.told(want).map_err(|fault| match fault {
            // The file system may ignore modes, and then `chmod` cannot close the folder.
            Fault::OpenFolder { .. } => {
                place::unfit(fault, self.state, &self.context.subject(want.profile), self.context)
            }
            fault => fault,
        })
    }

    fn told(&self, want: &mut Want<'_>) -> Result<ReadySession, Fault> {
        let planned = Planned::of(self.context, want.profile, want.duration)?;
        if !want.force
            && let Some(session) = self.fresh(&planned, want)?
        {
            return Ok(ReadySession { session, obtained: Obtained::Cached });
        }
        self.carry_out(&planned, want)
    }

    /// Carries out a plan, even if a fresh session is there.
    pub fn carry_out(&self, planned: &Planned, want: &mut Want<'_>) -> Result<ReadySession, Fault> {
        let plan = &planned.plan;
        // An account that is wrong by the serial number alone is not worth a code.
        check_before_asking(plan, &want.pin)?;
        let aws = Aws::reach(&plan.client, self.context)?;
        let (root, obtained) = self.root(plan, want, &aws)?;
        let bought = (obtained == Obtained::Bought).then(|| root.credentials.clone());
        let (last, assumed) = self.roles(plan, root, want, &aws)?;
        let obtained = if obtained == Obtained::Cached && assumed { Obtained::Renewed } else { obtained };
        let session = self.keep(planned, last, want)?;
        if let Some(bought) = bought {
            rotate::first_use::note(self, plan, &aws, &bought);
        }
        want.pin.check(&session.header)?;
        Ok(ReadySession { session, obtained })
    }

    /// Returns the stored session, if it is the one that the plan would obtain.
    fn fresh(&self, planned: &Planned, want: &Want<'_>) -> Result<Option<Session>, Fault> {
        let now = self.context.now();
        let Ok(session) = self.vault.session(&planned.plan.subject, now)? else {
            return Ok(None);
        };
        let demands = Demands {
            resolved_from: Some((&planned.stamps, &self.context.inputs(want.profile))),
            max_age: want.max_age,
            not_due: true,
            pin: Some(&want.pin),
            ..Demands::at(now)
        };
        match servable(&session.header, &demands) {
            Ok(()) => Ok(Some(session)),
            Err(Unservable::Pinned(fault)) => Err(fault),
            Err(_) => Ok(None),
        }
    }

    /// Returns the MFA session (or the session of the role that is assumed with the code itself), and how it was
    /// obtained. This is the only place where a code is spent.
    fn root(&self, plan: &Plan, want: &mut Want<'_>, aws: &Aws) -> Result<(Session, Obtained), Fault> {
        match &plan.root {
            Root::Ambient(source) => {
                return self.machine(plan, *source, want, aws).map(|root| (root, Obtained::Renewed));
            }
            Root::WebIdentity(web) => return self.web_identity(plan, web, want, aws),
            Root::Program(program) => return self.printed(plan, program, want, aws),
            Root::SignIn(sign_in) => return self.signed_in(plan, sign_in.service(), want, aws),
            Root::Session { .. } | Root::Direct { .. } => {}
        }
        let id = plan.root_id();
        let reason = match self.usable(&id, want)? {
            Ok(root) if !want.force => return Ok((root, Obtained::Cached)),
            Ok(_) => NoSession::Unwanted,
            Err(reason) => reason,
        };
        let brings_a_code = want.asking.given.is_some();
        let limit = locks::call_limit(want.asking.patience);
        let mut sources = want.asking.sources(self, plan, reason)?;
        let terms = Terms { limit, resigns: !brings_a_code };
        let mut locks = LoginLocks::new(self, plan, (want.force, want.max_age), terms);
        // The lock is the first thing that is written there.
        let unfit = |fault| place::unfit(fault, self.state, &plan.subject, self.context);
        if let Some(root) = locks.take_for(sources.first().map(AsRef::as_ref)).map_err(unfit)? {
            return Ok((root, Obtained::ByAnother));
        }
        // A code must not be spent on a session that cannot be kept.
        let ready =
            if want.must_keep { self.vault.try_out(self.context.now()) } else { Ok(()) }.map_err(unfit);
        let may_ask = want.asking.may_ask;
        let (arn, issued) = match ready
            .and_then(|()| login::spend_a_code(self, plan, aws, &mut sources, &mut locks, may_ask))
            .inspect_err(|_| locks.give_up())?
        {
            Spent::Bought(arn, issued) => (arn, issued),
            Spent::ByAnother(session) => return Ok((*session, Obtained::ByAnother)),
        };
        self.state.forgive(&plan.lock_id());
        if let Some(Err(fault)) = plan.key().map(|key| keys::proven(self, key)) {
            ui::warn(&format!("the saved copy of the file that the key came from stays: {fault}"));
        }
        let kind = if matches!(plan.root, Root::Direct { .. }) { Kind::DirectRole } else { Kind::Mfa };
        let now = self.context.now();
        let mut header = self.header(plan, kind, &id, &arn, &issued, Some(now));
        let kept = self.lay_down(&mut header, &issued.credentials, &self.state.named_stamp(&id), |bytes| {
            self.state.write_derived(&id, bytes)
        });
        want.forgive(kept)?;
        Ok((Session { header, credentials: issued.credentials }, Obtained::Bought))
    }

    /// Returns the session of a sign-in by browser, and whether the person signed in just now.
    fn signed_in(
        &self,
        plan: &Plan,
        way: &'static str,
        want: &Want<'_>,
        aws: &Aws,
    ) -> Result<(Session, Obtained), Fault> {
        if want.max_age.is_some() {
            return Err(SigninFault::MfaUnknown { subject: plan.subject.clone(), way }.into());
        }
        if want.asking.given.is_some() {
            ui::warn(&format!("the code was not needed: {} signs in by browser", plan.subject));
        }
        let need = Need {
            force: want.force,
            may_ask: want.asking.may_ask && (want.way.at_once || Terminal::open().is_some()),
            account: want.pin.account.clone(),
        };
        let got = Signing::of(self, plan, aws, &want.way, need)?.credentials()?;
        let issued = Issued { credentials: got.credentials, expires: got.expires, arn: None };
        let mut header = self.header(plan, got.kind, &plan.root_id(), &got.arn, &issued, None);
        header.obtained = got.obtained;
        let obtained = if got.new { Obtained::Bought } else { Obtained::Cached };
        Ok((Session { header, credentials: issued.credentials }, obtained))
    }

    /// Gets the session of every role of the plan in order, from its cache or from AWS. Returns the session of the last
    /// role, and true if it was assumed now.
    fn roles(
        &self,
        plan: &Plan,
        root: Session,
        want: &Want<'_>,
        aws: &Aws,
    ) -> Result<(Session, bool), Fault> {
        let mut current = root;
        let mut assumed = false;
        for (index, role) in plan.roles.iter().enumerate() {
            let id = plan.role_id(index);
            let limit = locks::call_limit(want.asking.patience);
            let _flight = Flight::take(self.state, &id, &plan.subject, &Waiting::quietly(limit))?;
            let now = self.context.now();
            // One that stems from an older code is as old as that.
            let mfa_at = current.header.mfa_at;
            let cached = self.usable(&id, want)?.ok().filter(|role| role.header.mfa_at == mfa_at);
            if let Some(cached) = cached.as_ref().filter(|role| !role.header.wants_renewal(now)) {
                (current, assumed) = (cached.clone(), false);
                continue;
            }
            let signer = aws::temporary(&current.credentials);
            match sts::assume_role(aws, signer.clone(), role, None, role.duration) {
                Ok(issued) => {
                    let arn = issued.arn.clone().unwrap_or_default();
                    let mut header = self.header(plan, Kind::Role, &id, &arn, &issued, mfa_at);
                    let write = |bytes: &[u8]| self.state.write_derived(&id, bytes);
                    let stamp = self.state.named_stamp(&id);
                    want.forgive(self.lay_down(&mut header, &issued.credentials, &stamp, write))?;
                    (current, assumed) = (Session { header, credentials: issued.credentials }, true);
                }
                // A session that is still valid is better than an error about its early renewal.
                Err(_) if cached.is_some() => (current, assumed) = (cached.unwrap_or(current), false),
                Err(answer) => return Err(self.caller(plan, aws, &signer).fault_as(&answer, Some(role))),
            }
        }
        Ok((current, assumed))
    }

    /// Stores the session under the name of its subject, where the hot path finds it.
    fn keep(&self, planned: &Planned, last: Session, want: &Want<'_>) -> Result<Session, Fault> {
        let plan = &planned.plan;
        let Session { mut header, credentials } = last;
        header.subject = plan.subject.clone();
        header.id = file_stem(&plan.subject);
        header.region.clone_from(&plan.exports.region);
        header.endpoint.clone_from(&plan.exports.endpoint_url);
        header.stamps.clone_from(&planned.stamps);
        header.inputs = self.inputs(plan, want.profile);
        let stamp = self.state.stamp_path(&plan.subject);
        let kept = self.lay_down(&mut header, &credentials, &stamp, |bytes| {
            self.state.write_session(&plan.subject, bytes)
        });
        want.forgive(kept)?;
        Ok(Session { header, credentials })
    }

    /// Returns a stored session from which others are derived, if it may still be used.
    pub(super) fn usable(&self, id: &str, want: &Want<'_>) -> Result<crate::vault::Found, Fault> {
        let now = self.context.now();
        let demands = Demands { max_age: want.max_age, ..Demands::at(now) };
        Ok(self.vault.derived(id, now)?.and_then(|session| match servable(&session.header, &demands) {
            Ok(()) => Ok(session),
            Err(why) => Err(why.reason()),
        }))
    }

    pub(super) fn lay_down(
        &self,
        header: &mut Header,
        credentials: &Credentials,
        stamp: &Path,
        write: impl FnOnce(&[u8]) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        // The notice is sent before and after: if this process is killed in between, the watchers still look.
        let _ = self.state.touch(stamp);
        self.vault.keep(header, credentials, self.context.now(), write)?;
        // The session is stored and served, even if the watchers are not notified.
        if let Err(fault) = self.state.touch(stamp) {
            ui::warn(&format!("open shells may not notice the new session: {fault}"));
        }
        Ok(())
    }

    pub(super) fn header(
        &self,
        plan: &Plan,
        kind: Kind,
        id: &str,
        arn: &str,
        issued: &Issued,
        mfa_at: Option<i64>,
    ) -> Header {
        Header {
            subject: plan.subject.clone(),
            kind,
            account: AccountId::new(arn_field(arn, 4).unwrap_or_default()),
            arn: arn.to_owned(),
            obtained: self.context.now(),
            expires: issued.expires,
            mfa_at,
            region: None,
            endpoint: None,
            id: id.to_owned(),
            root: Some(plan.grant_id().unwrap_or_else(|| plan.root_id())),
            store: None,
            stamps: Vec::new(),
            // A process that gets the same role in another way uses the same stored session.
            inputs: Inputs { token_file: None, role_arn: None, ..self.inputs(plan, None) },
        }
    }

    /// Returns the variables that this plan really depends on. `flag` is the flag that named the profile.
    fn inputs(&self, plan: &Plan, flag: Option<&str>) -> Inputs {
        let mut inputs = self.context.inputs(flag);
        let from_environment = plan.key().is_some_and(|key| matches!(key.holder, Subject::Environment(_)));
        if !from_environment {
            inputs.master_key = None;
            inputs.mfa_arn = None;
        }
        if plan.last_role().is_none() {
            inputs.role = None;
        }
        inputs
    }
}

fn check_before_asking(plan: &Plan, pin: &Pin) -> Result<(), Fault> {
    let account = match (plan.last_role(), &plan.root) {
        (Some(role), _) => role.arn.account(),
        // Nobody should sign in by browser for a session that the pin refuses.
        (None, Root::SignIn(SignIn::Console(session))) => arn_field(session, 4).map(AccountId::new),
        (None, Root::SignIn(SignIn::Portal(_, role))) => Some(role.account.clone()),
        (None, _) => plan.serials().first().and_then(awsesame_core::name::Serial::account),
    };
    match (&pin.account, account) {
        (Some(expected), Some(actual)) if *expected != actual => {
            Err(Fault::PinnedAccount { subject: plan.subject.clone(), expected: expected.clone(), actual })
        }
        _ => Ok(()),
    }
}
