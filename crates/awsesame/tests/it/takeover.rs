//! Tests another user of this machine who prepares folders, links and files in the places of ours, and changes them
//! while we run. Through them, no file of anybody may be written, closed or run, and no process signaled.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustix::fs::{AtFlags, CWD, RenameFlags, Uid};

use crate::broker::place;
use crate::long::is_long;
use crate::need::{need, skip};
use crate::world::World;

/// A user who is neither this one nor root.
const EVE: u32 = 65_534;

fn is_root() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        skip("root", "only root can make files of another user");
    }
    root
}

fn folder(path: PathBuf, mode: u32) -> PathBuf {
    std::fs::create_dir_all(&path).unwrap();
    std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    path
}

fn give_to_eve(path: &Path) {
    rustix::fs::chownat(CWD, path, Some(Uid::from_raw(EVE)), None, AtFlags::SYMLINK_NOFOLLOW).unwrap();
}

/// Makes the folder that somebody would lose; its mode and content must stay.
fn precious(world: &World) -> PathBuf {
    let path = folder(world.path("precious"), 0o755);
    for name in ["config", "credentials", "precious"] {
        std::fs::write(path.join(name), "precious").unwrap();
    }
    path
}

fn is_unharmed(precious: &Path) -> bool {
    let mut names: Vec<_> = std::fs::read_dir(precious)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let kept = |name: &String| std::fs::read_to_string(precious.join(name)).unwrap() == "precious";
    precious.metadata().unwrap().mode() & 0o777 == 0o755
        && names == ["config", "credentials", "precious"]
        && names.iter().all(kept)
}

#[test]
fn a_link_in_the_place_of_a_folder_of_ours_is_refused_by_name_and_its_target_stays() {
    for name in ["sessions", "stamps", "locks", "ledger", "identities", "generated", "broker", ""] {
        let world = World::new();
        let precious = precious(&world);
        let place = if name.is_empty() { world.state() } else { world.state().join(name) };
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        symlink(&precious, &place).unwrap();
        let code = world.code("alice");
        for command in [
            &["login", "-p", "alice", &code][..],
            &["exec", "-p", "alice", "--via", "process", "--no-input", "--", "true"],
            &["broker", "start"],
            &["broker", "stop"],
            &["env", "-p", "alice"],
            &["logout", "--all"],
        ] {
            let ran = world.awsesame(command).reveals_credentials().run();
            assert!(is_unharmed(&precious), "{name} {command:?}: {ran}");
            if ran.code != Some(0)
                && !ran.stderr.contains("login needed")
                && !ran.stderr.contains("no session")
            {
                let said = format!("`{}` is a symbolic link, not awsesame's own folder", place.display());
                assert!(ran.known(&ran.stderr).contains(&ran.known(&said)), "{name} {command:?}: {ran}");
            }
        }
    }
}

#[test]
fn a_generated_folder_that_is_a_link_is_not_written_through() {
    let world = World::new();
    world.log_in("alice");
    world.awsesame(&["exec", "-p", "alice", "--via", "process", "--", "true"]).run().ok();
    let generated = world.state().join("generated");
    let own = std::fs::read_dir(&generated).unwrap().next().unwrap().unwrap().path();
    let precious = precious(&world);
    std::fs::remove_dir_all(&own).unwrap();
    symlink(&precious, &own).unwrap();
    let ran = world.awsesame(&["exec", "-p", "alice", "--via", "process", "--", "true"]).run().exits(1);
    assert!(ran.stderr.contains("is a symbolic link, not awsesame's own folder"), "{ran}");
    assert!(is_unharmed(&precious));
}

#[test]
fn a_hard_link_in_the_place_of_a_file_of_ours_is_not_written_through() {
    let world = World::new();
    let precious = precious(&world);
    let ours = |folder: &str| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(world.state().join(folder)).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect()
    };
    world.awsesame(&["login", "-p", "alice", &world.code("alice")]).run().ok();
    world.awsesame(&["exec", "-p", "alice", "--via", "broker", "--", "true"]).run().ok();
    world.awsesame(&["broker", "stop"]).run().ok();
    let folders = ["locks", "stamps", "ledger", "identities", "sessions", "broker"];
    let files: Vec<PathBuf> = folders.into_iter().flat_map(ours).collect();
    assert!(files.len() > 6, "{files:?}");
    for file in files {
        let before = std::fs::read(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        std::fs::hard_link(precious.join("credentials"), &file).unwrap();
        for command in [
            &["login", "-p", "alice", "--force", "123456"][..],
            &["broker", "start"],
            &["broker", "stop"],
            &["logout", "-p", "bob"],
        ] {
            let ran = world.awsesame(command).run();
            assert!(is_unharmed(&precious), "{}, {command:?}: {ran}", file.display());
        }
        let _ = std::fs::remove_file(&file);
        std::fs::write(&file, before).unwrap();
        std::fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    }
}

