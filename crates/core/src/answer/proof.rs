//! Concludes from a few calls whether AWS refuses a bare key the calls that it allows an MFA session. The program makes
//! the calls.

use crate::answer::translate::Answer;

/// The outcome of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Met {
    /// AWS carried out the call.
    Answered,
    /// AWS refused the caller.
    Refused,
    /// It is unclear whether AWS would refuse the caller, for this reason.
    Unclear(String),
}

/// A harmless call, and its results with each kind of credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The IAM action that was called.
    pub action: &'static str,
    /// The result with the long-term key alone.
    pub bare_key: Met,
    /// The result with a session that was created without a code.
    pub session: Met,
    /// The result with a session that was created with a code.
    pub mfa: Met,
    /// The result with a session whose code is older than the policy allows, if there is one.
    pub old_mfa: Option<Met>,
}

/// The conclusion from the probes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// No call worked without MFA, and at least one worked with MFA.
    Forced,
    /// These calls worked without MFA, or with a code that is too old.
    NotForced(Vec<&'static str>),
    /// No call worked with MFA either, so the refusals prove nothing.
    NothingAnswers,
    /// Some calls got no answer from AWS, so one of these may still work without MFA.
    Unheard(Vec<&'static str>),
}

impl Met {
    /// Returns the outcome that an answer means for a caller.
    pub fn of<T>(answer: Result<T, Answer>) -> Self {
        match answer {
            Ok(_) => Self::Answered,
            Err(Answer::Refused(refusal)) if is_denial(&refusal.code) => Self::Refused,
            Err(Answer::Refused(refusal)) => Self::Unclear(format!("{}: {}", refusal.code, refusal.message)),
            Err(Answer::Unreached(unreached)) => {
                Self::Unclear(format!("{} was not reached {}", unreached.endpoint, unreached.words))
            }
        }
    }
}

/// Returns true if AWS refuses the caller rather than the call. IAM refuses every session without MFA in this way.
/// Source: "Common errors" of the IAM, S3 and STS references.
fn is_denial(code: &str) -> bool {
    matches!(
        code,
        "AccessDenied" | "AccessDeniedException" | "InvalidClientTokenId" | "UnauthorizedOperation"
    )
}

/// Returns the conclusion from the probes.
pub fn prove(probes: &[Probe]) -> Proof {
    let named = |wanted: &dyn Fn(&Met) -> bool| {
        let without = |probe: &&Probe| {
            [Some(&probe.bare_key), Some(&probe.session), probe.old_mfa.as_ref()]
                .into_iter()
                .flatten()
                .any(wanted)
        };
        probes.iter().filter(without).map(|probe| probe.action).collect::<Vec<_>>()
    };
    let open = named(&|met| *met == Met::Answered);
    if !open.is_empty() {
        return Proof::NotForced(open);
    }
    if !probes.iter().any(|probe| probe.mfa == Met::Answered) {
        return Proof::NothingAnswers;
    }
    // A call that was not heard proves nothing, but it must have been one that answers with MFA.
    let unheard = named(&|met| matches!(met, Met::Unclear(_)));
    let matters =
        |action: &&str| probes.iter().any(|probe| probe.action == *action && probe.mfa != Met::Refused);
    let unheard: Vec<&'static str> = unheard.into_iter().filter(matters).collect();
    if unheard.is_empty() { Proof::Forced } else { Proof::Unheard(unheard) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::translate::{Refusal, Unreached, UnreachedKind};

    fn probe(action: &'static str, [bare_key, session, mfa]: [Met; 3]) -> Probe {
        Probe { action, bare_key, session, mfa, old_mfa: None }
    }

    fn unclear() -> Met {
        Met::Unclear("Throttling: slow down".into())
    }

    #[test]
    fn a_refusal_proves_something_only_beside_an_answer() {
        use Met::{Answered, Refused};
        for (probes, proof) in [
            (vec![probe("a", [Refused, Refused, Answered])], Proof::Forced),
            (vec![probe("a", [Refused, Refused, Refused])], Proof::NothingAnswers),
            (vec![probe("a", [unclear(), unclear(), unclear()])], Proof::NothingAnswers),
            (vec![], Proof::NothingAnswers),
            (vec![probe("a", [Answered, Refused, Answered])], Proof::NotForced(vec!["a"])),
            (vec![probe("a", [Refused, Answered, Answered])], Proof::NotForced(vec!["a"])),
            // One that nobody with MFA may make either says nothing, and takes nothing away.
            (
                vec![probe("a", [Refused, Refused, Answered]), probe("b", [Refused, Refused, Refused])],
                Proof::Forced,
            ),
            (
                vec![probe("a", [Refused, Refused, Answered]), probe("b", [unclear(), Refused, Refused])],
                Proof::Forced,
            ),
            (
                vec![probe("a", [Refused, Refused, Answered]), probe("b", [unclear(), Refused, Answered])],
                Proof::Unheard(vec!["b"]),
            ),
            (
                vec![probe("a", [Answered, Refused, Answered]), probe("b", [unclear(), Refused, Answered])],
                Proof::NotForced(vec!["a"]),
            ),
        ] {
            assert_eq!(prove(&probes), proof, "{probes:?}");
        }
    }

    #[test]
    fn a_code_that_is_too_old_must_be_refused_as_well() {
        let mut probe = probe("a", [Met::Refused, Met::Refused, Met::Answered]);
        probe.old_mfa = Some(Met::Refused);
        assert_eq!(prove(std::slice::from_ref(&probe)), Proof::Forced);
        probe.old_mfa = Some(Met::Answered);
        assert_eq!(prove(&[probe]), Proof::NotForced(vec!["a"]));
    }

    #[test]
    fn only_a_denial_counts_as_one() {
        let refused = |code: &str| {
            Met::of::<()>(Err(Answer::Refused(Refusal {
                operation: "ListUsers",
                status: 403,
                code: code.into(),
                message: "no".into(),
                date: None,
            })))
        };
        assert_eq!(Met::of(Ok::<_, Answer>(())), Met::Answered);
        assert_eq!(refused("AccessDenied"), Met::Refused);
        assert_eq!(refused("InvalidClientTokenId"), Met::Refused);
        assert_eq!(refused("SignatureDoesNotMatch"), Met::Unclear("SignatureDoesNotMatch: no".into()));
        let unreached = Unreached {
            operation: "ListUsers",
            kind: UnreachedKind::Connect,
            words: "(connection refused)".into(),
            endpoint: "http://127.0.0.1:1".into(),
        };
        let expected = Met::Unclear("http://127.0.0.1:1 was not reached (connection refused)".into());
        assert_eq!(Met::of::<()>(Err(Answer::Unreached(unreached))), expected);
    }
}
