//! The packages themselves, of the real programs: what linters say of them, and how they live in bare systems. They
//! take minutes to build, so these are long checks. `AWSESAME_DIST` names packages that are there already.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use tempfile::TempDir;

use super::installer::is_root;
use super::need::{long, need, skip};
use super::release::{VERSION, files};

/// The packages of the last commit, made once for all tests.
static PACKAGES: LazyLock<PathBuf> = LazyLock::new(|| match env::var_os("AWSESAME_DIST") {
    Some(folder) => folder.into(),
    None => make(&root().join("target/long/one"), None),
});

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Makes the packages of the last commit in a checkout of its own, and returns their folder.
fn make(place: &Path, target: Option<&Path>) -> PathBuf {
    if place.exists() {
        fs::remove_dir_all(place).unwrap();
    }
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    done(Command::new("git").args(["clone", "--quiet"]).arg(root()).arg(place));
    std::os::unix::fs::symlink(root().join(".tools"), place.join(".tools")).unwrap();
    let target = target.map_or_else(|| root().join("target/long/target"), Path::to_owned);
    let mut command = Command::new(env!("CARGO"));
    command.args(["xtask", "dist"]).current_dir(place).env("CARGO_TARGET_DIR", target);
    done(&mut command);
    place.join("dist/packages")
}

fn done(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    let said = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&said));
    output
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The packages whose names end like this.
fn packages(ending: &str) -> Vec<PathBuf> {
    let found: Vec<PathBuf> = files(&PACKAGES)
        .into_iter()
        .filter(|name| name.ends_with(ending))
        .map(|name| PACKAGES.join(name))
        .collect();
    assert!(!found.is_empty(), "no {ending}");
    found
}

#[test]
fn lintian_finds_no_error_and_no_warning_that_is_not_explained() {
    if !long() || need("lintian").is_none() {
        return;
    }
    done(Command::new("lintian").args(["--allow-root", "--fail-on", "error,warning"]).args(packages(".deb")));
}

#[test]
fn rpmlint_finds_no_error_and_no_warning_that_is_not_explained() {
    if !long() || need("rpmlint").is_none() {
        return;
    }
    let mut command = Command::new("rpmlint");
    command.arg("--config").arg(root().join("packaging/rpmlint.toml")).args(packages(".rpm"));
    let said = text(&done(&mut command));
    assert!(said.contains("0 errors, 0 warnings"), "{said}");
}

#[test]
fn every_kind_of_package_has_both_programs_the_manual_and_completions() {
    if !long() {
        return;
    }
    let lists: [(&str, &[&str]); 4] = [
        (".deb", &["dpkg-deb", "--contents"]),
        (".rpm", &["rpm", "--query", "--list", "--package"]),
        (".apk", &["tar", "-tzf"]),
        (".pkg.tar.zst", &["bsdtar", "-tf"]),
    ];
    for (ending, list) in lists {
        if need(list[0]).is_none() {
            continue;
        }
        for package in packages(ending) {
            let said = text(&done(Command::new(list[0]).args(&list[1..]).arg(&package)));
            let sandbox = package.file_name().unwrap().to_string_lossy().starts_with("awsesame-sandbox");
            let wanted: &[&str] = if sandbox {
                &["usr/bin/awsesame-sandbox", "usr/share/man/man1/awsesame-sandbox.1.gz"]
            } else {
                &[
                    "usr/bin/awsesame",
                    "usr/bin/awsesame-full",
                    "usr/lib/systemd/user/awsesame-broker.service",
                    "usr/share/awsesame/direnv/awsesame.sh",
                    "usr/share/bash-completion/completions/awsesame",
                    "usr/share/doc/awsesame/copyright",
                    "usr/share/doc/awsesame/third-party-licenses.gz",
                    "usr/share/fish/vendor_completions.d/awsesame.fish",
                    "usr/share/man/man1/awsesame-login.1.gz",
                ]
            };
            for file in wanted {
                assert!(
                    said.lines().any(|line| line.trim_end_matches(" -> awsesame.1.gz").ends_with(file)),
                    "{file} in {said}"
                );
            }
        }
    }
}

