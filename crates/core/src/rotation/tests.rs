//! A small AWS, a small machine with two places that name a key, and every run that can be: undisturbed or killed
//! before each of its effects, again and again, from each state that another left. `nobody_is_stranded` and
//! `it_comes_to_an_end` check what must hold then.

use std::collections::{BTreeMap, BTreeSet};

use super::{Journal, Known, Listed, MOST_KEYS, Proof, Refusal, Rest, SecretHalf, Step, next};
use crate::fault::Fault;
use crate::name::AccessKeyId;

const NOW: i64 = 1_700_000_000;

/// A key's number; the first one is the one that the user had.
type Key = u8;

fn id(key: Key) -> AccessKeyId {
    AccessKeyId::new(format!("AKIA{key}"))
}

fn key(id: &AccessKeyId) -> Key {
    id.as_str().strip_prefix("AKIA").and_then(|number| number.parse().ok()).unwrap()
}

/// Everything that outlives a process.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct World {
    /// The keys at AWS, and which it takes.
    aws: BTreeMap<Key, bool>,
    /// The key that a profile uses whose key is in a store, if there is such a profile.
    in_store: Option<Key>,
    /// The key that a profile uses whose key is in a file, if there is such a profile.
    in_file: Option<Key>,
    /// The secret halves that the store has.
    items: BTreeSet<Key>,
    /// The text of the journal file.
    journal: Option<String>,
}

/// The course of a run, and the events that it meets.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "every one of them may go with every other")]
struct Way {
    /// AWS does not take the new key.
    dud: bool,
    /// AWS makes the key, and the answer is lost.
    lost: bool,
    /// True if AWS refuses to create a key.
    denied: bool,
    /// True if AWS's list does not yet show the last change.
    lags: bool,
    /// The disk takes no key.
    full: bool,
    /// The run is to take back what is not done.
    undo: bool,
}

/// The run was killed.
struct Killed;

/// One process that carries out a rotation.
struct Run<'w> {
    world: &'w mut World,
    way: Way,
    /// The number of effects that it still has before it is killed.
    left: usize,
    journal: Journal,
    held: Option<Key>,
    known: Known,
}

/// The end of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
enum End {
    Closed,
    Rests(Rest),
    Refused(Refusal),
    Failed,
}

impl World {
    fn journal(&self) -> Option<Journal> {
        self.journal.as_ref().map(|text| Journal::parse(text, "j").unwrap())
    }

    fn listed(&self) -> Vec<Listed> {
        let listed = |(key, active): (&Key, &bool)| Listed {
            id: id(*key),
            active: *active,
            created: NOW,
            used: false,
        };
        self.aws.iter().map(listed).collect()
    }

    fn names(&self, key: Key) -> bool {
        self.in_store == Some(key) || self.in_file == Some(key)
    }

    /// Logs in with the key that the profile names.
    fn log_in(&mut self) {
        let Some(mut journal) = self.journal() else { return };
        if journal.new.as_ref().is_some_and(|new| self.names(key(new))) {
            journal.used = true;
            self.journal = Some(journal.to_text());
        }
    }

    /// Runs `keys rotate`, and kills it after this many effects.
    fn rotate(&mut self, way: Way, effects: usize) -> Result<End, Killed> {
        let written = self.journal();
        if written.is_none() && way.undo {
            return Ok(End::Closed);
        }
        let fresh = written.is_none();
        let named = self.in_store.or(self.in_file).unwrap();
        let journal = written
            .unwrap_or_else(|| Journal::begin(id(named), self.aws.keys().map(|key| id(*key)).collect(), NOW));
        let mut listed = self.listed();
        if way.lags && listed.len() > 1 && !journal.before.contains(&listed[1].id) {
            listed.pop();
        }
        let known = Known {
            listed,
            old_named: false,
            new_named: false,
            secret: SecretHalf::Lost,
            keeps: self.in_store.is_some(),
            proof: Proof::Untried,
            giving_up: way.undo,
            settled: fresh,
            wanted: !way.undo,
            now: NOW,
        };
        let mut run = Run { world: self, way, left: effects, journal, held: None, known };
        if fresh {
            run.write()?;
        }
        run.go()
    }
}

