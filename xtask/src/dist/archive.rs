//! Packs the archive for all machines from one folder. Its bytes do not depend on who packs it or when.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::{Compression, GzBuilder};

use super::contents::{Entry, Format, Part, entries};
use super::release::{NAME, Release, VERSION};

/// Returns the archive's name without its extension. The folder in the archive has the same name.
pub(super) fn name(target: &str) -> String {
    format!("{NAME}-{VERSION}-{target}")
}

/// Writes the archive of all parts into a folder, and returns its path.
pub(super) fn write(release: &Release, pieces: &Path, target: &str, folder: &Path) -> Result<PathBuf> {
    let top = name(target);
    let path = folder.join(format!("{top}.tar.gz"));
    let mut files = Vec::new();
    for part in Part::ALL {
        files.extend(entries(pieces, part, Format::Archive)?);
    }
    files.sort();
    let file = File::create(&path).with_context(|| path.display().to_string())?;
    fill(&mut BufWriter::new(file), &top, &files, release.epoch)
        .with_context(|| path.display().to_string())?;
    Ok(path)
}

fn fill(out: &mut impl Write, top: &str, files: &[Entry], epoch: u64) -> Result<()> {
    let packed = GzBuilder::new().mtime(0).write(out, Compression::best());
    let mut archive = tar::Builder::new(packed);
    for file in files {
        let content = fs::read(&file.piece).with_context(|| file.piece.display().to_string())?;
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(file.mode);
        header.set_mtime(epoch);
        header.set_uid(0);
        header.set_gid(0);
        archive.append_data(&mut header, format!("{top}/{}", file.place), content.as_slice())?;
    }
    archive.into_inner()?.finish()?.flush()?;
    Ok(())
}

/// Compresses a text without a name and a time, as distributions do.
pub(super) fn gzip(text: &[u8]) -> io::Result<Vec<u8>> {
    let mut packed = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    packed.write_all(text)?;
    packed.finish()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn the_same_files_make_the_same_archive_with_nobody_as_their_owner() {
        let folder = tempfile::tempdir().unwrap();
        let piece = folder.path().join("piece");
        fs::write(&piece, "text").unwrap();
        let files = [Entry { place: "bin/x".to_owned(), piece, mode: 0o755 }];
        let mut made = [Vec::new(), Vec::new()];
        for archive in &mut made {
            fill(archive, "top", &files, 1_700_000_000).unwrap();
        }
        assert_eq!(made[0], made[1]);
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(made[0].as_slice()));
        let mut entry = archive.entries().unwrap().next().unwrap().unwrap();
        assert_eq!(entry.path().unwrap(), Path::new("top/bin/x"));
        let header = entry.header().clone();
        assert_eq!((header.mode().unwrap(), header.mtime().unwrap()), (0o755, 1_700_000_000));
        assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (0, 0));
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        assert_eq!(text, "text");
    }
}
