//! The services, one folder or file for each. A service receives a call whose sender is known, and changes the world.

pub(crate) mod authorize;
pub(crate) mod browser;
pub(crate) mod document;
pub(crate) mod exchange;
pub(crate) mod federation;
pub(crate) mod iam;
pub(crate) mod issue;
pub(crate) mod organizations;
pub(crate) mod s3;
pub(crate) mod signin;
pub(crate) mod sso;
pub(crate) mod sso_oidc;
pub(crate) mod sts;
