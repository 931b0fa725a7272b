//! Measures the hot path with every store that can run here. After a login and an unlock, all should take the same
//! time, because no store is opened.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::spawn::Contestant;
use super::table::Table;
use super::world::{Home, World};
use crate::child;
use crate::project::Project;

/// A store, the programs that it needs, its settings, and the commands that prepare it in an empty home.
struct Store {
    name: &'static str,
    programs: &'static [&'static str],
    settings: &'static str,
    prepare: &'static str,
}

/// The one that the others are compared with.
const KERNEL: &str = "kernel";

const STORES: [Store; 7] = [
    Store { name: KERNEL, programs: &[], settings: "", prepare: "" },
    Store { name: "file", programs: &[], settings: "", prepare: "" },
    Store { name: "gpg", programs: &["gpg", "gpgconf"], settings: "", prepare: GPG_KEY },
    Store {
        name: "age",
        programs: &["age", "age-keygen"],
        settings: "[stores.age]\nidentities = [\"~/key.txt\"]\n",
        prepare: "umask 077; age-keygen -o ~/key.txt",
    },
    Store { name: "pass", programs: &["gpg", "gpgconf", "pass"], settings: "", prepare: PASS },
    Store {
        name: "secret-service",
        programs: &["dbus-run-session", "gnome-keyring-daemon"],
        settings: "",
        prepare: "",
    },
    Store { name: "command", programs: &[], settings: COMMANDS, prepare: "" },
];

const GPG_KEY: &str = "umask 077; mkdir -p ~/.gnupg; gpg --batch --quiet --pinentry-mode loopback --passphrase '' \
    --quick-generate-key bench@example.com future-default default never";

const PASS: &str = "umask 077; mkdir -p ~/.gnupg; gpg --batch --quiet --pinentry-mode loopback --passphrase '' \
    --quick-generate-key bench@example.com future-default default never; pass init bench@example.com";

const COMMANDS: &str = r#"[stores.command]
get = ["sh", "-c", 'if [ -e "$0" ]; then cat "$0"; fi', "~/kept-{item}"]
put = ["sh", "-c", 'umask 077; cat >"$0"', "~/kept-{item}"]
delete = ["rm", "~/kept-{item}"]
"#;

/// The script that runs on a D-Bus session of its own, with an unlocked keyring. `$1` is the program and `$2` the code.
const ON_A_BUS: &str = "mkdir -p ~/data ~/cache && printf 'bench\\n' |
    gnome-keyring-daemon --unlock --components=secrets >/dev/null && \"$1\" login \"$2\"";

/// The maximum time that making a key and logging in may take.
const PREPARE: Duration = Duration::from_mins(1);

/// The number of users that the measurement needs.
pub(crate) const USERS: usize = STORES.len();

/// Returns the homes, each with a session in its store. Stores that cannot run here are named in the table.
pub(crate) fn homes<'w>(
    project: &Project,
    world: &'w World,
    table: &mut Table,
) -> Vec<(&'static str, Home<'w>)> {
    let mut homes = Vec::new();
    for store in &STORES {
        if let Some(program) = store.programs.iter().find(|program| project.find(program).is_none()) {
            table.leave_out(&row(store.name), &format!("{program} is not on PATH"));
            continue;
        }
        match home(world, store) {
            Ok(home) => homes.push((store.name, home)),
            Err(error) => table.leave_out(&row(store.name), &format!("{error:#}")),
        }
    }
    homes
}

fn home<'w>(world: &'w World, store: &Store) -> Result<Home<'w>> {
    let home = world.home(&format!("store-{}", store.name), 1, world.user()?)?;
    let config = home.folder().join("config/awsesame");
    fs::create_dir_all(&config)?;
    fs::write(config.join("config.toml"), format!("store = \"{}\"\n{}", store.name, store.settings))?;
    if !store.prepare.is_empty() {
        child::read(home.command("sh").args(["-ec", store.prepare]), PREPARE)?;
    }
    let logged_in = if store.name == "secret-service" {
        let mut login = home.command("dbus-run-session");
        login.args(["--", "sh", "-c", ON_A_BUS, "sh"]);
        login.arg(home.awsesame(&[]).get_program()).arg(home.code()?);
        child::read(&mut login, PREPARE).map(drop)
    } else {
        home.log_in()
    };
    if store.programs.contains(&"gpgconf") {
        // Its agent would stay.
        child::read(home.command("gpgconf").args(["--kill", "all"]), PREPARE)?;
    }
    logged_in?;
    let status = child::read(&mut home.awsesame(&["status", "--json"]), PREPARE)?;
    ensure!(status.contains(&format!("\"{}\"", store.name)), "the session is not under that store: {status}");
    Ok(home)
}

/// Returns the command `env` in each home.
pub(crate) fn contestants(homes: &[(&'static str, Home<'_>)]) -> Result<Vec<Contestant>> {
    let each = |(store, home): &(&'static str, Home<'_>)| {
        Contestant::new(row(store), home.awsesame(&["env"]), 0, "AWS_SESSION_TOKEN").context(*store)
    };
    homes.iter().map(each).collect()
}

/// Adds the aims for the cost of all of them.
pub(crate) fn aim(table: &mut Table) {
    for store in STORES.iter().filter(|store| store.name != KERNEL) {
        table.aim_at_most(&row(store.name), 1.05, &row(KERNEL));
    }
}

fn row(store: &str) -> String {
    format!("env, {store} store")
}
