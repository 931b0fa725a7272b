//! Chooses the credentials that sign the calls of a rotation: the user's own session, or the key itself.

use awsesame_core::fault::Fault;
use awsesame_core::name::{ProfileName, Serial};
use awsesame_core::plan::{Plan, Root};
use awsesame_core::rotation::SignedBy;
use awsesame_core::session::Credentials;
use awsesame_core::session::servable::{Demands, servable};

use super::super::super::{Needs, Runner};
use crate::aws::iam;
use crate::aws::sts;
use crate::aws::{self, Aws};
use crate::config::plan::Planned;
use crate::keys;
use crate::vault::keyring::SessionKeyring;

/// The credentials that sign the calls.
pub(super) struct Caller {
    pub(super) aws: Aws,
    pub(super) signer: aws_sdk_sts::config::Credentials,
    pub(super) signed: SignedBy,
}

impl Caller {
    /// Returns the user's session if one is open or if the user has a device, and else the key itself.
    pub(super) fn of(
        runner: &Runner<'_>,
        keyring: &SessionKeyring<'_>,
        profile: &ProfileName,
    ) -> Result<Self, Fault> {
        let plan = Planned::of(runner.context, Some(profile.as_str()), None)?.plan;
        let aws = Aws::reach(&plan.client, runner.context)?;
        // One that is open is as good as a new one, and costs no code.
        if let Some((credentials, signed)) = open_session(runner, keyring, &plan)? {
            return Ok(Self { aws, signer: aws::temporary(&credentials), signed });
        }
        let Some(key) = plan.key().filter(|_| !plan.serials().iter().any(Serial::gives_codes)) else {
            return Self::with_session(runner, keyring, profile);
        };
        let signer = keys::signer(keyring, key, runner.may_ask()?)?;
        let listed = sts::user(&aws, signer.clone())
            .and_then(|user| iam::keys::list(&aws, signer.clone(), user.as_deref()));
        match listed {
            Ok(_) => Ok(Self { aws, signer, signed: SignedBy::Key }),
            Err(_) => Self::with_session(runner, keyring, profile),
        }
    }

    /// Returns the session of the user, without the roles of the profile. It asks for a code if necessary.
    pub(super) fn with_session(
        runner: &Runner<'_>,
        keyring: &SessionKeyring<'_>,
        profile: &ProfileName,
    ) -> Result<Self, Fault> {
        let mut want = runner.want(&Needs::default())?;
        want.profile = Some(profile.as_str());
        let told = keyring.session(&mut want)?;
        // The key of the profile may have changed, because the login completed a rotation.
        let plan = Planned::of(runner.context, Some(profile.as_str()), None)?.plan;
        let open = open_session(runner, keyring, &plan)?;
        let (credentials, signed) = open.unwrap_or((told.session.credentials, SignedBy::NewSession));
        let aws = Aws::reach(&plan.client, runner.context)?;
        Ok(Self { aws, signer: aws::temporary(&credentials), signed })
    }
}

/// Returns the open MFA session of a plan's user.
fn open_session(
    runner: &Runner<'_>,
    keyring: &SessionKeyring<'_>,
    plan: &Plan,
) -> Result<Option<(Credentials, SignedBy)>, Fault> {
    let now = runner.context.now();
    let found = keyring.vault.derived(&plan.root_id(), now)?;
    let own = matches!(plan.root, Root::Session { .. });
    let good = found.ok().filter(|session| own && servable(&session.header, &Demands::at(now)).is_ok());
    Ok(good.map(|session| (session.credentials, SignedBy::session(session.header.mfa_age(now)))))
}
