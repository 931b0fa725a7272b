//! Asks the questions of a first set-up, in their order. Nothing is written here, so Ctrl-C leaves everything as it
//! was.

use awsesame_core::aws_files::access_key::AccessKey;
use awsesame_core::aws_files::edit::is_read_by_sdks;
use awsesame_core::aws_files::new_profile::NewProfile;
use awsesame_core::aws_files::profile::ProfileSet;
use awsesame_core::fault::Fault;
use awsesame_core::name::is_region;
use awsesame_core::name::{ProfileName, Serial, Shown};
use awsesame_core::plan::is_serial;
use awsesame_core::text::nearest::nearest;

use super::super::Runner;
use super::super::person::{Person, is_yes};
use super::lacking::Lacking;
use super::trial::{Proof, Trial, words};
use crate::os::aws_files::AwsFiles;
use crate::session::login;
use crate::ui;
use crate::vault::keyring::SessionKeyring;

/// The number of times that something is asked for if the answer cannot be right.
const TRIES: u32 = 3;

/// The default Region of a new profile, which is the one in the AWS CLI's guide.
const USUAL_REGION: &str = "us-east-1";

/// Common Regions, for suggestions after a mistyped one. Other names are accepted if they have the form of a Region.
const KNOWN_REGIONS: [&str; 36] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
];

/// Returns true for a name that is made as AWS makes them: an area, a direction, and a number.
fn looks_like_a_region(name: &str) -> bool {
    const DIRECTIONS: [&str; 9] =
        ["central", "east", "north", "northeast", "northwest", "south", "southeast", "southwest", "west"];
    let parts: Vec<&str> = name.split('-').collect();
    let [area @ .., direction, number] = parts.as_slice() else { return false };
    let is_area = |part: &&str| part.bytes().all(|b| b.is_ascii_lowercase()) && part.len() >= 2;
    !area.is_empty()
        && area.iter().all(is_area)
        && DIRECTIONS.contains(direction)
        && !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit())
}

/// The data that all questions share.
pub(super) struct Questions<'a> {
    pub(super) runner: &'a Runner<'a>,
    pub(super) keyring: &'a SessionKeyring<'a>,
    pub(super) files: &'a AwsFiles,
    pub(super) person: Person,
    /// The profile in the command that repeats a canceled set-up.
    pub(super) profile: ProfileName,
}

/// The answers to the questions.
pub(super) struct Answers {
    pub(super) new: NewProfile,
    /// True if a device is to be enrolled when everything is written.
    pub(super) enrol: bool,
    /// True if the profile has a device.
    pub(super) has_device: bool,
}

impl Questions<'_> {
    /// Asks for the name of the profile if none is named. The default is the one that is missing.
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

    /// Asks for all other settings of a profile.
    pub(super) fn about(&mut self, name: &ProfileName, known: &ProfileSet) -> Result<Answers, Fault> {
        let mut key = self.key(name)?;
        let region = self.region(name, known)?;
        let mut refused = None;
        for attempt in 0..TRIES {
            if attempt > 0 {
                key = self.corrected(name, &key, refused.as_ref())?;
            }
            let new =
                NewProfile { name: name.clone(), key: key.clone(), region: region.clone(), serial: None };
            let trial = Trial::of(self.keyring, self.files, &new)?;
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

    /// Asks for both halves of the key. An invalid half is reported before the next question.
    fn key(&mut self, name: &ProfileName) -> Result<AccessKey, Fault> {
        let mut wrong = None;
        for _ in 0..TRIES {
            let id = self.must(&format!("access key id of profile `{name}`: "))?;
            if let Err(fault) = AccessKey::check_id(&id) {
                ui::say(&fault.to_string());
                wrong = Some(fault);
                continue;
            }
            return self.secret_of(&id);
        }
        Err(wrong.unwrap_or_else(|| self.given_up()))
    }

    /// Asks for the secret half until the answer can be one.
    fn secret_of(&mut self, id: &str) -> Result<AccessKey, Fault> {
        let mut wrong = None;
        for _ in 0..TRIES {
            let secret = self.person.whispers("secret access key (not shown): ")?;
            let secret = secret.ok_or_else(|| self.given_up())?;
            match AccessKey::new(id, secret.expose()) {
                Ok(key) => return Ok(key),
                Err(fault) => {
                    ui::say(&fault.to_string());
                    wrong = Some(fault);
                }
            }
        }
        Err(wrong.unwrap_or_else(|| self.given_up()))
    }

    /// Asks again for the half of the key that AWS refused, and keeps the other one.
    fn corrected(
        &mut self,
        name: &ProfileName,
        key: &AccessKey,
        refused: Option<&Fault>,
    ) -> Result<AccessKey, Fault> {
        if !matches!(refused, Some(Fault::KeyRejected { .. })) {
            return self.secret_of(key.id.as_str());
        }
        let id = self.or(&format!("access key id of profile `{name}`"), key.id.as_str())?;
        let same = id == key.id.as_str();
        // If the same ID is typed again, AWS has deleted the key, so its secret is useless.
        if same { self.key(name) } else { AccessKey::new(&id, key.secret.expose()) }
    }

    /// Asks for the Region, unless the profile has one.
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
            if is_region(&region) && looks_like_a_region(&region) {
                return Ok(Some(region));
            }
            ui::say(&nearest(&region, KNOWN_REGIONS).map_or_else(
                || "a region is a code like `eu-central-1`".to_owned(),
                |near| format!("there is no region `{}`; did you mean `{near}`?", Shown(&region)),
            ));
        }
        Err(self.given_up())
    }

    /// Determines the MFA device, or whether one must be enrolled.
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

    /// Asks for the serial number, if AWS does not list the user's devices. Without an answer, a login assumes that the
    /// device has the name of the user.
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

    /// Returns the only device of the user, or asks for one of several.
    fn one_of(&mut self, devices: &[Serial]) -> Result<Serial, Fault> {
        if let [only] = devices {
            ui::say(&format!("its MFA device is `{only}`"));
            return Ok(only.clone());
        }
        let names: Vec<String> = devices.iter().map(ToString::to_string).collect();
        let chosen = self.choice("which MFA device gives the codes?", &names)?;
        Ok(devices[chosen].clone())
    }

    /// Asks for one of several choices, and returns its index: the first one if nothing is typed.
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

    /// Asks for a line with a default.
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
        Fault::NotConfirmed {
            what: "nothing was written",
            then: "init".to_owned(),
            profile: self.profile.clone(),
        }
    }
}
