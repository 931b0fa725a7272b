//! `awsesame policy show`: prints a policy that enforces MFA, ready to be attached.

use std::process::ExitCode;

use awsesame_core::fault::Fault;
use awsesame_policy::{Draft, Measure, Purpose};

use super::super::seconds;
use super::{PARTITIONS, account, iam_name};
use crate::ui;

/// Print an IAM policy that enforces MFA
#[derive(Debug, clap::Args)]
pub(super) struct Show {
    /// The purpose of the policy
    #[arg(long = "for", value_enum, value_name = "PURPOSE", default_value = "admin-group")]
    purpose: For,
    /// The account, in ARNs that would otherwise name any
    #[arg(long, value_name = "ID", value_parser = account, required_if_eq("purpose", "role-trust"))]
    account: Option<String>,
    /// The user in the ARNs, which otherwise name the user that the policy is attached to
    #[arg(long, value_name = "NAME", value_parser = iam_name)]
    user: Option<String>,
    /// The partition of the ARNs
    #[arg(long, value_name = "NAME", default_value = "aws", value_parser = PARTITIONS)]
    partition: String,
    /// The maximum age of a code, for `--for max-age`
    #[arg(long, value_name = "AGE", default_value = "12h", value_parser = seconds)]
    max_age: u32,
    /// IAM's JSON, or Terraform's HCL
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "json")]
    format: Format,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum For {
    /// Allows everything, but only with MFA: for a group of administrators
    AdminGroup,
    /// Users keep their own devices and keys; without MFA they can only look at themselves
    SelfService,
    /// The same for the time of enrollment: without MFA a first device can be enrolled as well
    Enrollment,
    /// Without a code younger than `--max-age` users can only look at themselves
    MaxAge,
    /// The trust policy of a role: users of `--account` may assume it, but only with MFA
    RoleTrust,
    /// A permission boundary: without MFA its users can only look at themselves
    Boundary,
    /// A service control policy: the same for all users of an organization, but not for roles
    Organization,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Format {
    Json,
    Hcl,
}

impl Show {
    pub(super) fn run(&self) -> Result<ExitCode, Fault> {
        let purpose = match self.purpose {
            For::AdminGroup => Purpose::AdminGroup,
            For::SelfService => Purpose::SelfService,
            For::Enrollment => Purpose::Enrollment,
            For::MaxAge => Purpose::MaxAge(self.max_age),
            For::RoleTrust => Purpose::RoleTrust,
            For::Boundary => Purpose::Boundary,
            For::Organization => Purpose::Organization,
        };
        let measure = Measure {
            partition: self.partition.clone(),
            account: self.account.clone(),
            user: self.user.clone(),
        };
        let draft = Draft::new(purpose, &measure);
        ui::print(&match self.format {
            Format::Json => draft.json(),
            Format::Hcl => draft.hcl(),
        })?;
        Ok(ExitCode::SUCCESS)
    }
}
