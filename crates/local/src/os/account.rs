//! Finds the user of this process in `/etc/passwd`. A home folder that only a directory service knows is not found,
//! because the C library would have to load modules for that.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::OnceLock;

/// The maximum size of the file. A line has about sixty bytes.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// Returns the home of this user. None where the file does not name the user, or names no absolute path.
pub(super) fn home() -> Option<PathBuf> {
    static HOME: OnceLock<Option<PathBuf>> = OnceLock::new();
    let look = || {
        let mut bytes = Vec::new();
        File::open(file()).ok()?.take(MOST_BYTES).read_to_end(&mut bytes).ok()?;
        home_in(&bytes, super::folder::us())
    };
    HOME.get_or_init(look).clone()
}

fn file() -> PathBuf {
    // Tests run as a real user of this machine, but must not use that user's home.
    #[cfg(debug_assertions)]
    if let Some(file) = std::env::var_os("AWSESAME_TEST_PASSWD") {
        return PathBuf::from(file);
    }
    PathBuf::from("/etc/passwd")
}

/// Finds the home in lines of the form `name:password:uid:gid:about:home:shell`, one per user.
fn home_in(passwd: &[u8], uid: u32) -> Option<PathBuf> {
    let uid = uid.to_string();
    let line = passwd
        .split(|byte| *byte == b'\n')
        .map(|line| line.split(|byte| *byte == b':').collect::<Vec<_>>())
        .find(|fields| fields.get(2) == Some(&uid.as_bytes()))?;
    Some(PathBuf::from(OsStr::from_bytes(line.get(5)?))).filter(|home| home.is_absolute())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_home_is_the_one_of_the_first_line_with_the_users_number() {
        let passwd = b"# users\nroot:x:0:0:root:/root:/bin/sh\nu:x:7:7::/home/\xff:/bin/sh\n\
            v:x:7:7::/other:/bin/sh\nw:x:8:8\nx:x:9:9::relative:/bin/sh\n";
        assert_eq!(home_in(passwd, 0), Some(PathBuf::from("/root")));
        assert_eq!(home_in(passwd, 7), Some(PathBuf::from(OsStr::from_bytes(b"/home/\xff"))));
        for nobody in [8, 9, 10] {
            assert_eq!(home_in(passwd, nobody), None, "{nobody}");
        }
    }
}
