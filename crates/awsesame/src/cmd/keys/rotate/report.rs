//! Writes the report at the end of a rotation, for people and for programs.

use awsesame_core::name::{AccessKeyId, ProfileName};
use awsesame_core::rotation::Rest;
use serde::Serialize;

use crate::keys::rotate::Outcome;
use crate::ui;
use crate::ui::report;

/// The result of the rotation of one profile's key.
pub(super) struct RotationReport {
    pub(super) profile: ProfileName,
    pub(super) old: AccessKeyId,
    pub(super) new: Option<AccessKeyId>,
    pub(super) state: State,
}

/// The point that the rotation reached.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// The key is not old enough. The number is its age in seconds.
    Young(i64),
    /// The new key is in its place, and the old one inactive.
    Waits,
    /// The old key is deleted.
    Done,
    /// The old key was made active again.
    Reopened,
    /// The new key was deleted again.
    Undone,
    /// AWS lists no new key, but may still list one later.
    Unsettled,
    /// Another process has just rotated the key.
    Meanwhile,
}

impl State {
    pub(super) fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::Done,
            Outcome::Undone => Self::Undone,
            Outcome::Waits(Rest::Reopened) => Self::Reopened,
            Outcome::Waits(Rest::Unused) => Self::Waits,
            Outcome::Waits(Rest::Unsettled) => Self::Unsettled,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Young(_) => "young",
            Self::Waits => "waits",
            Self::Done => "done",
            Self::Reopened => "reopened",
            Self::Undone => "undone",
            Self::Unsettled => "unsettled",
            Self::Meanwhile => "meanwhile",
        }
    }
}

/// The JSON of `keys rotate`: the outcome for a key.
#[derive(Serialize)]
pub(super) struct ReportObject<'a> {
    profile: &'a str,
    old: &'a str,
    new: Option<&'a str>,
    state: &'static str,
}

impl RotationReport {
    pub(super) fn say(&self) {
        let Self { profile, old, state, .. } = self;
        let flag = profile.flag();
        let new = self.new.as_ref().map(ToString::to_string).unwrap_or_default();
        let text = match state {
            State::Young(age) => {
                format!("the key `{old}` of profile `{profile}` is {} old, and stays", report::age(*age))
            }
            State::Waits => format!(
                "profile `{profile}` has the new key `{new}`; `{old}` is inactive, and the first login with the new \
                 one deletes it: awsesame login --force{flag}\n\
                 awsesame: should something else still need the old one: awsesame keys rotate --undo{flag}"
            ),
            State::Done => {
                format!("the old key `{old}` of profile `{profile}` is deleted; `{new}` has its place")
            }
            State::Reopened => format!(
                "`{old}`, the old key of profile `{profile}`, is active beside `{new}`; to continue: awsesame keys \
                 rotate{flag}"
            ),
            State::Undone => format!("profile `{profile}` keeps its key `{old}`; there is no other"),
            State::Unsettled => format!(
                "profile `{profile}` keeps its key `{old}`; AWS may list another one in a while; to delete it: \
                 awsesame keys rotate --undo{flag}"
            ),
            State::Meanwhile => {
                format!("profile `{profile}` was given the key `{new}` by another rotation meanwhile")
            }
        };
        ui::say(&text);
    }

    pub(super) fn object(&self) -> ReportObject<'_> {
        ReportObject {
            profile: self.profile.as_str(),
            old: self.old.as_str(),
            new: self.new.as_ref().map(AccessKeyId::as_str),
            state: self.state.word(),
        }
    }
}
