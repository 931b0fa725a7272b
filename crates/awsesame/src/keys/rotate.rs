//! The rotation of a long-term key: core decides the next step, and this module carries it out. The command chooses the
//! profile whose key it is, asks the user and prints the messages.

pub mod first_use;
pub mod journals;
pub mod places;
pub mod sessions;
mod steps;

use aws_sdk_sts::config::Credentials as Signer;
use awsesame_core::answer::translate::Answer;
use awsesame_core::aws_files::access_key::AccessKey;
use awsesame_core::fault::{Fault, RotateFault};
use awsesame_core::name::{AccessKeyId, ProfileName, Shown};
use awsesame_core::plan::{LongTermKey, Plan};
use awsesame_core::rotation::{
    Journal, Known, Listed, MOST_KEYS, Proof, Refusal, Rest, SecretHalf, SignedBy, Step, next,
};

use self::journals::Journals;
use self::places::Named;
use self::sessions::Move;
use crate::aws::Aws;
use crate::aws::iam;
use crate::keys::Keys;
use crate::os::aws_files::AwsFiles;
use crate::ui;
use crate::ui::report;
use crate::vault::keyring::SessionKeyring;

/// A rotation that is being carried out.
pub struct Rotation<'a> {
    /// The session keyring of this run.
    pub keyring: &'a SessionKeyring<'a>,
    /// The long-term keys in stores.
    pub keys: &'a Keys<'a>,
    /// The paths of AWS's files.
    pub files: AwsFiles,
    /// The plan of the profile that has the key.
    pub plan: Plan,
    /// The profile whose key is replaced.
    pub profile: ProfileName,
    /// The connection to AWS.
    pub aws: &'a Aws,
    /// The credentials with which the calls are signed.
    pub signer: Signer,
    /// The kind of the signer.
    pub signed: SignedBy,
    /// True if no messages are printed about the steps.
    pub quiet: bool,
}

/// The outcome of a rotation: the point that it reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The rotation is complete, and the old key is deleted.
    Done,
    /// The rotation was undone, and the old key is the only one again.
    Undone,
    /// The new key is in place, and the remaining steps follow later.
    Waits(Rest),
}

/// The state of one run besides what the journal says.
struct RotationState {
    journal: Journal,
    known: Known,
    /// The new key, if this process has it.
    key: Option<AccessKey>,
    moves: Vec<Move>,
    /// The first thing that went wrong.
    failed: Option<Fault>,
}

