//! What the pages of AWS Sign-In and of Identity Center have in common: forms in a real browser, and proving who sits
//! there by password, code or passkey. Who that is, and what they may do, is for the services.

pub(crate) mod identify;
pub(crate) mod page;
pub(crate) mod passkey;
