//! Writes the AWS files that tools read instead of the user's own, in our state folder. They are written again whenever
//! the user's files change, as a whole or not at all, and contain no secret. Core decides their content. Awsesame
//! itself reads the user's own files.

use std::path::{Path, PathBuf};

use awsesame_core::aws_files::generated::{self, Instead, Plan, command};
use awsesame_core::fault::Fault;
use awsesame_core::name::{ProfileName, Subject};
use awsesame_core::render::Exports;
use awsesame_core::session::short_id;

use crate::config::plan::Plans;
use crate::config::profiles;
use crate::os::aws_files::AwsFiles;
use crate::os::context::Context;
use crate::os::file::{self, Durability};
use crate::os::folders::GENERATED;
use crate::state::State;

/// A generated pair of files, and the data that it was made from.
#[derive(Debug)]
pub struct Generated {
    config: PathBuf,
    credentials: PathBuf,
    from: AwsFiles,
}

/// The content of `[default]`; tools without a profile look there before they ask the environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Default {
    /// A process, like every other profile.
    Process,
    /// The profile has no credentials, so that tools use the environment, such as the container endpoint.
    Nothing,
}

/// Returns the files with the content that they must have now.
pub fn ensure(context: Context, state: &State, default: Default) -> Result<Generated, Fault> {
    let from = context.folders().aws()?;
    let program = own_program();
    // The state of the files is recorded before they are read: any later change makes the generated files outdated.
    let mark = format!("{:?} {default:?} {} {program}\n", from.stamps(), env!("CARGO_PKG_VERSION"));
    let folder = folder(state, &from, default);
    let made = Generated { config: folder.join("config"), credentials: folder.join("credentials"), from };
    let mark_file = folder.join("made-from");
    let known = file::read_own(&mark_file, 64 * 1024)?;
    if known.as_deref() == Some(mark.as_bytes()) && made.config.exists() && made.credentials.exists() {
        return Ok(made);
    }
    let plan = plan(context, &program, default)?;
    let text = |path: &Path| profiles::contents(path).map(Option::unwrap_or_default);
    let config = generated::config(&text(&made.from.config)?, &plan);
    let credentials = generated::credentials(&text(&made.from.credentials)?, &plan);
    file::write_own(&made.config, config.as_bytes(), Durability::Process)?;
    file::write_own(&made.credentials, credentials.as_bytes(), Durability::Process)?;
    file::write_own(&mark_file, mark.as_bytes(), Durability::Process)?;
    Ok(made)
}

/// Writes the generated files again if this process uses them and the user's files have changed. An error is ignored,
/// because the caller already has its credentials.
pub fn refresh(context: Context, state: &State) {
    let Some(path) =
        context.var("AWS_CONFIG_FILE").filter(|path| context.folders().is_generated(path.as_ref()))
    else {
        return;
    };
    let Ok(from) = context.folders().aws() else { return };
    for default in [Default::Process, Default::Nothing] {
        if Path::new(&path).starts_with(folder(state, &from, default)) {
            let _ = ensure(context, state, default);
        }
    }
}

/// Returns the folder for a pair of the user's files. There is one for each pair, because projects may have their own
/// files.
fn folder(state: &State, from: &AwsFiles, default: Default) -> PathBuf {
    let pair = format!("{}\0{}\0{default:?}", from.config.display(), from.credentials.display());
    state.folder().join(GENERATED).join(short_id(pair.as_bytes()))
}

impl Generated {
    /// Returns the exports that make tools use a profile of these files.
    pub fn exports(&self, profile: &ProfileName) -> Exports {
        let shown = |path: &Path| path.to_string_lossy().into_owned();
        let mut exports = Exports::via_process(profile, &shown(&self.config), &shown(&self.credentials));
        self.remember(&mut exports);
        exports.set_profile(&Subject::Profile(profile.clone()), None, None);
        exports
    }

    /// Sets the variables that make tools read these files, whichever profile they use.
    pub fn show(&self, exports: &mut Exports) {
        exports.set("AWS_CONFIG_FILE", &self.config.to_string_lossy());
        exports.set("AWS_SHARED_CREDENTIALS_FILE", &self.credentials.to_string_lossy());
        exports.set("AWS_CREDENTIAL_PROFILES_FILE", &self.config.to_string_lossy());
        exports.set("AWS_CREDENTIAL_FILE", &self.credentials.to_string_lossy());
        self.remember(exports);
    }

    /// Exports the paths of the user's own files, for awsesame itself.
    pub fn remember(&self, exports: &mut Exports) {
        exports.set("AWSESAME_AWS_CONFIG_FILE", &self.from.config.to_string_lossy());
        exports.set("AWSESAME_AWS_CREDENTIALS_FILE", &self.from.credentials.to_string_lossy());
    }

    /// Returns the files that they were made from.
    pub fn sources(&self) -> Vec<PathBuf> {
        let AwsFiles { config, credentials, keys } = &self.from;
        [config, credentials].into_iter().chain(keys).cloned().collect()
    }
}

/// Returns what replaces the credentials of each profile that awsesame serves.
fn plan(context: Context, program: &str, default: Default) -> Result<Plan, Fault> {
    let mut plan = Plan::new();
    for found in Plans::read(context)?.served() {
        if let (true, Some(profile)) = (found.begins_in_a_profile(), found.subject.profile()) {
            plan.insert(profile.clone(), Instead::Process(command(program, profile)));
        }
    }
    if default == Default::Nothing {
        plan.insert(ProfileName::new(ProfileName::DEFAULT), Instead::Nothing);
    }
    Ok(plan)
}

/// Returns the full path of the front, because tools may have another `PATH`.
pub fn own_program() -> String {
    let own = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("awsesame"));
    let beside = own.with_file_name("awsesame");
    let packaged = own.parent().and_then(Path::parent).map(|prefix| prefix.join("bin/awsesame"));
    let found = [Some(beside), packaged].into_iter().flatten().find(|path| path.is_file());
    // A link in the PATH survives an update of the program, so its path is used.
    let linked = found.as_ref().and_then(|found| {
        let real = found.canonicalize().ok()?;
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path)
            .map(|folder| folder.join("awsesame"))
            .find(|file| file.is_absolute() && file.canonicalize().is_ok_and(|file| file == real))
    });
    let found = linked.or(found);
    found.map_or_else(|| "awsesame".to_owned(), |path| path.to_string_lossy().into_owned())
}
