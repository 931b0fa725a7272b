//! The calls of STS, one plain function each. A refusal is returned as the plain value that core translates.

use aws_sdk_sts::config::Credentials as Signer;
use aws_sdk_sts::operation::assume_role::builders::AssumeRoleFluentBuilder;
use aws_sdk_sts::types::{Credentials as Given, PolicyDescriptorType, Tag};
use awsesame_core::answer::translate::Answer;
use awsesame_core::answer::valid;
use awsesame_core::name::secret::Secret;
use awsesame_core::name::{RoleArn, Serial, TokenCode};
use awsesame_core::plan::{Hop, SessionPolicy, Terms};
use awsesame_core::session::Credentials;

use crate::aws::{Aws, Retry, iam};

/// Temporary credentials and AWS's data about them.
pub struct Issued {
    /// The credentials that AWS issued.
    pub credentials: Credentials,
    /// The time when the credentials expire, in unix seconds.
    pub expires: i64,
    /// The ARN of the assumed role; `None` for a session of the user.
    pub arn: Option<String>,
}

/// A device and its code, where a call carries them.
pub type Mfa<'a> = (&'a Serial, &'a TokenCode);

/// Returns the name of the user who signs, for the calls that take a user name. Without a name, a server that imitates
/// AWS may answer about another user. Returns None if the caller is not a user.
pub fn user(aws: &Aws, signer: Signer) -> Result<Option<String>, Answer> {
    Ok(iam::user_of(&caller_identity(aws, signer)?).map(str::to_owned))
}

/// Calls `GetSessionToken` with a code.
pub fn session_token(aws: &Aws, signer: Signer, mfa: Mfa<'_>, seconds: u32) -> Result<Issued, Answer> {
    const OPERATION: &str = "GetSessionToken";
    let own = signer.access_key_id().to_owned();
    let call = aws
        .sts(signer, Retry::Never)
        .get_session_token()
        .serial_number(mfa.0.as_str())
        .token_code(mfa.1.as_str())
        .duration_seconds(seconds.cast_signed());
    let answer = aws.call(OPERATION, call.send())?;
    issued(aws, OPERATION, &own, answer.credentials, None)
}

/// Calls `GetSessionToken` without a code, which a thief of the key could do too. The session has the shortest duration
/// that AWS allows.
pub fn plain_session(aws: &Aws, signer: Signer) -> Result<Issued, Answer> {
    const OPERATION: &str = "GetSessionToken";
    let own = signer.access_key_id().to_owned();
    let call = aws.sts(signer, Retry::Standard).get_session_token().duration_seconds(900);
    issued(aws, OPERATION, &own, aws.call(OPERATION, call.send())?.credentials, None)
}

/// Calls `AssumeRole`, with a code if the role is assumed directly.
pub fn assume_role(
    aws: &Aws,
    signer: Signer,
    role: &Hop,
    mfa: Option<Mfa<'_>>,
    seconds: Option<u32>,
) -> Result<Issued, Answer> {
    const OPERATION: &str = "AssumeRole";
    let retry = if mfa.is_some() { Retry::Never } else { Retry::Standard };
    let own = signer.access_key_id().to_owned();
    let call = aws
        .sts(signer, retry)
        .assume_role()
        .role_arn(role.arn.as_str())
        .role_session_name(&role.session_name)
        .set_external_id(role.external_id.clone())
        .set_duration_seconds(seconds.map(u32::cast_signed))
        .set_serial_number(mfa.map(|(serial, _)| serial.as_str().to_owned()))
        .set_token_code(mfa.map(|(_, code)| code.as_str().to_owned()));
    let answer = aws.call(OPERATION, on_terms(call, &role.terms).send())?;
    let arn = answer.assumed_role_user.map(|user| user.arn);
    valid::assumed(arn.as_deref(), &role.arn).map_err(|why| Answer::not_aws(OPERATION, why))?;
    issued(aws, OPERATION, &own, answer.credentials, arn)
}

/// The access key ID for a call without a signature.
pub const NOBODY: &str = "none";

/// Returns credentials for a call without a signature: the client requires some key, but does not use it.
pub fn nobody() -> Signer {
    Signer::new(NOBODY, "none", None, None, "nobody")
}

