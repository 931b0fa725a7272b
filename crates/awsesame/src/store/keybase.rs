//! The `keybase` store: files in the user's private folder, which the Keybase client encrypts to the user's own
//! devices. Each item is one file.

use awsesame_core::fault::Fault;
use zeroize::Zeroizing;

use super::{Store, StoreContext, argv, text};
use crate::os::process::Output;

/// The name of this store.
pub const NAME: &str = awsesame_local::store::KEYBASE;

/// The store, with files in `stores.keybase.folder` or `/keybase/private/USER/awsesame`.
#[derive(Debug)]
pub struct Keybase {
    place: StoreContext,
}

impl Keybase {
    /// Opens the store. The client is not run yet.
    pub fn open(place: StoreContext) -> Self {
        Self { place }
    }

    fn folder(&self) -> Result<String, Fault> {
        if let Some(folder) = self.place.config.text("stores.keybase.folder", None) {
            return Ok(folder.trim_end_matches('/').to_owned());
        }
        let said = self.keybase(&["whoami"], b"")?;
        let user = said.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
        match user
            .filter(|user| !user.is_empty() && user.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
        {
            Some(user) => Ok(format!("/keybase/private/{user}/awsesame")),
            None => Err(failed("it does not say who is logged in".into())),
        }
    }

    /// Runs the client; `None` where a file is not there.
    fn keybase(&self, words: &[&str], stdin: &[u8]) -> Result<Option<Output>, Fault> {
        let mut command = argv(&["keybase"]);
        command.extend(argv(words));
        let output = self.place.run(&command, &[], stdin)?;
        if output.status.success() {
            return Ok(Some(output));
        }
        let said = output.stderr.to_lowercase();
        if ["does not exist", "no such file", "not found"].iter().any(|words| said.contains(words)) {
            return Ok(None);
        }
        if ["logged out", "not logged in", "login required"].iter().any(|words| said.contains(words)) {
            return Err(failed("its client is logged out".into()));
        }
        Err(failed(output.complaint()))
    }
}

fn failed(why: String) -> Fault {
    Fault::StoreFailed { store: NAME, why, look: "keybase login" }
}

impl Store for Keybase {
    fn name(&self) -> &'static str {
        NAME
    }

    fn get(&self, item: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
        let path = format!("{}/{item}", self.folder()?);
        let Some(output) = self.keybase(&["fs", "read", &path], b"")? else { return Ok(None) };
        text::secret(NAME, &output.stdout)
    }

    fn put(&self, item: &str, secret: &[u8], _seconds: Option<u64>) -> Result<(), Fault> {
        let folder = self.folder()?;
        // An error here usually means that the folder exists already.
        let _ = self.keybase(&["fs", "mkdir", &folder], b"")?;
        let path = format!("{folder}/{item}");
        match self.keybase(&["fs", "write", &path], &text::line(secret))? {
            Some(_) => Ok(()),
            None => Err(failed(format!("`{folder}` is not there"))),
        }
    }

    fn delete(&self, item: &str) -> Result<bool, Fault> {
        let path = format!("{}/{item}", self.folder()?);
        Ok(self.keybase(&["fs", "rm", &path], b"")?.is_some())
    }

    fn list(&self) -> Result<Vec<String>, Fault> {
        // The other styles ask how wide the terminal is.
        let said = self.keybase(&["fs", "ls", "--windows", &self.folder()?], b"")?;
        let said = said.map(|output| text::lines(&output.stdout)).unwrap_or_default();
        // The columns are time, size and name, separated by tabs. The size of a folder is `<DIR>`.
        let file = |line: &String| {
            Some(line.rsplit_once('\t').filter(|(rest, _)| !rest.contains('<'))?.1.to_owned())
        };
        Ok(said.iter().filter_map(file).collect())
    }
}
