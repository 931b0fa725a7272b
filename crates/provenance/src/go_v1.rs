//! The chain of the SDK for Go, version 1 (`session.NewSession`). It reads profiles as its second version does, but a
//! profile that is in no file does not stop it: it goes on to what the machine has. Unless `AWS_SDK_LOAD_CONFIG` is set
//! it reads `~/.aws/credentials` alone, and no role there.

use super::go::{at_hand, keys_of_variables, load};
use super::source::{Failure, Source};
use super::{Client, Scene};

pub(super) fn outcome(scene: Scene<'_>) -> Result<Source, Failure> {
    let (variables, files) = (scene.variables, scene.files);
    let named = scene.profile(Client::GoV1);
    let keys = keys_of_variables(variables).filter(|_| scene.asked.is_none());
    let loaded = match files.has(&named.profile).then(|| load(files, &named.profile, &mut Vec::new())) {
        // A file that is wrong is passed over where nobody asked for anything in it.
        Some(Err(_)) if named.by.is_none() && !variables.loads_config() && keys.is_some() => None,
        Some(loaded) => Some(loaded?),
        None => None,
    };
    if let Some(keys) = keys {
        return Ok(keys);
    }
    if scene.asked.is_none() && variables.has("AWS_WEB_IDENTITY_TOKEN_FILE") {
        let role = variables.get("AWS_ROLE_ARN").ok_or(Failure::WebIdentityWithoutRole)?;
        return Ok(Source::WebIdentity { profile: None, arn: role.to_owned(), place: None });
    }
    match loaded {
        Some(loaded) => loaded.credentials(scene),
        None => at_hand(variables),
    }
}
