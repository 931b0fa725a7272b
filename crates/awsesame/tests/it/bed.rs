//! The environment for testing one store through its trait: a folder for all files of the program behind it, and the
//! programs that it finds.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use awsesame::store::{self, Store, StoreContext};
use awsesame_core::config::Config;
use tempfile::TempDir;

/// The folder, settings and variables of one store.
pub(crate) struct Bed {
    folder: TempDir,
    pub(crate) settings: String,
    pub(crate) variables: Vec<(&'static str, String)>,
}

impl Bed {
    pub(crate) fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("awsesame-store-").tempdir().unwrap();
        let gnupg = folder.path().join("gnupg");
        std::fs::create_dir(&gnupg).unwrap();
        std::fs::set_permissions(&gnupg, std::fs::Permissions::from_mode(0o700)).unwrap();
        let variables = vec![
            ("GNUPGHOME", gnupg.display().to_string()),
            ("PASSWORD_STORE_DIR", folder.path().join("pass").display().to_string()),
            ("HOME", folder.path().display().to_string()),
        ];
        Self { folder, settings: String::new(), variables }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Sets the settings, in which `{DIR}` is our folder.
    pub(crate) fn set(&mut self, text: &str) {
        self.settings += &text.replace("{DIR}", &self.folder.path().display().to_string());
        self.settings.push('\n');
    }

    pub(crate) fn open(&self, name: &str, may_ask: bool) -> Box<dyn Store> {
        let config = Config::read(&self.settings, "config.toml", &BTreeMap::new()).unwrap();
        let place = StoreContext {
            config,
            folder: self.path("data"),
            home: None,
            may_ask,
            variables: self.variables.clone(),
        };
        store::slow(name, place).unwrap().unwrap()
    }

    pub(crate) fn run(&self, argv: &[&str]) {
        let mut command = Command::new(argv[0]);
        command.args(&argv[1..]).envs(self.variables.iter().map(|(name, value)| (name, value)));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{argv:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Creates a temporary key that can encrypt.
    pub(crate) fn gpg_key(&self, passphrase: &str, expires: &str) {
        let words = ["gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", passphrase];
        let make = ["--quick-generate-key", "tester@example.com", "future-default", "default", expires];
        self.run(&[&words[..], &make].concat());
    }

    /// Installs a substitute program that comes before all others in the PATH.
    pub(crate) fn stand_in(&mut self, name: &str, script: &str) {
        self.put_first("bin", name, script);
    }

    /// Installs a faulty program that comes before the substitutes too.
    pub(crate) fn sabotage(&mut self, name: &str, script: &str) {
        self.put_first("sabotage", name, script);
    }

    fn put_first(&mut self, folder: &str, name: &str, script: &str) {
        let bin = self.path(folder);
        std::fs::create_dir_all(&bin).unwrap();
        std::fs::write(bin.join(name), format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(bin.join(name), std::fs::Permissions::from_mode(0o755)).unwrap();
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        self.variables.retain(|(variable, _)| *variable != "PATH");
        self.variables.push(("PATH", path));
    }

    /// Makes every program impossible to find.
    pub(crate) fn without_programs(&mut self) {
        self.variables.retain(|(variable, _)| *variable != "PATH");
        self.variables.push(("PATH", self.path("nothing").display().to_string()));
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        let mut agent = Command::new("gpgconf");
        agent.args(["--kill", "all"]).env("GNUPGHOME", self.path("gnupg"));
        let _ = agent.output();
    }
}

/// Changes a byte that matters.
pub(crate) fn corrupt(file: &Path) {
    let mut bytes = std::fs::read(file).unwrap();
    let near_the_end = bytes.len() - 8;
    bytes[near_the_end] ^= 1;
    std::fs::write(file, bytes).unwrap();
}
