//! Tests the packages in minimal systems: they are installed, upgraded, used and removed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::installer::is_root;
use super::need::{long, need, skip};
use super::real::{done, packages, root, text};
use super::release::{VERSION, files};

/// Returns a bare Debian, made once and copied for each test, or None if none can be had.
fn bare(suite: &str) -> Option<TempDir> {
    if !long() || need("debootstrap").is_none() {
        return None;
    }
    if !is_root() {
        skip("debootstrap", "only root can make a system");
        return None;
    }
    let kept = root().join("target/long/roots").join(suite);
    if !kept.join("usr/bin/direnv").exists() {
        let fresh = kept.with_extension("fresh");
        if fresh.exists() {
            fs::remove_dir_all(&fresh).unwrap();
        }
        fs::create_dir_all(fresh.parent().unwrap()).unwrap();
        let mut command = Command::new("debootstrap");
        command.args(["--variant=minbase", "--include=man-db,direnv", suite]).arg(&fresh);
        done(&mut command);
        fs::rename(fresh, &kept).unwrap();
    }
    let copy = tempfile::tempdir().unwrap();
    done(Command::new("cp").arg("-a").arg(format!("{}/.", kept.display())).arg(copy.path()));
    Some(copy)
}

fn lives_in(suite: &str) {
    let Some(system) = bare(suite) else { return };
    let place = system.path().join("packages");
    fs::create_dir(&place).unwrap();
    for package in packages(".deb") {
        fs::copy(&package, place.join(package.file_name().unwrap())).unwrap();
    }
    make_older(&place);
    // Minimal systems leave out manuals, but this test checks ours.
    let excluded = system.path().join("etc/dpkg/dpkg.cfg.d/docker");
    assert!(!excluded.exists());
    runs_in(system.path(), "in_debian.sh");
}

/// Runs one of our scripts in a system, to its last line.
#[track_caller]
fn runs_in(system: &Path, script: &str) {
    for (name, file) in [("run.sh", script), ("use_it.sh", "use_it.sh")] {
        fs::copy(root().join("xtask/tests/dist").join(file), system.join("packages").join(name)).unwrap();
    }
    let mut command = Command::new("unshare");
    command.args(["--mount", "--pid", "--fork", "--mount-proc", "sh", "-c"]);
    command.arg(format!(
        "mount -t proc proc {0}/proc && mount --bind /dev {0}/dev && exec chroot {0} sh /packages/run.sh",
        system.display()
    ));
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("LANG", "C.UTF-8");
    let said = text(&done(&mut command));
    assert!(said.ends_with("== done\n"), "{said}");
}

#[test]
fn it_lives_where_busybox_is_the_only_other_program_and_no_library_is() {
    if !long() || !is_root() {
        return;
    }
    let Some(busybox) = need("busybox") else { return };
    let system = tempfile::tempdir().unwrap();
    for folder in ["bin", "dev", "etc", "packages", "proc", "root", "tmp"] {
        fs::create_dir(system.path().join(folder)).unwrap();
    }
    fs::copy(busybox, system.path().join("bin/busybox")).unwrap();
    done(Command::new("chroot").arg(system.path()).args(["/bin/busybox", "--install", "-s", "/bin"]));
    for package in packages(".apk") {
        // An .apk is three archives one behind the other.
        done(Command::new("tar").args(["--ignore-zeros", "-xzf"]).arg(package).arg("-C").arg(system.path()));
    }
    runs_in(system.path(), "in_busybox.sh");
}

/// Creates the same package with an older version.
fn make_older(place: &Path) {
    let package = packages("amd64.deb").into_iter().find(|path| !path.to_string_lossy().contains("sandbox"));
    let scratch = tempfile::tempdir().unwrap();
    let tree = scratch.path().join("tree");
    done(Command::new("dpkg-deb").arg("-R").arg(package.unwrap()).arg(&tree));
    let control = tree.join("DEBIAN/control");
    let said = fs::read_to_string(&control).unwrap();
    fs::write(&control, said.replace(&format!("Version: {VERSION}"), "Version: 0.0.9")).unwrap();
    // A file that only the older version had must be removed by the upgrade.
    fs::write(tree.join("usr/share/awsesame/older"), "").unwrap();
    done(Command::new("dpkg-deb").args(["--root-owner-group", "-b"]).arg(&tree).arg(place.join("old.deb")));
}

#[test]
fn it_lives_in_a_bare_debian_with_glibc_2_31() {
    lives_in("bullseye");
}

#[test]
fn it_lives_in_a_bare_debian_of_today() {
    lives_in("trixie");
}

#[test]
fn rpm_and_pacman_install_upgrade_and_remove_without_leftovers() {
    if !long() || !is_root() {
        return;
    }
    let tools: [(&str, &str, &[&str], &[&str]); 2] = [
        ("rpm", ".rpm", &["--nodeps", "--noscripts", "--install"], &["--erase", "--nodeps"]),
        ("pacman", ".pkg.tar.zst", &["--noconfirm", "-Udd"], &["--noconfirm", "-Rdd"]),
    ];
    for (tool, ending, install, remove) in tools {
        if need(tool).is_none() {
            continue;
        }
        let system = tempfile::tempdir().unwrap();
        for folder in ["var/lib/pacman", "var/lib/rpm", "var/cache/pacman/pkg", "var/log", "etc"] {
            fs::create_dir_all(system.path().join(folder)).unwrap();
        }
        let run = |arguments: &[&str], rest: &[PathBuf]| {
            let mut command = Command::new(tool);
            command.arg("--root").arg(system.path()).args(arguments).args(rest);
            done(&mut command);
        };
        let ours =
            || files(system.path()).into_iter().filter(|name| name.starts_with("usr/")).collect::<Vec<_>>();
        run(install, &packages(ending));
        assert!(ours().contains(&"usr/bin/awsesame-full".to_owned()), "{:?}", ours());
        let full = system.path().join("usr/bin/awsesame");
        // In a system that holds nothing else: no loader, no C library.
        let said =
            text(&done(Command::new("chroot").arg(system.path()).args(["/usr/bin/awsesame", "--version"])));
        assert!(full.exists() && said.contains(VERSION), "{said}");
        run(remove, &["awsesame".into(), "awsesame-sandbox".into()]);
        let left: Vec<String> = ours().into_iter().filter(|name| name.contains("awsesame")).collect();
        assert!(left.is_empty(), "{left:?}");
        for folder in ["usr/share/awsesame", "usr/share/doc/awsesame", "usr/share/licenses/awsesame"] {
            assert!(!system.path().join(folder).exists(), "{tool} left {folder}");
        }
    }
}
