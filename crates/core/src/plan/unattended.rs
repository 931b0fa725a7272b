//! Reads the profiles whose credentials need no person: a web identity, and a program that prints a session. No file is
//! read and no program is run here.

use super::hop::{Hop, ROLE_EXPECTED, is_role};
use super::request::{Request, set};
use crate::aws_files::profile::{Settings, bad};
use crate::fault::{Fault, SourceFault};
use crate::name::ProfileName;
use crate::name::secret::Secret;

/// The setting that names the file with the token of a web identity.
pub(super) const TOKEN_FILE: &str = "web_identity_token_file";
/// The setting with the program that prints the token, as in aws-vault.
pub(super) const TOKEN_PROCESS: &str = "web_identity_token_process";

/// The variable that names the file with the token of a web identity.
const TOKEN_VARIABLE: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";
/// The variable that names the role which the token is shown for.
const ROLE_VARIABLE: &str = "AWS_ROLE_ARN";

/// A role that is assumed with the token of a web identity, by `AssumeRoleWithWebIdentity`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebIdentity {
    /// The role that the token is exchanged for.
    pub role: Hop,
    /// The source of its token.
    pub token: TokenSource,
}

/// The source of the token of a web identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenSource {
    /// A file. Another program writes it again before the token expires.
    File(String),
    /// A file that the environment names, or whose role the environment names.
    Variable(String),
    /// The command line of a program that prints it.
    Program(Secret),
}

/// A session that a program prints, as a `credential_process` does it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintedSession {
    /// The profile that names the program.
    pub profile: ProfileName,
    /// The command line, whose arguments may contain a password.
    pub command: Secret,
}

impl TokenSource {
    /// Returns the setting that names it.
    pub(super) const fn setting(&self) -> &'static str {
        match self {
            Self::File(_) => TOKEN_FILE,
            Self::Variable(_) => TOKEN_VARIABLE,
            Self::Program(_) => TOKEN_PROCESS,
        }
    }
}

impl WebIdentity {
    /// Reads the web identity of the environment as the AWS CLI does: each variable takes precedence over the profile's
    /// setting, but a profile that assumes a role through another source takes precedence over all of them. Returns
    /// None if the environment and the profile together have no token file, or if the environment has neither variable.
    pub(super) fn of_environment(
        request: &Request<'_>,
        profile: &ProfileName,
        settings: &Settings,
    ) -> Result<Option<Self>, Fault> {
        let environment = request.environment;
        let (file, role) =
            (set(environment.web_identity_token_file.as_ref()), set(environment.role_arn.as_ref()));
        let own_file = settings.get(TOKEN_FILE);
        let path = match (file.or(own_file), file.or(role)) {
            (Some(path), Some(_)) if own_file.is_some() || !settings.has("role_arn") => path,
            _ => return Ok(None),
        };
        // A relative path would depend on the current folder, so anybody could provide the file.
        if let Some(relative) = file.filter(|file| !file.starts_with('/')) {
            let (value, expected) = (relative.to_owned(), "a path that begins with `/`".to_owned());
            return Err(Fault::BadValue { setting: TOKEN_VARIABLE, value, expected });
        }
        if let Some(value) = role.filter(|arn| !is_role(arn)) {
            let (value, expected) = (value.to_owned(), ROLE_EXPECTED.to_owned());
            return Err(Fault::BadValue { setting: ROLE_VARIABLE, value, expected });
        }
        let mut both = settings.clone();
        let name = set(environment.role_session_name.as_ref());
        for (key, value) in [("role_arn", role), (TOKEN_FILE, Some(path)), ("role_session_name", name)] {
            if let Some(value) = value {
                both.insert(key, value);
            }
        }
        if !both.has("role_arn") {
            return Err(SourceFault::NoRoleBesideToken.into());
        }
        let web = Self::read(request, profile, &both, true)?;
        Ok(web.map(|web| Self { token: TokenSource::Variable(path.to_owned()), ..web }))
    }

    /// Returns the setting of a profile that names a token. The file counts before the program: AWS's tools know no other.
    pub(super) fn setting(settings: &Settings) -> Option<&'static str> {
        [TOKEN_FILE, TOKEN_PROCESS].into_iter().find(|key| settings.has(key))
    }

    pub(super) fn read(
        request: &Request<'_>,
        profile: &ProfileName,
        settings: &Settings,
        asked_for: bool,
    ) -> Result<Option<Self>, Fault> {
        let Some(setting) = Self::setting(settings) else { return Ok(None) };
        let Some(role) = Hop::read(profile, settings, request, asked_for)? else {
            let (profile, path) = (profile.clone(), request.profiles.config_path().to_owned());
            return Err(SourceFault::NoRole { profile, setting, path }.into());
        };
        // Its tags and its source identity are claims of the token.
        let terms = [
            ("role.tags", !role.terms.tags.is_empty()),
            ("role.transitive_tags", !role.terms.transitive.is_empty()),
            ("role.source_identity", role.terms.source_identity.is_some()),
        ];
        if let Some((term, _)) = terms.into_iter().find(|(_, given)| *given) {
            return Err(SourceFault::NoTerms { profile: profile.clone(), term }.into());
        }
        let token = match (settings.get(TOKEN_FILE), settings.secret(TOKEN_PROCESS)) {
            (Some(path), _) if path.starts_with('/') || path.starts_with("~/") => {
                TokenSource::File(path.to_owned())
            }
            // A relative path would depend on the current folder, so anybody could provide the file.
            (Some(path), _) => {
                let expected = "a path that begins with `/` or `~/`".to_owned();
                return Err(bad(profile, TOKEN_FILE, path, expected));
            }
            (None, Some(command)) => TokenSource::Program(command.clone()),
            (None, None) => return Ok(None),
        };
        Ok(Some(Self { role, token }))
    }
}
