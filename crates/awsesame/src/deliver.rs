//! Delivers credentials to programs. The deliveries are plain functions over a session; other modules obtain the
//! session.

pub mod broker;
pub mod generated;

pub use awsesame_local::deliver::{direnv, exec};

use awsesame_core::fault::{Exit, Fault};
use awsesame_core::name::{ProfileName, Subject};
use awsesame_core::render::Exports;

use crate::config::profiles;
use crate::os::context::Context;

/// Returns the exports where keys are withheld, under a name that is in none of AWS's files.
pub fn withheld(subject: &Subject, fault: &Fault, context: Context) -> Exports {
    let known = context.folders().aws().and_then(|files| profiles::in_files(&files)).ok();
    let is_known =
        |name: &str| known.as_ref().is_some_and(|known| known.get(&ProfileName::new(name)).is_some());
    let refusal = (fault.exit() == Exit::Refused).then(|| fault.to_string());
    Exports::withheld_beside(subject, refusal.as_deref(), is_known)
}