impl Run<'_> {
    fn tick(&mut self) -> Result<(), Killed> {
        self.left = self.left.checked_sub(1).ok_or(Killed)?;
        Ok(())
    }

    fn write(&mut self) -> Result<(), Killed> {
        self.tick()?;
        self.world.journal = Some(self.journal.to_text());
        Ok(())
    }

    fn look(&mut self) {
        let new = self.journal.new.as_ref().map(key);
        self.known.old_named = self.world.names(key(&self.journal.old));
        self.known.new_named = new.is_some_and(|new| self.world.names(new));
        let kept = new.is_some_and(|new| self.world.items.contains(&new) || self.world.in_file == Some(new));
        self.known.secret = match (kept, self.held.is_some() && self.held == new) {
            (true, _) => SecretHalf::Kept,
            (false, true) => SecretHalf::Held,
            (false, false) => SecretHalf::Lost,
        };
    }

    fn go(&mut self) -> Result<End, Killed> {
        let mut failed = None;
        for _ in 0..40 {
            self.look();
            let step = next(&self.journal, &self.known);
            let failing = match step {
                Step::Create => self.create()?,
                Step::Discard(gone) => self.discard(&gone)?,
                Step::Keep if self.way.full => Some(End::Failed),
                Step::Keep => {
                    self.tick()?;
                    self.world.items.extend(self.held);
                    None
                }
                Step::Prove => {
                    let new = self.journal.new.as_ref().map(key).unwrap();
                    let good = !self.way.dud && self.world.aws.get(&new) == Some(&true);
                    self.known.proof = if good { Proof::Good } else { Proof::Bad };
                    (!good).then_some(End::Failed)
                }
                Step::Place => self.place()?,
                Step::Retire => {
                    assert_eq!(self.known.proof, Proof::Good, "nobody has tried the new key");
                    self.tick()?;
                    self.world.aws.insert(key(&self.journal.old), false);
                    self.known.listed = self.world.listed();
                    None
                }
                Step::Delete => {
                    assert!(self.journal.used, "nobody has used the new key");
                    self.tick()?;
                    self.world.aws.remove(&key(&self.journal.old));
                    self.known.listed = self.world.listed();
                    None
                }
                Step::Close => {
                    self.tick()?;
                    if !self.world.names(key(&self.journal.old)) {
                        self.world.items.remove(&key(&self.journal.old));
                    }
                    self.tick()?;
                    self.world.journal = None;
                    return Ok(failed.unwrap_or(End::Closed));
                }
                Step::Rest(rest) => return Ok(failed.unwrap_or(End::Rests(rest))),
                Step::Refuse(refusal) => Some(End::Refused(refusal)),
            };
            match (failing, &failed) {
                (None, _) => {}
                (Some(_), Some(first)) => return Ok(first.clone()),
                (Some(end), None) => {
                    failed = Some(end);
                    self.known.giving_up = true;
                }
            }
        }
        panic!("it never ends: {:?} {:?}", self.journal, self.known);
    }

    fn create(&mut self) -> Result<Option<End>, Killed> {
        self.write()?;
        self.tick()?;
        if self.way.denied {
            return Ok(Some(End::Failed));
        }
        self.known.settled = false;
        if self.world.aws.len() >= MOST_KEYS {
            // The quota knows more than the list, which shows it in a while.
            self.known.listed = self.world.listed();
            return Ok(None);
        }
        let new = (1..=9).find(|key| !self.world.aws.contains_key(key)).unwrap();
        self.world.aws.insert(new, true);
        if self.way.lost {
            return Ok(Some(End::Failed));
        }
        self.tick()?;
        self.journal.new = Some(id(new));
        self.known.listed = self.world.listed();
        self.held = Some(new);
        self.write()?;
        Ok(None)
    }

    fn discard(&mut self, gone: &AccessKeyId) -> Result<Option<End>, Killed> {
        // The other way round a killed run would leave a secret that looks as if it were good.
        self.tick()?;
        self.world.items.remove(&key(gone));
        self.tick()?;
        self.world.aws.remove(&key(gone));
        self.known.listed = self.world.listed();
        self.known.settled = true;
        self.journal.new = None;
        self.held = None;
        self.known.proof = Proof::Untried;
        self.write()?;
        Ok(None)
    }

    fn place(&mut self) -> Result<Option<End>, Killed> {
        let (old, new) = (key(&self.journal.old), self.journal.new.as_ref().map(key));
        if self.world.in_store == Some(old) {
            self.tick()?;
            self.world.in_store = new;
        }
        if self.way.full {
            return Ok(Some(End::Failed));
        }
        if self.world.in_file == Some(old) {
            self.tick()?;
            self.world.in_file = new;
        }
        Ok(None)
    }
}

/// Checks what must hold at every moment, no matter which run was killed when.
fn nobody_is_stranded(world: &World) {
    for named in world.in_store.iter().chain(&world.in_file) {
        assert_eq!(
            world.aws.get(named),
            Some(&true),
            "a profile names a key that AWS does not take: {world:?}"
        );
    }
    assert!(world.in_store.is_none_or(|named| world.items.contains(&named)), "a secret is lost: {world:?}");
    for (key, active) in &world.aws {
        assert!(
            !active || world.names(*key) || world.journal.is_some(),
            "nobody knows a live key: {world:?}"
        );
    }
    assert!(world.aws.len() <= MOST_KEYS);
}

