//! The text of IAM's credential report: one line of CSV for each user.

use std::collections::BTreeMap;

use crate::clock;
use crate::world::{AccessKey, Account, User};

/// The first line of every report.
const COLUMNS: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
                       password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,\
                       access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,\
                       access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,\
                       access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,\
                       cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

const NOTHING: &str = "N/A";

/// Returns the present report of `account`.
pub(super) fn table(account: &Account, keys: &BTreeMap<String, AccessKey>) -> String {
    let mut text = COLUMNS.to_owned();
    let mut users: Vec<&User> = account.users.values().collect();
    users.sort_by_key(|user| !user.root);
    if !users.first().is_some_and(|user| user.root) {
        // Every account has a root user, even if the fixture does not mention it.
        let root = format!("arn:aws:iam::{}:root", account.id);
        let row = ["<root_account>", &root, &moment(0), "not_supported", "no_information"];
        let rest = ["not_supported", "not_supported", "true"];
        let keys = [["false", NOTHING, NOTHING, NOTHING, NOTHING]; 2].concat();
        let certificates = ["false", NOTHING, "false", NOTHING];
        text += &line(row.into_iter().chain(rest).chain(keys).chain(certificates));
    }
    for user in users {
        text += &row(account, keys, user);
    }
    text + "\n"
}

fn row(account: &Account, keys: &BTreeMap<String, AccessKey>, user: &User) -> String {
    let has_device = account.devices.values().any(|device| device.user.as_ref() == Some(&user.name));
    let name = if user.root { "<root_account>" } else { &user.name };
    let mut cells = vec![name.to_owned(), user.arn.clone(), moment(user.created)];
    let last = |used: Option<i64>| used.map_or_else(|| "no_information".to_owned(), moment);
    match &user.password {
        password if user.root => {
            let signed_in = password.as_ref().and_then(|password| password.last_used);
            let not = || "not_supported".to_owned();
            cells.extend([not(), last(signed_in), not(), not()]);
        }
        Some(password) => {
            cells.extend(["true".to_owned(), last(password.last_used), moment(password.set), NOTHING.into()]);
        }
        None => cells.extend(["false", NOTHING, NOTHING, NOTHING].map(str::to_owned)),
    }
    cells.push(has_device.to_string());
    let mine = |key: &&AccessKey| key.account == account.id && key.user == user.name;
    let mut own: Vec<&AccessKey> = keys.values().filter(mine).collect();
    own.sort_by_key(|key| key.created);
    for slot in 0..2 {
        let key = own.get(slot);
        cells.push(key.is_some_and(|key| key.active).to_string());
        cells.push(key.map_or_else(|| NOTHING.to_owned(), |key| moment(key.created)));
        match key.and_then(|key| key.last_used.as_ref()) {
            Some((time, service, region)) => {
                cells.extend([moment(*time), region.clone(), service.clone().into_owned()]);
            }
            None => cells.extend([NOTHING; 3].map(str::to_owned)),
        }
    }
    cells.extend(["false", NOTHING, "false", NOTHING].map(str::to_owned));
    line(cells)
}

/// Returns the end of the previous line and a line without an end.
fn line<T: AsRef<str>>(cells: impl IntoIterator<Item = T>) -> String {
    let quoted = |cell: T| {
        let cell = cell.as_ref();
        if cell.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell.to_owned()
        }
    };
    format!("\n{}", cells.into_iter().map(quoted).collect::<Vec<_>>().join(","))
}

/// Returns a time in the form of the report, with an offset. The API writes a `Z` instead.
fn moment(time: i64) -> String {
    clock::iso(time).replace('Z', "+00:00")
}
