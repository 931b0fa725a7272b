//! Writes credentials in the forms that programs and shells read. It returns text; `ui` prints it.

pub mod console;
pub mod facts;
#[cfg(test)]
mod sequences;
mod taken_back;
pub mod watches;

use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::fault::{Exit, Fault};
use crate::name::{ProfileName, Subject};
use crate::session::Session;
use crate::session::exported::{self, Exported, NO_ENDPOINT, NOWHERE, REFUSED, WITHHELD};
use crate::text::quote;

/// The formats of `env --format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Bash: `export NAME='value'`.
    Bash,
    /// Zsh, with the syntax of bash.
    Zsh,
    /// Fish: `set -gx NAME 'value'`.
    Fish,
    /// Elvish: `set-env NAME 'value'`.
    Elvish,
    /// A record for `from json | load-env`.
    Nu,
    /// PowerShell: `$env:NAME = 'value'`.
    Powershell,
    /// A file of lines `NAME=value`.
    Dotenv,
    /// An object; `null` means that the variable is to be unset.
    Json,
}

impl Format {
    /// Every format, in the order of the help text.
    pub const ALL: [(&'static str, Self); 8] = [
        ("bash", Self::Bash),
        ("zsh", Self::Zsh),
        ("fish", Self::Fish),
        ("elvish", Self::Elvish),
        ("nu", Self::Nu),
        ("powershell", Self::Powershell),
        ("dotenv", Self::Dotenv),
        ("json", Self::Json),
    ];

    /// Returns the maximum number of bytes that one byte of a value needs when it is quoted.
    const fn most_bytes(self) -> usize {
        match self {
            // `'\''`
            Self::Bash | Self::Zsh => 4,
            Self::Fish | Self::Elvish | Self::Dotenv => 2,
            // `\u001b`
            Self::Nu | Self::Json => 6,
            // `' + [char]127 + '`
            Self::Powershell => 18,
        }
    }

    /// Parses the name of a format.
    pub fn parse(name: &str) -> Result<Self, Fault> {
        Self::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, format)| format).ok_or_else(|| {
            Fault::BadValue {
                setting: "--format",
                value: name.to_owned(),
                expected: Self::ALL.map(|(known, _)| known).join(", "),
            }
        })
    }
}

impl Format {
    /// Returns the line that makes the evaluation of it fail. The formats that are data have none, and nushell, which only
    /// loads a record, learns of it from our exit code.
    pub fn failing(self, says: &str, code: u8) -> String {
        match self {
            Self::Bash | Self::Zsh => format!("(exit {code});\n"),
            Self::Fish => "false;\n".to_owned(),
            Self::Elvish => format!("fail {}\n", quote::elvish(says)),
            Self::Powershell => format!("throw {}\n", quote::powershell(says)),
            Self::Nu | Self::Dotenv | Self::Json => String::new(),
        }
    }
}

/// The variables that are unset because they would shadow the exported keys or confuse them (botocore reads
/// `AWS_SECURITY_TOKEN` before `AWS_SESSION_TOKEN`, the JS SDK drops environment keys when `AWS_PROFILE` is set). Some
/// SDKs use a web identity with its role as soon as there are no keys; Go, Java and s3cmd use the older names of keys
/// and of their file before anything else.
const SHADOWS: [&str; 12] = [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SECURITY_TOKEN",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "AWS_CREDENTIAL_FILE",
];

/// The variables among them that define a web identity.
const WEB_IDENTITY: [&str; 2] = ["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"];

/// The variables that carry keys.
const KEYS: [&str; 6] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWSESAME_EXPIRES_AT",
    "AWS_ACCOUNT_ID",
];

/// The sentence for a client that does not read the files by which a process is given.
const NO_PROCESS: &str = "refused: this program needs awsesame exec --via env";

/// The address of the broker.
const LOOPBACK: &str = "127.0.0.1";

