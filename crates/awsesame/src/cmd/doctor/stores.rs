//! Checks the store of the sessions' key, the kernel keyring, the sessions themselves, and the broker. Nothing is
//! unlocked.

use awsesame_core::checkup::Quota;
use awsesame_core::fault::Fault;
use awsesame_core::session::seal::SealError;

use super::CheckContext;
use super::finding::Finding;
use crate::broker::place::BrokerPaths;
use crate::broker::pointed;
use crate::broker::start::{Running, mute};
use crate::store::{self, DATA_KEY, kernel};

/// The value that is put into the keyring for a test.
const TRIAL: &str = "doctor";
/// The time for which the value would stay there if we were killed, in seconds.
const TRIAL_SECONDS: u64 = 5;

pub(super) fn look(checked: &CheckContext<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    // The check of the settings reports this problem.
    let Ok(name) = checked.runner.store() else { return found };
    found.extend(keyring(checked, name == kernel::NAME));
    match name.as_str() {
        kernel::NAME => {}
        store::file::NAME => found.push(
            Finding::note("the `file` store has the key of all sessions unencrypted on the disk")
                .type_in("awsesame config keys"),
        ),
        _ => found.push(slow(checked, &name)),
    }
    found.push(sessions(checked));
    found
}

/// Returns the findings about the kernel keyring: whether it accepts a key and has room for more.
fn keyring(checked: &CheckContext<'_>, needed: bool) -> Vec<Finding> {
    if !cfg!(target_os = "linux") {
        return Vec::new();
    }
    let tried = store::open(kernel::NAME, &checked.state).and_then(|store| {
        store.put(TRIAL, TRIAL.as_bytes(), Some(TRIAL_SECONDS))?;
        let back = store.get(TRIAL)?;
        store.delete(TRIAL)?;
        Ok(back.is_some_and(|back| *back == TRIAL.as_bytes()))
    });
    let first = match tried {
        Ok(true) => Finding::good("the kernel keyring takes keys and gives them back"),
        Ok(false) => Finding::failure("the kernel keyring does not give back what it took", "keyctl show @u"),
        // The other stores work without a copy of the key in the keyring.
        Err(fault) if !needed => Finding::note(format!("{fault}; the store is asked each time")),
        Err(fault) => Finding::fault(&fault),
    };
    let text = std::fs::read_to_string("/proc/key-users").unwrap_or_default();
    let quota = Quota::read(&text, rustix::process::geteuid().as_raw());
    let second = quota.filter(|quota| quota.is_short()).map(|Quota { keys, bytes }| {
        let what = format!(
            "the kernel keyring is nearly full: {} of {} keys, {} of {} bytes",
            keys.0, keys.1, bytes.0, bytes.1
        );
        Finding::note(what).type_in("keyctl show @u")
    });
    std::iter::once(first).chain(second).collect()
}

/// Checks a slow store, without opening a dialog.
fn slow(checked: &CheckContext<'_>, name: &str) -> Finding {
    let runner = checked.runner;
    let asked =
        store::itself(name, &checked.state, runner.context, false).and_then(|store| store.get(DATA_KEY));
    match asked {
        Ok(Some(_)) => Finding::good(format!("the {name} store answers, and has the key of the sessions")),
        Ok(None) => Finding::good(format!("the {name} store answers; it has no key yet")),
        Err(fault @ Fault::StoreLocked { .. }) => Finding::note(fault.to_string()).type_in("awsesame unlock"),
        Err(fault) => Finding::fault(&fault),
    }
}

fn sessions(checked: &CheckContext<'_>) -> Finding {
    match checked.state.sessions() {
        Err(fault) => Finding::fault(&fault),
        Ok(sessions) => {
            let newer = sessions.iter().any(|(_, session)| matches!(session, Err(SealError::Newer)));
            let damaged =
                sessions.iter().filter(|(_, session)| matches!(session, Err(SealError::Damaged))).count();
            match damaged {
                0 if newer => {
                    Finding::failure("a session is of a newer version of awsesame", "command -v awsesame")
                }
                0 => Finding::good("every session file is intact"),
                1 => Finding::failure("a session file is damaged", "awsesame logout --all"),
                count => {
                    Finding::failure(format!("{count} session files are damaged"), "awsesame logout --all")
                }
            }
        }
    }
}

/// Checks the broker, if one runs.
pub(super) fn broker(checked: &CheckContext<'_>) -> Vec<Finding> {
    if let Some(socket) = checked.runner.context.broker_elsewhere() {
        let shown = checked.runner.context.folders().shown(&socket);
        return vec![if socket.symlink_metadata().is_ok() {
            Finding::good(format!("sessions come from the broker behind `{shown}`"))
        } else {
            Finding::failure(
                format!("AWSESAME_BROKER names `{shown}`, which does not exist"),
                "unset AWSESAME_BROKER",
            )
        }];
    }
    let context = checked.runner.context;
    let url = context.var("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if let Err(fault) = pointed::check(&BrokerPaths::meant(&checked.state, context), url.as_deref()) {
        return vec![Finding::fault(&fault)];
    }
    let place = BrokerPaths::of(&checked.state);
    let Ok(running) = Running::find(&place) else {
        return vec![match mute(&place) {
            Ok(None) => Finding::good("no broker is running; one is started when it is needed"),
            Ok(Some(fault)) => Finding::fault(&fault.into()),
            Err(fault) => Finding::fault(&fault),
        }];
    };
    let port = &running.status["port"];
    vec![match running.other_version() {
        None => Finding::good(format!("the broker answers on 127.0.0.1:{port}")),
        Some(told) => {
            Finding::failure(format!("the broker on 127.0.0.1:{port} is of {told}"), "awsesame broker stop")
        }
    }]
}
