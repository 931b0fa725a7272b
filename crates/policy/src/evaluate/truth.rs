//! Three-valued logic: yes, no, and unknown. An unknown becomes an answer only if the other side decides the result.

/// The answer to the question whether something matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Truth {
    Yes,
    No,
    /// The result depends on something that the evaluator does not know. The text is the reason.
    Unknown(String),
}

impl Truth {
    pub(crate) fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            unknown @ Self::Unknown(_) => unknown,
        }
    }

    /// Returns yes if both are yes. The other one is evaluated only if it can change the result.
    pub(crate) fn and(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::Yes => other(),
            unknown @ Self::Unknown(_) if other() != Self::No => unknown,
            Self::No | Self::Unknown(_) => Self::No,
        }
    }

    /// Returns `No` if any part is `No`, or else `Unknown` if any part is `Unknown`.
    pub(crate) fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut whole = Self::Yes;
        for part in parts {
            match part {
                Self::No => return Self::No,
                Self::Unknown(_) if whole == Self::Yes => whole = part,
                Self::Yes | Self::Unknown(_) => {}
            }
        }
        whole
    }

    /// Returns `Yes` if any part is `Yes`, or else `Unknown` if any part is `Unknown`.
    pub(crate) fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        Self::all(parts.into_iter().map(Self::not)).not()
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::Yes } else { Self::No }
    }
}
