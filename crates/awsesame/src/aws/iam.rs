//! The calls of IAM, one plain function each. The SDK's types stay inside, and no function makes a decision.

pub mod account;
pub mod devices;
pub mod keys;
pub mod policies;
pub mod user_or_group;

use aws_sdk_sts::config::Credentials as Signer;
use awsesame_core::answer::translate::Answer;
use awsesame_core::plan::ListedDevice;

use crate::aws::Aws;

/// Calls `ListUsers`, to see whether it is allowed.
pub fn probe_users(aws: &Aws, signer: Signer) -> Result<(), Answer> {
    aws.call("ListUsers", aws.iam(signer).list_users().max_items(1).send()).map(drop)
}

/// Calls `ListRoles`, to see whether it is allowed.
pub fn probe_roles(aws: &Aws, signer: Signer) -> Result<(), Answer> {
    aws.call("ListRoles", aws.iam(signer).list_roles().max_items(1).send()).map(drop)
}

/// Calls `ListAccountAliases`, to see whether it is allowed.
pub fn probe_aliases(aws: &Aws, signer: Signer) -> Result<(), Answer> {
    aws.call("ListAccountAliases", aws.iam(signer).list_account_aliases().max_items(1).send()).map(drop)
}

/// Calls `ListMFADevices` for the calling user, in AWS's order. A user has eight devices at most, so one page contains
/// them all.
pub fn mfa_devices(aws: &Aws, signer: Signer, user: Option<&str>) -> Result<Vec<ListedDevice>, Answer> {
    let call = aws.iam(signer).list_mfa_devices().set_user_name(user.map(str::to_owned));
    let answer = aws.call("ListMFADevices", call.send())?;
    // A server that imitates AWS may return the devices of another user.
    let his = |device: &aws_sdk_iam::types::MfaDevice| user.is_none_or(|user| device.user_name == user);
    let listed = |device: aws_sdk_iam::types::MfaDevice| {
        Ok(ListedDevice { serial: devices::checked("ListMFADevices", device.serial_number)? })
    };
    answer.mfa_devices.into_iter().filter(his).map(listed).collect()
}

/// Returns the name of the user without the path, or None if the identity is not a user.
pub fn user_of(identity: &str) -> Option<&str> {
    identity.split_once(":user/")?.1.rsplit('/').next()
}
