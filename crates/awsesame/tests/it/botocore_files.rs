//! Compares our reading of AWS's files with the real botocore on odd files. We must read everything that botocore
//! reads, with the same result, and `doctor` must name a flaw in everything that botocore refuses. After an edit of
//! ours, botocore must read the new value, and everything else as before.
//!
//! Every run tries 2,000 pairs of files, and edits 300 files. `AWSESAME_LONG=1` tries 1,000,000 and edits 20,000, and
//! `AWSESAME_SEED` repeats one run.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::time::Instant;

use awsesame_core::aws_files::edit::{AwsFile, Change};
use awsesame_core::aws_files::own_block::OwnBlock;
use awsesame_core::aws_files::reading::{FileKind, Reading, SectionName, Setting, Value};
use awsesame_core::name::ProfileName;
use serde_json::{Map, Value as Json, json};

use crate::long::is_long;
use crate::need::need;

/// A config file and a credentials file.
type Pair = [Vec<u8>; 2];

/// The number of pairs that botocore gets at once.
const AT_ONCE: usize = 500;

/// Prints what botocore's session reads from each pair of files, or `null` for a pair that it refuses. Only the opening
/// of the two files is replaced: their content comes from memory. Everything else is the code of botocore and Python.
const READER: &str = "\
import configparser, gc, io, json, os, struct, sys
import botocore.session
from botocore.exceptions import ConfigParseError
folder = sys.argv[1]
paths = [os.path.join(folder, name) for name in ('config', 'credentials')]
for path in paths:
    open(path, 'w').close()
held = {}
configparser.open = lambda path, encoding=None: io.TextIOWrapper(io.BytesIO(held[path]), encoding='utf-8')
session = botocore.session.Session()
session.set_config_variable('config_file', paths[0])
session.set_config_variable('credentials_file', paths[1])
def number():
    return struct.unpack('<I', sys.stdin.buffer.read(4) or bytes(4))[0]
def answer(pair):
    held.update(zip(paths, pair))
    session._config = None
    try:
        read = session.full_config
    except ConfigParseError:
        return None
    return {'profiles': read['profiles'], 'services': read.get('services', {})}
gc.freeze()
while count := number():
    pairs = [[sys.stdin.buffer.read(number()) for _ in paths] for _ in range(count)]
    print('\\n'.join(json.dumps(answer(pair)) for pair in pairs), flush=True)
";

struct Botocore {
    child: Child,
    input: Sender<Vec<Pair>>,
    output: BufReader<ChildStdout>,
    _folder: tempfile::TempDir,
}

impl Botocore {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new("python3")
            .args(["-c", READER])
            .arg(folder.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", folder.path())
            .env("PYTHONUTF8", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut pipe = BufWriter::new(child.stdin.take().unwrap());
        let output = BufReader::new(child.stdout.take().unwrap());
        let (input, given) = channel::<Vec<Pair>>();
        // A thread of its own writes, because botocore may be writing at the same time.
        std::thread::spawn(move || {
            for pairs in given {
                write_all(&mut pipe, &pairs).unwrap();
            }
        });
        Self { child, input, output, _folder: folder }
    }

    /// Sends pairs to botocore. The answers come in the same order.
    fn give(&self, pairs: Vec<Pair>) {
        self.input.send(pairs).unwrap();
    }

    /// Returns the next answer.
    fn answer(&mut self) -> Json {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }
}

fn write_all(pipe: &mut impl Write, pairs: &[Pair]) -> std::io::Result<()> {
    let number = |count: usize| u32::try_from(count).unwrap().to_le_bytes();
    pipe.write_all(&number(pairs.len()))?;
    for file in pairs.iter().flatten() {
        pipe.write_all(&number(file.len()))?;
        pipe.write_all(file)?;
    }
    pipe.flush()
}

impl Drop for Botocore {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn value(setting: &Setting) -> Json {
    match &setting.value {
        Value::Text(text) => json!(text.as_str()),
        Value::Nested(nested) => nested
            .iter()
            .map(|(key, value)| (key.clone(), json!(value.as_str())))
            .collect::<Map<_, _>>()
            .into(),
    }
}

/// Returns the profiles that we read, in the form of botocore's answer.
fn ours(files: &Pair) -> Json {
    let [config, credentials] =
        [Reading::of_bytes(&files[0], FileKind::Config), Reading::of_bytes(&files[1], FileKind::Credentials)];
    if !config.flaws().is_empty() || !credentials.flaws().is_empty() {
        return Json::Null;
    }
    let mut profiles: BTreeMap<String, Map<String, Json>> = BTreeMap::new();
    let mut services: BTreeMap<String, Map<String, Json>> = BTreeMap::new();
    for section in config.sections().iter().chain(credentials.sections()) {
        let (map, name) = match &section.name {
            SectionName::Profile(name) => (&mut profiles, name),
            SectionName::Services(name) => (&mut services, name),
            SectionName::SsoSession(_) | SectionName::Other(_) => continue,
        };
        let settings = map.entry(name.clone()).or_default();
        settings.extend(section.settings.iter().map(|setting| (setting.key.to_string(), value(setting))));
    }
    json!({ "profiles": profiles, "services": services })
}

/// A small generator of numbers, the same for a seed everywhere (Marsaglia's xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % u64::try_from(end).unwrap()).unwrap()
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }
}

