//! The questions of a first set-up, in their order. Nothing is written here: Ctrl-C at any
//! of them leaves everything as it was.

use awsesame_core::aws_files::access_key::AccessKey;
use awsesame_core::aws_files::edit::is_read_by_sdks;
use awsesame_core::aws_files::new_profile::NewProfile;
use awsesame_core::aws_files::profile::ProfileSet;
use awsesame_core::fault::Fault;
use awsesame_core::name::is_region;
use awsesame_core::name::{ProfileName, Serial};
use awsesame_core::plan::is_serial;

use super::super::Runner;
use super::super::person::{Person, is_yes};
use super::lacking::Lacking;
use super::trial::{Proof, Trial, words};
use crate::os::context::AwsFiles;
use crate::session::login;
use crate::ui;
use crate::vault::keyring::SessionKeyring;

/// How often something is asked for that cannot be right.
const TRIES: u32 = 3;

/// Where the calls of a new profile go if nobody says otherwise: what the AWS CLI's guide takes.
const USUAL_REGION: &str = "us-east-1";

/// What all questions have in common.
pub(super) struct Questions<'a> {
    pub(super) runner: &'a Runner<'a>,
    pub(super) stage: &'a SessionKeyring<'a>,
    pub(super) files: &'a AwsFiles,
    pub(super) person: Person,
    /// The profile that a cancelled set-up is repeated for.
    pub(super) profile: ProfileName,
}

/// What was answered.
pub(super) struct Answers {
    pub(super) new: NewProfile,
    /// Whether a device is to be enrolled when all is written.
    pub(super) enrol: bool,
    /// Whether the profile has a device.
    pub(super) has_device: bool,
}

