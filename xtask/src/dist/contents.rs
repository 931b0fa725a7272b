//! The table of the files in the archive and in every kind of package, with their destinations. Nothing is read or
//! written here, except for the list of manual pages.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::programs::{FRONT, FULL, SANDBOX};

/// The format that the files are made into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// The archive: the files below a prefix of any name.
    Archive,
    Deb,
    Rpm,
    Apk,
    Arch,
}

impl Format {
    /// The kinds of packages, as nfpm calls them.
    pub(super) const PACKAGES: [(Self, &'static str); 4] =
        [(Self::Deb, "deb"), (Self::Rpm, "rpm"), (Self::Apk, "apk"), (Self::Arch, "archlinux")];
}

/// A part of the release that has a package of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The two programs of awsesame and their files.
    Main,
    /// The local AWS: to practice on and to test against, so not on every machine that needs credentials.
    Sandbox,
}

impl Part {
    pub(super) const ALL: [Self; 2] = [Self::Main, Self::Sandbox];

    /// Returns the name of the package.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Main => FRONT,
            Self::Sandbox => SANDBOX,
        }
    }
}

/// A file of a package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    /// The place below the prefix, which is `/usr` in packages.
    pub(super) place: String,
    /// The file in the folder of pieces.
    pub(super) piece: PathBuf,
    pub(super) mode: u32,
}

const ALL: &[Format] = &[Format::Archive, Format::Deb, Format::Rpm, Format::Apk, Format::Arch];
/// All formats except for Debian's, which keeps the licenses in one file and allows no copies.
const BUT_DEB: &[Format] = &[Format::Archive, Format::Rpm, Format::Apk, Format::Arch];
const ONLY_DEB: &[Format] = &[Format::Deb];
const ONLY_ARCHIVE: &[Format] = &[Format::Archive];
/// The formats of packages. The archive can be unpacked anywhere, but systemd and lintian look in one place only.
const PACKAGED: &[Format] = &[Format::Deb, Format::Rpm, Format::Apk, Format::Arch];

const PROGRAM: u32 = 0o755;
const FILE: u32 = 0o644;

