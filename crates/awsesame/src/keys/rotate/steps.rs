//! The steps of a rotation: each function carries out one of them. Core decides the order, and `Rotation::go` calls
//! them.

use std::time::{Duration, Instant};

use awsesame_core::answer::translate::Answer;
use awsesame_core::aws_files::access_key::AccessKey;
use awsesame_core::aws_files::key_index::StoredKey;
use awsesame_core::fault::{Fault, RotateFault};
use awsesame_core::name::AccessKeyId;
use awsesame_core::rotation::{Listed, MOST_KEYS, Proof, SecretHalf, SignedBy};

use super::{Outcome, Rotation, RotationState, places, sessions};
use crate::aws;
use crate::aws::iam;
use crate::aws::sts;
use crate::keys;
use crate::keys::backup::Backups;
use crate::ui;

/// The maximum time that a new key is given until AWS accepts it, in seconds. IAM speaks of seconds.
const PROOF_SECONDS: u64 = 60;
/// The number of tries that the lists are given to show what the quota counts already.
const LIST_TRIES: u32 = 8;

impl Rotation<'_> {
    pub(super) fn create(&self, progress: &mut RotationState) -> Result<(), Fault> {
        progress.journal.asked = self.keyring.context.now();
        self.journals()?.write(&progress.journal)?;
        let settled = std::mem::replace(&mut progress.known.settled, false);
        let key = match iam::keys::create(self.aws, self.signer.clone(), self.user().as_deref()) {
            Ok(key) => key,
            Err(answer) => {
                let quota = matches!(&answer, Answer::Refused(refusal) if refusal.code == "LimitExceeded");
                if matches!(&answer, Answer::Refused(refusal) if refusal.status / 100 == 4) {
                    progress.known.settled = settled;
                }
                // The quota counts what the list does not show yet.
                return if quota && self.list_until_full(progress) {
                    Ok(())
                } else {
                    Err(self.told(&answer))
                };
            }
        };
        progress.journal.new = Some(key.id.clone());
        progress.known.listed.push(Listed {
            id: key.id.clone(),
            active: true,
            created: self.keyring.context.now(),
            used: false,
        });
        progress.known.secret = SecretHalf::Held;
        progress.key = Some(key);
        self.journals()?.write(&progress.journal)
    }

    fn list_until_full(&self, progress: &mut RotationState) -> bool {
        for _ in 0..LIST_TRIES {
            if let Ok(listed) = iam::keys::list(self.aws, self.signer.clone(), self.user().as_deref())
                && listed.len() >= MOST_KEYS
            {
                progress.known.listed = listed;
                self.ask_about_strangers(progress);
                return true;
            }
            std::thread::sleep(Duration::from_secs(1));
        }
        false
    }

    pub(super) fn discard(&self, progress: &mut RotationState, id: &AccessKeyId) -> Result<(), Fault> {
        // Its secret first: the other way round a killed run would leave one that looks good.
        for store in self.named(&progress.journal.old)?.stores {
            self.keys.destroy(&StoredKey { id: id.clone(), store })?;
        }
        progress.key = None;
        progress.known.secret = SecretHalf::Lost;
        iam::keys::delete(self.aws, self.signer.clone(), id).map_err(|answer| self.told(&answer))?;
        progress.known.listed.retain(|key| key.id != *id);
        progress.known.settled = true;
        progress.known.proof = Proof::Untried;
        progress.journal.new = None;
        self.journals()?.write(&progress.journal)
    }

    pub(super) fn keep(&self, progress: &mut RotationState) -> Result<(), Fault> {
        let key = progress.held()?;
        for store in self.named(&progress.journal.old)?.stores {
            self.keys.lay_down(&StoredKey { id: key.id.clone(), store }, &key.secret, &self.profile)?;
        }
        progress.known.secret = SecretHalf::Kept;
        Ok(())
    }

    /// Tries the new key until AWS accepts it: the servers of AWS learn of it one after the other.
    pub(super) fn prove(&self, progress: &mut RotationState) -> Result<(), Fault> {
        let signer = match &progress.key {
            Some(key) => aws::long_term(&key.id, &key.secret),
            None => keys::signer(self.keyring, self.plan_key()?, self.keys.may_ask())?,
        };
        let new = progress.new_id()?;
        let begun = Instant::now();
        let mut pause = Duration::from_millis(250);
        let mut told = self.quiet;
        loop {
            let answer = match sts::caller_identity(self.aws, signer.clone()) {
                Ok(identity) => {
                    // If the identity cannot be stored, the next login asks for it again.
                    let _ = self.keyring.state.remember_identity(
                        &new,
                        self.aws.settings().sts_endpoint.as_deref(),
                        &identity,
                    );
                    progress.known.proof = Proof::Good;
                    return Ok(());
                }
                Err(answer) => answer,
            };
            let later = begun.elapsed() + pause > Duration::from_secs(PROOF_SECONDS);
            if later || !is_passing(&answer) {
                progress.known.proof = Proof::Bad;
                let why = match answer {
                    Answer::Unreached(_) => return Err(self.told(&answer)),
                    Answer::Refused(_) if later => format!("it is not known to AWS after {PROOF_SECONDS} s"),
                    Answer::Refused(refusal) => refusal.message,
                };
                return Err(RotateFault::Unproven { new, why, profile: self.profile.clone() }.into());
            }
            if !told && begun.elapsed() > Duration::from_secs(3) {
                told = true;
                ui::say(&format!("waiting until AWS accepts the new key `{new}`"));
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_secs(4));
        }
    }

    pub(super) fn place(&self, progress: &mut RotationState) -> Result<(), Fault> {
        let key = progress.held()?;
        progress.moves = sessions::moves(self.keyring, &progress.journal.old, &key.id)?;
        sessions::carry(self.keyring, &progress.moves)?;
        places::put(self.keys, &self.files, &progress.journal.old, &key)?;
        sessions::leave(self.keyring, &progress.moves);
        Ok(())
    }

    pub(super) fn retire(&self, progress: &mut RotationState) -> Result<(), Fault> {
        if progress.journal.reopened {
            progress.journal.reopened = false;
            self.journals()?.write(&progress.journal)?;
        }
        iam::keys::set_active(self.aws, self.signer.clone(), &progress.journal.old, false)
            .map_err(|answer| self.told(&answer))?;
        for key in &mut progress.known.listed {
            key.active &= key.id != progress.journal.old;
        }
        self.look_after_session(progress);
        Ok(())
    }

    /// Checks that AWS still accepts the session of the old key, as it is known to do. A session that AWS refuses must
    /// not be served.
    fn look_after_session(&self, progress: &RotationState) {
        if self.signed == SignedBy::Key {
            return;
        }
        if let Err(Answer::Refused(_)) = sts::caller_identity(self.aws, self.signer.clone()) {
            sessions::drop_carried(self.keyring, &progress.moves);
            if !self.quiet {
                let flag = self.profile.flag();
                ui::say(&format!("the session ended with the old key; for a new one: awsesame login{flag}"));
            }
        }
    }

    pub(super) fn delete(&self, progress: &mut RotationState) -> Result<(), Fault> {
        iam::keys::delete(self.aws, self.signer.clone(), &progress.journal.old)
            .map_err(|answer| self.told(&answer))?;
        progress.known.listed.retain(|key| key.id != progress.journal.old);
        Ok(())
    }

    pub(super) fn close(&self, progress: &mut RotationState) -> Result<Outcome, Fault> {
        let done = progress.journal.new.is_some();
        if let Some(new) = &progress.journal.new {
            // The key is useless by now, so a copy that cannot be deleted does no harm.
            for store in self.named(new)?.stores {
                let _ = self.keys.destroy(&StoredKey { id: progress.journal.old.clone(), store });
            }
            // This is different: a backup is a whole file, which contains the keys of others too.
            let _ = Backups::at(&self.keyring.context.folders().data()?).shred(&progress.journal.old);
        }
        self.journals()?.close(&progress.journal)?;
        match progress.failed.take() {
            Some(fault) => Err(fault),
            None if done => Ok(Outcome::Done),
            None => Ok(Outcome::Undone),
        }
    }
}

/// Returns true if AWS may give this answer until all its servers know a key, or if the failure is a temporary one.
fn is_passing(answer: &Answer) -> bool {
    match answer {
        Answer::Unreached(_) => true,
        Answer::Refused(refusal) => {
            refusal.status / 100 != 4
                || matches!(
                    refusal.code.as_str(),
                    "InvalidClientTokenId" | "Throttling" | "ThrottlingException"
                )
        }
    }
}

impl RotationState {
    /// Returns the new key. Core requests this only if the process has it.
    fn held(&self) -> Result<AccessKey, Fault> {
        self.key.clone().ok_or_else(|| Fault::Bug { what: "an unknown new key is to be stored".into() })
    }

    fn new_id(&self) -> Result<AccessKeyId, Fault> {
        self.journal
            .new
            .clone()
            .ok_or_else(|| Fault::Bug { what: "a key without a name is to be tried".into() })
    }
}
