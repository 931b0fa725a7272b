//! Reads the profiles in which a person signs in by browser: AWS Sign-In, and a role of Identity Center. The sign-in
//! itself is in `signin`.

use crate::aws_files::profile::{ProfileSet, Settings, bad};
use crate::fault::{Fault, SigninFault};
use crate::name::ProfileName;
use crate::signin::identity_center::settings::{self, Portal, PortalRole, Wrong};

/// The service at which a person signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignIn {
    /// The setting `login_session`: the console session of this ARN.
    Console(String),
    /// The setting `sso_session` or the older form: a role of a portal.
    Portal(Portal, PortalRole),
}

impl SignIn {
    /// Returns the name of the service in messages.
    pub const fn service(&self) -> &'static str {
        match self {
            Self::Console(_) => "AWS Sign-In",
            Self::Portal(..) => "IAM Identity Center",
        }
    }

    /// Reads what a profile says; None if it does not sign in by browser. As AWS's tools have
    /// it, Identity Center comes before `login_session`.
    pub(super) fn read(
        profiles: &ProfileSet,
        name: &ProfileName,
        profile: &Settings,
    ) -> Result<Option<Self>, Fault> {
        const OF_PORTALS: [&str; 4] = ["sso_session", "sso_start_url", "sso_account_id", "sso_role_name"];
        if OF_PORTALS.iter().any(|key| profile.has(key)) {
            let section = profile.get("sso_session").and_then(|session| profiles.sso_session(session));
            let wrong = |wrong| fault(profiles, name, wrong);
            let portal = settings::portal(profile, section).map_err(wrong)?;
            let role = settings::role(profile).map_err(wrong)?;
            return Ok(Some(Self::Portal(portal, role)));
        }
        Ok(profile.get("login_session").map(|session| Self::Console(session.to_owned())))
    }
}

/// Returns the fault of a profile's settings of Identity Center.
fn fault(profiles: &ProfileSet, name: &ProfileName, wrong: Wrong) -> Fault {
    let (profile, path) = (name.clone(), profiles.config_path().to_owned());
    match wrong {
        Wrong::NoSection { session } => SigninFault::NoSection { profile, session, path }.into(),
        Wrong::Lacks { setting } => SigninFault::Lacks { profile, setting, path }.into(),
        Wrong::Differs { setting, session } => {
            SigninFault::Differs { profile, setting, session, path }.into()
        }
        Wrong::Bad { setting, value, expected } => bad(&profile, setting, &value, expected.to_owned()),
    }
}