/// A row: the part, the piece, its place below the prefix, its mode, and its source.
type Row = (Part, &'static str, &'static str, u32, &'static [Format]);

const ROWS: &[Row] = {
    use Part::{Main, Sandbox};
    &[
        (Main, FRONT, "bin/awsesame", PROGRAM, ALL),
        (Main, FULL, "bin/awsesame-full", PROGRAM, ALL),
        (Main, "completions/awsesame.bash", "share/bash-completion/completions/awsesame", FILE, ALL),
        // Debian's zsh does not look where all others do.
        (Main, "completions/_awsesame", "share/zsh/site-functions/_awsesame", FILE, BUT_DEB),
        (Main, "completions/_awsesame", "share/zsh/vendor-completions/_awsesame", FILE, ONLY_DEB),
        (Main, "completions/awsesame.fish", "share/fish/vendor_completions.d/awsesame.fish", FILE, ALL),
        // These shells have no folder for others' completions.
        (Main, "completions/awsesame.elv", "share/doc/awsesame/completions/awsesame.elv", FILE, ALL),
        (Main, "completions/awsesame.nu", "share/doc/awsesame/completions/awsesame.nu", FILE, ALL),
        (Main, "completions/awsesame.ps1", "share/doc/awsesame/completions/awsesame.ps1", FILE, ALL),
        (Main, "awsesame-broker.service", "lib/systemd/user/awsesame-broker.service", FILE, PACKAGED),
        (
            Main,
            "awsesame-broker.service",
            "share/awsesame/systemd/awsesame-broker.service",
            FILE,
            ONLY_ARCHIVE,
        ),
        // direnv looks for libraries in the user's own folder only: `awsesame direnv install` puts it there.
        (Main, "direnv.sh", "share/awsesame/direnv/awsesame.sh", FILE, ALL),
        (Main, "changelog.gz", "share/doc/awsesame/changelog.gz", FILE, ALL),
        (Main, "README.md.gz", "share/doc/awsesame/README.md.gz", FILE, ALL),
        (Main, "copyright", "share/doc/awsesame/copyright", FILE, ALL),
        (Main, "third-party.gz", "share/doc/awsesame/third-party-licenses.gz", FILE, ALL),
        (Main, "LICENSE-MIT", "share/licenses/awsesame/LICENSE-MIT", FILE, BUT_DEB),
        (Main, "LICENSE-APACHE", "share/licenses/awsesame/LICENSE-APACHE", FILE, BUT_DEB),
        (Main, "lintian", "share/lintian/overrides/awsesame", FILE, ONLY_DEB),
        (Sandbox, SANDBOX, "bin/awsesame-sandbox", PROGRAM, ALL),
        (Sandbox, "awsesame-sandbox.1.gz", "share/man/man1/awsesame-sandbox.1.gz", FILE, ALL),
        (Sandbox, "changelog.gz", "share/doc/awsesame-sandbox/changelog.gz", FILE, PACKAGED),
        (Sandbox, "copyright", "share/doc/awsesame-sandbox/copyright", FILE, PACKAGED),
        (Sandbox, "third-party.gz", "share/doc/awsesame-sandbox/third-party-licenses.gz", FILE, PACKAGED),
        (
            Sandbox,
            "LICENSE-MIT",
            "share/licenses/awsesame-sandbox/LICENSE-MIT",
            FILE,
            &[Format::Rpm, Format::Apk, Format::Arch],
        ),
        (
            Sandbox,
            "LICENSE-APACHE",
            "share/licenses/awsesame-sandbox/LICENSE-APACHE",
            FILE,
            &[Format::Rpm, Format::Apk, Format::Arch],
        ),
        (Sandbox, "lintian-sandbox", "share/lintian/overrides/awsesame-sandbox", FILE, ONLY_DEB),
    ]
};

/// Returns the folders that belong to the package alone and are removed with it. Shared folders belong to the system.
pub(super) fn own_folders(entries: &[Entry]) -> Vec<String> {
    const SHARED: [&str; 14] = [
        "bin",
        "lib",
        "lib/systemd",
        "lib/systemd/user",
        "share",
        "share/bash-completion",
        "share/bash-completion/completions",
        "share/doc",
        "share/licenses",
        "share/man",
        "share/man/man1",
        "share/zsh",
        "share/lintian",
        "share/lintian/overrides",
    ];
    // The folders belong to other packages that need not be installed, so this package owns them too.
    let mut folders: Vec<String> = entries
        .iter()
        .flat_map(|entry| Path::new(&entry.place).ancestors().skip(1))
        .map(|folder| folder.to_string_lossy().into_owned())
        .filter(|folder| !folder.is_empty() && !SHARED.contains(&folder.as_str()))
        .collect();
    folders.sort();
    folders.dedup();
    folders
}

/// Returns the files of a part in a format, in the order of their places.
pub(super) fn entries(pieces: &Path, part: Part, format: Format) -> Result<Vec<Entry>> {
    let mut entries: Vec<Entry> = ROWS
        .iter()
        .filter(|(of, .., formats)| *of == part && formats.contains(&format))
        .map(|(_, piece, place, mode, _)| Entry {
            place: (*place).to_owned(),
            piece: pieces.join(piece),
            mode: *mode,
        })
        .collect();
    if part == Part::Main {
        entries.extend(pages(&pieces.join("man"))?);
    }
    entries.sort();
    Ok(entries)
}

/// Returns the manual pages that the program has written, compressed.
fn pages(folder: &Path) -> Result<Vec<Entry>> {
    let mut pages = Vec::new();
    for file in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let piece = file?.path();
        let name = piece.file_name().unwrap_or_default().to_string_lossy().into_owned();
        pages.push(Entry { place: format!("share/man/man1/{name}"), piece, mode: FILE });
    }
    Ok(pages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_files_of_a_format_have_the_same_place() {
        for format in ALL {
            let mut places: Vec<&str> = ROWS
                .iter()
                .filter(|(.., formats)| formats.contains(format))
                .map(|(_, _, place, ..)| *place)
                .collect();
            let count = places.len();
            places.sort_unstable();
            places.dedup();
            assert_eq!(places.len(), count, "{format:?}");
        }
    }

    #[test]
    fn both_programs_are_in_every_package_and_the_sandbox_in_its_own() {
        for (part, program) in [(Part::Main, FRONT), (Part::Main, FULL), (Part::Sandbox, SANDBOX)] {
            let row = ROWS.iter().find(|(_, piece, ..)| *piece == program).unwrap();
            assert_eq!((row.0, row.3, row.4), (part, PROGRAM, ALL));
        }
    }

    #[test]
    fn folders_of_the_system_are_nobodys_and_all_others_go_with_the_package() {
        let entry = |place: &str| Entry { place: place.to_owned(), piece: PathBuf::new(), mode: FILE };
        let folders = own_folders(&[entry("bin/awsesame"), entry("share/awsesame/direnv/awsesame.sh")]);
        assert_eq!(folders, ["share/awsesame", "share/awsesame/direnv"]);
    }
}
