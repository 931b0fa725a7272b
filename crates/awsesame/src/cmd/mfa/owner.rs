//! The user whose devices are created, resynchronized and removed, with the calls that do it. The command decides which
//! calls are made.

use awsesame_core::answer::enroll::MOST_DEVICES;
use awsesame_core::answer::translate::Answer;
use awsesame_core::fault::Fault;
use awsesame_core::name::secret::Secret;
use awsesame_core::name::{AccountId, ProfileName, Serial, TokenCode, arn_field};
use awsesame_core::plan::{LongTermKey, Plan};
use awsesame_core::session::ledger;

use super::super::{Needs, Runner};
use crate::aws::iam::{self, devices};
use crate::aws::sts;
use crate::aws::{self, Aws};
use crate::code::pair::Asker;
use crate::config::plan::Planned;
use crate::keys;
use crate::state::ledger::Ledger as _;
use crate::ui;
use crate::vault::keyring::SessionKeyring;

/// The last number that is tried at the end of a device's name.
const MOST_NAMES: u32 = 16;

/// The credentials with which the calls are signed.
type Signer = aws_sdk_sts::config::Credentials;

/// AWS's error code for two codes that are not from the device.
const WRONG_CODES: &str = "InvalidAuthenticationCode";

/// A user, and how its devices are reached.
pub(super) struct Owner<'a> {
    pub(super) keyring: &'a SessionKeyring<'a>,
    pub(super) plan: Plan,
    pub(super) user: String,
    pub(super) account: AccountId,
    aws: Aws,
    signer: Signer,
}

impl<'a> Owner<'a> {
    /// Finds the user of a profile. A user who has a device signs with MFA, because a good policy requires it; a user
    /// without a device cannot.
    pub(super) fn of(runner: &Runner<'_>, keyring: &'a SessionKeyring<'a>) -> Result<Self, Fault> {
        let mut owner = Self::with_key(runner, keyring)?;
        if owner.plan.serials().iter().any(Serial::gives_codes) {
            let mut want = runner.want(&Needs::default())?;
            // The session of the user itself signs, even if the profile ends at a role.
            let holder = owner.key()?.holder.profile();
            want.profile = holder.map(ProfileName::as_str).or(want.profile);
            owner.signer = aws::temporary(&keyring.session(&mut want)?.session.credentials);
        }
        Ok(owner)
    }

    /// Does the same, but signs with the long-term key only.
    pub(super) fn with_key(runner: &Runner<'_>, keyring: &'a SessionKeyring<'a>) -> Result<Self, Fault> {
        let plan = Planned::of(runner.context, runner.profile(), None)?.plan;
        let key = super::key(&plan)?;
        let aws = Aws::reach(&plan.client, runner.context)?;
        let signer = keys::signer(keyring, key, runner.may_ask()?)?;
        // The user may have been renamed, and the calls need its current name.
        let identity = keyring.caller(&plan, &aws, &signer).call(sts::caller_identity)?;
        let user = identity.rsplit('/').next().unwrap_or(&identity).to_owned();
        let account = AccountId::new(arn_field(&identity, 4).unwrap_or_default());
        Ok(Self { keyring, plan, user, account, aws, signer })
    }

    /// Returns the device that the profile names first, or else the first that AWS lists.
    pub(super) fn configured(&self) -> Result<Serial, Fault> {
        if let Some(serial) = self.plan.serials().iter().find(|serial| serial.gives_codes()) {
            return Ok(serial.clone());
        }
        let listed = self.listed()?.into_iter().find(Serial::gives_codes);
        listed.ok_or_else(|| Fault::NoDevice { subject: self.plan.subject.clone() })
    }

    pub(super) fn key(&self) -> Result<&LongTermKey, Fault> {
        super::key(&self.plan)
    }

    /// Returns the devices that AWS lists.
    pub(super) fn listed(&self) -> Result<Vec<Serial>, Fault> {
        let listed = iam::mfa_devices(&self.aws, self.signer.clone(), Some(&self.user));
        Ok(listed.map_err(|answer| self.told(answer))?.into_iter().map(|device| device.serial).collect())
    }