/// A list of variables to set (`Some`) and to unset (`None`), in order.
#[derive(Debug, Default)]
pub struct Exports(Vec<(&'static str, Option<Zeroizing<String>>)>);

impl Exports {
    /// Returns the exports of a session.
    pub fn of(Session { header, credentials }: &Session) -> Self {
        let mut exports = Self::default();
        exports.set("AWS_ACCESS_KEY_ID", &credentials.access_key_id);
        exports.set("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key.expose());
        exports.set("AWS_SESSION_TOKEN", credentials.session_token.expose());
        exports.set("AWS_CREDENTIAL_EXPIRATION", &iso(header.expires));
        // Shell prompts can compare a number without starting a process.
        exports.set("AWSESAME_EXPIRES_AT", &header.expires.to_string());
        // boto3 and the JavaScript SDK use an account ID from the environment, even if the keys beside it belong to
        // another account.
        if header.account.as_str().is_empty() {
            exports.unset("AWS_ACCOUNT_ID");
        } else {
            exports.set("AWS_ACCOUNT_ID", header.account.as_str());
        }
        exports.set_profile(&header.subject, header.region.as_deref(), header.endpoint.as_deref());
        // The renewal of a session needs the variables that it was created from.
        let source = |name: &str| header.is_of_environments_web_identity() && WEB_IDENTITY.contains(&name);
        for shadow in SHADOWS.into_iter().filter(|name| !source(name)) {
            exports.unset(shadow);
        }
        exports
    }

    /// Returns the exports for a broker: its address and the path of the token file. They contain no secret, do not
    /// expire, and unset everything that AWS's tools would prefer.
    pub fn via_broker(url: &str, token_file: &str) -> Self {
        let mut exports = Self::default();
        for name in KEYS.into_iter().chain(SHADOWS) {
            exports.unset(name);
        }
        exports.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", url);
        exports.keep_to_us();
        exports.set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token_file);
        exports
    }

    /// Returns the exports for tools that read a profile from generated files, in which it asks awsesame. They contain
    /// no secret and do not expire.
    pub fn via_process(profile: &ProfileName, config: &str, credentials: &str) -> Self {
        let mut exports = Self::default();
        for name in KEYS.into_iter().chain(SHADOWS) {
            exports.unset(name);
        }
        exports.set("AWS_PROFILE", profile.as_str());
        exports.set("AWS_CONFIG_FILE", config);
        exports.set("AWS_SHARED_CREDENTIALS_FILE", credentials);
        // The SDK for Java, version 1, reads no other variable.
        exports.set("AWS_CREDENTIAL_PROFILES_FILE", config);
        // s3cmd reads only this one. Without it, s3cmd uses the bare key of the profile in the home.
        exports.set("AWS_CREDENTIAL_FILE", credentials);
        exports.keep_to_us();
        // A client that has no session yet must not fail here, because it may get one later. JavaScript's version 2
        // fails if the token file does not exist.
        exports.stop_the_others(NO_PROCESS, NO_ENDPOINT, "/dev/null");
        exports
    }

    /// Stops the SDKs from searching further. With the first variable, the older SDKs for JavaScript and Go obey the
    /// variables that name files; with the second, no SDK asks for the role of the instance.
    fn keep_to_us(&mut self) {
        self.set("AWS_SDK_LOAD_CONFIG", "1");
        self.set("AWS_EC2_METADATA_DISABLED", "true");
    }

    /// Stops the clients that ask for the role of the instance in spite of `AWS_EC2_METADATA_DISABLED`. `minio-go`
    /// (restic) and `object_store` ask only an endpoint of the environment instead. s3cmd stops at half a key with the
    /// older variable name, which the SDKs ignore.
    fn stop_the_others(&mut self, sentence: &str, endpoint: &str, token_file: &str) {
        self.set("AWS_ACCESS_KEY", sentence);
        self.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", endpoint);
        self.set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token_file);
    }

    /// Sets the variables that are exported with any of them: the profile, and what it says about region and endpoint.
    pub fn set_profile(&mut self, subject: &Subject, region: Option<&str>, endpoint: Option<&str>) {
        if let Some(profile) = subject.profile() {
            self.set("AWSESAME_PROFILE", profile.as_str());
        }
        if let Some(region) = region {
            // The CLI's first version reads the one, the SDKs the other.
            self.set("AWS_REGION", region);
            self.set("AWS_DEFAULT_REGION", region);
        }
        if let Some(endpoint) = endpoint {
            self.set("AWS_ENDPOINT_URL", endpoint);
        }
    }

    /// Returns the exports if there is no session: they contain no keys, and prevent a fallback to other keys.
    pub fn withheld(subject: &Subject) -> Self {
        Self::withheld_beside(subject, None, |_| false)
    }

    /// Returns the same, if a profile may have the sentence as its name: `aws configure set` creates a profile with the
    /// name in `AWS_PROFILE`. In that case another name is used. `refusal` is the reason why an existing session is not
    /// delivered.
    pub fn withheld_beside(subject: &Subject, refusal: Option<&str>, taken: impl Fn(&str) -> bool) -> Self {
        let sentence = match refusal {
            Some(why) => format!("{REFUSED}{why}"),
            None => format!("{WITHHELD}awsesame login{}", subject.flag()),
        };
        let mut exports = Self::without_keys(sentence, taken);
        // A plain `awsesame login` then applies to the profile that has no session.
        exports.set_profile(subject, None, None);
        exports
    }

    /// Returns the exports if it is unknown which profile is requested. The shell continues without keys.
    pub fn refused(why: &str) -> Self {
        Self::without_keys(format!("{REFUSED}{why}"), |_| false)
    }

    /// Returns exports without keys, in which a sentence replaces the name of the profile. `taken` says which names are
    /// real profiles.
    fn without_keys(sentence: String, taken: impl Fn(&str) -> bool) -> Self {
        let mut exports = Self::default();
        for name in KEYS.into_iter().chain(SHADOWS) {
            exports.unset(name);
        }
        let others = (2_u32..).map(|number| format!("{sentence} ({number})"));
        let free = std::iter::once(sentence.clone()).chain(others).find(|name| !taken(name));
        // The file is read before the endpoint is used, and most clients show the missing path in their errors. The
        // endpoint must be a valid address, because Go's version 1 complains on stdout about others.
        exports.stop_the_others(&sentence, NOWHERE, &sentence);
        exports.set("AWS_PROFILE", &free.unwrap_or(sentence));
        exports.keep_to_us();
        exports
    }

    /// Adds a variable; a later one of the same name wins.
    pub fn set(&mut self, name: &'static str, value: &str) {
        self.0.retain(|(known, _)| *known != name);
        self.0.push((name, Some(Zeroizing::new(value.to_owned()))));
    }

    /// Adds a variable to unset.
    pub fn unset(&mut self, name: &'static str) {
        self.0.retain(|(known, _)| *known != name);
        self.0.push((name, None));
    }

    /// Returns the exports for one environment. Values of the user take precedence, as with AWS's own tools; values of
    /// an earlier export are removed unless they are set again; and the new values are recorded as ours.
    #[must_use]
    pub fn over(mut self, var: impl Fn(&str) -> Option<String>) -> Self {
        let earlier = Exported::read(&var);
        let users = |name: &str| earlier.users(name, &var);
        let regions = ["AWS_REGION", "AWS_DEFAULT_REGION"];
        // Each variable is read by some tools only, so the user's value of one applies to both.
        if let Some(region) = regions.into_iter().find_map(users) {
            for name in regions {
                if self.sets(name) {
                    self.set(name, &region);
                }
            }
        }
        for name in regions.into_iter().chain(["AWS_ENDPOINT_URL"]).filter(|name| users(name).is_some()) {
            self.0.retain(|(known, _)| *known != name);
        }
        // A variable that the user set to the same value must not be unset later.
        for name in ["AWS_SDK_LOAD_CONFIG", "AWS_EC2_METADATA_DISABLED"] {
            let same = |value: &str| self.iter().any(|(known, ours)| known == name && ours == Some(value));
            if users(name).is_some_and(|value| same(&value)) {
                self.0.retain(|(known, _)| *known != name);
            }
        }
        self.past_the_proxy(&var);
        for name in earlier.left(&var) {
            if !self.0.iter().any(|(known, _)| *known == name) {
                self.unset(name);
            }
        }
        let set = self.iter().filter_map(|(name, value)| Some((name, value?)));
        let record = Exported::write(set);
        self.set(exported::VARIABLE, &record);
        self
    }

    /// Adds this machine to the exceptions of a proxy, because some SDKs would send the token to the proxy. The user's
    /// exceptions stay. The address of this machine may stay in the list for good, so it is not recorded as ours.
    fn past_the_proxy(&mut self, var: impl Fn(&str) -> Option<String>) {
        const PROXIES: [&str; 4] = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];
        let set = |name: &str| var(name).filter(|value| !value.is_empty());
        if !self.sets("AWS_CONTAINER_CREDENTIALS_FULL_URI")
            || !PROXIES.into_iter().any(|name| set(name).is_some())
        {
            return;
        }
        for (name, other) in [("NO_PROXY", "no_proxy"), ("no_proxy", "NO_PROXY")] {
            let listed = set(name).or_else(|| set(other));
            let there = |list: &str| list.split(',').any(|host| matches!(host.trim(), LOOPBACK | "*"));
            let list = match listed {
                Some(list) if there(&list) => list,
                Some(list) => format!("{list},{LOOPBACK}"),
                None => LOOPBACK.to_owned(),
            };
            self.set(name, &list);
        }
    }

    fn sets(&self, name: &str) -> bool {
        self.0.iter().any(|(known, value)| *known == name && value.is_some())
    }

    /// Returns the variables to set and to unset, for a child's environment.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, Option<&str>)> {
        self.0.iter().map(|(name, value)| (*name, value.as_deref().map(String::as_str)))
    }

    /// Returns the exports of withheld keys for a shell whose evaluation must fail: `eval` of nothing would succeed,
    /// and the keys of another profile would stay in force. Formats that are data stay empty.
    pub fn render_failing(&self, format: Format, fault: &Fault) -> Zeroizing<String> {
        self.render_ending(format, &fault.to_string(), fault.exit())
    }

    /// Returns the exports of withheld keys for a shell if the command line is wrong.
    pub fn render_misused(&self, format: Format, what: &str) -> Zeroizing<String> {
        self.render_ending(format, what, Exit::Usage)
    }

    fn render_ending(&self, format: Format, says: &str, exit: Exit) -> Zeroizing<String> {
        if matches!(format, Format::Dotenv | Format::Json) {
            return Zeroizing::default();
        }
        Zeroizing::new(self.render(format).to_string() + &format.failing(says, exit as u8))
    }

    /// Returns the exports in the form that a shell or a program reads.
    pub fn render(&self, format: Format) -> Zeroizing<String> {
        // The size is computed in advance, because a growing string would leave copies of secrets in memory.
        let most = format.most_bytes();
        let size =
            self.0.iter().map(|(name, value)| name.len() + 40 + value.as_ref().map_or(0, |v| v.len() * most));
        let mut out = Zeroizing::new(String::with_capacity(size.sum::<usize>() + 16));
        if matches!(format, Format::Json | Format::Nu) {
            out.push('{');
        }
        let mut first = true;
        for (name, value) in self.iter() {
            let parts: [&str; 4] = match (format, value) {
                (Format::Bash | Format::Zsh, Some(value)) => {
                    ["export ", name, "=", &Zeroizing::new(quote::posix(value))]
                }
                (Format::Bash | Format::Zsh, None) => ["unset ", name, "", ""],
                (Format::Fish, Some(value)) => ["set -gx ", name, " ", &Zeroizing::new(quote::fish(value))],
                (Format::Fish, None) => ["set -e ", name, "", ""],
                (Format::Elvish, Some(value)) => {
                    ["set-env ", name, " ", &Zeroizing::new(quote::elvish(value))]
                }
                (Format::Elvish, None) => ["unset-env ", name, "", ""],
                (Format::Powershell, Some(value)) => {
                    ["$env:", name, " = ", &Zeroizing::new(quote::powershell(value))]
                }
                (Format::Powershell, None) => {
                    ["Remove-Item Env:", name, " -ErrorAction SilentlyContinue", ""]
                }
                (Format::Dotenv, Some(value)) => ["", name, "=", &Zeroizing::new(quote::dotenv(value))],
                // A dotenv file cannot unset.
                (Format::Dotenv, None) => continue,
                (Format::Json | Format::Nu, value) => {
                    let text = value.map_or_else(|| "null".to_owned(), quote::json);
                    [if first { "\"" } else { ",\"" }, name, "\":", &Zeroizing::new(text)]
                }
            };
            first = false;
            for part in parts {
                out.push_str(part);
            }
            match format {
                // The lines stay separate even if the quotes of `eval "$(..)"` are missing.
                Format::Bash | Format::Zsh | Format::Fish => out.push_str(";\n"),
                Format::Json | Format::Nu => {}
                _ => out.push('\n'),
            }
        }
        if matches!(format, Format::Json | Format::Nu) {
            out.push_str("}\n");
        }
        out
    }
}

