//! The result of a decision: the verdict and the evidence for it.

use crate::decide::danger::Danger;
use crate::evaluate::credential::Credential;

/// The answer to the question of whether policies enforce MFA.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// No action works without MFA, neither an existing one nor one that AWS may add.
    Enforced,
    /// No existing action works without MFA, but a new one may.
    EnforcedToday,
    /// Without MFA only a device can be enrolled: anybody who has the key can enroll one and then has MFA.
    ButForEnrollment,
    /// Some actions work without MFA.
    NotEnforced,
    /// The result depends on facts that are not known here.
    Unsure,
}

impl Verdict {
    /// Returns true if MFA is enforced for everything that can be done today.
    pub const fn is_enforced(self) -> bool {
        matches!(self, Self::Enforced | Self::EnforcedToday)
    }

    /// Returns a number that is higher for a worse verdict.
    pub const fn severity(self) -> u8 {
        match self {
            Self::Enforced => 0,
            Self::EnforcedToday => 1,
            Self::ButForEnrollment => 2,
            Self::Unsure => 3,
            Self::NotEnforced => 4,
        }
    }

    /// Returns the verdict as a word for programs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Enforced => "enforced",
            Self::EnforcedToday => "enforced_today",
            Self::ButForEnrollment => "enforced_but_for_enrollment",
            Self::NotEnforced => "not_enforced",
            Self::Unsure => "unsure",
        }
    }
}

/// A request that works without MFA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// The action, such as `s3:GetObject`.
    pub action: String,
    /// The resource that it is done to.
    pub resource: String,
    /// The credential that it is signed with.
    pub credential: Credential,
    /// The condition keys that the request must have, with their values. A key without values must be absent.
    pub circumstance: Vec<(String, Vec<String>)>,
    /// The place, among the identity policies, of the one that allows it.
    pub policy: usize,
    /// The statement that allows it, by its Sid or its place.
    pub statement: String,
    /// The reason why it is dangerous.
    pub danger: Danger,
}

/// The actions of one service that work without MFA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The part before the colon.
    pub service: &'static str,
    /// The common name of the service.
    pub name: &'static str,
    /// The actions without their service, most dangerous first.
    pub actions: Vec<(Danger, &'static str)>,
    /// The number of all actions of the service.
    pub all: usize,
}

impl Opened {
    /// Returns true if every action of the service works.
    pub fn is_whole(&self) -> bool {
        self.actions.len() == self.all
    }
}

/// Names that are in no list and that would work without MFA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewActions {
    /// The pattern or the exception that allows them.
    pub pattern: String,
    /// An example of such an action.
    pub example: String,
    /// The place, among the identity policies, of the one that allows them.
    pub policy: usize,
    /// The statement that allows them.
    pub statement: String,
}

/// A statement that IAM does not accept, or whose effect is not certain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defect {
    /// The place of its policy among the identity policies, if it is one of these.
    pub policy: Option<usize>,
    /// The statement, by its Sid or its place.
    pub statement: String,
    /// The reason why it is defective.
    pub why: String,
}

/// A decision, with its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The verdict of the decision.
    pub verdict: Verdict,
    /// One request for each service and each danger, the most dangerous first.
    pub witnesses: Vec<Witness>,
    /// All actions that work without MFA and should not, by service.
    pub open: Vec<Opened>,
    /// The steps of enrollment that work without MFA.
    pub enrollment: Vec<Witness>,
    /// The calls that work without MFA and are harmless: a user can read his own devices.
    pub harmless: Vec<&'static str>,
    /// Names of possible new actions that would work without MFA.
    pub new_actions: Vec<NewActions>,
    /// The points that it depends on, in words.
    pub depends: Vec<String>,
    /// The malformed statements, which prove nothing.
    pub defects: Vec<Defect>,
    /// True if there is no Deny, so that the policy of a resource can admit a bare key.
    pub rests_on_allow: bool,
    /// True if no action works with MFA either.
    pub nothing_allowed: bool,
    /// True if a caller without MFA can get every permission that it lacks.
    pub takes_over: bool,
    /// The amount of work of the decision: patterns read, sets of rules looked up, and states visited.
    pub steps: u64,
}

impl Proof {
    /// Returns true if an action is one of those that work without MFA, but should not.
    pub fn opens(&self, action: &str) -> bool {
        let Some((service, name)) = action.split_once(':') else { return false };
        let mut opened = self.open.iter().filter(|opened| opened.service == service);
        opened.any(|opened| opened.actions.iter().any(|(_, known)| *known == name))
    }

    /// Returns the number of actions that work without MFA and should not.
    pub fn open_actions(&self) -> usize {
        self.open.iter().map(|opened| opened.actions.len()).sum()
    }
}
