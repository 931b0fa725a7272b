//! The operations on long-term access keys.

use super::parameters::required;
use super::reply::{done, list, respond};
use super::subject::{account, missing, permitted_subject};
use crate::clock;
use crate::services::exchange::Exchange;
use crate::wire::answer::{Answer, Refusal};
use crate::world::AccessKey;
use crate::world::id;

/// AWS's quota of keys per user.
const MAX_KEYS: usize = 2;

fn status(key: &AccessKey) -> &'static str {
    if key.active { "Active" } else { "Inactive" }
}

fn keys_of<'a>(exchange: &'a Exchange, user: &'a str) -> impl Iterator<Item = (&'a String, &'a AccessKey)> {
    let account = exchange.caller.account.as_str();
    exchange.world.keys.iter().filter(move |(_, key)| key.account == account && key.user == user)
}

/// Returns the id in the request, if it is a key of this user.
fn named_key(exchange: &Exchange, user: &str) -> Result<String, Refusal> {
    let id = required(exchange, "AccessKeyId")?;
    if keys_of(exchange, user).any(|(known, _)| known == id) {
        Ok(id.to_owned())
    } else {
        Err(missing(format!("The Access Key with id {id} cannot be found.")))
    }
}

pub(super) fn list_access_keys(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    let user = permitted_subject(exchange, "iam:ListAccessKeys")?;
    let mut keys: Vec<_> = keys_of(exchange, &user).collect();
    keys.sort_by_key(|(_, key)| key.created);
    Ok(respond(exchange, "ListAccessKeys", |xml| {
        list(xml, "AccessKeyMetadata", keys, |xml, (id, key)| {
            xml.leaf("UserName", &user)
                .leaf("AccessKeyId", id)
                .leaf("Status", status(key))
                .leaf("CreateDate", clock::iso(key.created));
        });
    }))
}

pub(super) fn create_access_key(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    let user = permitted_subject(exchange, "iam:CreateAccessKey")?;
    if keys_of(exchange, &user).count() >= MAX_KEYS {
        return Err(Refusal::new(
            409,
            "LimitExceeded",
            format!("Cannot exceed quota for AccessKeysPerUser: {MAX_KEYS}"),
        ));
    }
    let (id, key) = (
        id::access_key("AKIA", &exchange.caller.account),
        AccessKey {
            account: exchange.caller.account.clone(),
            user: user.clone(),
            secret: id::secret(),
            active: true,
            created: exchange.now,
            last_used: None,
            unknown_for: exchange.world.key_lag,
        },
    );
    let answer = respond(exchange, "CreateAccessKey", |xml| {
        xml.nest("AccessKey", |xml| {
            xml.leaf("UserName", &user)
                .leaf("AccessKeyId", &id)
                .leaf("Status", status(&key))
                .leaf("SecretAccessKey", &key.secret)
                .leaf("CreateDate", clock::iso(key.created));
        });
    });
    exchange.world.keys.insert(id, key);
    Ok(answer)
}

pub(super) fn update_access_key(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    let user = permitted_subject(exchange, "iam:UpdateAccessKey")?;
    let id = named_key(exchange, &user)?;
    let active = match required(exchange, "Status")? {
        "Active" => true,
        "Inactive" => false,
        other => {
            return Err(Refusal::validation(format!(
                "1 validation error detected: Value '{other}' at 'status' failed to satisfy constraint: Member must \
                 satisfy enum value set: [Active, Inactive, Expired]"
            )));
        }
    };
    if let Some(key) = exchange.world.keys.get_mut(&id) {
        key.active = active;
    }
    Ok(done(exchange, "UpdateAccessKey"))
}

pub(super) fn delete_access_key(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    let user = permitted_subject(exchange, "iam:DeleteAccessKey")?;
    let id = named_key(exchange, &user)?;
    exchange.world.keys.remove(&id);
    Ok(done(exchange, "DeleteAccessKey"))
}

pub(super) fn get_access_key_last_used(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    let id = required(exchange, "AccessKeyId")?;
    let key = exchange.world.keys.get(id).filter(|key| key.account == exchange.caller.account);
    // Without the key, the user is unknown, so the caller needs the permission for all users.
    let owner = key.map_or("*".to_owned(), |key| account(exchange).arn("user", &key.user));
    exchange.authorize("iam:GetAccessKeyLastUsed", &owner)?;
    let key = key.ok_or_else(|| missing(format!("The Access Key with id {id} cannot be found.")))?;
    Ok(respond(exchange, "GetAccessKeyLastUsed", |xml| {
        xml.leaf("UserName", &key.user);
        xml.nest("AccessKeyLastUsed", |xml| {
            match &key.last_used {
                Some((time, service, region)) => xml
                    .leaf("LastUsedDate", clock::iso(*time))
                    .leaf("ServiceName", service.as_ref())
                    .leaf("Region", region),
                None => xml.leaf("ServiceName", "N/A").leaf("Region", "N/A"),
            };
        });
    }))
}
