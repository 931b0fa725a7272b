//! Asks AWS's own policy simulator about some actions. It also knows the policies of the organization, which we cannot
//! read. The simulator tests single requests, so a refusal proves nothing about other requests.

use awsesame_core::fault::Fault;
use awsesame_policy::{Act, Credential, Outcome, Proof, Row, Subject, Verdict};

use super::client::{Judged, PolicyClient};
use crate::aws::iam::policies as iam;

/// An action for which the simulator has a different result.
pub(super) struct Difference {
    pub(super) action: String,
    pub(super) credential: Credential,
    pub(super) allowed: bool,
    pub(super) by_organization: bool,
}

/// The kinds of credentials about which the simulator is asked. A role has policies of its own, so roles are left out.
const ASKED: [Credential; 3] = [Credential::BareKey, Credential::Session, Credential::FreshMfa];

/// The maximum number of requests that were found to work and are tried, because each is a call.
const MOST_ASKED: usize = 16;

/// Asks the simulator about well-known actions and about the actions that were found to work, and revises the verdict.
/// An action that AWS allows is open. If AWS refuses an action that we found open, the result is unsure.
pub(super) fn revise(
    client: &PolicyClient<'_>,
    judged: &mut Judged,
    subject: &Subject,
) -> Result<Vec<Difference>, Fault> {
    let user = format!("arn:{}:iam::{}:user/{}", subject.partition, subject.account, subject.user);
    let mut differences = Vec::new();
    let mut ask = |act: &Act, credential: Credential, ours: &Outcome| -> Result<Option<Outcome>, Fault> {
        let context = credential.context(subject);
        let pair = (act.action.as_str(), act.resource.as_str());
        let said = client.call(|aws, signer| iam::simulate(aws, signer, &user, pair, &context))?;
        // A key without a value is absent for the simulator, but unknown for us.
        if said.missing.iter().any(|key| !context.decides(key)) && !said.by_organization {
            return Ok(None);
        }
        let outcome = if said.allowed { Outcome::Allowed } else { Outcome::Refused };
        if *ours != outcome {
            differences.push(Difference {
                action: act.action.clone(),
                credential,
                allowed: said.allowed,
                by_organization: said.by_organization,
            });
        }
        Ok(Some(outcome))
    };
    for row in judged.rows.iter_mut().filter(|row| !row.enrollment) {
        for credential in ASKED {
            let ours = row.with(credential).clone();
            if let Some(outcome) = ask(&row.act, credential, &ours)? {
                row.outcomes[credential as usize] = outcome;
            }
        }
    }
    let mut left = Vec::new();
    let mut refused = 0;
    let (asked, others) = judged.proof.witnesses.split_at(judged.proof.witnesses.len().min(MOST_ASKED));
    let (asked, others) = (asked.to_vec(), others.to_vec());
    for witness in asked {
        let act = Act { action: witness.action.clone(), resource: witness.resource.clone() };
        let plain = witness.circumstance.is_empty();
        match plain.then(|| ask(&act, witness.credential, &Outcome::Allowed)).transpose()?.flatten() {
            Some(Outcome::Refused) => refused += 1,
            _ => left.push(witness),
        }
    }
    // If AWS refuses every request that was tried, it may refuse the others too, so they are dropped.
    if refused == 0 || !left.is_empty() {
        left.extend(others);
    }
    judged.proof.witnesses = left;
    settle(&mut judged.proof, &judged.rows, refused);
    Ok(differences)
}

/// Computes the verdict from AWS's results.
fn settle(proof: &mut Proof, rows: &[Row], refused: usize) {
    let open = rows.iter().any(|row| {
        let without = row.each().filter(|(credential, _)| credential.without_mfa());
        !row.enrollment && without.into_iter().any(|(_, outcome)| *outcome == Outcome::Allowed)
    });
    if open {
        proof.verdict = Verdict::NotEnforced;
    } else if refused > 0 && proof.witnesses.is_empty() {
        proof.verdict = Verdict::Unsure;
        proof.open.clear();
        proof.enrollment.clear();
        proof.harmless.clear();
        proof.new_actions.clear();
        proof.depends.clear();
        proof.depends.push(format!(
            "the organization's policies: AWS's simulator refuses all {refused} requests that the user's own policies allow"
        ));
    }
}
