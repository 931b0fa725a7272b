//! The version and build of this program. Both programs print the same line, each about itself, so that programs of
//! different builds are noticed.

/// The version, the commit and the kind of machine, as `--version` says them after the program's name.
pub const LONG: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("AWSESAME_BUILD"), ")");

/// The whole version line.
pub const LINE: &str = concat!("awsesame ", env!("CARGO_PKG_VERSION"), " (", env!("AWSESAME_BUILD"), ")\n");

/// Returns true if a command line asks for the version and for nothing else.
pub fn is_asked<T: AsRef<std::ffi::OsStr>>(arguments: &[T]) -> bool {
    matches!(arguments, [word] if word.as_ref() == "--version" || word.as_ref() == "-V")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_version_commit_and_target() {
        assert_eq!(LINE, format!("awsesame {LONG}\n"));
        let (version, rest) = LONG.split_once(" (").unwrap();
        let (build, target) = rest.strip_suffix(')').unwrap().split_once(", ").unwrap();
        assert_eq!(version, env!("CARGO_PKG_VERSION"));
        assert!(build == "development build" || build.starts_with("commit "), "{build}");
        assert!(target.contains(std::env::consts::ARCH) && target.contains(std::env::consts::OS), "{target}");
    }

    #[test]
    fn only_the_flag_alone_asks() {
        for (arguments, asked) in [
            (&["--version"][..], true),
            (&["-V"], true),
            (&["env", "--version"], false),
            (&["--version", "env"], false),
            (&[], false),
        ] {
            assert_eq!(is_asked(arguments), asked, "{arguments:?}");
        }
    }
}
