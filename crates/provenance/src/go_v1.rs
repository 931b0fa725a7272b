//! The credential chain of the SDK for Go, version 1 (`session.NewSession`). It reads profiles as version 2 does. But a
//! profile that is in no file does not stop it: it continues with the credentials of the container or instance. Unless
//! `AWS_SDK_LOAD_CONFIG` is set, it reads only `~/.aws/credentials`, and no roles there.

use super::failure::Failure;
use super::go::{at_hand, keys_of_variables, load};
use super::source::Source;
use super::{Client, ClientSetup};

pub(super) fn outcome(setup: ClientSetup<'_>) -> Result<Source, Failure> {
    let (variables, files) = (setup.variables, setup.files);
    let named = setup.profile(Client::GoV1);
    let keys = keys_of_variables(variables).filter(|_| setup.asked.is_none());
    let loaded = match files.has(&named.profile).then(|| load(files, &named.profile, &mut Vec::new())) {
        // A faulty file is ignored if nothing in it was requested.
        Some(Err(_)) if named.by.is_none() && !variables.loads_config() && keys.is_some() => None,
        Some(loaded) => Some(loaded?),
        None => None,
    };
    if let Some(keys) = keys {
        return Ok(keys);
    }
    if setup.asked.is_none() && variables.has("AWS_WEB_IDENTITY_TOKEN_FILE") {
        let role = variables.get("AWS_ROLE_ARN").ok_or(Failure::WebIdentityWithoutRole)?;
        return Ok(Source::WebIdentity { profile: None, arn: role.to_owned(), place: None });
    }
    match loaded {
        Some(loaded) => loaded.credentials(setup),
        None => at_hand(variables),
    }
}
