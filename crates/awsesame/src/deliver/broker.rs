//! Delivery by the broker: a program gets the address of the broker and the path of the token file. Its environment
//! contains no secret and nothing that expires.

use std::path::PathBuf;

use awsesame_core::fault::Fault;
use awsesame_core::name::{ProfileName, Subject};
use awsesame_core::render::Exports;
use awsesame_core::session::pin::Pin;

use crate::broker::start::Running;
use crate::config::profiles;
use crate::deliver::generated;
use crate::os::context::Context;
use crate::os::named_file;
use crate::state::State;

/// Returns the exports for a profile's credentials, which the broker serves only as long as they agree with the pin.
pub fn exports(running: &Running, profile: &ProfileName, pin: &Pin) -> Exports {
    let mut exports = Exports::via_broker(&running.url(profile, pin), running.token_file());
    exports.set_profile(&Subject::Profile(profile.clone()), None, None);
    exports
}

/// The variable that names the file in place of those in [`BOTOS`].
const BOTO: &str = "BOTO_CONFIG";
/// The files of boto, the predecessor of boto3. botocore uses a key in one of them before it asks an endpoint.
const BOTOS: [&str; 2] = ["/etc/boto.cfg", "~/.boto"];
/// The maximum size of a file of boto.
const MOST_BYTES: u64 = 256 * 1024;

/// Prevents botocore from using a long-term key in a file of boto. If no file contains one, other tools that read these
/// files, such as gsutil, can continue to do so.
fn hide_botos(exports: &mut Exports, context: Context) {
    let files: Vec<PathBuf> = match context.var(BOTO) {
        Some(path) => vec![path.into()],
        None => BOTOS.iter().map(|path| context.folders().expand((*path).into())).collect(),
    };
    let has_key = |file: &PathBuf| match named_file::read(file, MOST_BYTES) {
        Ok(bytes) => {
            bytes.is_some_and(|bytes| bytes.windows(KEY.len()).any(|part| part.eq_ignore_ascii_case(KEY)))
        }
        // Other programs may be able to read a file that we cannot read.
        Err(_) => true,
    };
    if files.iter().any(has_key) {
        exports.set(BOTO, "/dev/null");
    }
}

/// The setting that contains a key in such a file.
const KEY: &[u8] = b"aws_access_key_id";

/// Makes sure that AWS's tools ask the broker. Without a named profile they look at `[default]` first, and would use
/// its credentials. If it has any, the tools get generated files in which it has none. Returns the files from which
/// those were made.
pub fn hide_others(exports: &mut Exports, state: &State, context: Context) -> Result<Vec<PathBuf>, Fault> {
    hide_botos(exports, context);
    if profiles::read(&context.folders().aws()?)?.default_credentials().is_none() {
        return Ok(Vec::new());
    }
    let files = generated::ensure(context, state, generated::Default::Nothing)?;
    files.show(exports);
    Ok(files.sources())
}