/// Checks that an undisturbed run, a login and another run leave one key, which is known and works.
fn it_comes_to_an_end(world: &World) {
    let mut world = world.clone();
    let mut first = None;
    // The second one finds what the first one could not know yet.
    for _ in 0..3 {
        let Ok(end) = world.rotate(Way::default(), usize::MAX) else { panic!("it was killed: {world:?}") };
        first.get_or_insert(end.clone());
        if end == End::Closed {
            break;
        }
        assert_eq!(end, End::Rests(Rest::Unused), "{world:?}");
        world.log_in();
    }
    assert_eq!(world.journal, None, "{first:?}");
    assert_eq!(world.aws.len(), 1, "{world:?}");
    let (named, active) = world.aws.first_key_value().unwrap();
    assert!(
        *active
            && world.in_store.is_none_or(|key| key == *named)
            && world.in_file.is_none_or(|key| key == *named)
    );
    assert!(world.items.iter().all(|key| key == named), "a secret half is left: {world:?}");
}

#[test]
fn rotation_killed_at_any_point_strands_nobody_and_ends() {
    let ways: Vec<Way> = (0..64_u8)
        .map(|bits| Way {
            dud: bits & 1 != 0,
            lost: bits & 2 != 0,
            denied: bits & 4 != 0,
            lags: bits & 8 != 0,
            full: bits & 16 != 0,
            undo: bits & 32 != 0,
        })
        .collect();
    for (in_store, in_file) in [(Some(0), None), (None, Some(0)), (Some(0), Some(0))] {
        let begin = World {
            aws: BTreeMap::from([(0, true)]),
            in_store,
            in_file,
            items: in_store.into_iter().collect(),
            journal: None,
        };
        let mut seen = BTreeSet::from([begin.clone()]);
        let mut open = vec![begin];
        while let Some(world) = open.pop() {
            nobody_is_stranded(&world);
            it_comes_to_an_end(&world);
            let mut reached = vec![world.clone()];
            reached[0].log_in();
            for way in &ways {
                for effects in 0.. {
                    let mut after = world.clone();
                    let whole = after.rotate(*way, effects).is_ok();
                    reached.push(after);
                    if whole {
                        break;
                    }
                }
            }
            open.extend(reached.into_iter().filter(|world| seen.insert(world.clone())));
        }
        assert!(seen.len() > 20, "{} states are no proof", seen.len());
    }
}

fn journal(new: Option<Key>) -> Journal {
    Journal { new: new.map(id), ..Journal::begin(id(0), vec![id(0)], NOW) }
}

fn known(keys: &[(Key, bool)]) -> Known {
    let listed =
        |(key, active): &(Key, bool)| Listed { id: id(*key), active: *active, created: NOW, used: false };
    Known {
        listed: keys.iter().map(listed).collect(),
        old_named: true,
        new_named: false,
        secret: SecretHalf::Lost,
        keeps: false,
        proof: Proof::Untried,
        giving_up: false,
        settled: false,
        wanted: true,
        now: NOW,
    }
}

#[test]
fn a_key_of_somebody_else_is_never_deleted() {
    let two = known(&[(0, true), (7, true)]);
    let foreign = |change: fn(&mut Listed)| {
        let mut known = two.clone();
        change(&mut known.listed[1]);
        next(&journal(None), &known)
    };
    let full = Step::Refuse(Refusal::Full(id(7)));
    assert_eq!(foreign(|_| ()), Step::Discard(id(7)), "of this rotation, by all that is known");
    assert_eq!(foreign(|key| key.used = true), full);
    assert_eq!(foreign(|key| key.created = NOW - 3600), full);
    // A key that was there before the rotation is never deleted.
    let journal = Journal::begin(id(0), vec![id(0), id(7)], NOW);
    assert_eq!(next(&journal, &two), full);
    let closing = Known { giving_up: true, ..two };
    assert_eq!(next(&journal, &closing), Step::Rest(Rest::Unsettled), "an answer may have been lost");
    assert_eq!(next(&journal, &Known { settled: true, ..closing.clone() }), Step::Close);
    assert_eq!(next(&journal, &Known { now: NOW + 301, ..closing }), Step::Close);
}

