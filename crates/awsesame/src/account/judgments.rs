//! Keeps the judgments of an audit, so that the same policies are judged only once: many users of a company have the
//! same policies, in one account and in the next. The module `granted` collects the policies.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use awsesame_audit::Force;

/// The judgment of one set of policies, for all users who have them.
#[derive(Debug, Clone)]
pub(super) struct Judged {
    /// The verdict, without the name of the policy that allows something.
    pub(super) force: Force,
    /// The place of that policy among the identity policies.
    pub(super) by: Option<usize>,
}

/// The place for the judgment of a set, which may still be empty.
type Slot = Arc<OnceLock<Arc<Judged>>>;

/// The judgments of one audit, by the texts of the policies and the other values that they depend on.
#[derive(Debug, Default)]
pub struct Judgments(Mutex<HashMap<Vec<String>, Slot>>);

impl Judgments {
    /// Returns the judgment of these policies. If another thread is judging them, this one waits for its result.
    pub(super) fn of(&self, policies: Vec<String>, judge: impl FnOnce() -> Judged) -> Arc<Judged> {
        let slot = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(all.entry(policies).or_default())
        };
        Arc::clone(slot.get_or_init(|| Arc::new(judge())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_policies_are_judged_once_and_others_by_themselves() {
        let (judgments, mut judged) = (Judgments::default(), 0);
        for text in ["one", "other", "one"] {
            judgments.of(vec![text.to_owned()], || {
                judged += 1;
                Judged { force: Force::Enforced, by: None }
            });
        }
        assert_eq!(judged, 2);
    }
}
