//! A long-term key replaced by a new one: core says the next step, this carries it out.
//! Which profile's key it is, who may be asked and what is said of it are the command's.

pub mod first_use;
pub mod journals;
pub mod places;
pub mod sessions;

use std::time::{Duration, Instant};

use aws_sdk_sts::config::Credentials as Signer;
use awsesame_core::access_key::AccessKey;
use awsesame_core::fault::{Fault, RotateFault};
use awsesame_core::key_index::StoredKey;
use awsesame_core::name::{AccessKeyId, ProfileName};
use awsesame_core::plan::Plan;
use awsesame_core::rotation::{Journal, Known, MOST_KEYS, Proof, Refusal, Rest, SecretHalf, Step, next};
use awsesame_core::translate::Answer;

use self::journals::Journals;
use self::places::Named;
use self::sessions::Move;
use crate::aws::{self, Aws};
use crate::context::AwsFiles;
use crate::keys::Keys;
use crate::stage::Stage;
use crate::{iam, keys, login, report, sts, ui};

/// How long a new key is given until AWS takes it. IAM speaks of seconds.
const PROOF_SECONDS: u64 = 60;
/// How long the lists are given to show what the quota counts already.
const LIST_TRIES: u32 = 8;

/// A rotation that is being carried out.
pub struct Rotation<'a> {
    /// Our surroundings.
    pub stage: &'a Stage<'a>,
    /// The keys at rest.
    pub keys: &'a Keys<'a>,
    /// AWS's files.
    pub files: AwsFiles,
    /// The plan of the profile whose key it is.
    pub plan: Plan,
    /// That profile.
    pub profile: ProfileName,
    /// The way to AWS.
    pub aws: &'a Aws,
    /// What the calls are signed with.
    pub signer: Signer,
    /// Whether that is a session, and not a key that is part of the rotation.
    pub by_session: bool,
    /// Whether it is said what happens.
    pub quiet: bool,
}

/// How far a rotation came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is closed: the old key is gone.
    Done,
    /// It was taken back: the old key is the only one, as before.
    Undone,
    /// The new key is in its place, and the rest comes later.
    Waits(Rest),
}

/// What one run has in hand besides what the journal says.
struct Hand {
    journal: Journal,
    known: Known,
    /// The new key, where this process has it.
    key: Option<AccessKey>,
    moves: Vec<Move>,
    /// What went wrong first.
    failed: Option<Fault>,
}

