//! The common part of the pages of AWS Sign-In and of Identity Center: forms for a real browser, and the authentication
//! of a person by password, code or passkey. The services decide who that person is and what they may do.

pub(crate) mod identify;
pub(crate) mod page;
pub(crate) mod passkey;
