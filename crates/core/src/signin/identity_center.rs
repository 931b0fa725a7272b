//! IAM Identity Center: the registration of a client, the token of the portal, and the credentials of the roles that
//! the portal offers to a person. No request is sent here.

pub mod device;
pub mod oidc;
pub mod populate;
pub mod portal;
pub mod record;
pub mod registration;
pub mod settings;
pub mod start_url;
pub mod token_cache;