const NAMES: [&str; 26] = [
    "dev",
    "dev",
    "prod",
    "default",
    "DEFAULT",
    "\"prod\"",
    "'two words'",
    "two words",
    "x#y",
    "x;y",
    "a&b",
    "größe",
    "a,b",
    "a\\ b",
    "\"a\\\"b\"",
    "'open",
    "a]b",
    "''",
    "a=b",
    "a:b",
    " dev",
    "dev ",
    "\u{a0}dev",
    "\u{1c}x",
    "ẞ",
    "@+./%",
];
const PREFIXES: [&str; 12] = [
    "profile ",
    "profile ",
    "profile ",
    "",
    "",
    "profile\t",
    "profile  ",
    "services ",
    "sso-session ",
    "profiles ",
    "profile",
    " profile ",
];
const KEYS: [&str; 16] = [
    "region",
    "region",
    "role_arn",
    "aws_access_key_id",
    "AWS_Secret_Access_Key",
    "mfa_serial",
    "s3",
    "sts",
    "endpoint_url",
    "",
    "a b",
    "größe",
    "İx",
    "credential_process",
    "#x",
    "x]",
];
const VALUES: [&str; 22] = [
    "",
    "",
    "a",
    "b",
    "eu-west-1",
    "a # c",
    "a ; c",
    "# c",
    "'q'",
    "\"q\"",
    "a=b",
    "a:b",
    "http://127.0.0.1:1",
    "[x]",
    "mfa/Doe,Jo",
    "größe",
    "\u{85}a",
    "a\u{b}b",
    "a\u{2028}b",
    "\u{feff}",
    "%(x)s",
    "awsesame process -p 'a b'",
];
const SEPARATORS: [&str; 8] = [" = ", "=", ":", ": ", " : ", "\t=\t", " =", "\u{a0}=\u{2003}"];
const INDENTS: [&str; 10] = ["", "", "", "", "", "  ", "    ", "\t", " ", "\u{3000}"];
const ENDS: [&str; 8] = ["\n", "\n", "\n", "\n", "\n", "\r\n", "\r", "\n\n"];

fn line(chance: &mut Chance) -> String {
    match chance.below(20) {
        0..6 => {
            let (prefix, name) = (chance.of(&PREFIXES), chance.of(&NAMES));
            let behind = ["", "", "", "", " # c", " ; c", "]", " x", "[", "=x"];
            format!("{}[{prefix}{name}]{}", chance.of(&INDENTS), chance.of(&behind))
        }
        6..14 => format!(
            "{}{}{}{}",
            chance.of(&INDENTS),
            chance.of(&KEYS),
            chance.of(&SEPARATORS),
            chance.of(&VALUES)
        ),
        14..16 => format!("{}# a = b", chance.of(&INDENTS)),
        16 => format!("{};c", chance.of(&INDENTS)),
        17 => chance.of(&INDENTS).to_owned(),
        18 => format!("    {} = {}", chance.of(&KEYS), chance.of(&VALUES)),
        _ => format!(
            "{}{}",
            chance.of(&INDENTS),
            chance.of(&["x", "[", "[]", "]", "=", ":", "\u{feff}[dev]", "\0", "[x"])
        ),
    }
}

fn file(chance: &mut Chance) -> Vec<u8> {
    let mut text = String::new();
    if chance.below(40) == 0 {
        text.push('\u{feff}');
    }
    // Without a section in front most files are refused at once.
    if chance.below(8) != 0 {
        text.push_str("[dev]\n");
    }
    for _ in 0..chance.below(9) {
        text.push_str(&line(chance));
        text.push_str(chance.of(&ENDS));
    }
    if chance.below(3) == 0 {
        text.pop();
    }
    let mut bytes = text.into_bytes();
    if chance.below(60) == 0 && !bytes.is_empty() {
        let at = chance.below(bytes.len());
        bytes[at] = 0xff;
    }
    bytes
}

fn seed() -> u64 {
    std::env::var("AWSESAME_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        u64::from(now.subsec_nanos()) | 1
    })
}

