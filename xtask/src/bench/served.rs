//! A second sandbox beside that of the bench's world, for measurements that need other users. Nothing is measured here.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::child;

/// The maximum time that it may take to listen.
const PATIENCE: Duration = Duration::from_mins(1);

/// A sandbox that is stopped on drop.
pub(crate) struct Served {
    child: Child,
    url: String,
}

impl Served {
    /// Starts one that notes its address in `folder`, with the fixture of a file or the one that is built in.
    pub(crate) fn start(mut sandbox: Command, folder: &Path, fixture: Option<&Path>) -> Result<Self> {
        let noted = folder.join("url");
        sandbox.arg("serve").arg("--state-file").arg(&noted).stdout(Stdio::null());
        if let Some(fixture) = fixture {
            sandbox.arg("--fixture").arg(fixture);
        }
        let child = sandbox.spawn().context("the sandbox does not start")?;
        let mut served = Self { child, url: String::new() };
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Ok(url) = fs::read_to_string(&noted)
                && url.ends_with('\n')
            {
                url.trim().clone_into(&mut served.url);
                return Ok(served);
            }
            let runs = served.child.try_wait()?.is_none();
            ensure!(runs && Instant::now() < deadline, "the sandbox does not listen");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Returns the address of the sandbox.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        child::stop(&mut self.child);
    }
}
