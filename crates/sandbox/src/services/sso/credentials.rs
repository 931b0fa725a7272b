//! `GetRoleCredentials`: issues a session of the role that represents a permission set in an account.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::list::invalid;
use crate::services::issue::issue;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::call::Call;
use crate::world::World;
use crate::world::caller::{Caller, Kind, Mfa};

pub(super) fn get_role_credentials(
    world: &mut World,
    call: &Call,
    person: &str,
    now: i64,
) -> Result<Answer, Refusal> {
    let query = call.query();
    let text = |name: &str| query.given(name).ok_or_else(|| invalid(&format!("{name} is missing")));
    let (account, set) = (text("account_id")?, text("role_name")?);
    let forbidden = || Refusal::new(403, "ForbiddenException", "No access");
    let center = world.center.as_ref().ok_or_else(forbidden)?;
    let assigned = center.people.get(person).and_then(|person| person.assignments.get(account));
    if !assigned.is_some_and(|sets| sets.iter().any(|name| name == set)) {
        return Err(forbidden());
    }
    let set = &center.permission_sets[set];
    let role = &world.accounts[account].roles[&set.role];
    let (session, duration) = (person.to_owned(), set.session);
    let caller = Caller {
        account: account.to_owned(),
        kind: Kind::Role { name: role.name.clone(), session: session.clone() },
        arn: format!("arn:aws:sts::{account}:assumed-role/{}/{session}", role.name),
        id: format!("{}:{session}", role.id),
        // The session of the role does not show how the person signed in.
        mfa: Mfa::Unknown,
        session_policies: Vec::new(),
        tags: BTreeMap::new(),
        transitive: BTreeSet::new(),
        source_identity: None,
        temporary: true,
        issued: None,
        sign_in: None,
    };
    let issued = issue(world, caller, duration, now);
    Ok(Answer::rest_json(
        200,
        &json!({
            "roleCredentials": {
                "accessKeyId": issued.access_key,
                "secretAccessKey": issued.secret,
                "sessionToken": issued.token,
                "expiration": issued.expires * 1000,
            }
        }),
    ))
}
