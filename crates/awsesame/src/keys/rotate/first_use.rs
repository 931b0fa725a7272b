//! Completes a rotation after a login: the login has used the new key, so the old one is removed. The user did not ask
//! for this now, so a failure is left to the next login.

use awsesame_core::fault::Fault;
use awsesame_core::plan::{Plan, Root};
use awsesame_core::rotation::{Proof, SignedBy};
use awsesame_core::session::Credentials;

use super::journals::Journals;
use super::{Rotation, places};
use crate::aws::{self, Aws};
use crate::config::plan::Planned;
use crate::keys::Keys;
use crate::os::context::Context;
use crate::vault::keyring::SessionKeyring;

/// Completes a rotation after a key of this plan has obtained a session, which can sign for its user.
pub fn note(keyring: &SessionKeyring<'_>, plan: &Plan, aws: &Aws, root: &Credentials) {
    // The next login, or `keys rotate`, completes what failed here; the latter reports the reason.
    let _ = settle(keyring, plan, aws, root);
}

/// Returns true if a killed run left an incomplete rotation and the profile still has the old key.
pub fn is_interrupted(context: Context, profile: Option<&str>) -> bool {
    let about = || {
        let plan = Planned::of(context, profile, None).ok()?.plan;
        let journals = Journals::at(&context.folders().data().ok()?);
        Some(journals.all().ok()?.iter().any(|journal| plan.key().is_some_and(|key| key.id == journal.old)))
    };
    about().unwrap_or_default()
}

fn settle(keyring: &SessionKeyring<'_>, plan: &Plan, aws: &Aws, root: &Credentials) -> Result<(), Fault> {
    let journals = Journals::at(&keyring.context.folders().data()?);
    let (Some(key), Some(profile)) = (plan.key(), plan.key().and_then(|key| key.holder.profile())) else {
        return Ok(());
    };
    if journals.about(&key.id)?.is_none() {
        return Ok(());
    }
    let Some(_turn) = journals.turn(|| false)? else { return Ok(()) };
    let Some(mut journal) = journals.about(&key.id)?.filter(|journal| journal.new.as_ref() == Some(&key.id))
    else {
        return Ok(());
    };
    journal.used = true;
    journals.write(&journal)?;
    let keys = Keys::open(keyring.context, keyring.state, false)?;
    let files = keyring.context.folders().aws()?;
    // A role assumed with the code itself knows nothing of its user's keys.
    let whole = !places::named(&keys, &files, &journal.old)?.is_named();
    if !whole || journal.reopened || !matches!(plan.root, Root::Session { .. }) {
        return Ok(());
    }
    let rotation = Rotation {
        keyring,
        keys: &keys,
        files,
        plan: plan.clone(),
        profile: profile.clone(),
        aws,
        signer: aws::temporary(root),
        signed: SignedBy::NewSession,
        quiet: true,
    };
    // STS has just accepted the key.
    rotation.run(Some(journal), |known| known.proof = Proof::Good).map(drop)
}