#[test]
fn files_are_read_as_botocore_does_and_files_that_it_refuses_have_a_flaw() {
    if !need("python3") {
        return;
    }
    let pairs = if is_long() { 1_000_000 } else { 2_000 };
    let (seed, begun) = (seed(), Instant::now());
    let (mut chance, mut botocore) = (Chance(seed), Botocore::start());
    let mut some = |botocore: &Botocore, number: usize| -> Vec<Pair> {
        let pairs = (0..number).map(|_| [file(&mut chance), file(&mut chance)]).collect::<Vec<_>>();
        if !pairs.is_empty() {
            botocore.give(pairs.clone());
        }
        pairs
    };
    let (mut given, mut done, mut read) = (some(&botocore, AT_ONCE.min(pairs)), 0, 0);
    while !given.is_empty() {
        // While botocore reads these pairs, this thread makes the next ones and reads these itself.
        let next = some(&botocore, AT_ONCE.min(pairs - done - given.len()));
        let own: Vec<Json> = given.iter().map(ours).collect();
        for (files, own) in given.iter().zip(own) {
            let theirs = botocore.answer();
            read += usize::from(!theirs.is_null());
            assert_eq!(
                own,
                theirs,
                "pair {done} of seed {seed}:\n{}\n--\n{}",
                files[0].escape_ascii(),
                files[1].escape_ascii()
            );
            done += 1;
        }
        if is_long() && done % 50_000 == 0 {
            eprintln!("{done} pairs of seed {seed}, {read} of them read, in {} s", begun.elapsed().as_secs());
        }
        given = next;
    }
    assert!(read > pairs / 20, "only {read} of {pairs} were read at all");
}

/// An edit of a file: the new text, what botocore must read in it, and a description of the edit.
struct Edited {
    text: String,
    means: Json,
    what: String,
}

/// Returns every edit that awsesame can make in a file, for a profile that is in the file and for one that is not.
fn edits(text: &str, kind: FileKind, means: &Json, chance: &mut Chance) -> Vec<Edited> {
    const DEVICE: &str = "arn:aws:iam::123456789012:mfa/x";
    let file = AwsFile::read(text, kind);
    let there = file.profiles();
    let mut edited = Vec::new();
    let mut add = |text: String, what: &str, change: &dyn Fn(&mut Map<String, Json>)| {
        let mut means = means.clone();
        change(means["profiles"].as_object_mut().unwrap());
        edited.push(Edited { text, means, what: what.to_owned() });
    };
    let mut names = vec![ProfileName::new("new one")];
    if !there.is_empty() {
        names.push(there[chance.below(there.len())].clone());
    }
    for name in &names {
        let set = [("mfa_serial", DEVICE.to_owned()), ("region", "x-1".to_owned())];
        let own = name.as_str().to_owned();
        add(file.with(name, &set), "with", &|profiles| {
            let profile = profiles.entry(own.clone()).or_insert_with(|| json!({}));
            for (key, value) in &set {
                profile[*key] = json!(value);
            }
        });
        let without = vec!["role_arn", "aws_access_key_id", "mfa_serial", "credential_process"];
        let taken = |one: &ProfileName| {
            let with = vec![("credential_process", "x".to_owned())];
            if one == name { Change { without: without.clone().into(), with } } else { Change::default() }
        };
        if there.contains(name) {
            add(file.changed(taken), "changed", &|profiles| {
                let profile = profiles[&own].as_object_mut().unwrap();
                for key in &without {
                    profile.remove(*key);
                }
                profile.insert("credential_process".into(), json!("x"));
            });
        }
    }
    if kind == FileKind::Config {
        let block = OwnBlock::find(text).unwrap();
        let set = [("credential_process", "x".to_owned()), ("region", "x-1".to_owned())];
        let with = block.with(&ProfileName::new("new one"), &set);
        assert_eq!(OwnBlock::find(&with).unwrap().without(), text, "the block goes without a trace");
        add(with, "block", &|profiles| {
            profiles.insert("new one".into(), json!({ "credential_process": "x", "region": "x-1" }));
        });
    }
    edited
}

#[test]
fn whatever_we_write_botocore_reads_as_it_was_meant_and_the_rest_as_before() {
    if !need("python3") {
        return;
    }
    let wanted = if is_long() { 20_000 } else { 300 };
    let seed = seed();
    let (mut chance, mut botocore, mut edited, mut made) = (Chance(seed), Botocore::start(), 0, 0);
    while edited < wanted {
        made += 1;
        let (file, config) = (file(&mut chance), chance.below(2) == 0);
        let kind = if config { FileKind::Config } else { FileKind::Credentials };
        let pair =
            |text: &[u8]| if config { [text.to_vec(), Vec::new()] } else { [Vec::new(), text.to_vec()] };
        let before = ours(&pair(&file));
        // Settings that every section inherits cannot be removed from a single section.
        let Ok(text) = String::from_utf8(file) else { continue };
        if before.is_null() || text.contains("[DEFAULT]") {
            continue;
        }
        let edits = edits(&text, kind, &before, &mut chance);
        botocore.give(edits.iter().map(|edit| pair(edit.text.as_bytes())).collect());
        for edit in edits {
            let Edited { text: after, means, what } = edit;
            let read = botocore.answer();
            assert_eq!(
                read,
                means,
                "seed {seed}, {what}:\n{}\n--\n{}",
                text.escape_debug(),
                after.escape_debug()
            );
        }
        edited += 1;
    }
    eprintln!("{edited} of {made} files were edited, seed {seed}");
}
