//! Finds the time zone of this machine, or that of `TZ`, as the C library does (tzset(3)). jiff's own search reads all
//! twenty-one folders of `/usr/share/zoneinfo` to know the zones by name, but one file is sufficient here.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;

/// The maximum size of a zone file. The largest one has about four kilobytes.
const MOST_BYTES: u64 = 256 * 1024;

/// Returns the zone in which times are shown. It is UTC if the zone cannot be read, as in the C library.
pub fn here() -> TimeZone {
    let text = |name: &str| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
    named(text("TZ").as_deref(), text("TZDIR").as_deref().unwrap_or("/usr/share/zoneinfo"))
}

fn named(zone: Option<&str>, folder: &str) -> TimeZone {
    let Some(zone) = zone else { return read(Path::new("/etc/localtime")).unwrap_or(TimeZone::UTC) };
    let zone = zone.strip_prefix(':').unwrap_or(zone);
    if zone.is_empty() {
        return TimeZone::UTC;
    }
    // Joining an absolute path replaces the folder.
    let file: PathBuf = Path::new(folder).join(zone);
    read(&file).or_else(|| TimeZone::posix(zone).ok()).unwrap_or(TimeZone::UTC)
}

/// Reads a zone's file. None where there is none, or something else is in its place.
fn read(path: &Path) -> Option<TimeZone> {
    // The type is checked first, because opening a pipe would block.
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(MOST_BYTES).read_to_end(&mut bytes).ok()?;
    TimeZone::tzif("", &bytes).ok()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_zone_is_found_by_name_by_path_and_by_rule_and_is_utc_otherwise() {
        let folder = "/usr/share/zoneinfo";
        let summer = Timestamp::from_second(1_783_000_000).unwrap();
        let at = |zone: &str| summer.to_zoned(named(Some(zone), folder)).strftime("%H:%M").to_string();
        assert_eq!(at("UTC"), at("no such zone"));
        assert_eq!(at(""), at("/dev/zero"));
        assert_eq!(at("CET-1CEST,M3.5.0,M10.5.0/3"), "15:46");
        assert_eq!(at("UTC"), "13:46");
        if !Path::new(folder).join("Europe/Berlin").exists() {
            return;
        }
        assert_eq!(at("Europe/Berlin"), "15:46");
        assert_eq!(at(":Europe/Berlin"), "15:46");
        assert_eq!(at("/usr/share/zoneinfo/Europe/Berlin"), "15:46");
    }
}
