//! Decides which credentials an AWS client would use in an environment with two files, by the client's own rules, and
//! which credentials it ignores. [`awsesame_core::plan`] decides which credentials *we* serve. Nothing here makes a
//! call or keeps a secret from a file.
//!
//! The rules come from the sources of the clients: botocore (the AWS CLI and boto3), `aws-sdk-go-v2`, `aws-sdk-go`,
//! `aws-sdk-java-v2`, `aws-sdk-java` and `aws-sdk-js-v3`. They differ more than their documentation says, so each has a
//! file of its own.

mod botocore;
mod dialect;
mod failure;
mod files;
mod go;
mod go_v1;
mod java;
mod java_v1;
mod javascript;
mod place;
mod shadow;
mod source;
#[cfg(test)]
mod tests;
mod variables;

pub use failure::Failure;
pub use files::{Files, Stated};
pub use place::Place;
pub use shadow::{Remedy, Shadow};
pub use source::Source;
pub use variables::Variables;

use awsesame_core::name::ProfileName;

/// A client with known rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Client {
    /// The AWS CLI, version 1.
    CliV1,
    /// The AWS CLI, version 2.
    CliV2,
    /// The SDK for Python, boto3.
    Boto3,
    /// The SDK for Go, version 2, which Terraform and most tools in Go use.
    Go,
    /// The SDK for Go, version 1, which older tools in Go use.
    GoV1,
    /// The SDK for Java, version 2.
    Java,
    /// The SDK for Java, version 1.
    JavaV1,
    /// The SDK for JavaScript, version 3; the CDK.
    JavaScript,
}

impl Client {
    /// All clients.
    pub const ALL: [Self; 8] = [
        Self::CliV1,
        Self::CliV2,
        Self::Boto3,
        Self::Go,
        Self::GoV1,
        Self::Java,
        Self::JavaV1,
        Self::JavaScript,
    ];

    /// Returns true for an SDK that is not developed any longer and reads fewer files and variables than the others.
    pub const fn is_old(self) -> bool {
        matches!(self, Self::GoV1 | Self::JavaV1)
    }

    /// Returns the name that people use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CliV1 => "AWS CLI v1",
            Self::CliV2 => "AWS CLI v2",
            Self::Boto3 => "boto3",
            Self::Go => "Go v2",
            Self::GoV1 => "Go v1",
            Self::Java => "Java v2",
            Self::JavaV1 => "Java v1",
            Self::JavaScript => "JavaScript",
        }
    }

    /// Returns the name that programs use.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::CliV1 => "aws-cli-v1",
            Self::CliV2 => "aws-cli-v2",
            Self::Boto3 => "boto3",
            Self::Go => "go",
            Self::GoV1 => "go-v1",
            Self::Java => "java",
            Self::JavaV1 => "java-v1",
            Self::JavaScript => "javascript",
        }
    }
}

/// The places in which a client looks for credentials.
#[derive(Debug, Clone, Copy)]
pub struct ClientSetup<'a> {
    /// The environment variables of the client.
    pub variables: &'a Variables,
    /// The two AWS files.
    pub files: &'a Files,
    /// The profile that is set on the client itself, by `--profile` or by an argument in code.
    pub asked: Option<&'a ProfileName>,
}

/// The result for a client in a scene.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The client that the verdict is about.
    pub client: Client,
    /// The source that it signs with, or the reason why it stops.
    pub outcome: Result<Source, Failure>,
    /// The sources and settings that are there too and are passed over.
    pub shadowed: Vec<Shadow>,
}

impl ClientSetup<'_> {
    /// Returns the result for a client in this scene.
    pub fn verdict(self, client: Client) -> Verdict {
        let files = self.files.of(client, self.variables);
        let setup = ClientSetup { files: &files, ..self };
        let outcome = match client {
            Client::CliV1 | Client::CliV2 | Client::Boto3 => botocore::outcome(setup, client),
            Client::Go => go::outcome(setup),
            Client::GoV1 => go_v1::outcome(setup),
            Client::Java => java::outcome(setup),
            Client::JavaV1 => java_v1::outcome(setup),
            Client::JavaScript => javascript::outcome(setup),
        };
        let shadowed = shadow::beside(setup, client, &outcome);
        Verdict { client, outcome, shadowed }
    }

    /// Returns the variables in which a client looks for the name of its profile, the first one first.
    fn named_by(self, client: Client) -> &'static [&'static str] {
        match client {
            Client::CliV1 | Client::Boto3 => &["AWS_DEFAULT_PROFILE", "AWS_PROFILE"],
            Client::CliV2 | Client::Go => &["AWS_PROFILE", "AWS_DEFAULT_PROFILE"],
            Client::GoV1 if self.variables.loads_config() => &["AWS_PROFILE", "AWS_DEFAULT_PROFILE"],
            Client::GoV1 | Client::Java | Client::JavaV1 | Client::JavaScript => &["AWS_PROFILE"],
        }
    }

    /// Returns the profile that a client reads, and the variable that names it; None if the profile is set on the
    /// client itself.
    fn profile(self, client: Client) -> Named {
        if let Some(asked) = self.asked {
            return Named { profile: asked.clone(), by: Some("--profile") };
        }
        let order = self.named_by(client);
        // To botocore and to Java's second version a variable that is set and empty names a profile, which never exists.
        let empty_counts = matches!(client, Client::CliV1 | Client::CliV2 | Client::Boto3 | Client::Java);
        let named = order.iter().find_map(|name| {
            let value = self.variables.raw(name).filter(|value| empty_counts || !value.is_empty())?;
            Some(Named { profile: ProfileName::new(value), by: Some(*name) })
        });
        named.unwrap_or_else(|| Named { profile: ProfileName::new(ProfileName::DEFAULT), by: None })
    }
}

/// A profile and what names it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Named {
    profile: ProfileName,
    /// The variable or the flag that names it. None for `default`, which needs no name.
    by: Option<&'static str>,
}
