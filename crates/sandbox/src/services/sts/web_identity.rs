//! `AssumeRoleWithWebIdentity`: a token of an OIDC provider instead of a signature. This module decides whether the
//! token is good and whether the role's trust policy accepts it.

use awsesame_policy::{Context, Decision, Principal, Request, evaluate_trust};
use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{Signature, SigningKey};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::assume::{DEFAULT, MAX, session_policies};
use super::credentials::write;
use super::parameters::Check;
use super::reply::respond_to;
use crate::clock;
use crate::services::issue::issue;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::call::Call;
use crate::wire::encoding::{base64url, unbase64url};
use crate::world::World;
use crate::world::caller::{Caller, Kind, Mfa};

pub(crate) const ACTION: &str = "AssumeRoleWithWebIdentity";

/// The claims of a token.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    pub(crate) sub: String,
    pub(crate) aud: String,
    pub(crate) iat: i64,
    pub(crate) exp: i64,
}

/// Writes a token, as a provider would.
pub(crate) fn token(key: &[u8; 32], claims: &Claims) -> String {
    let key = SigningKey::from_slice(key).expect("the world's key is below the order of the curve");
    let header = json!({ "alg": "ES256", "typ": "JWT", "kid": "sandbox" });
    let [header, claims] = [header, json!(claims)].map(|part| base64url(part.to_string().as_bytes()));
    let signature: Signature = key.sign(format!("{header}.{claims}").as_bytes());
    format!("{header}.{claims}.{}", base64url(&signature.to_bytes()))
}

fn invalid(why: impl Into<String>) -> Refusal {
    Refusal::new(400, "InvalidIdentityToken", why)
}

/// Returns the claims of a token, if its provider has signed it.
fn read(key: &[u8; 32], token: &str) -> Result<Claims, Refusal> {
    let malformed = || {
        invalid(
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
        )
    };
    let (signed, signature) = token.rsplit_once('.').ok_or_else(malformed)?;
    let (_, claims) = signed.split_once('.').ok_or_else(malformed)?;
    let claims =
        unbase64url(claims).and_then(|json| serde_json::from_slice(&json).ok()).ok_or_else(malformed)?;
    let signature = unbase64url(signature).and_then(|bytes| Signature::from_slice(&bytes).ok());
    let key = SigningKey::from_slice(key).expect("the world's key is below the order of the curve");
    let good =
        signature.is_some_and(|signature| key.verifying_key().verify(signed.as_bytes(), &signature).is_ok());
    if good { Ok(claims) } else { Err(invalid("The signature of the token is invalid")) }
}

/// Carries out the call, which has no signature.
pub(crate) fn answer(
    world: &mut World,
    call: &Call,
    now: i64,
    min_duration: u32,
    request_id: &str,
) -> Result<Answer, Refusal> {
    let form = call.form();
    let mut check = Check::new(&form);
    let role_arn = check.required("RoleArn", (20, 2048), r"[\u0009\u000A\u000D\u0020-\u007E]+", |byte| {
        matches!(byte, 0x09 | 0x0a | 0x0d | 0x20..=0x7e)
    });
    let session = check.session_name().to_owned();
    let duration = check.duration(min_duration, MAX, DEFAULT);
    let token =
        check.required("WebIdentityToken", (4, 20_000), r"[\u0021-\u007E]+", |byte| byte.is_ascii_graphic());
    check.finish()?;
    let claims = read(&world.sign_ins.signing_key, token)?;
    let host = claims.iss.strip_prefix("https://").unwrap_or(&claims.iss);
    let policies = session_policies(world, &form)?;

    let denied = || Refusal::denied(format!("Not authorized to perform sts:{ACTION}"));
    let (account, role) = world.role_by_arn(role_arn).ok_or_else(denied)?;
    let audiences = account.identity_providers.get(host).ok_or_else(|| {
        invalid(format!("No OpenIDConnect provider found in your account for {}", claims.iss))
    })?;
    if claims.exp <= now {
        return Err(Refusal::new(
            400,
            "ExpiredTokenException",
            format!(
                "Token expired: current date/time {now} must be before the expiration date/time {}",
                claims.exp
            ),
        ));
    }
    if !audiences.contains(&claims.aud) {
        return Err(invalid("Incorrect token audience"));
    }
    let provider = Principal { arn: account.arn("oidc-provider", host), account: account.id.clone() };
    let mut context = Context::new();
    context.set(&format!("{host}:sub"), &claims.sub);
    context.set(&format!("{host}:aud"), &claims.aud);
    context.set("sts:RoleSessionName", &session);
    context.set("aws:SourceIp", call.peer.to_string());
    context.set("aws:CurrentTime", clock::iso(now));
    let action = format!("sts:{ACTION}");
    let request =
        Request { action: &action, resource: &role.arn, principal: Some(&provider), context: &context };
    if evaluate_trust(&role.trust.policy, &request) != Decision::Allow {
        return Err(denied());
    }
    if duration > role.max_session {
        return Err(Refusal::validation(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    let caller = Caller {
        account: account.id.clone(),
        kind: Kind::Role { name: role.name.clone(), session: session.clone() },
        arn: format!("arn:aws:sts::{}:assumed-role/{}/{session}", account.id, role.name),
        id: format!("{}:{session}", role.id),
        mfa: Mfa::No,
        session_policies: policies,
        tags: std::collections::BTreeMap::new(),
        transitive: std::collections::BTreeSet::new(),
        source_identity: None,
        temporary: true,
        issued: None,
        sign_in: None,
    };
    let issued = issue(world, caller, duration, now);
    Ok(respond_to(request_id, ACTION, |xml| {
        write(xml, &issued);
        xml.leaf("SubjectFromWebIdentityToken", &claims.sub).leaf("Audience", &claims.aud);
        xml.leaf("Provider", &provider.arn);
        xml.nest("AssumedRoleUser", |xml| {
            xml.leaf("AssumedRoleId", &issued.caller.id).leaf("Arn", &issued.caller.arn);
        });
    }))
}
