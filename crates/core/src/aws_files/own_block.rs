//! Edits the block of awsesame in `~/.aws/config`: profiles that ask awsesame, between two marker lines, so that the
//! block can be removed without a change to the rest of the file. No file is read or written here.
//!
//! The block defines separate profiles, because keys or a `role_arn` in a profile take precedence over its
//! `credential_process`.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use crate::aws_files::edit::{AwsFile, Change, FileKind, settings_in_front, without_mark};
use crate::aws_files::generated::command;
use crate::aws_files::profile::Settings;
use crate::name::ProfileName;

const BEGIN: &str = "# awsesame init: begin";
/// The marker if the last line of the file had no line ending. The one that awsesame added is removed with the block.
const BEGIN_JOINED: &str = "# awsesame init: begin, below a line that had no end";
/// The marker if the file did not exist. The file is deleted with the block.
const BEGIN_FILE: &str = "# awsesame init: begin, in a file that was not there";
const END: &str = "# awsesame init: end";

/// The settings that a profile of ours copies besides the credentials: they decide where calls are sent.
const HANDED_ON: [&str; 8] = [
    "region",
    "endpoint_url",
    "services",
    "ignore_configured_endpoint_urls",
    "ca_bundle",
    "use_fips_endpoint",
    "use_dualstack_endpoint",
    "sts_regional_endpoints",
];

/// A config file that is split at our block. The text before and after it belongs to the user.
#[derive(Debug, Clone)]
pub struct OwnBlock<'a> {
    before: &'a str,
    /// The text between the markers, and settings that other programs added to the last profile there: the AWS CLI
    /// appends a setting after the end marker. None if there is no block.
    inside: Option<Cow<'a, str>>,
    behind: Cow<'a, str>,
    /// The first line of the block, which records the previous state of the file.
    mark: &'static str,
    /// True if the first line ends with `\r\n`.
    crlf: bool,
}

impl<'a> OwnBlock<'a> {
    /// Finds the block. Returns `None` if its end is missing, because then it is unknown which lines are ours.
    pub fn find(text: &'a str) -> Option<Self> {
        let mut at = text.len() - without_mark(text).len();
        let mut begin = None;
        for line in text[at..].split_inclusive('\n') {
            let (start, mark) = (at, line.trim_end());
            at += line.len();
            match begin {
                None => {
                    let known = [BEGIN, BEGIN_JOINED, BEGIN_FILE].into_iter().find(|known| *known == mark);
                    begin = known.map(|known| (start, at, known));
                }
                Some((from, inside, mark_above)) if mark == END => {
                    let (added, behind) = settings_in_front(&text[at..]);
                    let (own, crlf) = (&text[inside..start], text[..inside].ends_with("\r\n"));
                    let inside = if added.is_empty() { own.into() } else { format!("{own}{added}").into() };
                    return Some(Self {
                        before: &text[..from],
                        inside: Some(inside),
                        behind,
                        mark: mark_above,
                        crlf,
                    });
                }
                _ => {}
            }
        }
        let none = Self { before: text, inside: None, behind: "".into(), mark: BEGIN, crlf: false };
        begin.is_none().then_some(none)
    }

    /// Returns the block of a file that does not exist yet.
    pub fn in_no_file() -> Self {
        Self { before: "", inside: None, behind: "".into(), mark: BEGIN_FILE, crlf: false }
    }

    /// Returns true if the file was created with the block and contains nothing else.
    pub fn is_all(&self) -> bool {
        self.mark == BEGIN_FILE && self.is_there() && self.without().is_empty()
    }

    /// Returns true if there is a block.
    pub fn is_there(&self) -> bool {
        self.inside.is_some()
    }

    /// Returns the profiles of the block.
    pub fn profiles(&self) -> Vec<ProfileName> {
        AwsFile::read(self.inside(), FileKind::Config).profiles()
    }

    fn inside(&self) -> &str {
        self.inside.as_deref().unwrap_or_default()
    }

    /// Returns the current values of the copied settings of all profiles in the block.
    pub fn handed_on(&self) -> HandedOn {
        let mut all = HandedOn::default();
        for (profile, key, value) in AwsFile::read(self.inside(), FileKind::Config).settings() {
            if let Some(at) = HANDED_ON.iter().position(|known| key.eq_ignore_ascii_case(known)) {
                // If a setting occurs twice, the later one counts.
                all.0.entry(profile.clone()).or_default().insert(at, value.to_owned());
            }
        }
        all
    }

