//! The calls of IAM about access keys, one function per call. The module `keys::rotate` combines them.

use aws_sdk_iam::types::StatusType;
use aws_sdk_sts::config::Credentials as Signer;
use awsesame_core::answer::translate::Answer;
use awsesame_core::answer::valid;
use awsesame_core::aws_files::access_key::AccessKey;
use awsesame_core::name::AccessKeyId;
use awsesame_core::name::secret::Secret;
use awsesame_core::rotation::Listed;

use crate::aws::Aws;

/// The last use of a key: its time and its service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastUsed {
    /// The time of the use, in Unix seconds. AWS rounds it, and reports it some minutes late.
    pub at: i64,
    /// The AWS service that was called, such as `s3`.
    pub service: String,
}

/// Calls `ListAccessKeys` for a user, or for the calling user if none is named. A user has two keys at most, so one
/// page contains them all.
pub fn list(aws: &Aws, signer: Signer, user: Option<&str>) -> Result<Vec<Listed>, Answer> {
    let call = aws.iam(signer).list_access_keys().set_user_name(user.map(str::to_owned));
    let answer = aws.call("ListAccessKeys", call.send())?;
    // A server that imitates AWS may return the keys of another user.
    let his = |key: &aws_sdk_iam::types::AccessKeyMetadata| {
        user.is_none() || key.user_name.is_none() || key.user_name.as_deref() == user
    };
    let key = |key: aws_sdk_iam::types::AccessKeyMetadata| {
        Some(Listed {
            id: AccessKeyId::new(key.access_key_id?),
            active: key.status? == StatusType::Active,
            created: key.create_date?.secs(),
            used: false,
        })
    };
    let listed: Vec<Listed> = answer.access_key_metadata.into_iter().filter(his).filter_map(key).collect();
    for key in &listed {
        valid::access_key_id(key.id.as_str()).map_err(|why| Answer::not_aws("ListAccessKeys", why))?;
    }
    Ok(listed)
}

/// Calls `GetAccessKeyLastUsed`. Returns `None` if the key was never used.
pub fn last_used(aws: &Aws, signer: Signer, key: &AccessKeyId) -> Result<Option<LastUsed>, Answer> {
    let call = aws.iam(signer).get_access_key_last_used().access_key_id(key.as_str());
    let answer = aws.call("GetAccessKeyLastUsed", call.send())?;
    let used = |used: aws_sdk_iam::types::AccessKeyLastUsed| {
        Some(LastUsed { at: used.last_used_date?.secs(), service: used.service_name })
    };
    Ok(answer.access_key_last_used.and_then(used))
}

/// Calls `CreateAccessKey` for a user, or for the calling user if none is named. The call is not repeated
/// automatically: if its answer was lost, there would be a second key that nobody knows.
pub fn create(aws: &Aws, signer: Signer, user: Option<&str>) -> Result<AccessKey, Answer> {
    const OPERATION: &str = "CreateAccessKey";
    let answer = aws.call(
        OPERATION,
        aws.iam_once(signer).create_access_key().set_user_name(user.map(str::to_owned)).send(),
    )?;
    let made = answer.access_key.map(|key| AccessKey {
        id: AccessKeyId::new(key.access_key_id),
        secret: Secret::new(key.secret_access_key),
    });
    let made = made.ok_or_else(|| Answer::not_aws(OPERATION, "the answer has no key"))?;
    valid::long_term_key(made.id.as_str(), &made.secret).map_err(|why| Answer::not_aws(OPERATION, why))?;
    Ok(made)
}

/// Calls `UpdateAccessKey` to activate or deactivate a key.
pub fn set_active(aws: &Aws, signer: Signer, key: &AccessKeyId, active: bool) -> Result<(), Answer> {
    let status = if active { StatusType::Active } else { StatusType::Inactive };
    let call = aws.iam(signer).update_access_key().access_key_id(key.as_str()).status(status);
    aws.call("UpdateAccessKey", call.send()).map(drop)
}

/// Calls `DeleteAccessKey`. A key that does not exist counts as deleted.
pub fn delete(aws: &Aws, signer: Signer, key: &AccessKeyId) -> Result<(), Answer> {
    let call = aws.iam(signer).delete_access_key().access_key_id(key.as_str());
    match aws.call("DeleteAccessKey", call.send()) {
        Err(Answer::Refused(refusal)) if refusal.code == "NoSuchEntity" => Ok(()),
        answer => answer.map(drop),
    }
}
