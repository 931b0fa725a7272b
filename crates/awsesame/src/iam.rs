//! The calls of IAM, each as a plain function.

pub mod policies;

use aws_sdk_sts::config::Credentials as Signer;
use awsesame_core::name::Serial;
use awsesame_core::plan::ListedDevice;
use awsesame_core::translate::Answer;

use crate::aws::Aws;

/// `ListMFADevices` of the calling user, in AWS's order. A user has eight at most,
/// so one page holds them all.
pub fn mfa_devices(aws: &Aws, signer: Signer) -> Result<Vec<ListedDevice>, Answer> {
    let answer = aws.call("ListMFADevices", aws.iam(signer).list_mfa_devices().send())?;
    let serial =
        |device: aws_sdk_iam::types::MfaDevice| ListedDevice { serial: Serial::new(device.serial_number) };
    Ok(answer.mfa_devices.into_iter().map(serial).collect())
}