#[test]
fn two_builds_in_other_places_at_other_times_are_the_same_byte_for_byte() {
    if !long() || env::var_os("AWSESAME_DIST").is_some() {
        return;
    }
    let one = PACKAGES.clone();
    let scratch = tempfile::tempdir().unwrap();
    let two = make(&scratch.path().join("elsewhere/awsesame"), Some(&scratch.path().join("target")));
    assert_eq!(files(&one), files(&two));
    for name in files(&one) {
        assert!(fs::read(one.join(&name)).unwrap() == fs::read(two.join(&name)).unwrap(), "{name} differs");
    }
}

#[test]
fn the_programs_tell_their_dependencies_and_nothing_of_the_machine_they_were_built_on() {
    if !long() {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let archive = packages("linux-musl.tar.gz").remove(0);
    done(Command::new("tar").arg("-xzf").arg(&archive).arg("-C").arg(scratch.path()));
    let home = env::var("HOME").unwrap_or_default();
    for name in files(scratch.path()).into_iter().filter(|name| name.contains("/bin/")) {
        let bytes = fs::read(scratch.path().join(&name)).unwrap();
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(holds(".dep-v0"), "{name} has no list of dependencies");
        for path in [&root().to_string_lossy(), format!("{home}/.cargo").as_str()] {
            assert!(!holds(path), "{name} holds {path}");
        }
    }
}

/// A bare Debian, made once and copied for each test; None where none can be had.
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
    fs::copy(root().join("xtask/tests/dist/in_debian.sh"), place.join("run.sh")).unwrap();
    // Minimal systems leave manuals out; ours are to be looked at.
    let excluded = system.path().join("etc/dpkg/dpkg.cfg.d/docker");
    assert!(!excluded.exists());
    let mut command = Command::new("unshare");
    command.args(["--mount", "--pid", "--fork", "--mount-proc", "sh", "-c"]);
    command.arg(format!(
        "mount -t proc proc {0}/proc && mount --bind /dev {0}/dev && exec chroot {0} sh /packages/run.sh",
        system.path().display()
    ));
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("LANG", "C.UTF-8");
    let said = text(&done(&mut command));
    assert!(said.ends_with("== done\n"), "{said}");
}

/// The same package under an older version.
fn make_older(place: &Path) {
    let package = packages("amd64.deb").into_iter().find(|path| !path.to_string_lossy().contains("sandbox"));
    let scratch = tempfile::tempdir().unwrap();
    let tree = scratch.path().join("tree");
    done(Command::new("dpkg-deb").arg("-R").arg(package.unwrap()).arg(&tree));
    let control = tree.join("DEBIAN/control");
    let said = fs::read_to_string(&control).unwrap();
    fs::write(&control, said.replace(&format!("Version: {VERSION}"), "Version: 0.0.9")).unwrap();
    // What only the older one had must go with the upgrade.
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

#[test]
fn the_user_unit_is_one_that_systemd_takes() {
    if need("systemd-analyze").is_none() {
        return;
    }
    // It looks for the program, which is not installed here.
    let scratch = tempfile::tempdir().unwrap();
    let unit = fs::read_to_string(root().join("packaging/awsesame-broker.service")).unwrap();
    let place = scratch.path().join("awsesame-broker.service");
    fs::write(
        &place,
        unit.replace("/usr/bin/awsesame", "/bin/true").replace("man:awsesame-broker(1)", "man:man(1)"),
    )
    .unwrap();
    let mut command = Command::new("systemd-analyze");
    let output = command
        .args(["--user", "--man=no", "verify"])
        .arg(&place)
        .env("XDG_RUNTIME_DIR", scratch.path())
        .output();
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && !said.contains("awsesame-broker"), "{said}");
}