    /// Creates a virtual device, and returns its name. An unassigned device of that name is left from a killed run: its
    /// seed is lost, so it is deleted. If a policy forbids that, as AWS's own policy does without MFA, another name is
    /// used if `may_differ`; otherwise the user could never have a device.
    pub(super) fn create(&self, wanted: &str, may_differ: bool) -> Result<(String, Serial, Secret), Fault> {
        let create = |name: &str| devices::create(&self.aws, self.signer.clone(), &self.account, name);
        let named = |name: &str, (serial, seed)| (name.to_owned(), serial, seed);
        let refusal = match create(wanted) {
            Ok(made) => return Ok(named(wanted, made)),
            Err(Answer::Refused(refusal)) if refusal.code == "EntityAlreadyExists" => refusal,
            Err(answer) => return Err(self.told(answer)),
        };
        let gone = match devices::unassigned(&self.aws, self.signer.clone()) {
            Ok(left) => {
                match left.iter().find(|serial| awsesame_core::answer::enroll::named(serial) == Some(wanted))
                {
                    Some(left) => self.delete(left),
                    None => Err(self.told(Answer::Refused(refusal))),
                }
            }
            Err(answer) => Err(self.told(answer)),
        };
        match gone {
            Ok(()) => create(wanted).map(|made| named(wanted, made)).map_err(|answer| self.told(answer)),
            Err(fault) if may_differ => {
                // A user has eight devices at most, and each failed attempt may have left one.
                let others = (2..=MOST_NAMES).map(|number| format!("{wanted}-{number}"));
                for name in others {
                    match create(&name) {
                        Ok(made) => return Ok(named(&name, made)),
                        Err(Answer::Refused(refusal)) if refusal.code == "EntityAlreadyExists" => {}
                        // The error of the first attempt is the one that the user can correct.
                        Err(_) => break,
                    }
                }
                Err(fault)
            }
            Err(fault) => Err(fault),
        }
    }

    /// Enables a device with two codes. They are requested again if AWS refuses them.
    pub(super) fn enable(&self, asker: &mut Asker<'_>, name: &str, serial: &Serial) -> Result<(), Fault> {
        self.with_codes(asker, name, serial, "mfa enroll", devices::enable)
    }

    /// Resynchronizes a device whose clock or counter differs.
    pub(super) fn resync(&self, asker: &mut Asker<'_>, name: &str, serial: &Serial) -> Result<(), Fault> {
        self.with_codes(asker, name, serial, "mfa resync", devices::resync)
    }

    fn with_codes(
        &self,
        asker: &mut Asker<'_>,
        name: &str,
        serial: &Serial,
        then: &'static str,
        call: impl Fn(&Aws, Signer, &str, &Serial, &[TokenCode; 2]) -> Result<(), Answer>,
    ) -> Result<(), Fault> {
        const TRIES: u32 = 3;
        for left in (0..TRIES).rev() {
            let codes = asker.two(name)?;
            match call(&self.aws, self.signer.clone(), &self.user, serial, &codes) {
                Ok(()) => {
                    // Neither code can be used for a login any more.
                    for code in &codes {
                        let step = ledger::step(self.keyring.context.now());
                        let _ = self.keyring.state.spend(serial, step, code);
                    }
                    return Ok(());
                }
                Err(Answer::Refused(refusal)) if refusal.code == WRONG_CODES => {
                    if left > 0 {
                        ui::say(
                            "AWS does not accept these two codes; they must be of this device, and follow each other",
                        );
                    }
                }
                Err(Answer::Refused(refusal)) if refusal.code == "LimitExceeded" => {
                    return Err(Fault::DeviceQuota {
                        most: MOST_DEVICES,
                        subject: self.plan.subject.clone(),
                    });
                }
                Err(answer) => return Err(self.told(answer)),
            }
        }
        Err(Fault::PairRefused { serial: serial.clone(), then, subject: self.plan.subject.clone() })
    }

    /// Deactivates a device of the user.
    pub(super) fn deactivate(&self, serial: &Serial) -> Result<(), Fault> {
        devices::deactivate(&self.aws, self.signer.clone(), &self.user, serial)
            .map_err(|answer| self.told(answer))
    }

    /// Deletes a virtual device that is not assigned to a user.
    pub(super) fn delete(&self, serial: &Serial) -> Result<(), Fault> {
        devices::delete(&self.aws, self.signer.clone(), serial).map_err(|answer| self.told(answer))
    }

    fn told(&self, answer: Answer) -> Fault {
        match (self.keyring.caller(&self.plan, &self.aws, &self.signer).fault(&answer), answer) {
            (Fault::DevicesUnknown { subject }, Answer::Refused(refusal)) => {
                Fault::Denied { operation: refusal.operation, why: refusal.message, subject }
            }
            (fault, _) => fault,
        }
    }
}
