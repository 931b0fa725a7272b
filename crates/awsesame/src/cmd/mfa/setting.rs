//! Writes the `mfa_serial` of a profile to `~/.aws/config`. Every other byte stays.

use awsesame_core::aws_files::edit::{AwsFile, FileKind};
use awsesame_core::fault::Fault;
use awsesame_core::name::{ProfileName, Serial};

use crate::config::editing::Original;
use crate::config::plan::Planned;
use crate::config::profiles;
use crate::os::context::Context;

/// The command that continues if another program has changed the file.
const AGAIN: &str = "mfa enroll";

/// Writes the device to the profile, in a new section if the profile has none.
pub(super) fn write(context: Context, profile: &ProfileName, serial: &Serial) -> Result<(), Fault> {
    let path = context.folders().aws()?.config;
    let settings = [("mfa_serial", serial.as_str().to_owned())];
    if let Some(original) = Original::read(&path)? {
        let text = AwsFile::read(original.text(), FileKind::Config).with(profile, &settings);
        return original.replace(&text, AGAIN, profile);
    }
    Original::create(&path, &AwsFile::read("", FileKind::Config).with(profile, &settings))
}

/// Returns the plan that the profile will have when it names the device.
pub(super) fn planned(context: Context, profile: &ProfileName, serial: &Serial) -> Result<Planned, Fault> {
    let mut profiles = profiles::read(&context.folders().aws()?)?;
    profiles.insert(profile.as_str(), "mfa_serial", serial.as_str());
    Planned::to_be(context, profiles, profile)
}
