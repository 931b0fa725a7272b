//! The state of a session, in one word for people and programs. This module only describes; it renews and refuses
//! nothing.

use super::header::Header;
use super::servable::{Demands, servable};
use crate::fault::NoSession;

/// The state of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The session can be used now.
    Fresh,
    /// The session has expired, or is about to.
    Expired,
    /// The key that opens it is not available.
    Locked,
    /// The key that opens it is in a keyring that cannot be read here.
    Elsewhere,
    /// Its file has changed since it was written.
    Damaged,
    /// Its file was written by a newer version.
    Newer,
}

impl Standing {
    /// Returns the state of a session, from the result of opening it. Returns None if the session was deleted after its
    /// header was read.
    pub fn of(opened: Result<(), NoSession>, header: &Header, now: i64) -> Option<Self> {
        let good = || servable(header, &Demands::at(now)).map_err(|why| why.reason());
        Some(match opened.and_then(|()| good()) {
            Ok(()) => Self::Fresh,
            Err(NoSession::Never) => return None,
            Err(NoSession::Damaged) => Self::Damaged,
            Err(NoSession::Newer) => Self::Newer,
            Err(NoSession::Sealed) if header.left(now) > 0 => Self::Locked,
            Err(NoSession::Elsewhere(_)) if header.left(now) > 0 => Self::Elsewhere,
            Err(_) => Self::Expired,
        })
    }

    /// Returns the word for the state in `status`, in its JSON, and in a broker's answer to another machine.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Expired => "expired",
            Self::Locked => "locked",
            Self::Elsewhere => "elsewhere",
            Self::Damaged => "damaged",
            Self::Newer => "newer",
        }
    }

    /// Parses the word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Fresh, Self::Expired, Self::Locked, Self::Elsewhere, Self::Damaged, Self::Newer]
            .into_iter()
            .find(|one| one.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Elsewhere;
    use crate::fixture::header;

    #[test]
    fn the_word_follows_from_how_it_opened_and_when_it_ends() {
        use NoSession::{Damaged, Expired, Never, Sealed};
        let session = header();
        let (noon, last_seconds, over) = (1_000_100, session.expires - 20, session.expires + 1);
        for (opened, now, expected) in [
            (Ok(()), noon, Some(Standing::Fresh)),
            (Ok(()), last_seconds, Some(Standing::Expired)),
            (Ok(()), over, Some(Standing::Expired)),
            (Err(Sealed), noon, Some(Standing::Locked)),
            (Err(Sealed), last_seconds, Some(Standing::Locked)),
            (Err(Sealed), over, Some(Standing::Expired)),
            (Err(NoSession::Elsewhere(Elsewhere::Host)), noon, Some(Standing::Elsewhere)),
            (Err(NoSession::Elsewhere(Elsewhere::Host)), over, Some(Standing::Expired)),
            (Err(Expired), over, Some(Standing::Expired)),
            (Err(Damaged), noon, Some(Standing::Damaged)),
            (Err(Damaged), over, Some(Standing::Damaged)),
            (Err(Never), noon, None),
        ] {
            assert_eq!(Standing::of(opened, &session, now), expected, "{opened:?} at {now}");
        }
    }

    #[test]
    fn every_word_is_read_back() {
        for standing in
            [Standing::Fresh, Standing::Expired, Standing::Locked, Standing::Elsewhere, Standing::Damaged]
        {
            assert_eq!(Standing::from_word(standing.word()), Some(standing));
        }
        assert_eq!(Standing::from_word("gone"), None);
    }
}
