//! Keeps the sessions of a key that is replaced. AWS continues to accept them, so they are stored under the name of the
//! new key, and no new code is needed.

use std::collections::BTreeSet;

use awsesame_core::fault::Fault;
use awsesame_core::name::AccessKeyId;
use awsesame_core::plan::Plan;
use awsesame_core::session::Session;
use awsesame_core::session::servable::{Demands, servable};

use crate::config::plan::Planned;
use crate::vault::keyring::SessionKeyring;

/// The names of one session under the two keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Move {
    from: String,
    to: String,
    root: String,
}

/// Returns the sessions of all profiles that were obtained with a key.
pub fn moves(keyring: &SessionKeyring<'_>, old: &AccessKeyId, new: &AccessKeyId) -> Result<Vec<Move>, Fault> {
    let mut moves = BTreeSet::new();
    for Planned { plan, .. } in Planned::all(keyring.context)? {
        if plan.key().is_some_and(|key| key.id == *old || key.id == *new) {
            let (from, to) = (plan.named_for(old), plan.named_for(new));
            moves.extend(names(&from).into_iter().zip(names(&to)).map(|(from, name)| Move {
                from,
                to: name,
                root: to.root_id(),
            }));
        }
    }
    Ok(moves.into_iter().collect())
}

fn names(plan: &Plan) -> Vec<String> {
    let roles = (0..plan.roles.len()).map(|index| plan.role_id(index));
    std::iter::once(plan.root_id()).chain(roles).collect()
}

/// Copies the sessions to the name of the new key. This happens before any place names the new key, so that a program
/// that finds the key also finds its session.
pub fn carry(keyring: &SessionKeyring<'_>, moves: &[Move]) -> Result<(), Fault> {
    for Move { from, to, root } in moves {
        let now = keyring.context.now();
        let Ok(Session { mut header, credentials }) = keyring.vault.derived(from, now)? else { continue };
        if servable(&header, &Demands::at(now)).is_ok() {
            header.id.clone_from(to);
            header.root = Some(root.clone());
            keyring
                .vault
                .keep(&mut header, &credentials, now, |bytes| keyring.state.write_derived(to, bytes))?;
            // A watcher still knows the stamp of the old session, which is the same session.
            let _ = keyring.state.touch(&keyring.state.named_stamp(to));
        }
    }
    Ok(())
}

/// Deletes the sessions under the name of the old key.
pub fn leave(keyring: &SessionKeyring<'_>, moves: &[Move]) {
    for one in moves {
        let _ = keyring.state.forget(&one.from);
    }
}

/// Deletes the copies, because AWS does not accept these sessions any more.
pub fn drop_carried(keyring: &SessionKeyring<'_>, moves: &[Move]) {
    for one in moves {
        let _ = keyring.state.forget(&one.to);
    }
}