#[test]
fn a_home_that_is_spelled_in_two_ways_has_one_session() {
    let world = World::new();
    let spelled = world.home().with_extension("spelled");
    symlink(world.home(), &spelled).unwrap();
    world.log_in("alice");
    let doubled = format!("/{}//.", world.home().display());
    for home in [spelled.as_os_str(), doubled.as_ref()] {
        for command in ["env", "process"] {
            world.awsesame(&[command, "-p", "alice"]).env("HOME", home).reveals_credentials().run().ok();
        }
        world.awsesame(&["status"]).env("HOME", home).run().ok().says("");
    }
    assert_eq!(world.sandbox().count("GetSessionToken"), 1, "no other code was asked for");
    std::fs::remove_file(spelled).unwrap();
}

#[test]
fn root_does_not_use_a_home_of_somebody_else_and_makes_nothing_there() {
    if !is_root() {
        return;
    }
    let world = World::new();
    let home = folder(world.path("eve"), 0o755);
    std::fs::create_dir(home.join(".aws")).unwrap();
    std::fs::copy(world.path(".aws/config"), home.join(".aws/config")).unwrap();
    let settings = folder(home.join(".config/awsesame"), 0o755).join("config.toml");
    let ran = "code_source = \"command\"\ncode.command.command = [\"sh\", \"-c\", \"touch $HOME/ran; echo 123456\"]\n";
    std::fs::write(&settings, ran).unwrap();
    for path in [".aws", ".config/awsesame/config.toml", ".config/awsesame", ".config", ""] {
        give_to_eve(&home.join(path));
    }
    let before = std::fs::read_dir(&home).unwrap().count();
    let code = world.code("alice");
    for command in [
        &["login", "-p", "alice", &code][..],
        &["login", "-p", "alice"],
        &["env", "-p", "alice"],
        &["check", "-p", "alice"],
        &["exec", "-p", "alice", "--", "true"],
        &["exec", "-p", "alice", "--via", "process", "--", "true"],
        &["broker", "start"],
        &["direnv", "install"],
        &["init", "-p", "alice"],
        &["config", "set", "code_source", "prompt"],
    ] {
        let ran = world.awsesame(command).env("HOME", &home).run();
        assert!(ran.code != Some(0), "{command:?}: {ran}");
        assert!(ran.stderr.lines().count() <= 3, "{command:?}: {ran}");
    }
    world.awsesame(&["login", "-p", "alice", &code]).env("HOME", &home).run().fails(
        1,
        "you are root, and HOME is `{HOME}/eve`, which belongs to another user (uid 65534)",
        "run it without sudo, as that user; or with root's own home: sudo -H awsesame",
    );
    assert_eq!(std::fs::read_dir(&home).unwrap().count(), before, "nothing was made there");
    assert_eq!(world.sandbox().log().len(), 0, "nobody was called");
}

#[test]
fn a_user_gets_nothing_made_in_a_home_of_another() {
    if !is_root() || !need("setpriv") {
        return;
    }
    // Below /tmp itself: the home of a test is closed to everybody else.
    let ground = tempfile::tempdir().unwrap();
    std::fs::set_permissions(ground.path(), Permissions::from_mode(0o755)).unwrap();
    let home = folder(ground.path().join("home"), 0o777);
    chown(&home, Some(4711), None).unwrap();
    std::fs::set_permissions(&home, Permissions::from_mode(0o777)).unwrap();
    let bin = folder(ground.path().join("bin"), 0o755);
    for program in [env!("CARGO_BIN_EXE_awsesame"), env!("CARGO_BIN_EXE_awsesame-full")] {
        let name = Path::new(program).file_name().unwrap();
        if std::fs::hard_link(program, bin.join(name)).is_err() {
            std::fs::copy(program, bin.join(name)).unwrap();
        }
    }
    let world = World::new();
    for command in [&["login", "-p", "alice", "123456"][..], &["direnv", "install"], &["broker", "start"]] {
        let uid = EVE.to_string();
        let all = [&["--reuid", &uid, "--regid", &uid, "--clear-groups"][..], &["--"]].concat();
        let run = world.program("setpriv").args(&all).args(&[bin.join("awsesame")]).args(command);
        let ran = run.env("HOME", &home).cwd("/").run();
        assert!(ran.code != Some(0), "{command:?}: {ran}");
    }
    assert_eq!(std::fs::read_dir(&home).unwrap().count(), 0);
}

