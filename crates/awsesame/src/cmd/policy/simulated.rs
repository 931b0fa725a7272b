//! What AWS's own simulator says of the actions that were judged, with the policies that we are not
//! shown: those of the organization.

use awsesame_core::fault::Fault;
use awsesame_policy::{Credential, Judgement, Outcome, Subject};

use super::desk::Desk;
use crate::aws::iam::policies as iam;

/// Another word of AWS's on one action.
pub(super) struct Difference {
    pub(super) action: String,
    pub(super) credential: Credential,
    pub(super) allowed: bool,
    pub(super) by_organization: bool,
}

/// The kinds of credentials that the simulator can be asked about: a role has policies of its own.
const ASKED: [Credential; 3] = [Credential::BareKey, Credential::Session, Credential::FreshMfa];

/// Asks about everything that must not go without MFA. Where AWS can tell, its word counts.
pub(super) fn revise(
    desk: &Desk<'_>,
    judgement: Judgement,
    subject: &Subject,
) -> Result<(Judgement, Vec<Difference>), Fault> {
    let user = format!("arn:{}:iam::{}:user/{}", subject.partition, subject.account, subject.user);
    let mut differences = Vec::new();
    let revised = judgement.revised::<Fault>(|row, credential| {
        if row.enrolment || !ASKED.contains(&credential) {
            return Ok(None);
        }
        let context = credential.context(subject);
        let act = (row.act.action.as_str(), row.act.resource.as_str());
        let said = desk.call(|aws, signer| iam::simulate(aws, signer, &user, act, &context))?;
        // A key that nobody could give is absent to the simulator, and unknown to us.
        if said.missing.iter().any(|key| !context.decides(key)) && !said.by_organization {
            return Ok(None);
        }
        let outcome = if said.allowed { Outcome::Allowed } else { Outcome::Refused };
        if *row.with(credential) != outcome {
            differences.push(Difference {
                action: row.act.action.clone(),
                credential,
                allowed: said.allowed,
                by_organization: said.by_organization,
            });
        }
        Ok(Some(outcome))
    })?;
    Ok((revised, differences))
}