impl Questions<'_> {
    /// Which profile; the one that is lacking, if nobody named any.
    pub(super) fn name(&mut self, lacking: &Lacking) -> Result<ProfileName, Fault> {
        if let (Some(near), Some(fault)) = (&lacking.nearest, &lacking.fault) {
            let question = format!(
                "there is no profile `{}`, did you mean `{near}`? set up a new one? [y/N] ",
                lacking.profile
            );
            if !self.agrees(&question, false)? {
                return Err(fault.clone());
            }
        }
        if !lacking.unnamed {
            return Ok(lacking.profile.clone());
        }
        for _ in 0..TRIES {
            let name = self.or("profile to set up", lacking.profile.as_str())?;
            if is_read_by_sdks(&name) {
                return Ok(ProfileName::new(name));
            }
            ui::say("AWS's SDKs only read names of letters, digits and `_-/.%@:+`");
        }
        Err(self.given_up())
    }

    /// Everything else about a profile.
    pub(super) fn about(&mut self, name: &ProfileName, known: &ProfileSet) -> Result<Answers, Fault> {
        let mut region = None;
        let mut refused = None;
        for _ in 0..TRIES {
            let key = self.key(name)?;
            if region.is_none() {
                region = Some(self.region(name, known)?);
            }
            let region = region.clone().flatten();
            let new = NewProfile { name: name.clone(), key, region, serial: None };
            let trial = Trial::of(self.stage, self.files, &new)?;
            match trial.identity()? {
                Proof::Of(arn) => {
                    ui::say(&format!("this key is that of {}", words(&arn)));
                    if arn.ends_with(":root") {
                        ui::warn(
                            "it is the account's root user, who may do everything: a user of yours should have the key",
                        );
                    }
                    return self.device(new, &trial, &arn);
                }
                Proof::Unreached(fault) => {
                    ui::say(&format!("{fault}, so it is unknown whose key this is"));
                    if !self.agrees("write it all the same? [y/N] ", false)? {
                        return Err(fault);
                    }
                    let has_device = !trial.configured().is_empty();
                    return Ok(Answers { new, enrol: false, has_device });
                }
                Proof::Refused(fault) => {
                    ui::say(&format!("{fault}; try again"));
                    refused = Some(fault);
                }
            }
        }
        Err(refused.unwrap_or_else(|| self.given_up()))
    }

    /// Both halves. What cannot be one is told before the next question.
    fn key(&mut self, name: &ProfileName) -> Result<AccessKey, Fault> {
        let mut wrong = None;
        for _ in 0..TRIES {
            let id = self.must(&format!("access key id of profile `{name}`: "))?;
            if let Err(fault) = AccessKey::check_id(&id) {
                ui::say(&fault.to_string());
                wrong = Some(fault);
                continue;
            }
            let secret = self.person.whispers("secret access key (not shown): ")?;
            let secret = secret.ok_or_else(|| self.given_up())?;
            match AccessKey::new(&id, secret.expose()) {
                Ok(key) => return Ok(key),
                Err(fault) => {
                    ui::say(&fault.to_string());
                    wrong = Some(fault);
                }
            }
        }
        Err(wrong.unwrap_or_else(|| self.given_up()))
    }

    /// The region; none where the profile has one.
    fn region(&mut self, name: &ProfileName, known: &ProfileSet) -> Result<Option<String>, Fault> {
        if known.get(name).is_some_and(|settings| settings.has("region")) {
            return Ok(None);
        }
        let context = self.runner.context;
        let default = known.get(&ProfileName::new(ProfileName::DEFAULT));
        let usual = context
            .users_var("AWS_REGION")
            .or_else(|| context.var("AWS_DEFAULT_REGION"))
            .or_else(|| default?.get("region").map(str::to_owned))
            .unwrap_or_else(|| USUAL_REGION.to_owned());
        for _ in 0..TRIES {
            let region = self.or("region", &usual)?;
            if is_region(&region) {
                return Ok(Some(region));
            }
            ui::say("a region is a code like `eu-central-1`");
        }
        Err(self.given_up())
    }

    /// The MFA device, or whether there is to be one.
    fn device(&mut self, new: NewProfile, trial: &Trial<'_>, arn: &str) -> Result<Answers, Fault> {
        if !trial.configured().is_empty() {
            return Ok(Answers { new, enrol: false, has_device: true });
        }
        let Some(listed) = trial.devices()? else {
            let serial = self.serial(arn)?;
            return Ok(Answers { new: NewProfile { serial, ..new }, enrol: false, has_device: true });
        };
        let usable: Vec<Serial> = listed.iter().filter(|serial| serial.gives_codes()).cloned().collect();
        if usable.is_empty() {
            let why =
                if listed.is_empty() { "has no MFA device" } else { "has only devices that give no codes" };
            let enrol = self.agrees(&format!("this user {why}; enroll one afterwards? [Y/n] "), true)?;
            return Ok(Answers { new, enrol, has_device: false });
        }
        let serial = Some(self.one_of(&usable)?);
        Ok(Answers { new: NewProfile { serial, ..new }, enrol: false, has_device: true })
    }

    /// A serial number, from a user whose devices AWS does not tell. Without any, a login
    /// goes by the custom that a device is called like its user.
    fn serial(&mut self, arn: &str) -> Result<Option<Serial>, Fault> {
        ui::say("AWS does not let this key list its user's MFA devices");
        let empty =
            login::customary(arn).map_or_else(String::new, |serial| format!(" (empty: `{serial}` is tried)"));
        for _ in 0..TRIES {
            let typed = self.must(&format!("serial number or ARN of the device{empty}: "))?;
            match typed.trim() {
                "" => return Ok(None),
                serial if is_serial(serial) => return Ok(Some(Serial::new(serial))),
                _ => ui::say("that is not a serial number, like `arn:aws:iam::123456789012:mfa/alice`"),
            }
        }
        Err(self.given_up())
    }

    /// One of the user's devices: the only one, or the one that is chosen.
    fn one_of(&mut self, devices: &[Serial]) -> Result<Serial, Fault> {
        if let [only] = devices {
            ui::say(&format!("its MFA device is `{only}`"));
            return Ok(only.clone());
        }
        let names: Vec<String> = devices.iter().map(ToString::to_string).collect();
        let chosen = self.choice("which MFA device gives the codes?", &names)?;
        Ok(devices[chosen].clone())
    }

    /// Which of several: its place among them, the first one if nothing is typed.
    pub(super) fn choice(&mut self, question: &str, choices: &[String]) -> Result<usize, Fault> {
        self.person.hears(&format!("{question}\n"))?;
        for (index, choice) in choices.iter().enumerate() {
            self.person.hears(&format!("  {}  {choice}\n", index + 1))?;
        }
        for _ in 0..TRIES {
            let number = self.or("number", "1")?;
            let index = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            if let Some(index) = index.filter(|index| *index < choices.len()) {
                return Ok(index);
            }
            ui::say(&format!("type a number from 1 to {}", choices.len()));
        }
        Err(self.given_up())
    }

    /// A line that has a usual answer.
    fn or(&mut self, question: &str, usual: &str) -> Result<String, Fault> {
        let line = self.must(&format!("{question} [{usual}]: "))?;
        let line = line.trim();
        Ok(if line.is_empty() { usual } else { line }.to_owned())
    }

    fn agrees(&mut self, question: &str, usual: bool) -> Result<bool, Fault> {
        let line = self.must(question)?;
        Ok(match line.trim() {
            "" => usual,
            line => is_yes(line),
        })
    }

    fn must(&mut self, question: &str) -> Result<String, Fault> {
        self.person.says(question)?.ok_or_else(|| self.given_up())
    }

    fn given_up(&self) -> Fault {
        Fault::NotConfirmed { what: "nothing was written", then: "init", profile: self.profile.clone() }
    }
}