#[test]
fn a_lock_file_of_somebody_else_names_nobody_to_be_signaled() {
    if !is_root() {
        return;
    }
    let world = World::new();
    let mut victim = std::process::Command::new("sleep").arg("60").spawn().unwrap();
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", victim.id())).unwrap();
    let begun = stat.rsplit_once(") ").unwrap().1.split(' ').nth(19).unwrap();
    let path = place(&world).lock();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, format!("{} {begun}", victim.id())).unwrap();
    give_to_eve(&path);
    let lock = std::fs::File::open(&path).unwrap();
    lock.lock().unwrap();
    let ran = world.awsesame(&["broker", "stop"]).run();
    assert!(victim.try_wait().unwrap().is_none(), "it was signaled: {ran}");
    victim.kill().unwrap();
    victim.wait().unwrap();
    assert!(ran.code == Some(1) && ran.stderr.contains("belongs to another user (uid 65534)"), "{ran}");
}

#[test]
fn settings_that_somebody_else_could_replace_are_refused() {
    let world = World::new();
    let settings = world.path(".config/awsesame/config.toml");
    folder(world.path(".config/awsesame"), 0o700);
    std::fs::write(&settings, "").unwrap();
    std::fs::set_permissions(&settings, Permissions::from_mode(0o600)).unwrap();
    world.awsesame(&["config", "show"]).run().ok();
    for open in [".config/awsesame", ".config"] {
        let mode = std::fs::metadata(world.path(open)).unwrap().permissions();
        std::fs::set_permissions(world.path(open), Permissions::from_mode(0o777)).unwrap();
        world.awsesame(&["config", "show"]).run().fails(
            1,
            &format!("other users can write to the folder `{{HOME}}/{open}` (mode 777)"),
            &format!("chmod go-w {{HOME}}/{open}"),
        );
        std::fs::set_permissions(world.path(open), mode).unwrap();
    }
    // As people keep their settings who have them in a repository.
    std::fs::rename(&settings, world.path("dotfiles.toml")).unwrap();
    symlink("../../dotfiles.toml", &settings).unwrap();
    world.awsesame(&["config", "show"]).run().ok();
    std::fs::remove_file(&settings).unwrap();
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mknodat(CWD, &settings, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    let ran = world.awsesame(&["config", "show"]).limit(Duration::from_secs(20)).run().exits(1);
    assert!(ran.stderr.contains("is a device or a pipe, not a plain file"), "{ran}");
}

#[test]
fn a_file_that_the_user_names_neither_hangs_us_nor_grows_without_an_end() {
    let world = World::new();
    let pipe = world.path("pipe");
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mknodat(CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    for (file, why) in [
        (pipe.as_path(), "it is a pipe, and nobody writes into it"),
        (Path::new("/dev/zero"), "it is larger than 32 MiB"),
    ] {
        for (variable, command) in [
            ("AWS_CONFIG_FILE", "check"),
            ("AWS_CONFIG_FILE", "env"),
            ("AWS_SHARED_CREDENTIALS_FILE", "login"),
            ("AWS_SHARED_CREDENTIALS_FILE", "explain"),
        ] {
            let run = world.awsesame(&[command, "-p", "alice"]).env(variable, file);
            let begun = Instant::now();
            let ran = run.limit(Duration::from_secs(20)).run();
            assert!(ran.code != Some(0) && ran.stderr.contains(why), "{variable} {command}: {ran}");
            // However often it is read, it is waited for once.
            assert!(file != pipe || begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        }
        world.awsesame(&["doctor"]).env("AWS_CONFIG_FILE", file).limit(Duration::from_secs(40)).run();
        let run = world.awsesame(&["login", "-p", "alice", "123456"]).env("AWS_CA_BUNDLE", file);
        assert!(run.limit(Duration::from_secs(20)).run().code != Some(0));
        let file = file.display().to_string();
        let run = world.awsesame(&["policy", "check", &file]).limit(Duration::from_secs(20));
        assert!(run.run().code != Some(0));
    }
    if need("bash") {
        let code = world.code("alice");
        let script =
            format!("AWS_CONFIG_FILE=<(sleep 0.5; cat ~/.aws/config) awsesame login -p alice {code}");
        world.program("bash").args(&["-c", &script]).run().ok();
    }
}

#[test]
fn nothing_that_we_make_can_be_written_by_others_whatever_the_umask_says() {
    let world = World::new();
    let run = |command: &str| world.program("sh").args(&["-c", &format!("umask 000; {command}")]).run();
    run("awsesame direnv install").ok();
    run(&format!("awsesame login -p alice {}", world.code("alice"))).ok();
    run("awsesame exec -p alice --via process -- true").ok();
    run("awsesame exec -p alice --via broker -- true").ok();
    run("awsesame init -p alice").ok();
    run("awsesame man --out man").ok();
    run("awsesame config set store kernel");
    run("awsesame broker stop").ok();
    let mut folders = vec![world.home().to_owned()];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let about = path.symlink_metadata().unwrap();
            assert!(about.is_symlink() || about.mode() & 0o022 == 0, "{} {:o}", path.display(), about.mode());
            if about.is_dir() {
                folders.push(path);
            }
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen}");
}

/// Changes one name for another as fast as the kernel can, in the name of another user.
struct Attacker {
    stop: Arc<AtomicBool>,
    turns: Arc<AtomicUsize>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Attacker {
    fn swaps(one: PathBuf, other: PathBuf) -> Self {
        let (stop, turns) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (stopped, turned) = (Arc::clone(&stop), Arc::clone(&turns));
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                // As root, but only what the owner of the folder could do too.
                if rustix::fs::renameat_with(CWD, &one, CWD, &other, RenameFlags::EXCHANGE).is_ok() {
                    turned.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        Self { stop, turns, thread: Some(thread) }
    }
}

impl Drop for Attacker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap();
    }
}

#[test]
fn an_attacker_who_swaps_folders_while_we_run_wins_nothing() {
    if !is_root() {
        return;
    }
    let limit = Duration::from_secs(if is_long() { 60 } else { 4 });
    let world = World::new();
    world.log_in("alice");
    let precious = precious(&world);
    let marker = world.path("ran");
    // A folder of the attacker's own, with a home that is now root's, by a link, and now the attacker's.
    let eve = folder(world.path("eve"), 0o755);
    let evil = folder(eve.join("evil"), 0o755);
    let settings = folder(evil.join(".config/awsesame"), 0o755).join("config.toml");
    let names =
        format!("code_source = \"command\"\ncode.command.command = [\"touch\", \"{}\"]\n", marker.display());
    std::fs::write(&settings, names).unwrap();
    folder(evil.join(".local/state"), 0o755);
    symlink(&precious, evil.join(".local/state/awsesame")).unwrap();
    let decoy = folder(world.path("decoy"), 0o755);
    std::fs::create_dir(decoy.join(".aws")).unwrap();
    std::fs::copy(world.path(".aws/config"), decoy.join(".aws/config")).unwrap();
    std::fs::write(folder(decoy.join(".config/awsesame"), 0o755).join("config.toml"), "").unwrap();
    symlink(&decoy, eve.join("home")).unwrap();
    // A folder like /tmp, in which the name of ours is now a link and now a folder of the attacker's.
    let sticky = folder(world.path("sticky"), 0o1777);
    folder(sticky.join("awsesame"), 0o755);
    symlink(&precious, sticky.join("other")).unwrap();
    for path in [
        evil.join(".config/awsesame/config.toml"),
        evil.join(".config/awsesame"),
        evil.join(".config"),
        evil.join(".local/state/awsesame"),
        evil.join(".local/state"),
        evil.join(".local"),
        evil.clone(),
        eve.join("home"),
        eve.clone(),
        sticky.join("awsesame"),
        sticky.join("other"),
    ] {
        give_to_eve(&path);
    }
    let attackers = [
        Attacker::swaps(eve.join("home"), evil),
        Attacker::swaps(sticky.join("awsesame"), sticky.join("other")),
    ];
    let (begun, mut tries) = (Instant::now(), 0);
    while begun.elapsed() < limit {
        for command in [
            &["login", "-p", "bob"][..],
            &["login", "-p", "bob", "123456"],
            &["exec", "-p", "alice", "--via", "process", "--no-input", "--", "true"],
            &["broker", "stop"],
        ] {
            let run = || world.awsesame(command).reveals_credentials();
            run().env("HOME", eve.join("home")).run();
            run().env("XDG_STATE_HOME", &sticky).run();
            run().env("AWSESAME_CONFIG", eve.join("home/.config/awsesame/config.toml")).run();
            tries += 3;
            assert!(!marker.exists(), "a program of the attacker's ran: {command:?}");
            assert!(is_unharmed(&precious), "{command:?}");
        }
    }
    eprintln!("0 of {tries} tries let the attacker in");
    assert!(tries > 10 && attackers.iter().all(|attacker| attacker.turns.load(Ordering::Relaxed) > 100));
}
