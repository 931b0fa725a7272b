//! Tests a profile before it is written: which identity its key has, and which MFA devices the user has. The plan is
//! made as if AWS's files were already written.

use awsesame_core::answer::translate::Answer;
use awsesame_core::aws_files::new_profile::NewProfile;
use awsesame_core::fault::Fault;
use awsesame_core::name::{AccountId, Serial, arn_field};
use awsesame_core::plan::Plan;

use crate::aws::iam;
use crate::aws::sts;
use crate::aws::{self, Aws};
use crate::config::plan::Planned;
use crate::config::profiles;
use crate::os::aws_files::AwsFiles;
use crate::vault::keyring::SessionKeyring;

/// A profile with its key, as AWS sees it.
pub(super) struct Trial<'a> {
    keyring: &'a SessionKeyring<'a>,
    plan: Plan,
    aws: Aws,
    signer: aws_sdk_sts::config::Credentials,
}

/// The result of a trial of a key at AWS.
pub(super) enum Proof {
    /// The key belongs to the identity with this ARN.
    Of(String),
    /// AWS refuses the key, so another one may be typed.
    Refused(Fault),
    /// AWS cannot be reached, so the identity is unknown.
    Unreached(Fault),
}

impl<'a> Trial<'a> {
    /// Returns a trial of the future content of AWS's files, parsed before any of it is written.
    pub(super) fn of(
        keyring: &'a SessionKeyring<'a>,
        files: &AwsFiles,
        new: &NewProfile,
    ) -> Result<Self, Fault> {
        let config = profiles::contents(&files.config)?.unwrap_or_default();
        let credentials = profiles::contents(&files.credentials)?.unwrap_or_default();
        let credentials = new.in_credentials(&credentials);
        let set = profiles::from_texts(files, &new.in_config(&config), &credentials);
        let plan = Planned::to_be(keyring.context, set, &new.name)?.plan;
        let aws = Aws::reach(&plan.client, keyring.context)?;
        Ok(Self { keyring, plan, aws, signer: aws::long_term(&new.key.id, &new.key.secret) })
    }

    /// Asks AWS for the identity of the key.
    pub(super) fn identity(&self) -> Result<Proof, Fault> {
        let answer = match sts::caller_identity(&self.aws, self.signer.clone()) {
            Ok(arn) => return Ok(Proof::Of(arn)),
            Err(answer) => answer,
        };
        match self.told(&answer) {
            fault if matches!(answer, Answer::Unreached(_)) => Ok(Proof::Unreached(fault)),
            fault @ (Fault::KeyRejected { .. } | Fault::SecretRejected { .. }) => Ok(Proof::Refused(fault)),
            fault => Err(fault),
        }
    }

    /// Returns the devices that the profile already names.
    pub(super) fn configured(&self) -> &[Serial] {
        self.plan.serials()
    }

    /// Returns the devices that AWS lists, or `None` if this key may not list them.
    pub(super) fn devices(&self) -> Result<Option<Vec<Serial>>, Fault> {
        let user = self.keyring.caller(&self.plan, &self.aws, &self.signer).call(sts::user)?;
        match iam::mfa_devices(&self.aws, self.signer.clone(), user.as_deref()) {
            Ok(listed) => Ok(Some(listed.into_iter().map(|device| device.serial).collect())),
            Err(Answer::Refused(refusal)) if matches!(refusal.status, 403 | 404) => Ok(None),
            Err(answer) => Err(self.told(&answer)),
        }
    }

    fn told(&self, answer: &Answer) -> Fault {
        self.keyring.caller(&self.plan, &self.aws, &self.signer).fault(answer)
    }
}

/// Returns an identity in words: who it is, and in which account.
pub(super) fn words(arn: &str) -> String {
    let who = arn_field(arn, 5).unwrap_or(arn);
    let who = who.strip_prefix("user/").unwrap_or(who);
    let who = who.rsplit('/').next().unwrap_or(who);
    format!("{who}, account {}", AccountId::new(arn_field(arn, 4).unwrap_or_default()))
}
