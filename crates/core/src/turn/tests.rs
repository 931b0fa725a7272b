//! The table of one look, and every order of steps that three callers can take.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use super::{Next, SILENCE, Sight, Terms, next};

const LIMIT: Duration = Duration::from_mins(5);

fn sight() -> Sight {
    Sight { taken: false, gave_up: false, served: false, silent: Duration::ZERO, waited: Duration::ZERO }
}

#[test]
fn one_look_has_one_answer() {
    let terms = Terms { limit: LIMIT, resigns: true };
    let stays = Terms { resigns: false, ..terms };
    for (sight, terms, expected) in [
        (Sight { taken: true, ..sight() }, terms, Next::Go),
        (Sight { taken: true, served: true, ..sight() }, terms, Next::Served),
        (Sight { taken: true, gave_up: true, ..sight() }, terms, Next::Resign),
        (Sight { taken: true, gave_up: true, ..sight() }, stays, Next::Go),
        (Sight { served: true, waited: LIMIT * 2, silent: SILENCE, ..sight() }, terms, Next::Served),
        (Sight { silent: SILENCE, ..sight() }, terms, Next::PassOver),
        (Sight { waited: LIMIT, ..sight() }, terms, Next::TimeUp),
        (sight(), terms, Next::Wait(Duration::from_millis(2))),
        (Sight { waited: Duration::from_secs(9), ..sight() }, terms, Next::Wait(Duration::from_millis(40))),
        (
            Sight { waited: Duration::from_millis(299_993), ..sight() },
            terms,
            Next::Wait(Duration::from_millis(7)),
        ),
    ] {
        assert_eq!(next(sight, terms), expected, "{sight:?}");
    }
}

/// The place of one caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum At {
    /// It waits for the question.
    WantsQuestion,
    /// A person is asked.
    Asking,
    /// It has a code, or needs no person, and waits for the call.
    WantsCall,
    /// It holds the call and has not sent its code yet.
    Calling,
    /// It has a session.
    Served,
    /// It ended without one.
    Ended,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Caller {
    at: At,
    /// True if it needs a person.
    asks: bool,
    stopped: bool,
}

/// The state of all callers. A lock that was replaced is no longer its old holder's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct World {
    callers: [Caller; 3],
    question: Option<usize>,
    call: Option<usize>,
    session: bool,
    sent: u8,
    stops: u8,
}

impl World {
    fn of(asks: [bool; 3]) -> Self {
        let caller =
            |asks| Caller { at: if asks { At::WantsQuestion } else { At::WantsCall }, asks, stopped: false };
        Self { callers: asks.map(caller), question: None, call: None, session: false, sent: 0, stops: 0 }
    }

    fn look(&self, holder: Option<usize>) -> Next {
        let silent = holder.is_some_and(|holder| self.callers[holder].stopped);
        let sight = Sight {
            taken: holder.is_none(),
            served: self.session,
            silent: if silent { SILENCE } else { Duration::ZERO },
            ..sight()
        };
        next(sight, Terms { limit: LIMIT, resigns: false })
    }

    /// The states after one step of one caller; none where it can only wait.
    fn steps(&self, who: usize) -> Vec<Self> {
        let caller = self.callers[who];
        let mut after = Vec::new();
        if caller.stopped {
            let mut awake = *self;
            awake.callers[who].stopped = false;
            return vec![awake];
        }
        let mut to = |at: At, change: &dyn Fn(&mut Self)| {
            let mut state = *self;
            state.callers[who].at = at;
            change(&mut state);
            after.push(state);
        };
        let leave_question = |state: &mut Self| {
            if state.question == Some(who) {
                state.question = None;
            }
        };
        match caller.at {
            At::WantsQuestion => match self.look(self.question) {
                Next::Served => to(At::Served, &|_| ()),
                Next::Go | Next::PassOver => to(At::Asking, &|state| state.question = Some(who)),
                _ => {}
            },
            At::Asking if self.session => to(At::Served, &leave_question),
            At::Asking => {
                to(At::WantsCall, &|_| ());
                // The person says no.
                to(At::Ended, &leave_question);
            }
            At::WantsCall => match self.look(self.call) {
                Next::Served => to(At::Served, &leave_question),
                Next::Go | Next::PassOver => to(At::Calling, &|state| state.call = Some(who)),
                _ => {}
            },
            At::Calling => {
                let leave = |state: &mut Self| {
                    leave_question(state);
                    if state.call == Some(who) {
                        state.call = None;
                    }
                };
                if self.session {
                    to(At::Served, &leave);
                } else if self.call == Some(who) {
                    to(At::Served, &|state| {
                        leave(state);
                        state.session = true;
                        state.sent += 1;
                    });
                } else {
                    // Passed over, and nothing is there yet: wait again.
                    to(At::WantsCall, &|_| ());
                }
            }
            At::Served | At::Ended => {}
        }
        if self.stops < 3 && matches!(caller.at, At::Asking | At::Calling | At::WantsCall) {
            let mut stopped = *self;
            stopped.callers[who].stopped = true;
            stopped.stops += 1;
            after.push(stopped);
            // Killed: the kernel frees its locks.
            let mut killed = *self;
            killed.callers[who].at = At::Ended;
            killed.stops += 1;
            for lock in [&mut killed.question, &mut killed.call] {
                if *lock == Some(who) {
                    *lock = None;
                }
            }
            after.push(killed);
        }
        after
    }
}

#[test]
fn in_every_order_of_steps_one_code_is_sent_and_nobody_waits_for_a_person_without_needing_one() {
    let mut seen = BTreeSet::new();
    let mut open: VecDeque<World> =
        (0..8_u8).map(|kinds| World::of([kinds & 1 != 0, kinds & 2 != 0, kinds & 4 != 0])).collect();
    let mut served = 0;
    while let Some(world) = open.pop_front() {
        if !seen.insert(world) {
            continue;
        }
        assert!(world.sent <= 1, "two codes were sent: {world:?}");
        let mut moves = 0;
        for (who, caller) in world.callers.iter().enumerate() {
            let steps = world.steps(who);
            moves += steps.len();
            if caller.at == At::WantsCall
                && !caller.stopped
                && steps.iter().all(|step| step.callers[who].at == caller.at)
            {
                let holder = world.call.expect("only a holder keeps anybody waiting");
                assert_eq!(world.callers[holder].at, At::Calling, "it waits for a person: {world:?}");
                assert!(!world.callers[holder].stopped, "it waits for a stopped caller: {world:?}");
            }
            open.extend(steps);
        }
        let done = world.callers.iter().all(|caller| matches!(caller.at, At::Served | At::Ended));
        assert!(done || moves > 0, "everybody waits for ever: {world:?}");
        served += usize::from(done && world.session);
    }
    assert!(seen.len() > 5_000 && served > 50, "{} states, {served} ends with a session", seen.len());
}