    /// Returns the file with a profile added to the block. It replaces a profile of that name in the block.
    #[must_use]
    pub fn with(&self, name: &ProfileName, settings: &[(&'static str, String)]) -> String {
        self.with_all(&[(name.clone(), settings.to_vec())])
    }

    /// Returns the file with many profiles added, in one pass.
    #[must_use]
    pub fn with_all(&self, profiles: &[(ProfileName, Vec<(&'static str, String)>)]) -> String {
        let end = self.line_end();
        // Under its first mark, so that the line ends of the file are those of the block.
        let begun = format!("{BEGIN}{end}{}", self.inside());
        let file = AwsFile::read(&begun, FileKind::Config);
        let known: HashSet<ProfileName> = file.profiles().into_iter().collect();
        let named: HashSet<&ProfileName> = profiles.iter().map(|(name, _)| name).collect();
        let ours: Vec<&'static str> = HANDED_ON.into_iter().chain(["credential_process"]).collect();
        let now = self.handed_on();
        let cleared = if named.iter().any(|name| known.contains(name)) {
            let with: HashMap<&ProfileName, &Vec<(&'static str, String)>> =
                profiles.iter().map(|(name, settings)| (name, settings)).collect();
            file.changed(|name| match with.get(name) {
                Some(settings) => {
                    let mut settings = (*settings).clone();
                    for (key, value) in now.set_since(name, &settings) {
                        settings.retain(|(known, _)| *known != key);
                        settings.push((key, value));
                    }
                    Change { without: ours.clone().into(), with: settings }
                }
                None => Change::default(),
            })
        } else {
            begun.clone()
        };
        let new: Vec<_> = profiles.iter().filter(|(name, _)| !known.contains(name)).cloned().collect();
        let begun =
            if new.is_empty() { cleared } else { AwsFile::read(&cleared, FileKind::Config).with_all(&new) };
        let mut inside = &begun[BEGIN.len() + end.len()..];
        if !self.is_there() {
            inside = inside.trim_start_matches(['\r', '\n']);
        }
        let joins = !self.is_there() && !without_mark(self.before).is_empty() && !self.before.ends_with('\n');
        let gap = if joins { end } else { "" };
        let mark = if joins { BEGIN_JOINED } else { self.mark };
        format!("{}{gap}{mark}{end}{inside}{END}{end}{}", self.before, self.behind)
    }

    /// Returns the file without the block.
    #[must_use]
    pub fn without(&self) -> String {
        let mut before = self.before;
        // A line that another program added after the block must not be joined to the line before it.
        if self.mark == BEGIN_JOINED && self.behind.is_empty() {
            let end = if self.crlf { "\r\n" } else { "\n" };
            before = before.strip_suffix(end).unwrap_or(before);
        }
        format!("{before}{}", self.behind)
    }

    fn line_end(&self) -> &'static str {
        let crlf = if self.is_there() {
            self.crlf
        } else {
            self.before.split_inclusive('\n').next().is_some_and(|line| line.ends_with("\r\n"))
        };
        if crlf { "\r\n" } else { "\n" }
    }
}

/// The copied settings of each profile, by their index in `HANDED_ON`.
#[derive(Debug, Default)]
pub struct HandedOn(HashMap<ProfileName, BTreeMap<usize, String>>);

impl HandedOn {
    /// Returns the settings of a profile in the block that `settings` would change, except for the process: the user
    /// has set them since.
    pub fn set_since(
        &self,
        name: &ProfileName,
        settings: &[(&'static str, String)],
    ) -> Vec<(&'static str, String)> {
        let since = self.0.get(name).into_iter().flatten().filter_map(|(at, value)| {
            let key = *HANDED_ON.get(*at)?;
            let ours = settings.iter().find(|(known, _)| *known == key).map(|(_, ours)| ours);
            (ours != Some(value)).then(|| (key, value.clone()))
        });
        since.collect()
    }
}

/// Returns the settings of the profile that asks awsesame for `profile`.
pub fn settings(program: &str, profile: &ProfileName, own: Option<&Settings>) -> Vec<(&'static str, String)> {
    let handed_on = HANDED_ON.into_iter().filter_map(|key| Some((key, own?.get(key)?.to_owned())));
    // A value that has several lines cannot be written on one line.
    let handed_on = handed_on.filter(|(_, value)| !value.contains(['\n', '\r']));
    std::iter::once(("credential_process", command(program, profile))).chain(handed_on).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(text: &str, name: &str, region: &str) -> String {
        let settings = [("credential_process", "x".to_owned()), ("region", region.to_owned())];
        OwnBlock::find(text).unwrap().with(&ProfileName::new(name), &settings)
    }

    #[test]
    fn undo_restores_the_file_to_the_byte() {
        for old in [
            "",
            "\u{feff}",
            "\n",
            "[default]\nregion = a\n",
            "[default]\r\nregion = a\r\n",
            "[default]\nregion = a",
            "\u{feff}[default]\r\nregion = a",
            "# only a comment",
            "[profile dev]\ns3 =\n  a = b\n\n\n",
            "[default]\rregion = a\r",
            "[default]\r\nregion = a\r",
        ] {
            let one = put(old, "dev-mfa", "r");
            let two = put(&one, "ops-mfa", "s");
            for text in [&one, &two] {
                assert!(text.starts_with(old) && text.contains("[profile dev-mfa]"), "{text:?}");
                assert_eq!(OwnBlock::find(text).unwrap().without(), old, "{text:?}");
                assert_eq!(text.matches(BEGIN).count(), 1, "{text:?}");
            }
            assert_eq!(put(&two, "ops-mfa", "s"), two, "a second time changes nothing");
            if old.contains("\r\n") {
                assert_eq!(two.matches('\n').count(), two.matches("\r\n").count(), "{two:?}");
            }
        }
    }

    #[test]
    fn block_reads_as_a_person_would_write_it() {
        let text = put(&put("[default]\n", "dev-mfa", "r"), "ops-mfa", "s");
        assert_eq!(
            text,
            "[default]\n# awsesame init: begin\n[profile dev-mfa]\ncredential_process = x\nregion = r\n\n\
             [profile ops-mfa]\ncredential_process = x\nregion = s\n# awsesame init: end\n"
        );
        let names = OwnBlock::find(&text).unwrap().profiles();
        assert_eq!(names, [ProfileName::new("dev-mfa"), ProfileName::new("ops-mfa")]);
    }

    #[test]
    fn profile_of_that_name_is_replaced_and_what_others_wrote_stays() {
        let text = put("[default]", "dev-mfa", "r") + "[profile later]\nregion = z\n";
        let text = text.replace("region = r\n", "region = r\noutput = json\n");
        // Settings that other programs added since then are kept.
        let again = put(&text, "dev-mfa", "q");
        assert_eq!(again, text);
        let left = OwnBlock::find(&again).unwrap().without();
        assert_eq!(left, "[default]\n[profile later]\nregion = z\n");
    }

    #[test]
    fn file_that_came_with_the_block_is_known_until_somebody_else_writes_into_it() {
        let settings = [("credential_process", "x".to_owned())];
        let text = OwnBlock::in_no_file().with(&ProfileName::new("dev-mfa"), &settings);
        assert!(OwnBlock::find(&text).unwrap().is_all(), "{text}");
        let twice = put(&text, "ops-mfa", "s");
        assert!(OwnBlock::find(&twice).unwrap().is_all(), "{twice}");
        assert!(!OwnBlock::find(&format!("{twice}# mine\n")).unwrap().is_all());
        assert!(!OwnBlock::find(&put("", "dev-mfa", "r")).unwrap().is_all(), "it was empty before");
        assert!(!OwnBlock::in_no_file().is_all());
    }

    #[test]
    fn what_the_aws_cli_appends_to_the_last_profile_is_that_profiles() {
        let text = put("[default]\n", "dev-mfa", "r");
        // `aws configure set output json --profile dev-mfa` writes behind the end mark.
        let appended = text.clone() + "output = json\ns3 =\n  a = b\n# mine\n\n[profile later]\n";
        let block = OwnBlock::find(&appended).unwrap();
        assert_eq!(block.without(), "[default]\n# mine\n\n[profile later]\n");
        let two = put(&appended, "ops-mfa", "s");
        let file = AwsFile::read(&two, FileKind::Config);
        assert_eq!(file.values(&ProfileName::new("dev-mfa"), "output"), ["json"], "{two}");
        assert_eq!(file.values(&ProfileName::new("ops-mfa"), "output"), [""; 0], "{two}");
        let since = OwnBlock::find(&text).unwrap();
        let asked = [("region", "q".to_owned())];
        assert_eq!(
            since.handed_on().set_since(&ProfileName::new("dev-mfa"), &asked),
            [("region", "r".to_owned())]
        );
    }

    #[test]
    fn block_without_an_end_is_not_edited() {
        assert!(OwnBlock::find("# awsesame init: begin\n[profile x]\n").is_none());
        assert!(!OwnBlock::find("# awsesame init: end\n").unwrap().is_there());
    }
}
