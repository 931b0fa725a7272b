//! The `pass` store: entries in the user's password store, below `stores.pass.prefix`. They are encrypted to the
//! recipients in its `.gpg-id` files.

use awsesame_core::fault::Fault;
use awsesame_local::lock;
use zeroize::Zeroizing;

use super::{Store, StoreContext, argv, gpg, text};
use crate::os::process::Output;

/// The name of this store.
pub const NAME: &str = awsesame_local::store::PASS;

/// The text that `pass` prints about an entry that does not exist.
const NOTHING: &str = "is not in the password store";

/// The store, with entries of `pass`.
#[derive(Debug)]
pub struct Pass {
    place: StoreContext,
}

impl Pass {
    /// Opens the store. `pass` is not run yet.
    pub fn open(place: StoreContext) -> Self {
        Self { place }
    }

    fn prefix(&self) -> String {
        let prefix = self.place.config.name("stores.pass.prefix", None);
        prefix.trim_end_matches('/').to_owned()
    }

    fn entry(&self, item: &str) -> String {
        format!("{}/{item}", self.prefix())
    }

    /// Runs `pass`; `None` where the entry is not there.
    fn pass(&self, words: &[&str], stdin: &[u8]) -> Result<Option<Output>, Fault> {
        let mut command = argv(&["pass"]);
        command.extend(argv(words));
        let mut variables = vec![("LC_ALL", "C".to_owned())];
        if !self.place.may_ask {
            variables.push(("PASSWORD_STORE_GPG_OPTS", gpg::UNASKED.join(" ")));
        }
        // pass writes an entry in its place, so that a reader could find half of it: one of us at a time.
        let lock = lock::take(&self.place.folder.join("pass.lock"), lock::LIMIT)?;
        let output = self.place.run(&command, &variables, stdin)?;
        drop(lock);
        if output.status.success() {
            return Ok(Some(output));
        }
        if output.stderr.contains(NOTHING) {
            return Ok(None);
        }
        if !self.place.may_ask && gpg::wants_a_passphrase(&output) {
            return Err(Fault::StoreLocked { store: NAME, why: "its passphrase has to be asked for".into() });
        }
        if output.stderr.contains("pass init your-gpg-id") {
            let why = "nobody has made it ready yet".into();
            return Err(Fault::StoreFailed { store: NAME, why, look: "gpg --list-keys; pass init KEY" });
        }
        Err(Fault::StoreFailed { store: NAME, why: gpg::complaint(&output), look: "pass ls" })
    }
}

impl Store for Pass {
    fn name(&self) -> &'static str {
        NAME
    }

    fn authenticates(&self) -> bool {
        false
    }

    fn get(&self, item: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
        let Some(output) = self.pass(&["show", &self.entry(item)], b"")? else { return Ok(None) };
        text::secret(NAME, &output.stdout)
    }

    fn put(&self, item: &str, secret: &[u8], _seconds: Option<u64>) -> Result<(), Fault> {
        let words = ["insert", "--multiline", "--force", &self.entry(item)];
        self.pass(&words, &text::line(secret)).map(drop)
    }

    fn delete(&self, item: &str) -> Result<bool, Fault> {
        Ok(self.pass(&["rm", "--force", &self.entry(item)], b"")?.is_some())
    }

    fn list(&self) -> Result<Vec<String>, Fault> {
        let Some(output) = self.pass(&["ls", &self.prefix()], b"")? else { return Ok(Vec::new()) };
        Ok(leaves(&String::from_utf8_lossy(&output.stdout)))
    }
}

/// Returns the names right below the root of a tree, as `tree` draws it, that have nothing below themselves: entries,
/// not folders.
fn leaves(drawn: &str) -> Vec<String> {
    let lines: Vec<(usize, String)> = drawn.lines().skip(1).filter_map(branch).collect();
    let deeper = |at: usize| lines.get(at + 1).is_some_and(|(depth, _)| *depth > 0);
    let leaf =
        |(at, (depth, name)): (usize, &(usize, String))| (*depth == 0 && !deeper(at)).then(|| name.clone());
    lines.iter().enumerate().filter_map(leaf).collect()
}

/// Returns the depth of a line of the tree, and the name in it. Returns `None` if the line is not part of the tree.
fn branch(line: &str) -> Option<(usize, String)> {
    let drawing = |c: char| "|`-├└│─ \u{a0}".contains(c);
    let start = line.find("-- ").map(|at| at + 3).or_else(|| line.find("── ").map(|at| at + "── ".len()))?;
    let depth = line[..start].chars().take_while(|c| drawing(*c)).count() / 4 - 1;
    let name = plain(&line[start..]);
    Some((depth, name.trim().to_owned()))
}

/// Removes the colors that `pass` requests from `tree`.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for (at, piece) in text.split('\u{1b}').enumerate() {
        let shown = if at == 0 { piece } else { piece.split_once('m').map_or("", |(_, shown)| shown) };
        plain.push_str(shown);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_and_folders_are_distinguished_in_both_styles_of_tree() {
        let ascii = "awsesame\n|-- \u{1b}[00mAb~0011\u{1b}[0m\n|-- \u{1b}[01;34msub\u{1b}[0m\n|   `-- deep\n\
                     `-- a%2Fb\n";
        let drawn = "awsesame\n├── Ab~0011\n├── sub\n│\u{a0}\u{a0} └── deep\n└── a%2Fb\n";
        for tree in [ascii, drawn] {
            assert_eq!(leaves(tree), ["Ab~0011", "a%2Fb"]);
        }
        assert_eq!(leaves("awsesame\n"), Vec::<String>::new());
    }
}
