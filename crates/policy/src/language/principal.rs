//! `Principal` and `NotPrincipal` as they are written. The module `evaluate` decides whether a caller is among the
//! named ones.

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PrincipalElement {
    Everyone,
    Listed(Vec<Named>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) kind: Kind,
    pub(crate) value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Aws,
    Service,
    Federated,
    CanonicalUser,
}