impl Rotation<'_> {
    /// Begins one, or goes on with the one that is under way.
    pub fn run(&self, written: Option<Journal>, change: impl FnOnce(&mut Known)) -> Result<Outcome, Fault> {
        let listed = iam::keys::list(self.aws, self.signer.clone()).map_err(|answer| self.told(&answer))?;
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
            now: self.stage.context.now(),
        };
        change(&mut known);
        let mut hand = Hand { journal, known, key: None, moves: Vec::new(), failed: None };
        self.ask_about_strangers(&mut hand);
        self.find_secret(&mut hand)?;
        if fresh {
            self.journals()?.write(&hand.journal)?;
        }
        self.go(&mut hand)
    }

    /// What must be known before anything is written down.
    fn begin(&self, listed: &[awsesame_core::rotation::Listed]) -> Result<Journal, Fault> {
        let old = self.key()?;
        if let Some(other) = listed.iter().find(|key| key.id != old).filter(|_| listed.len() >= MOST_KEYS) {
            return Err(self.full(&other.id, other.active));
        }
        if listed.iter().all(|key| key.id != old || !key.active) {
            return Err(RotateFault::OldDead { key: old, profile: self.profile.clone() }.into());
        }
        // It is active, and stays so: this is to know whether it may be made inactive later.
        iam::keys::set_active(self.aws, self.signer.clone(), &old, true)
            .map_err(|answer| self.told(&answer))?;
        self.warn_of_other_users(&old);
        let before = listed.iter().map(|key| key.id.clone()).collect();
        Ok(Journal::begin(old, before, self.stage.context.now()))
    }

    fn go(&self, hand: &mut Hand) -> Result<Outcome, Fault> {
        loop {
            self.look(hand)?;
            let step = next(&hand.journal, &hand.known);
            let carried_out = match &step {
                Step::Create => self.create(hand),
                Step::Discard(id) => self.discard(hand, &id.clone()),
                Step::Keep => self.keep(hand),
                Step::Prove => self.prove(hand),
                Step::Place => self.place(hand),
                Step::Retire => self.retire(hand),
                Step::Delete => self.delete(hand),
                Step::Close => return self.close(hand),
                Step::Rest(rest) => return hand.failed.take().map_or(Ok(Outcome::Waits(*rest)), Err),
                Step::Refuse(refusal) => Err(self.refused(hand, refusal)),
            };
            if let Err(fault) = carried_out {
                if hand.failed.is_some() || matches!(step, Step::Retire | Step::Delete) {
                    return Err(hand.failed.take().unwrap_or(fault));
                }
                // What is not in its place yet is taken back, so that no key is left lying about.
                hand.failed = Some(fault);
                hand.known.giving_up = true;
            }
        }
    }

    fn look(&self, hand: &mut Hand) -> Result<(), Fault> {
        hand.known.old_named = self.named(&hand.journal.old)?.is_named();
        hand.known.new_named = match &hand.journal.new {
            Some(new) => self.named(new)?.is_named(),
            None => false,
        };
        Ok(())
    }

    fn named(&self, id: &AccessKeyId) -> Result<Named, Fault> {
        places::named(self.keys, &self.files, id)
    }

    /// A key that no journal knows is only ours if nobody has used it.
    fn ask_about_strangers(&self, hand: &mut Hand) {
        for key in &mut hand.known.listed {
            if !hand.journal.before.contains(&key.id) && hand.journal.new.as_ref() != Some(&key.id) {
                let last = iam::keys::last_used(self.aws, self.signer.clone(), &key.id);
                // Where AWS does not tell, it is left alone.
                key.used = !matches!(last, Ok(None));
            }
        }
    }

    /// Where a run that went before left the secret half of the new key.
    fn find_secret(&self, hand: &mut Hand) -> Result<(), Fault> {
        let Some(new) = &hand.journal.new else { return Ok(()) };
        let (old, named) = (self.named(&hand.journal.old)?, self.named(new)?);
        if named.is_named() && !old.is_named() {
            // It is in its place; its store is asked when it has to sign something.
            return Ok(());
        }
        hand.key = places::secret(self.keys, &self.files, new, old.stores.iter().chain(&named.stores))?;
        if hand.key.is_some() {
            hand.known.secret = SecretHalf::Kept;
        }
        Ok(())
    }

    fn create(&self, hand: &mut Hand) -> Result<(), Fault> {
        hand.journal.asked = self.stage.context.now();
        self.journals()?.write(&hand.journal)?;
        let settled = std::mem::replace(&mut hand.known.settled, false);
        let key = match iam::keys::create(self.aws, self.signer.clone()) {
            Ok(key) => key,
            Err(answer) => {
                let quota = matches!(&answer, Answer::Refused(refusal) if refusal.code == "LimitExceeded");
                if matches!(&answer, Answer::Refused(refusal) if refusal.status / 100 == 4) {
                    hand.known.settled = settled;
                }
                // The quota counts what the list does not show yet.
                return if quota && self.list_until_full(hand) { Ok(()) } else { Err(self.told(&answer)) };
            }
        };
        hand.journal.new = Some(key.id.clone());
        hand.known.listed.push(awsesame_core::rotation::Listed {
            id: key.id.clone(),
            active: true,
            created: self.stage.context.now(),
            used: false,
        });
        hand.known.secret = SecretHalf::Held;
        hand.key = Some(key);
        self.journals()?.write(&hand.journal)
    }

    fn list_until_full(&self, hand: &mut Hand) -> bool {
        for _ in 0..LIST_TRIES {
            if let Ok(listed) = iam::keys::list(self.aws, self.signer.clone())
                && listed.len() >= MOST_KEYS
            {
                hand.known.listed = listed;
                self.ask_about_strangers(hand);
                return true;
            }
            std::thread::sleep(Duration::from_secs(1));
        }
        false
    }

    fn discard(&self, hand: &mut Hand, id: &AccessKeyId) -> Result<(), Fault> {
        // Its secret first: the other way round a killed run would leave one that looks good.
        for store in self.named(&hand.journal.old)?.stores {
            self.keys.destroy(&StoredKey { id: id.clone(), store })?;
        }
        hand.key = None;
        hand.known.secret = SecretHalf::Lost;
        iam::keys::delete(self.aws, self.signer.clone(), id).map_err(|answer| self.told(&answer))?;
        hand.known.listed.retain(|key| key.id != *id);
        hand.known.settled = true;
        hand.known.proof = Proof::Untried;
        hand.journal.new = None;
        self.journals()?.write(&hand.journal)
    }

    fn keep(&self, hand: &mut Hand) -> Result<(), Fault> {
        let key = hand.held()?;
        for store in self.named(&hand.journal.old)?.stores {
            self.keys.lay_down(&StoredKey { id: key.id.clone(), store }, &key.secret, &self.profile)?;
        }
        hand.known.secret = SecretHalf::Kept;
        Ok(())
    }

    /// Tries the new key until AWS takes it: IAM tells its servers of it one after the other.
    fn prove(&self, hand: &mut Hand) -> Result<(), Fault> {
        let signer = match &hand.key {
            Some(key) => aws::long_term(&key.id, &key.secret),
            None => keys::signer(self.stage, self.plan_key()?, self.keys.may_ask())?,
        };
        let new = hand.new_id()?;
        let begun = Instant::now();
        let mut pause = Duration::from_millis(250);
        let mut told = self.quiet;
        loop {
            let answer = match sts::caller_identity(self.aws, signer.clone()) {
                Ok(identity) => {
                    // Not remembered, it is asked for again at the next login.
                    let _ = self.stage.state.remember_identity(&new, &identity);
                    hand.known.proof = Proof::Good;
                    return Ok(());
                }
                Err(answer) => answer,
            };
            let later = begun.elapsed() + pause > Duration::from_secs(PROOF_SECONDS);
            if later || !is_passing(&answer) {
                hand.known.proof = Proof::Bad;
                let why = match answer {
                    Answer::Unreached(_) => return Err(self.told(&answer)),
                    Answer::Refused(_) if later => format!("it is not known to AWS after {PROOF_SECONDS} s"),
                    Answer::Refused(refusal) => refusal.message,
                };
                return Err(RotateFault::Unproven { new, why, profile: self.profile.clone() }.into());
            }
            if !told && begun.elapsed() > Duration::from_secs(3) {
                told = true;
                ui::say(&format!("waiting until AWS takes the new key `{new}`"));
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_secs(4));
        }
    }

    fn place(&self, hand: &mut Hand) -> Result<(), Fault> {
        let key = hand.held()?;
        hand.moves = sessions::moves(self.stage, &hand.journal.old, &key.id)?;
        sessions::carry(self.stage, &hand.moves)?;
        places::put(self.keys, &self.files, &hand.journal.old, &key)?;
        sessions::leave(self.stage, &hand.moves);
        Ok(())
    }

    fn retire(&self, hand: &mut Hand) -> Result<(), Fault> {
        if hand.journal.reopened {
            hand.journal.reopened = false;
            self.journals()?.write(&hand.journal)?;
        }
        iam::keys::set_active(self.aws, self.signer.clone(), &hand.journal.old, false)
            .map_err(|answer| self.told(&answer))?;
        for key in &mut hand.known.listed {
            key.active &= key.id != hand.journal.old;
        }
        self.look_after_session(hand);
        Ok(())
    }

    /// AWS is known to go on with sessions of a key that it takes no more. Should it be
    /// otherwise, nobody shall be served one that is dead.
    fn look_after_session(&self, hand: &Hand) {
        if !self.by_session {
            return;
        }
        if let Err(Answer::Refused(_)) = sts::caller_identity(self.aws, self.signer.clone()) {
            sessions::drop_carried(self.stage, &hand.moves);
            if !self.quiet {
                let flag = self.profile.flag();
                ui::say(&format!("the session ended with the old key; for a new one: awsesame login{flag}"));
            }
        }
    }

    fn delete(&self, hand: &mut Hand) -> Result<(), Fault> {
        iam::keys::delete(self.aws, self.signer.clone(), &hand.journal.old)
            .map_err(|answer| self.told(&answer))?;
        hand.known.listed.retain(|key| key.id != hand.journal.old);
        Ok(())
    }

    fn close(&self, hand: &mut Hand) -> Result<Outcome, Fault> {
        let done = hand.journal.new.is_some();
        if done {
            // Worthless by now; one that cannot be taken out does no harm.
            for store in
                hand.journal.new.as_ref().map_or_else(|| Ok(Named::default()), |new| self.named(new))?.stores
            {
                let _ = self.keys.destroy(&StoredKey { id: hand.journal.old.clone(), store });
            }
        }
        self.journals()?.close(&hand.journal)?;
        match hand.failed.take() {
            Some(fault) => Err(fault),
            None if done => Ok(Outcome::Done),
            None => Ok(Outcome::Undone),
        }
    }

    fn refused(&self, hand: &Hand, refusal: &Refusal) -> Fault {
        let profile = self.profile.clone();
        match refusal {
            Refusal::Full(other) => self.full(other, hand.known.is_active(other)),
            Refusal::OldDead => RotateFault::OldDead { key: hand.journal.old.clone(), profile }.into(),
            Refusal::NewDead => RotateFault::NewDead {
                old: hand.journal.old.clone(),
                new: hand.journal.new.clone().unwrap_or_else(|| AccessKeyId::new("")),
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
                    report::age(self.stage.context.now() - used.at),
                    used.service
                )
            }
            Ok(None) => "never used".into(),
            Err(_) => "AWS does not tell when it was used".into(),
        };
        let about = format!("{}, {used}", if active { "active" } else { "inactive" });
        RotateFault::Full { other: other.clone(), about, profile: self.profile.clone() }.into()
    }

    /// What uses the key without us is told before it stops working.
    fn warn_of_other_users(&self, old: &AccessKeyId) {
        const RECENT: i64 = 24 * 3600;
        // Ours are calls of STS, and of IAM for the devices.
        const OURS: [&str; 2] = ["sts", "iam"];
        let now = self.stage.context.now();
        if let Ok(Some(used)) = iam::keys::last_used(self.aws, self.signer.clone(), old)
            && now - used.at < RECENT
            && !OURS.contains(&used.service.as_str())
        {
            ui::warn(&format!(
                "`{old}` itself was used for {} {} ago; what did so needs the new key or a session from now on",
                awsesame_core::name::Shown(&used.service),
                report::age(now - used.at)
            ));
        }
    }

    fn key(&self) -> Result<AccessKeyId, Fault> {
        self.plan_key().map(|key| key.id.clone())
    }

    fn plan_key(&self) -> Result<&awsesame_core::plan::LongTermKey, Fault> {
        self.plan.key().ok_or_else(|| Fault::Bug { what: "a rotation without a key".into() })
    }

    fn journals(&self) -> Result<Journals, Fault> {
        Ok(Journals::at(&self.stage.context.data_dir()?))
    }

    /// What AWS answered, in our words.
    pub fn told(&self, answer: &Answer) -> Fault {
        match login::translate(self.stage, &self.plan, self.aws, answer, None, None) {
            Fault::Denied { operation, why, .. } => {
                let (by_session, profile) = (self.by_session, self.profile.clone());
                RotateFault::NotAllowed { operation, why, by_session, profile }.into()
            }
            fault => fault,
        }
    }
}

/// What AWS may answer for as long as not all its servers know of a key, and what comes
/// and goes by itself.
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

impl Hand {
    /// The new key, which core asks for only where it is at hand.
    fn held(&self) -> Result<AccessKey, Fault> {
        self.key
            .clone()
            .ok_or_else(|| Fault::Bug { what: "a new key that nobody has is to be put away".into() })
    }

    fn new_id(&self) -> Result<AccessKeyId, Fault> {
        self.journal
            .new
            .clone()
            .ok_or_else(|| Fault::Bug { what: "a key without a name is to be tried".into() })
    }
}
