//! Tests folders that another user may have prepared.

use std::os::unix::fs::symlink;

use super::*;

/// A folder without links in its path, and paths below it.
struct Ground {
    _home: tempfile::TempDir,
    real: PathBuf,
}

impl Ground {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let real = home.path().canonicalize().unwrap();
        Self { _home: home, real }
    }

    fn at(&self, below: &str) -> PathBuf {
        self.real.join(below)
    }

    fn folder(&self, below: &str, mode: u32) -> PathBuf {
        let path = self.at(below);
        std::fs::create_dir_all(&path).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        path
    }
}

fn mode(path: &Path) -> u32 {
    std::fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

#[test]
fn a_link_above_our_folder_is_followed_and_one_at_or_below_it_is_refused_and_its_target_unchanged() {
    let ground = Ground::new();
    let target = ground.folder("elsewhere", 0o755);
    ground.folder("home/awsesame", 0o700);
    symlink("home", ground.at("spelled")).unwrap();
    symlink(&target, ground.at("home/awsesame/sessions")).unwrap();
    symlink(&target, ground.folder("linked", 0o755).join("awsesame")).unwrap();
    Folder::make(&ground.at("spelled/awsesame/new/one")).unwrap();
    assert!(ground.at("home/awsesame/new/one").is_dir());
    for bad in
        ["home/awsesame/sessions", "spelled/awsesame/sessions/x", "linked/awsesame", "linked/awsesame/x"]
    {
        for refused in [Folder::make(&ground.at(bad)).err(), Folder::look(&ground.at(bad)).err()] {
            assert!(matches!(refused, Some(Fault::LinkedFolder { .. })), "{bad}: {refused:?}");
        }
    }
    assert_eq!((mode(&target), std::fs::read_dir(&target).unwrap().count()), (0o755, 0));
}

#[test]
fn a_folder_that_others_may_write_is_refused_wherever_it_is_on_the_way() {
    let ground = Ground::new();
    ground.folder("open", 0o777);
    let fault = Folder::make(&ground.at("open/awsesame")).unwrap_err();
    assert_eq!(fault, Fault::OpenFolder { path: ground.at("open").display().to_string(), mode: 0o777 });
    assert!(!ground.at("open/awsesame").exists());
    // In a sticky folder such as `/tmp`, nobody can replace the entries that belong to us.
    ground.folder("sticky", 0o1777);
    Folder::make(&ground.at("sticky/awsesame")).unwrap();
    // Our folder is closed to others, without a check of its content before.
    let own = ground.folder("own/awsesame", 0o777);
    assert!(matches!(Folder::look(&own), Err(Fault::OpenFolder { .. })));
    Folder::make(&own).unwrap();
    assert_eq!(mode(&own), 0o700);
    Folder::look(&own).unwrap().unwrap();
}

#[test]
fn nothing_is_created_in_the_home_of_another_user() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let ground = Ground::new();
    let home = ground.folder("home", 0o755);
    std::os::unix::fs::chown(&home, Some(4711), Some(4711)).unwrap();
    for made in
        [Folder::make(&home.join(".local/state/awsesame")), Folder::make_shared(&home.join(".config"))]
    {
        assert!(matches!(made, Err(Fault::NotOurs { uid: 4711, .. })), "{made:?}");
    }
    assert_eq!(std::fs::read_dir(&home).unwrap().count(), 0);
    // Nor by a link that somebody else has made.
    symlink(ground.folder("root", 0o755), ground.at("link")).unwrap();
    rustix::fs::chownat(
        CWD,
        ground.at("link"),
        Some(rustix::fs::Uid::from_raw(4711)),
        None,
        AtFlags::SYMLINK_NOFOLLOW,
    )
    .unwrap();
    assert!(matches!(Folder::make(&ground.at("link/awsesame")), Err(Fault::NotOurs { uid: 4711, .. })));
    assert!(matches!(open_trusted(&ground.at("link/config.toml")), Err(Fault::NotOurs { uid: 4711, .. })));
}

#[test]
fn a_trusted_file_may_be_a_link_of_ours_and_is_judged_by_what_was_opened() {
    let ground = Ground::new();
    let file = ground.folder("dotfiles", 0o755).join("config.toml");
    std::fs::write(&file, "").unwrap();
    std::fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    symlink("../dotfiles/config.toml", ground.folder("awsesame", 0o755).join("config.toml")).unwrap();
    symlink("loop", ground.at("loop")).unwrap();
    let path = ground.at("awsesame/config.toml");
    assert!(open_trusted(&path).unwrap().is_some());
    assert!(open_trusted(&ground.at("awsesame/other.toml")).unwrap().is_none());
    assert!(open_trusted(&ground.at("missing/config.toml")).unwrap().is_none());
    assert!(open_trusted(&ground.at("loop")).is_err());
    assert!(matches!(open_trusted(&ground.at("awsesame")), Err(Fault::NotAFile { .. })));
    std::fs::set_permissions(&file, Permissions::from_mode(0o666)).unwrap();
    assert!(matches!(open_trusted(&path), Err(Fault::TooOpen { mode: 0o666, .. })));
    std::fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    ground.folder("dotfiles", 0o777);
    assert!(matches!(open_trusted(&path), Err(Fault::OpenFolder { mode: 0o777, .. })));
}

#[test]
fn a_folder_is_the_same_under_every_spelling_before_and_after_it_is_made() {
    let ground = Ground::new();
    ground.folder("home", 0o755);
    symlink("home", ground.at("spelled")).unwrap();
    let spellings = || {
        let slashes = format!("{}//home/./awsesame", ground.real.display());
        [ground.at("home/awsesame"), ground.at("spelled/awsesame"), PathBuf::from(slashes)]
    };
    for made in [false, true] {
        for path in spellings() {
            assert_eq!(real(&path), ground.at("home/awsesame"), "{} {made}", path.display());
        }
        Folder::make(&ground.at("home/awsesame")).unwrap();
    }
}
