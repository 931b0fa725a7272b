//! IAM Identity Center: a registered client, a token of the portal, and with it the
//! credentials of every role that the portal gives to a person.

pub mod device;
pub mod oidc;
pub mod populate;
pub mod portal;
pub mod record;
pub mod registration;
pub mod settings;
pub mod start_url;
pub mod token_cache;
