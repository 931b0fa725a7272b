//! Adds files to direnv's list of watched files, the variable `DIRENV_WATCHES`: URL-safe base64 of zlib of a JSON list
//! (direnv's `gzenv` and `file_times.go`). This saves the process that `watch_file` would start.
//!
//! direnv does not document the format. If a value does not look like those of versions 2.21 to 2.37, the result is
//! `None`, and the caller runs direnv itself.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;

use crate::text::quote;

/// A file to watch: its absolute path, and its modification time in Unix seconds, or `None` if the file does not exist.
pub type Watched<'a> = (&'a str, Option<i64>);

/// The maximum length of a list. A longer text was not written by direnv.
const LONGEST: usize = 1 << 20;
/// Returns the list with more files in it. A file that is already in the list gets the newer time, as direnv does it.
pub fn add(watches: &str, files: &[Watched<'_>]) -> Option<String> {
    let packed = URL_SAFE.decode(watches.trim()).ok()?;
    let json = miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(&packed, LONGEST).ok()?;
    let json = add_to_json(String::from_utf8(json).ok()?, files)?;
    Some(URL_SAFE.encode(stored(json.as_bytes())))
}

/// Returns zlib data without compression (RFC 1950, and the stored blocks of RFC 1951). The list is short and is
/// written again at every reload, so compression would not pay.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let mut zlib = vec![0x78, 0x01];
    let mut blocks = bytes.chunks(usize::from(u16::MAX)).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).expect("a chunk is no longer than it was asked to be");
        zlib.push(u8::from(blocks.peek().is_none()));
        zlib.extend(length.to_le_bytes());
        zlib.extend((!length).to_le_bytes());
        zlib.extend(block);
    }
    let (low, high) = bytes.iter().fold((1_u32, 0_u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    zlib.extend((high << 16 | low).to_be_bytes());
    zlib
}

/// Adds files to the JSON text itself, so that everything else in it stays the same, also fields of later versions of
/// direnv. Quotes in a path are escaped, so a path cannot be confused with the name of a field.
fn add_to_json(mut json: String, files: &[Watched<'_>]) -> Option<String> {
    // Go reads both spellings, but a later version of direnv may be stricter.
    let [path, modtime, exists] = if json.starts_with("[{\"Path\":\"") {
        ["Path", "Modtime", "Exists"]
    } else if json.starts_with("[{\"path\":\"") {
        ["path", "modtime", "exists"]
    } else {
        return None;
    };
    if !json.ends_with("}]") {
        return None;
    }
    for (file, time) in files {
        let known = format!("{{\"{path}\":{},", go_string(file));
        let entry =
            format!("{known}\"{modtime}\":{},\"{exists}\":{}}}", time.unwrap_or_default(), time.is_some());
        if let Some(at) = json.find(&known) {
            let length = json[at + known.len()..].find('}')? + 1;
            json.replace_range(at..at + known.len() + length, &entry);
        } else {
            json.truncate(json.len() - 1);
            json.push(',');
            json.push_str(&entry);
            json.push(']');
        }
    }
    Some(json)
}

/// Returns a string as Go's `encoding/json` writes it, so that it can be found in the text.
fn go_string(text: &str) -> String {
    let mut quoted = quote::json(text);
    for (c, escaped) in [
        ("<", "\\u003c"),
        (">", "\\u003e"),
        ("&", "\\u0026"),
        ("\u{2028}", "\\u2028"),
        ("\u{2029}", "\\u2029"),
    ] {
        if quoted.contains(c) {
            quoted = quoted.replace(c, escaped);
        }
    }
    quoted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The value that direnv 2.32.1 exports for two files that do not exist.
    const BY_DIRENV: &str = "eJx8zDEKAjEQBdC7_Drsd8G1SG8p2IvFsBlJYHYTkhAF8e5eQDzAe7c3rtIjPBjzpgw6KKVw0n3UFQ6XHHraFP7gcH6l1hv8Q6zpx_2gk-VVjC1KVYZUdR8Us_zkfAynZV7kb3n_BgAA__9N-i9_";

    fn unpack(watches: &str) -> String {
        let packed = URL_SAFE.decode(watches).unwrap();
        String::from_utf8(miniz_oxide::inflate::decompress_to_vec_zlib(&packed).unwrap()).unwrap()
    }

    fn pack(json: &str) -> String {
        URL_SAFE.encode(miniz_oxide::deflate::compress_to_vec_zlib(json.as_bytes(), 6))
    }

    #[test]
    fn a_list_of_direnvs_own_is_read_and_continued() {
        let before = unpack(BY_DIRENV);
        let after = unpack(&add(BY_DIRENV, &[("/s/p-dev", Some(7)), ("/s/mfa", None)]).unwrap());
        let kept = before.strip_suffix(']').unwrap();
        assert_eq!(
            after,
            format!(
                "{kept},{{\"Path\":\"/s/p-dev\",\"Modtime\":7,\"Exists\":true}},\
                 {{\"Path\":\"/s/mfa\",\"Modtime\":0,\"Exists\":false}}]"
            )
        );
    }

    #[test]
    fn the_spelling_of_later_versions_is_kept() {
        let list = r#"[{"path":"/x/.envrc","modtime":1,"exists":true,"new":[1]}]"#;
        assert_eq!(
            add_to_json(list.to_owned(), &[("/s", Some(2))]).unwrap(),
            r#"[{"path":"/x/.envrc","modtime":1,"exists":true,"new":[1]},{"path":"/s","modtime":2,"exists":true}]"#
        );
    }

    #[test]
    fn a_file_that_is_watched_already_gets_the_newer_time() {
        let list = r#"[{"Path":"/a \u003cb\u003e\"","Modtime":1,"Exists":false},{"Path":"/c","Modtime":1,"Exists":true}]"#;
        assert_eq!(
            add_to_json(list.to_owned(), &[("/a <b>\"", Some(5)), ("/c", None)]).unwrap(),
            r#"[{"Path":"/a \u003cb\u003e\"","Modtime":5,"Exists":true},{"Path":"/c","Modtime":0,"Exists":false}]"#
        );
    }

    #[test]
    fn what_direnv_does_not_write_is_left_to_direnv() {
        for json in ["", "[]", "{}", "null", r#"[{"Modtime":1,"Path":"/x"}]"#, r#"[{"Path":"/x","Modtime":1"#]
        {
            assert_eq!(add(&pack(json), &[("/s", None)]), None, "{json}");
        }
        let truncated = &BY_DIRENV[..BY_DIRENV.len() - 8];
        for text in ["", "x", "not base64!", "eJwrKi0GAAAA", truncated] {
            assert_eq!(add(text, &[("/s", None)]), None, "{text}");
        }
    }

    #[test]
    fn long_lists_are_stored_in_several_blocks() {
        let path = format!("/{}", "x".repeat(70_000));
        let long = add(BY_DIRENV, &[(&path, Some(1)), ("/s", None)]).unwrap();
        assert!(unpack(&long).contains(&path), "the checksum holds, and nothing is cut");
        assert!(unpack(&long).ends_with("{\"Path\":\"/s\",\"Modtime\":0,\"Exists\":false}]"));
    }

    proptest! {
        #[test]
        fn no_text_panics_and_no_path_breaks_the_list(text in ".*", path in "/.*", time in any::<Option<i64>>()) {
            let _ = add(&text, &[(&path, time)]);
            let _ = add(&pack(&text), &[(&path, time)]);
            let once = add(BY_DIRENV, &[(&path, time)]).unwrap();
            // The same file once more changes nothing: it was found again.
            let twice = add(&once, &[(&path, time)]).unwrap();
            prop_assert_eq!(unpack(&once), unpack(&twice));
            prop_assert_eq!(unpack(&once).chars().next_back(), Some(']'));
        }
    }
}