#[test]
fn what_others_did_to_a_key_meanwhile_ends_a_rotation_and_harms_nothing() {
    let dead = Step::Refuse(Refusal::NewDead);
    assert_eq!(next(&journal(None), &known(&[(0, false)])), Step::Refuse(Refusal::OldDead));
    assert_eq!(next(&journal(None), &known(&[])), Step::Refuse(Refusal::OldDead));
    let placed = |keys: &[(Key, bool)]| Known {
        old_named: false,
        new_named: true,
        secret: SecretHalf::Kept,
        proof: Proof::Good,
        ..known(keys)
    };
    let used = Journal { used: true, ..journal(Some(1)) };
    for gone in [&[(0, false)][..], &[(0, false), (1, false)]] {
        assert_eq!(next(&used, &placed(gone)), dead, "the last working key would be deleted: {gone:?}");
    }
    assert_eq!(next(&used, &Known { proof: Proof::Bad, ..placed(&[(0, true), (1, true)]) }), dead);
    assert_eq!(next(&used, &placed(&[(0, false), (1, true)])), Step::Delete);
    assert_eq!(next(&used, &placed(&[(1, true)])), Step::Close);
    let reopened = Journal { reopened: true, ..used };
    let cron = Known { wanted: false, ..placed(&[(0, true), (1, true)]) };
    assert_eq!(next(&reopened, &cron), Step::Rest(Rest::Reopened));
    assert_eq!(next(&reopened, &Known { wanted: true, ..cron }), Step::Retire);
    // Somebody wants it undone, before it is in its place.
    let kept = Known { secret: SecretHalf::Kept, proof: Proof::Good, ..known(&[(0, true), (1, true)]) };
    assert_eq!(next(&journal(Some(1)), &kept), Step::Place);
    assert_eq!(next(&journal(Some(1)), &Known { giving_up: true, ..kept }), Step::Discard(id(1)));
    // No profile has it any more.
    let nowhere = Known {
        old_named: false,
        secret: SecretHalf::Kept,
        proof: Proof::Good,
        ..known(&[(0, true), (1, true)])
    };
    assert_eq!(next(&journal(Some(1)), &nowhere), Step::Discard(id(1)));
}

#[test]
fn a_journal_is_read_back_and_an_incomplete_one_is_refused() {
    let journal = Journal {
        new: Some(id(1)),
        used: true,
        reopened: true,
        asked: NOW + 1,
        ..Journal::begin(id(0), vec![id(0), id(7)], NOW)
    };
    let text = journal.to_text();
    assert_eq!(
        text,
        "awsesame rotation 1\nold AKIA0\nbegun 1700000000\nasked 1700000001\nbefore AKIA0\nbefore AKIA7\nnew AKIA1\nused\nreopened\n"
    );
    assert_eq!(Journal::parse(&text, "p"), Ok(journal.clone()));
    assert!(journal.is_about(&id(0)) && journal.is_about(&id(1)) && !journal.is_about(&id(7)));
    for (text, line) in [
        ("", 1),
        ("awsesame rotation 0\n", 1),
        ("awsesame rotation 1\n", 1),
        ("awsesame rotation 1\nold A\nbegun x\n", 3),
        ("awsesame rotation 1\nold A\nbegun 1\nasked 1\n", 4),
        ("awsesame rotation 1\nold A\nbegun 1\nasked 1\nbefore A\nnew\n", 6),
        ("awsesame rotation 1\nold A\nbegun 1\nasked 1\nbefore A\nnew AK", 6),
    ] {
        let broken = Fault::KeyListBroken { path: "p".into(), line };
        assert_eq!(Journal::parse(text, "p"), Err(broken), "{text:?}");
    }
    let newer = Fault::NewerFile { path: "p".into() };
    assert_eq!(Journal::parse("awsesame rotation 2\nold A\nwhy spring\n", "p"), Err(newer));
}

#[test]
fn an_age_is_read_as_people_write_it() {
    for (text, seconds) in [("90d", 7_776_000), ("2w", 1_209_600), ("12h", 43_200), ("30", 30)] {
        assert_eq!(super::age(text), Some(seconds), "{text}");
    }
    for text in ["", "d", "0d", "-1d", "99999999d", "soon"] {
        assert_eq!(super::age(text), None, "{text}");
    }
}

#[test]
fn session_is_new_for_a_quarter_of_an_hour() {
    use super::SignedBy;
    for (age, signed) in [
        (Some(0), SignedBy::NewSession),
        (Some(899), SignedBy::NewSession),
        (Some(900), SignedBy::OldSession),
        // The clock was set back, or the session has no age.
        (Some(-1), SignedBy::OldSession),
        (None, SignedBy::OldSession),
    ] {
        assert_eq!(SignedBy::session(age), signed, "{age:?}");
    }
}
