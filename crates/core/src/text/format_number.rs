//! Compares the first lines of our files: a name and the number of their format. A greater number means that a newer
//! version wrote the file. Such a file is not damaged, and it must not be overwritten.

/// Returns true for a first line that is ours but for a greater number.
pub fn is_newer(found: &str, ours: &str) -> bool {
    let Some((name, number)) = ours.rsplit_once(' ') else { return false };
    let found = found.trim_end().strip_prefix(name).and_then(|rest| rest.strip_prefix(' '));
    let read = |number: &str| number.parse::<u32>().ok();
    found.and_then(read).zip(read(number)).is_some_and(|(found, ours)| found > ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greater_number_behind_the_same_name_is_newer() {
        for (found, expected) in [
            ("awsesame keys 2", true),
            ("awsesame keys 17", true),
            ("awsesame keys 2\r", true),
            ("awsesame keys 1", false),
            ("awsesame keys 0", false),
            ("awsesame keys x", false),
            ("awsesame keys", false),
            ("awsesame keys2", false),
            ("awsesame rotation 2", false),
            ("", false),
        ] {
            assert_eq!(is_newer(found, "awsesame keys 1"), expected, "{found}");
        }
    }
}