impl Rotation<'_> {
    /// Returns the user of the keys, if the name is known.
    pub fn user(&self) -> Option<String> {
        let identity =
            self.keyring.state.identity(&self.plan.key()?.id, self.plan.client.sts_endpoint.as_deref())?;
        iam::user_of(&identity).map(str::to_owned)
    }

    /// Starts a rotation, or continues the one in progress.
    pub fn run(&self, written: Option<Journal>, change: impl FnOnce(&mut Known)) -> Result<Outcome, Fault> {
        let listed = iam::keys::list(self.aws, self.signer.clone(), self.user().as_deref())
            .map_err(|answer| self.told(&answer))?;
        let fresh = written.is_none();
        let journal = match written {
            Some(journal) => journal,
            None => self.begin(&listed)?,
        };
        let mut known = Known {
            listed,
            old_named: false,
            new_named: false,
            secret: SecretHalf::Lost,
            keeps: !self.named(&journal.old)?.stores.is_empty(),
            proof: Proof::Untried,
            giving_up: false,
            settled: fresh,
            wanted: false,
            now: self.keyring.context.now(),
        };
        change(&mut known);
        let mut progress = RotationState { journal, known, key: None, moves: Vec::new(), failed: None };
        self.ask_about_strangers(&mut progress);
        self.find_secret(&mut progress)?;
        if fresh {
            self.journals()?.write(&progress.journal)?;
        }
        self.go(&mut progress)
    }

    /// Checks what must be known before anything is written, and returns the new journal.
    fn begin(&self, listed: &[Listed]) -> Result<Journal, Fault> {
        let old = self.key()?;
        if let Some(other) = listed.iter().find(|key| key.id != old).filter(|_| listed.len() >= MOST_KEYS) {
            return Err(self.full(&other.id, other.active));
        }
        if listed.iter().all(|key| key.id != old || !key.active) {
            return Err(RotateFault::OldDead { key: old, profile: self.profile.clone() }.into());
        }
        places::may_be_edited(&self.files, &old)?;
        // The key stays active. The call only tests whether it can be deactivated later.
        iam::keys::set_active(self.aws, self.signer.clone(), &old, true)
            .map_err(|answer| self.told(&answer))?;
        self.warn_of_other_users(&old);
        let before = listed.iter().map(|key| key.id.clone()).collect();
        Ok(Journal::begin(old, before, self.keyring.context.now()))
    }

    fn go(&self, progress: &mut RotationState) -> Result<Outcome, Fault> {
        loop {
            self.look(progress)?;
            let step = next(&progress.journal, &progress.known);
            let carried_out = match &step {
                Step::Create => self.create(progress),
                Step::Discard(id) => self.discard(progress, &id.clone()),
                Step::Keep => self.keep(progress),
                Step::Prove => self.prove(progress),
                Step::Place => self.place(progress),
                Step::Retire => self.retire(progress),
                Step::Delete => self.delete(progress),
                Step::Close => return self.close(progress),
                Step::Rest(rest) => return progress.failed.take().map_or(Ok(Outcome::Waits(*rest)), Err),
                Step::Refuse(refusal) => Err(self.refused(progress, refusal)),
            };
            if let Err(fault) = carried_out {
                if progress.failed.is_some() || matches!(step, Step::Retire | Step::Delete) {
                    return Err(progress.failed.take().unwrap_or(fault));
                }
                // A new key that is not in place yet is deleted, so that no unused key remains.
                progress.failed = Some(fault);
                progress.known.giving_up = true;
            }
        }
    }

    fn look(&self, progress: &mut RotationState) -> Result<(), Fault> {
        progress.known.old_named = self.named(&progress.journal.old)?.is_named();
        progress.known.new_named = match &progress.journal.new {
            Some(new) => self.named(new)?.is_named(),
            None => false,
        };
        Ok(())
    }

    fn named(&self, id: &AccessKeyId) -> Result<Named, Fault> {
        places::named(self.keys, &self.files, id)
    }

    /// Finds out whether a key that is in no journal was used. Only an unused key can be ours.
    fn ask_about_strangers(&self, progress: &mut RotationState) {
        for key in &mut progress.known.listed {
            if !progress.journal.before.contains(&key.id) && progress.journal.new.as_ref() != Some(&key.id) {
                let last = iam::keys::last_used(self.aws, self.signer.clone(), &key.id);
                // If AWS does not say whether the key was used, it is left alone.
                key.used = !matches!(last, Ok(None));
            }
        }
    }

    /// Finds the secret half of the new key where an earlier run left it.
    fn find_secret(&self, progress: &mut RotationState) -> Result<(), Fault> {
        let Some(new) = &progress.journal.new else { return Ok(()) };
        let (old, named) = (self.named(&progress.journal.old)?, self.named(new)?);
        if named.is_named() && !old.is_named() {
            // The key is in place. Its store is opened when the key has to sign a call.
            return Ok(());
        }
        progress.key = places::secret(self.keys, &self.files, new, old.stores.iter().chain(&named.stores))?;
        if progress.key.is_some() {
            progress.known.secret = SecretHalf::Kept;
        }
        Ok(())
    }

    fn refused(&self, progress: &RotationState, refusal: &Refusal) -> Fault {
        let profile = self.profile.clone();
        match refusal {
            Refusal::Full(other) => self.full(other, progress.known.is_active(other)),
            Refusal::OldDead => RotateFault::OldDead { key: progress.journal.old.clone(), profile }.into(),
            Refusal::NewDead => RotateFault::NewDead {
                old: progress.journal.old.clone(),
                new: progress.journal.new.clone().unwrap_or_else(|| AccessKeyId::new("")),
                profile,
            }
            .into(),
        }
    }

    fn full(&self, other: &AccessKeyId, active: bool) -> Fault {
        let used = match iam::keys::last_used(self.aws, self.signer.clone(), other) {
            Ok(Some(used)) => {
                format!(
                    "last used {} ago for {}",
                    report::age(self.keyring.context.now() - used.at),
                    used.service
                )
            }
            Ok(None) => "never used".into(),
            Err(_) => "AWS does not say when it was used".into(),
        };
        let about = format!("{}, {used}", if active { "active" } else { "inactive" });
        RotateFault::Full { other: other.clone(), about, profile: self.profile.clone() }.into()
    }

    /// Warns about programs that use the old key without awsesame, before it stops working.
    fn warn_of_other_users(&self, old: &AccessKeyId) {
        const RECENT: i64 = 24 * 3600;
        // Ours are calls of STS, and of IAM for the devices.
        const OURS: [&str; 2] = ["sts", "iam"];
        let now = self.keyring.context.now();
        if let Ok(Some(used)) = iam::keys::last_used(self.aws, self.signer.clone(), old)
            && now - used.at < RECENT
            && !OURS.contains(&used.service.as_str())
        {
            ui::warn(&format!(
                "`{old}` itself was used for {} {} ago; what did so needs the new key or a session from now on",
                Shown(&used.service),
                report::age(now - used.at)
            ));
        }
    }

    fn key(&self) -> Result<AccessKeyId, Fault> {
        self.plan_key().map(|key| key.id.clone())
    }

    fn plan_key(&self) -> Result<&LongTermKey, Fault> {
        self.plan.key().ok_or_else(|| Fault::Bug { what: "a rotation without a key".into() })
    }

    fn journals(&self) -> Result<Journals, Fault> {
        Ok(Journals::at(&self.keyring.context.folders().data()?))
    }

    /// Returns AWS's answer as a fault, in our words.
    pub fn told(&self, answer: &Answer) -> Fault {
        match self.keyring.caller(&self.plan, self.aws, &self.signer).fault(answer) {
            Fault::Denied { operation, why, .. } => {
                let (signed, profile) = (self.signed, self.profile.clone());
                RotateFault::NotAllowed { operation, why, signed, profile }.into()
            }
            fault => fault,
        }
    }
}
