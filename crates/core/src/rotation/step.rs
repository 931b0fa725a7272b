//! Computes the next step from the journal and the known facts. It is called again after every step, so a run that
//! continues a killed one does the same as a run that was not killed.

use super::{Journal, MOST_KEYS, SETTLED, SKEW};
use crate::name::AccessKeyId;

/// A key of the user's, as AWS lists it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Listed {
    /// The ID of the key.
    pub id: AccessKeyId,
    /// True if AWS accepts it.
    pub active: bool,
    /// The time when it was made, in unix seconds by AWS's clock.
    pub created: i64,
    /// True if it was ever used; this is given for keys that the journal does not know.
    pub used: bool,
}

/// The place of the secret half of the new key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SecretHalf {
    /// The secret was lost with a killed run.
    Lost,
    /// The secret is only in this process.
    Held,
    /// The secret is in a place that outlives this process.
    Kept,
}

/// The result of trying the new key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Proof {
    /// The key has not been tested in this run.
    Untried,
    /// AWS accepts the key.
    Good,
    /// AWS did not accept the key within the time limit.
    Bad,
}

/// The facts that are known of a rotation besides its journal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "each is found out by itself, and any may go with any")]
pub struct Known {
    /// The keys of the user.
    pub listed: Vec<Listed>,
    /// True if a profile still names the old key.
    pub old_named: bool,
    /// True if a profile names the new one.
    pub new_named: bool,
    /// The new one's secret half.
    pub secret: SecretHalf,
    /// True if there is a store to keep it in before a profile names it.
    pub keeps: bool,
    /// The evidence of whether AWS accepts the new key.
    pub proof: Proof,
    /// True if no new key may be created. A new key that is not in place yet is deleted.
    pub giving_up: bool,
    /// True if AWS can have no key of this rotation that its list does not show: none was requested yet, AWS refused
    /// the request, or AWS deleted the key.
    pub settled: bool,
    /// True if a person wants to delete the old key although it was activated again.
    pub wanted: bool,
    /// The time of this machine's clock, in Unix seconds.
    pub now: i64,
}

/// The next step of a rotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A key is made, and its id written down.
    Create,
    /// A key that this rotation made, and that nobody can use, is deleted.
    Discard(AccessKeyId),
    /// The secret is put into its stores.
    Keep,
    /// The new key is tried out.
    Prove,
    /// The new key replaces the old one in every place that names it.
    Place,
    /// The old key is made inactive.
    Retire,
    /// The old key is deleted.
    Delete,
    /// The journal is closed: nothing is left to be done.
    Close,
    /// The run ends here; the remaining steps follow in a later run.
    Rest(Rest),
    /// The rotation cannot continue.
    Refuse(Refusal),
}

/// The event that a rotation waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// A login with the new key.
    Unused,
    /// A person must confirm that the old key should be deleted.
    Reopened,
    /// AWS's lists may not show yet what a request with a lost answer created.
    Unsettled,
}

/// The reasons why a rotation cannot continue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The user has another key that does not belong to this rotation, so there is no room for a new one.
    Full(AccessKeyId),
    /// AWS does not accept the key that should be replaced.
    OldDead,
    /// AWS does not accept the key that replaced the old one.
    NewDead,
}

/// Returns the next step.
pub fn next(journal: &Journal, known: &Known) -> Step {
    match &journal.new {
        None => before_it_has_a_name(journal, known),
        Some(new) if known.new_named && !known.old_named => once_in_place(journal, known, new),
        Some(new) => on_its_way(known, new),
    }
}

/// Returns the next step while the journal has no new key: none was created, or the answer of AWS was lost.
fn before_it_has_a_name(journal: &Journal, known: &Known) -> Step {
    let since = known.listed.iter().find(|key| !journal.before.contains(&key.id));
    match since {
        // If the secret was lost before the key was used, nobody can use the key. A key that was used belongs to
        // somebody.
        Some(key) if !key.used && key.created >= journal.begun - SKEW => Step::Discard(key.id.clone()),
        Some(key) => full(known, &key.id),
        None if known.giving_up => {
            if known.settled || known.now - journal.asked > SETTLED {
                Step::Close
            } else {
                Step::Rest(Rest::Unsettled)
            }
        }
        None => match known.listed.iter().find(|key| key.id != journal.old) {
            Some(other) if known.listed.len() >= MOST_KEYS => full(known, &other.id),
            _ if !known.is_active(&journal.old) => give_up_or(known, Refusal::OldDead),
            _ => Step::Create,
        },
    }
}

fn full(known: &Known, other: &AccessKeyId) -> Step {
    give_up_or(known, Refusal::Full(other.clone()))
}

/// Returns the step that reports a refusal once; after that, nothing is left but to close the journal.
fn give_up_or(known: &Known, refusal: Refusal) -> Step {
    if known.giving_up { Step::Close } else { Step::Refuse(refusal) }
}

/// Returns the next step while the new key is known, but does not replace the old one everywhere.
fn on_its_way(known: &Known, new: &AccessKeyId) -> Step {
    let discard = Step::Discard(new.clone());
    // Named in one place, it was proven; it must not be taken from there.
    if known.new_named {
        return match (known.secret, known.proof) {
            (SecretHalf::Lost, _) | (_, Proof::Bad) => Step::Refuse(Refusal::NewDead),
            (_, Proof::Untried) => Step::Prove,
            (_, Proof::Good) => Step::Place,
        };
    }
    match (known.secret, known.proof) {
        (SecretHalf::Lost, _) | (_, Proof::Bad) => discard,
        _ if known.giving_up => discard,
        (SecretHalf::Held, _) if known.keeps => Step::Keep,
        (_, Proof::Untried) => Step::Prove,
        // If the old key was removed from every profile meanwhile, there is no place for the new one.
        _ if !known.old_named => discard,
        (_, Proof::Good) => Step::Place,
    }
}

/// Returns the next step once every profile names the new key.
fn once_in_place(journal: &Journal, known: &Known, new: &AccessKeyId) -> Step {
    let Some(old) = known.find(&journal.old) else { return Step::Close };
    if journal.reopened && !known.wanted {
        return Step::Rest(Rest::Reopened);
    }
    match (old.active, known.proof) {
        (_, Proof::Bad) => Step::Refuse(Refusal::NewDead),
        (true, Proof::Untried) => Step::Prove,
        (true, Proof::Good) => Step::Retire,
        (false, _) if !journal.used => Step::Rest(Rest::Unused),
        (false, _) if known.is_active(new) => Step::Delete,
        (false, _) => Step::Refuse(Refusal::NewDead),
    }
}

impl Known {
    /// Returns the entry that AWS lists for a key, None if AWS lists none.
    pub fn find(&self, id: &AccessKeyId) -> Option<&Listed> {
        self.listed.iter().find(|key| key.id == *id)
    }

    /// Returns true if AWS lists a key and accepts it.
    pub fn is_active(&self, id: &AccessKeyId) -> bool {
        self.find(id).is_some_and(|key| key.active)
    }
}
