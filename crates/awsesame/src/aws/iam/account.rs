//! The calls of IAM about a whole account: its credential report and its authorization details.

use aws_sdk_iam::operation::get_account_authorization_details::GetAccountAuthorizationDetailsOutput;
use aws_sdk_iam::types::{EntityType, ReportStateType};
use aws_sdk_sts::config::Credentials as Signer;
use awsesame_core::answer::translate::Answer;

use crate::aws::{Aws, pages};

/// The number of entries per page. It is small enough that a page is small, even with every policy in it.
const PAGE: i32 = 400;

/// Calls `GenerateCredentialReport`, and returns true if the report is ready. AWS creates no new one while the last is
/// less than four hours old.
pub fn ask_for_report(aws: &Aws, signer: Signer) -> Result<bool, Answer> {
    let call = aws.iam_patiently(signer).generate_credential_report();
    let answer = aws.call("GenerateCredentialReport", call.send())?;
    Ok(answer.state == Some(ReportStateType::Complete))
}

/// Calls `GetCredentialReport`, and returns the report and its time in Unix seconds.
pub fn report(aws: &Aws, signer: Signer) -> Result<(Vec<u8>, i64), Answer> {
    const OPERATION: &str = "GetCredentialReport";
    let answer = aws.call(OPERATION, aws.iam_patiently(signer).get_credential_report().send())?;
    let made = answer.generated_time.map(|time| time.secs());
    answer
        .content
        .map(aws_sdk_iam::primitives::Blob::into_inner)
        .zip(made)
        .ok_or_else(|| Answer::not_aws(OPERATION, "the answer has no report"))
}

/// Calls `GetAccountAuthorizationDetails` for users, groups and policies, page by page.
pub fn details(
    aws: &Aws,
    signer: Signer,
    mut page: impl FnMut(GetAccountAuthorizationDetailsOutput),
) -> Result<(), Answer> {
    const OPERATION: &str = "GetAccountAuthorizationDetails";
    let client = aws.iam_patiently(signer);
    pages::all(OPERATION, |marker| {
        let call = client
            .get_account_authorization_details()
            .filter(EntityType::User)
            .filter(EntityType::Group)
            .filter(EntityType::LocalManagedPolicy)
            .filter(EntityType::AwsManagedPolicy)
            .max_items(PAGE)
            .set_marker(marker);
        let mut answer = aws.call(OPERATION, call.send())?;
        let next = answer.marker.take().filter(|_| answer.is_truncated);
        page(answer);
        Ok((Vec::new(), next))
    })
    .map(|_: Vec<()>| ())
}