/// Calls `AssumeRoleWithWebIdentity`. The call has no signature, because the token is sufficient.
pub fn assume_role_with_web_identity(aws: &Aws, role: &Hop, token: &Secret) -> Result<Issued, Answer> {
    const OPERATION: &str = "AssumeRoleWithWebIdentity";
    let arns = role.terms.policy_arns.iter();
    let arns: Vec<_> = arns.map(|arn| PolicyDescriptorType::builder().arn(arn).build()).collect();
    let call = aws
        .sts(nobody(), Retry::Standard)
        .assume_role_with_web_identity()
        .role_arn(role.arn.as_str())
        .role_session_name(&role.session_name)
        .web_identity_token(token.expose())
        .set_duration_seconds(role.duration.map(u32::cast_signed))
        .set_policy_arns((!arns.is_empty()).then_some(arns))
        .set_policy(policy(&role.terms));
    let answer = aws.call(OPERATION, call.send())?;
    let arn = answer.assumed_role_user.map(|user| user.arn);
    valid::assumed(arn.as_deref(), &role.arn).map_err(|why| Answer::not_aws(OPERATION, why))?;
    issued(aws, OPERATION, NOBODY, answer.credentials, arn)
}

/// A role that is assumed for a look around.
#[derive(Debug, Clone, Copy)]
pub struct AssumeForAudit<'a> {
    /// The ARN of the role.
    pub role: &'a str,
    /// The name of the role's session in `CloudTrail`.
    pub session_name: &'a str,
    /// The external ID that the role's trust policy may ask for.
    pub external_id: Option<&'a str>,
}

/// Calls `AssumeRole` for one account of many, for an hour.
pub fn visit(aws: &Aws, signer: Signer, visit: &AssumeForAudit<'_>) -> Result<Credentials, Answer> {
    const OPERATION: &str = "AssumeRole";
    let own = signer.access_key_id().to_owned();
    let call = aws
        .sts(signer, Retry::Patient)
        .assume_role()
        .role_arn(visit.role)
        .role_session_name(visit.session_name)
        .set_external_id(visit.external_id.map(str::to_owned));
    let answer = aws.call(OPERATION, call.send())?;
    let arn = answer.assumed_role_user.map(|user| user.arn);
    let role = RoleArn::new(visit.role);
    valid::assumed(arn.as_deref(), &role).map_err(|why| Answer::not_aws(OPERATION, why))?;
    Ok(issued(aws, OPERATION, &own, answer.credentials, arn)?.credentials)
}

/// Adds the parameters from our own settings to the call.
fn on_terms(mut call: AssumeRoleFluentBuilder, terms: &Terms) -> AssumeRoleFluentBuilder {
    for (key, value) in &terms.tags {
        let tag = Tag::builder().key(key).value(value).build();
        call = call.tags(tag.expect("a tag has a key and a value"));
    }
    for key in &terms.transitive {
        call = call.transitive_tag_keys(key);
    }
    for arn in &terms.policy_arns {
        call = call.policy_arns(PolicyDescriptorType::builder().arn(arn).build());
    }
    call.set_policy(policy(terms)).set_source_identity(terms.source_identity.clone())
}

fn policy(terms: &Terms) -> Option<String> {
    match &terms.policy {
        Some(SessionPolicy::Text(text)) => Some(text.clone()),
        // The policy files are read before a plan is carried out.
        Some(SessionPolicy::File(_)) | None => None,
    }
}

/// Calls `GetCallerIdentity`, and returns the ARN. The call needs no permission, and no policy can deny it.
pub fn caller_identity(aws: &Aws, signer: Signer) -> Result<String, Answer> {
    const OPERATION: &str = "GetCallerIdentity";
    let check =
        if signer.session_token().is_none() { valid::identity_of_long_term_key } else { valid::identity };
    let answer = aws.call(OPERATION, aws.sts(signer, Retry::Standard).get_caller_identity().send())?;
    let arn = answer.arn.unwrap_or_default();
    check(&arn).map_err(|why| Answer::not_aws(OPERATION, why))?;
    Ok(arn)
}

/// Checks the credentials that a call signed with this key returned.
fn issued(
    aws: &Aws,
    operation: &'static str,
    signer: &str,
    given: Option<Given>,
    arn: Option<String>,
) -> Result<Issued, Answer> {
    let given = given.ok_or_else(|| Answer::not_aws(operation, "the answer has no credentials"))?;
    let issued = Issued {
        expires: given.expiration.secs(),
        credentials: Credentials {
            access_key_id: given.access_key_id,
            secret_access_key: Secret::new(given.secret_access_key),
            session_token: Secret::new(given.session_token),
        },
        arn,
    };
    valid::session(&issued.credentials, issued.expires, aws.now())
        .and_then(|()| valid::anew(&issued.credentials, signer))
        .map_err(|why| Answer::not_aws(operation, why))?;
    Ok(issued)
}