/// Returns the answer of `process`, in the format of AWS's `credential_process`.
pub fn process(Session { header, credentials }: &Session) -> Zeroizing<String> {
    Zeroizing::new(format!(
        "{{\"Version\":1,\"AccessKeyId\":{},\"SecretAccessKey\":{},\"SessionToken\":{},\"Expiration\":\"{}\",\"AccountId\":{}}}\n",
        quote::json(&credentials.access_key_id),
        *Zeroizing::new(quote::json(credentials.secret_access_key.expose())),
        *Zeroizing::new(quote::json(credentials.session_token.expose())),
        iso(header.expires),
        quote::json(header.account.as_str()),
    ))
}

/// Returns the answer of a container credentials endpoint, in the format of AWS's SDKs.
pub fn container(Session { header, credentials }: &Session) -> Zeroizing<String> {
    Zeroizing::new(format!(
        "{{\"AccessKeyId\":{},\"SecretAccessKey\":{},\"Token\":{},\"Expiration\":\"{}\",\"AccountId\":{}}}",
        quote::json(&credentials.access_key_id),
        *Zeroizing::new(quote::json(credentials.secret_access_key.expose())),
        *Zeroizing::new(quote::json(credentials.session_token.expose())),
        iso(header.expires),
        quote::json(header.account.as_str()),
    ))
}

