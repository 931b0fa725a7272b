//! Distributes the requested duration to the session and the roles. It decides whether the code obtains an MFA session
//! or assumes a role directly. The limits are those of AWS.

use super::chain::Start;
use super::sign_in::SignIn;
use super::{CHAINED_MAX, Hop, ROLE_MAX, Root, SESSION_DEFAULT, SESSION_MAX, SHORTEST};
use crate::fault::Fault;
use crate::name::{Serial, Subject};

/// Makes a root and its roles from the start of a chain and the roles.
pub(super) fn share_out(
    start: Start,
    serials: Vec<Serial>,
    mut hops: Vec<Hop>,
    asked: Option<u32>,
    subject: &Subject,
) -> Result<(Root, Vec<Hop>), Fault> {
    let key = match start {
        Start::Key(key) => key,
        Start::SignIn(sign_in) => {
            to_the_last(asked, &mut hops, subject)?;
            // The console session of a user is not that of a role, so its first role may last longer.
            let user = matches!(&sign_in, SignIn::Console(arn) if arn.contains(":user/"));
            hops.iter().skip(usize::from(user)).try_for_each(chained)?;
            return Ok((Root::SignIn(sign_in), hops));
        }
        Start::WebIdentity(mut web) => {
            match asked.filter(|_| hops.is_empty()) {
                Some(seconds) => {
                    within(seconds, ROLE_MAX, subject)?;
                    web.role.duration = Some(seconds);
                }
                None => to_the_last(asked, &mut hops, subject)?,
            }
            hops.iter().try_for_each(chained)?;
            return Ok((Root::WebIdentity(web), hops));
        }
        Start::Program(program) => {
            to_the_last(asked, &mut hops, subject)?;
            // Only AWS knows the identity of the session. If it is a user, the first role may last longer.
            hops.iter().skip(1).try_for_each(chained)?;
            return Ok((Root::Program(program), hops));
        }
        Start::Ambient(ambient) => {
            to_the_last(asked, &mut hops, subject)?;
            // A machine's own credentials are a role session already.
            hops.iter().try_for_each(chained)?;
            return Ok((Root::Ambient(ambient), hops));
        }
    };
    if hops.first().is_some_and(|first| first.duration.is_some_and(|seconds| seconds > CHAINED_MAX)) {
        let role = Box::new(hops.remove(0));
        hops.iter().try_for_each(chained)?;
        let seconds = asked.or(role.duration).unwrap_or(CHAINED_MAX);
        within(seconds, ROLE_MAX, subject)?;
        return Ok((Root::Direct { key, serials, role, seconds }, hops));
    }
    hops.iter().try_for_each(chained)?;
    let seconds = asked.unwrap_or(SESSION_DEFAULT);
    within(seconds, SESSION_MAX, subject)?;
    Ok((Root::Session { key, serials, seconds }, hops))
}

/// Applies the requested duration to the last role, which is delivered, because there is no step with a code.
fn to_the_last(asked: Option<u32>, hops: &mut [Hop], subject: &Subject) -> Result<(), Fault> {
    if let (Some(seconds), Some(last)) = (asked, hops.last_mut()) {
        within(seconds, ROLE_MAX, subject)?;
        last.duration = Some(seconds);
    }
    Ok(())
}

fn chained(hop: &Hop) -> Result<(), Fault> {
    match hop.duration {
        Some(seconds) if seconds > CHAINED_MAX => {
            Err(Fault::ChainedTooLong { profile: hop.profile.clone(), role: hop.arn.clone(), seconds })
        }
        _ => Ok(()),
    }
}

fn within(seconds: u32, most: u32, subject: &Subject) -> Result<(), Fault> {
    if (SHORTEST..=most).contains(&seconds) {
        return Ok(());
    }
    Err(Fault::DurationOutOfRange {
        seconds,
        allowed: format!("{SHORTEST} s (15m) to {most} s ({}h) are allowed", most / 3600),
        subject: subject.clone(),
    })
}
