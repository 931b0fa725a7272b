//! `RegisterClient`: registers a client for one way of getting tokens.

use serde::Deserialize;
use serde_json::json;

use crate::services::sso_oidc::body;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::call::Call;
use crate::world::center::{Center, Client};
use crate::world::id;

/// The time for which a registration is valid: 90 days, in seconds.
const REGISTRATION_SECONDS: i64 = 90 * 86_400;
/// The redirect that is required: without a port, for the client does not know it yet (RFC 8252, 7.3).
pub(super) const REDIRECT: &str = "http://127.0.0.1/oauth/callback";
pub(super) const SCOPE: &str = "sso:account:access";
pub(super) const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const GRANTS: [&str; 3] = ["authorization_code", "refresh_token", DEVICE_CODE];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    client_name: String,
    client_type: String,
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(default)]
    grant_types: Vec<String>,
    #[serde(default)]
    redirect_uris: Vec<String>,
    issuer_url: Option<String>,
}

pub(super) fn register_client(center: &mut Center, call: &Call, now: i64) -> Result<Answer, Refusal> {
    let asked: Body = body(call)?;
    let invalid = |error: &str, why: &str| Err(Refusal::new(400, error, why));
    if asked.client_name.is_empty() || asked.client_type != "public" {
        return invalid("invalid_client_metadata", "clientType must be public");
    }
    if asked.scopes.iter().any(|scope| scope != SCOPE) {
        return invalid("invalid_scope", "Only sso:account:access is known");
    }
    if asked.grant_types.iter().any(|grant| !GRANTS.contains(&grant.as_str())) {
        return invalid("unsupported_grant_type", "A grant type is not known");
    }
    if asked.grant_types.iter().any(|grant| grant == "authorization_code") {
        if asked.redirect_uris.is_empty() || asked.redirect_uris.iter().any(|uri| uri != REDIRECT) {
            return invalid("invalid_redirect_uri", "Redirects go to http://127.0.0.1/oauth/callback");
        }
        if asked.issuer_url.as_deref().is_none_or(|url| !is_portal(center, url)) {
            return invalid("invalid_request", "issuerUrl is not this portal's");
        }
    }
    let (client, secret, until) = (id::opaque(), id::opaque(), now + REGISTRATION_SECONDS);
    center.clients.retain(|_, client| client.until > now);
    center.clients.insert(
        client.clone(),
        Client {
            secret: secret.clone(),
            until,
            scopes: asked.scopes,
            grants: asked.grant_types,
            redirects: asked.redirect_uris,
        },
    );
    Ok(Answer::rest_json(
        200,
        &json!({
            "clientId": client,
            "clientSecret": secret,
            "clientIdIssuedAt": now,
            "clientSecretExpiresAt": until,
        }),
    ))
}

/// Compares start URLs as people write them: with a slash at the end, or a fragment, or neither.
pub(super) fn is_portal(center: &Center, url: &str) -> bool {
    let plain = |url: &str| url.trim_end_matches(['#', '/']).to_owned();
    plain(url) == plain(&center.settings.start_url)
}
