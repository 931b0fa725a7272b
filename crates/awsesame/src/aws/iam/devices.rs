//! The calls of IAM about MFA devices, one function per call. The command `mfa enroll` combines them.

use std::collections::HashSet;

use aws_sdk_iam::types::AssignmentStatusType;
use aws_sdk_sts::config::Credentials as Signer;
use awsesame_core::answer::translate::Answer;
use awsesame_core::answer::valid;
use awsesame_core::name::secret::Secret;
use awsesame_core::name::{AccountId, Serial, TokenCode};
use zeroize::Zeroizing;

use crate::aws::{Aws, pages};

const LIST: &str = "ListVirtualMFADevices";

/// Returns the devices of a given user, of every type. A user has eight devices at most, so one page contains them all.
pub fn of_user(aws: &Aws, signer: Signer, user: &str) -> Result<Vec<Serial>, Answer> {
    let call = aws.iam_patiently(signer).list_mfa_devices().user_name(user);
    let devices = aws.call("ListMFADevices", call.send())?.mfa_devices;
    devices.into_iter().map(|device| checked("ListMFADevices", device.serial_number)).collect()
}

/// Returns the serial number from an answer.
pub(super) fn checked(operation: &'static str, serial: String) -> Result<Serial, Answer> {
    let serial = Serial::new(serial);
    valid::serial(&serial).map_err(|why| Answer::not_aws(operation, why))?;
    Ok(serial)
}

/// Returns the names of the users who have a virtual device, which gives codes.
pub fn owners(aws: &Aws, signer: Signer) -> Result<HashSet<String>, Answer> {
    let client = aws.iam_patiently(signer);
    let owners = pages::all(LIST, |marker| {
        let call = client
            .list_virtual_mfa_devices()
            .assignment_status(AssignmentStatusType::Assigned)
            .max_items(1000)
            .set_marker(marker);
        let answer = aws.call(LIST, call.send())?;
        let users = answer.virtual_mfa_devices.into_iter().filter_map(|device| device.user);
        let names = users.map(|user| user.user_name);
        Ok((names.collect(), answer.marker.filter(|_| answer.is_truncated)))
    })?;
    Ok(owners.into_iter().collect())
}

/// Calls `CreateVirtualMFADevice`. Returns the serial number and the seed, in base32.
pub fn create(
    aws: &Aws,
    signer: Signer,
    account: &AccountId,
    name: &str,
) -> Result<(Serial, Secret), Answer> {
    const OPERATION: &str = "CreateVirtualMFADevice";
    let call = aws.iam(signer).create_virtual_mfa_device().virtual_mfa_device_name(name);
    let device = aws.call(OPERATION, call.send())?.virtual_mfa_device;
    let made = device.and_then(|device| {
        let seed = Zeroizing::new(device.base32_string_seed?.into_inner());
        Some((Serial::new(device.serial_number), Secret::new(std::str::from_utf8(&seed).ok()?)))
    });
    let (serial, seed) = made.ok_or_else(|| Answer::not_aws(OPERATION, "the answer has no seed"))?;
    valid::new_device(&serial, &seed, account, name).map_err(|why| Answer::not_aws(OPERATION, why))?;
    Ok((serial, seed))
}

/// Calls `EnableMFADevice` with two consecutive codes. The call is not repeated automatically, because the codes may be
/// spent even if the answer was lost.
pub fn enable(
    aws: &Aws,
    signer: Signer,
    user: &str,
    serial: &Serial,
    [first, second]: &[TokenCode; 2],
) -> Result<(), Answer> {
    let call = aws
        .iam_once(signer)
        .enable_mfa_device()
        .user_name(user)
        .serial_number(serial.as_str())
        .authentication_code1(first.as_str())
        .authentication_code2(second.as_str());
    aws.call("EnableMFADevice", call.send()).map(drop)
}

/// Calls `ResyncMFADevice` with two consecutive codes.
pub fn resync(
    aws: &Aws,
    signer: Signer,
    user: &str,
    serial: &Serial,
    [first, second]: &[TokenCode; 2],
) -> Result<(), Answer> {
    let call = aws
        .iam_once(signer)
        .resync_mfa_device()
        .user_name(user)
        .serial_number(serial.as_str())
        .authentication_code1(first.as_str())
        .authentication_code2(second.as_str());
    aws.call("ResyncMFADevice", call.send()).map(drop)
}

/// Calls `DeactivateMFADevice`, after which the device is not assigned to the user any more.
pub fn deactivate(aws: &Aws, signer: Signer, user: &str, serial: &Serial) -> Result<(), Answer> {
    let call = aws.iam(signer).deactivate_mfa_device().user_name(user).serial_number(serial.as_str());
    aws.call("DeactivateMFADevice", call.send()).map(drop)
}

/// Calls `DeleteVirtualMFADevice`, which AWS allows for unassigned devices.
pub fn delete(aws: &Aws, signer: Signer, serial: &Serial) -> Result<(), Answer> {
    let call = aws.iam(signer).delete_virtual_mfa_device().serial_number(serial.as_str());
    aws.call("DeleteVirtualMFADevice", call.send()).map(drop)
}

/// Calls `ListVirtualMFADevices`, and returns the unassigned devices of the account.
pub fn unassigned(aws: &Aws, signer: Signer) -> Result<Vec<Serial>, Answer> {
    let client = aws.iam(signer);
    pages::all(LIST, |marker| {
        let call = client
            .list_virtual_mfa_devices()
            .assignment_status(AssignmentStatusType::Unassigned)
            .set_marker(marker);
        let answer = aws.call(LIST, call.send())?;
        let serials =
            answer.virtual_mfa_devices.into_iter().map(|device| checked(LIST, device.serial_number));
        Ok((serials.collect::<Result<_, _>>()?, answer.marker.filter(|_| answer.is_truncated)))
    })
}
