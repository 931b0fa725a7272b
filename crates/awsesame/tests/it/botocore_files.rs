//! Compares how we and the real botocore read AWS's files, over unusual files: we read the same settings, and for every
//! file that botocore refuses, `doctor` names a flaw.
//!
//! Every run tries 2,000 pairs of files; `AWSESAME_LONG=1` tries 1,000,000, and `AWSESAME_SEED` repeats one run.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use awsesame_core::aws_files::reading::{FileKind, Reading, SectionName, Setting, Value};
use serde_json::{Map, Value as Json, json};

use crate::need::need;

/// Answers each pair of files by what botocore's session makes of it, or by `null`.
const READER: &str = "\
import json, os, struct, sys
import botocore.session
from botocore.exceptions import ConfigParseError
folder = sys.argv[1]
config, credentials = os.path.join(folder, 'config'), os.path.join(folder, 'credentials')
session = botocore.session.Session()
session.set_config_variable('config_file', config)
session.set_config_variable('credentials_file', credentials)
def part():
    size = sys.stdin.buffer.read(4)
    return sys.stdin.buffer.read(struct.unpack('<I', size)[0]) if size else None
while True:
    first, second = part(), part()
    if second is None:
        break
    for path, content in ((config, first), (credentials, second)):
        with open(path, 'wb') as file:
            file.write(content)
    session._config = None
    try:
        read = session.full_config
        answer = {'profiles': read['profiles'], 'services': read.get('services', {})}
    except ConfigParseError:
        answer = None
    print(json.dumps(answer), flush=True)
";

struct Botocore {
    child: Child,
    input: ChildStdin,
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
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, input, output, _folder: folder }
    }

    fn reads(&mut self, files: [&[u8]; 2]) -> Json {
        for file in files {
            self.input.write_all(&u32::try_from(file.len()).unwrap().to_le_bytes()).unwrap();
            self.input.write_all(file).unwrap();
        }
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}: {files:?}"))
    }
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
fn ours(files: [&[u8]; 2]) -> Json {
    let [config, credentials] =
        [Reading::of_bytes(files[0], FileKind::Config), Reading::of_bytes(files[1], FileKind::Credentials)];
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
        settings.extend(section.settings.iter().map(|setting| (setting.key.clone(), value(setting))));
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

#[test]
fn whatever_botocore_reads_we_read_alike_and_whatever_it_refuses_has_a_flaw() {
    if !need("python3") {
        return;
    }
    let long = std::env::var_os("AWSESAME_LONG").is_some();
    let pairs = if long { 1_000_000 } else { 2_000 };
    let seed = std::env::var("AWSESAME_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        u64::from(now.subsec_nanos()) | 1
    });
    let (mut chance, mut botocore, mut read) = (Chance(seed), Botocore::start(), 0);
    for pair in 0..pairs {
        let files = [file(&mut chance), file(&mut chance)];
        let files = [&files[0][..], &files[1]];
        if long && pair % 50_000 == 0 {
            eprintln!("{pair} pairs of seed {seed} so far, {read} of them read");
        }
        let theirs = botocore.reads(files);
        read += usize::from(!theirs.is_null());
        assert_eq!(
            ours(files),
            theirs,
            "pair {pair} of seed {seed}:\n{}\n--\n{}",
            files[0].escape_ascii(),
            files[1].escape_ascii()
        );
    }
    assert!(read > pairs / 20, "only {read} of {pairs} were read at all");
}
