//! Reads the linkage of a program from its ELF headers (64-bit, little-endian): whether it is static-pie or another
//! kind, and the newest glibc that it requires.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

/// The `e_type` of a file that can be loaded at any address.
const DYN: u16 = 3;
/// The `p_type` of the segment that names a dynamic loader.
const INTERP: u32 = 3;
/// The `p_type` of the segment with the relocations for a loader or the program itself.
const DYNAMIC: u32 = 2;
/// The `p_type` of the segment that becomes read-only after the relocation (RELRO).
const RELRO: u32 = 0x6474_e552;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Loads anywhere and needs no loader.
    StaticPie,
    /// Loads at one address and needs no loader.
    Static,
    /// The program needs a dynamic loader.
    Dynamic,
}

impl Kind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::StaticPie => "static-pie",
            Self::Static => "static",
            Self::Dynamic => "dynamically linked",
        }
    }
}

/// Returns the way in which the program in this file is linked.
pub(super) fn read(file: &Path) -> Result<Kind> {
    let bytes = fs::read(file).with_context(|| file.display().to_string())?;
    kind(&bytes).with_context(|| file.display().to_string())
}

/// Returns the newest version of glibc that the program requires, or None if it requires none.
pub(super) fn newest_glibc(file: &Path) -> Result<Option<(u32, u32)>> {
    let bytes = fs::read(file).with_context(|| file.display().to_string())?;
    let kind = kind(&bytes).with_context(|| file.display().to_string())?;
    Ok(if kind == Kind::Dynamic { newest(&bytes) } else { None })
}

/// The names of versions are plain text in the string table: `GLIBC_2.28`, ended by a zero.
fn newest(bytes: &[u8]) -> Option<(u32, u32)> {
    const PREFIX: &[u8] = b"GLIBC_";
    let places = bytes.windows(PREFIX.len()).enumerate().filter(|(_, window)| *window == PREFIX);
    let versions = places.filter_map(|(place, _)| {
        let text = bytes.get(place + PREFIX.len()..)?.split(|byte| *byte == 0).next()?;
        let (major, rest) = std::str::from_utf8(text).ok()?.split_once('.')?;
        let minor = rest.split('.').next()?;
        Some((major.parse().ok()?, minor.parse().ok()?))
    });
    versions.max()
}

/// Returns true if what the program relocates at its start is read-only afterwards.
pub(super) fn is_relro(file: &Path) -> Result<bool> {
    let bytes = fs::read(file).with_context(|| file.display().to_string())?;
    Ok(segments(&bytes).with_context(|| file.display().to_string())?.contains(&RELRO))
}

fn kind(bytes: &[u8]) -> Result<Kind> {
    let segments = segments(bytes)?;
    let file_type = u16::from_le_bytes(field(bytes, 16)?);
    Ok(if segments.contains(&INTERP) {
        Kind::Dynamic
    } else if file_type == DYN && segments.contains(&DYNAMIC) {
        Kind::StaticPie
    } else {
        Kind::Static
    })
}

/// Returns the kinds of a program's segments.
fn segments(bytes: &[u8]) -> Result<Vec<u32>> {
    // The magic, then class 2 (64-bit) and data 1 (little-endian).
    ensure!(bytes.starts_with(b"\x7fELF\x02\x01"), "not a 64-bit little-endian ELF file");
    let table = usize::try_from(u64::from_le_bytes(field(bytes, 32)?))?;
    let size = usize::from(u16::from_le_bytes(field(bytes, 54)?));
    let count = usize::from(u16::from_le_bytes(field(bytes, 56)?));
    let mut segments = Vec::with_capacity(count);
    for index in 0..count {
        let place = index
            .checked_mul(size)
            .and_then(|offset| offset.checked_add(table))
            .context("a table out of bounds")?;
        segments.push(u32::from_le_bytes(field(bytes, place)?));
    }
    Ok(segments)
}

fn field<const N: usize>(bytes: &[u8], place: usize) -> Result<[u8; N]> {
    let found = bytes.get(place..).and_then(|rest| rest.first_chunk::<N>());
    found.copied().context("the file ends too early")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns an ELF header with these segments after it.
    fn elf(file_type: u16, segments: &[u32]) -> Vec<u8> {
        let mut bytes = b"\x7fELF\x02\x01".to_vec();
        bytes.resize(64, 0);
        bytes[16..18].copy_from_slice(&file_type.to_le_bytes());
        bytes[32..40].copy_from_slice(&64_u64.to_le_bytes());
        bytes[54..56].copy_from_slice(&56_u16.to_le_bytes());
        bytes[56..58].copy_from_slice(&u16::try_from(segments.len()).unwrap().to_le_bytes());
        for segment in segments {
            bytes.extend(segment.to_le_bytes());
            bytes.extend([0; 52]);
        }
        bytes
    }

    #[test]
    fn kinds_of_elf_programs_are_distinguished() {
        assert_eq!(kind(&elf(DYN, &[1, DYNAMIC])).unwrap(), Kind::StaticPie);
        assert_eq!(kind(&elf(DYN, &[1, DYNAMIC, INTERP])).unwrap(), Kind::Dynamic);
        assert_eq!(kind(&elf(2, &[1])).unwrap(), Kind::Static);
    }

    #[test]
    fn the_newest_glibc_that_is_asked_for_counts() {
        let table = b"\0GLIBC_2.2.5\0GLIBC_2.28\0GLIBC_2.4\0GLIBC_PRIVATE\0";
        assert_eq!(newest(table), Some((2, 28)));
        assert_eq!(newest(b"nothing of the kind"), None);
    }

    #[test]
    fn what_stays_writable_after_relocation_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("program");
        for (segments, expected) in [(&[1, DYNAMIC, RELRO][..], true), (&[1, DYNAMIC], false)] {
            fs::write(&program, elf(DYN, segments)).unwrap();
            assert_eq!(is_relro(&program).unwrap(), expected);
        }
    }

    #[test]
    fn a_file_that_is_no_program_or_is_cut_off_is_an_error() {
        assert!(kind(b"#!/bin/sh\n").is_err());
        let whole = elf(DYN, &[1, DYNAMIC]);
        for length in [0, 5, 20, 60, 64, 100] {
            assert!(kind(&whole[..length]).is_err(), "{length}");
        }
    }
}