/// Returns the same answer with the facts about the session, for our own commands on other machines.
pub fn session(session: &Session) -> Zeroizing<String> {
    let header = &session.header;
    let optional = |value: Option<&String>| value.map_or_else(|| "null".to_owned(), |text| quote::json(text));
    let mut text = container(session);
    let added = format!(
        ",\"Arn\":{},\"Kind\":\"{}\",\"Obtained\":{},\"Expires\":{},\"MfaAt\":{},\"Region\":{},\"Endpoint\":{}}}",
        quote::json(&header.arn),
        header.kind.word(),
        header.obtained,
        header.expires,
        header.mfa_at.map_or_else(|| "null".to_owned(), |at| at.to_string()),
        optional(header.region.as_ref()),
        optional(header.endpoint.as_ref()),
    );
    let body = text.trim_end_matches('}');
    text = Zeroizing::new([body, &added].concat());
    text
}

/// Formats Unix seconds as ISO 8601 in UTC.
pub fn iso(unix: i64) -> String {
    Timestamp::from_second(unix).unwrap_or(Timestamp::MAX).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn every_format_sets_the_keys_and_unsets_what_shadows_them() {
        let exports = Exports::of(&fixture::session());
        for (name, format) in Format::ALL {
            let text = exports.render(format);
            let (set, unset) = match format {
                Format::Bash | Format::Zsh => {
                    ("export AWS_SESSION_TOKEN='token==';\n", "unset AWS_PROFILE;\n")
                }
                Format::Fish => ("set -gx AWS_SESSION_TOKEN 'token==';\n", "set -e AWS_PROFILE;\n"),
                Format::Elvish => ("set-env AWS_SESSION_TOKEN 'token=='\n", "unset-env AWS_PROFILE\n"),
                Format::Powershell => {
                    ("$env:AWS_SESSION_TOKEN = 'token=='\n", "Remove-Item Env:AWS_PROFILE ")
                }
                Format::Dotenv => ("AWS_SESSION_TOKEN=token==\n", ""),
                Format::Json | Format::Nu => ("\"AWS_SESSION_TOKEN\":\"token==\"", "\"AWS_PROFILE\":null"),
            };
            assert!(text.contains(set) && text.contains(unset), "{name}:\n{}", *text);
        }
        let bash = exports.render(Format::Bash);
        assert!(bash.contains("export AWS_CREDENTIAL_EXPIRATION='1970-01-13T01:46:40Z';\n"), "{}", *bash);
        assert!(bash.contains("export AWS_DEFAULT_REGION='eu-central-1';\n"));
    }

    #[test]
    fn withheld_keys_leave_no_profile_to_fall_back_to() {
        let dev = Subject::Profile(ProfileName::new("dev"));
        let text = Exports::withheld(&dev).render(Format::Bash);
        assert!(text.contains("unset AWS_ACCESS_KEY_ID;\n"));
        assert!(text.contains("export AWS_PROFILE='login needed: awsesame login -p dev';\n"), "{}", *text);
        assert!(!text.contains("unset AWS_PROFILE;\n"));
    }

    #[test]
    fn no_client_finds_an_endpoint_or_asks_the_machine_instead_while_keys_are_withheld_or_by_process() {
        let dev = ProfileName::new("dev");
        let withheld = Exports::withheld(&Subject::Profile(dev.clone()));
        let sentence = "login needed: awsesame login -p dev";
        let process = Exports::via_process(&dev, "/c", "/s");
        for (exports, says, endpoint, file) in
            [(withheld, sentence, NOWHERE, sentence), (process, NO_PROCESS, NO_ENDPOINT, "/dev/null")]
        {
            // Behind a proxy too.
            let exports = exports.over(|name| (name == "http_proxy").then(|| "http://proxy".to_owned()));
            let value = |name| exports.iter().find(|(known, _)| *known == name).and_then(|(_, value)| value);
            assert_eq!(value("AWS_ACCESS_KEY"), Some(says));
            assert_eq!(value("AWS_CONTAINER_CREDENTIALS_FULL_URI"), Some(endpoint));
            assert_eq!(value("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"), Some(file));
            assert_eq!(value("NO_PROXY"), Some(LOOPBACK));
            assert_eq!(value("AWS_EC2_METADATA_DISABLED"), Some("true"));
        }
    }

    #[test]
    fn what_is_withheld_from_a_shell_makes_its_evaluation_fail() {
        let dev = Subject::Profile(ProfileName::new("dev"));
        let fault = Fault::LoginNeeded { subject: dev.clone(), reason: crate::fault::NoSession::Never };
        for (name, format) in Format::ALL {
            let text = Exports::withheld(&dev).render_failing(format, &fault);
            let end = match format {
                Format::Bash | Format::Zsh => ";\n(exit 3);\n",
                Format::Fish => ";\nfalse;\n",
                Format::Elvish => "\nfail 'profile `dev` has no session'\n",
                Format::Powershell => "\nthrow 'profile `dev` has no session'\n",
                Format::Nu => "}\n",
                Format::Dotenv | Format::Json => "",
            };
            assert!(text.ends_with(end) && (text.is_empty() == end.is_empty()), "{name}:\n{}", *text);
        }
    }

    #[test]
    fn the_process_answer_is_what_aws_documents() {
        assert_eq!(
            *process(&fixture::session()),
            "{\"Version\":1,\"AccessKeyId\":\"ASIAEXAMPLE\",\"SecretAccessKey\":\"secret/half\",\
             \"SessionToken\":\"token==\",\"Expiration\":\"1970-01-13T01:46:40Z\",\"AccountId\":\"123456789012\"}\n"
        );
    }

    #[test]
    fn an_unknown_format_names_the_known_ones() {
        let fault = Format::parse("csh").unwrap_err();
        assert!(
            fault.to_string().ends_with("expected bash, zsh, fish, elvish, nu, powershell, dotenv, json")
        );
    }
}
