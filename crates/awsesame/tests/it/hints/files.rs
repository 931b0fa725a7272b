//! Cases with faults of sessions, stores, files and the machine.

use std::os::unix::fs::{PermissionsExt, symlink};

use super::{Case, case, logged_in, program};
use crate::counted::Counted;
use crate::world::World;

const SESSION: &str = ".local/state/awsesame/sessions/p-alice.session";

fn mode(world: &World, below: &str, mode: u32) {
    std::fs::set_permissions(world.path(below), std::fs::Permissions::from_mode(mode)).unwrap();
}

pub(super) const CASES: &[Case] = &[
    case("login_needed", "awsesame env alice"),
    case("login_needed", "awsesame exec alice -- true"),
    case("login_needed", "awsesame check alice --for 13h").after(logged_in),
    case("login_needed", "awsesame check alice --max-age 15m").after(|world| {
        logged_in(world);
        world.pass(3600);
    }),
    case("login_needed", "awsesame check alice").after(|world| {
        logged_in(world);
        world.awsesame(&["lock"]).run().ok();
    }),
    case("login_needed", "awsesame process alice").after(|world| {
        logged_in(world);
        world.pass(13 * 3600);
    }),
    case("pinned_account", "awsesame check alice --account 210987654321").after(logged_in),
    case("pinned_role", "awsesame check alice --role Admin").after(logged_in),
    case("unknown_store", "AWSESAME_STORE=kernal awsesame login alice"),
    case("unknown_store", "AWSESAME_STORE=vault awsesame login alice"),
    case("store_unset", "AWSESAME_STORE=command awsesame login alice 123456"),
    case("store_elsewhere", "AWSESAME_STORE=keychain awsesame login alice 123456"),
    case(
        "bus_absent",
        "AWSESAME_STORE=secret-service DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere awsesame login alice 123456",
    ),
    case("store_failed", "AWSESAME_STORE=gpg awsesame login alice 123456").after(|world| {
        program(world, "gpg", "echo 'gpg: no such thing' >&2\nexit 2\n");
        world.write(".local/state/awsesame/secrets/data-key.gpg", "x");
    }),
    case("store_broken", "AWSESAME_STORE=file awsesame login alice 123456").after(|world| {
        world.awsesame(&["login", "-p", "bob", &world.code("bob")]).env("AWSESAME_STORE", "file").run().ok();
        world.write_private(".local/state/awsesame/secrets/data-key", "short");
    }),
    case("store_garbage", "awsesame exec alice -- true").in_world(|| {
        let counted = Counted::new("store");
        counted.world().log_in("alice");
        counted.awsesame("lock").run().ok();
        counted.world().write_private("awsesame/secrets/data-key", "c2hvcnQ=\n");
        counted.into_world()
    }),
    case("no_home", "env -u HOME AWSESAME_TEST_PASSWD=/nowhere awsesame status"),
    case("relative_home", "HOME=home/alice awsesame status").after(|world| {
        program(world, "getent", &format!("echo x:x:0:0::{}:/bin/sh\n", world.home().display()));
    }),
    case("too_open", "awsesame env alice").after(|world| {
        logged_in(world);
        mode(world, SESSION, 0o644);
    }),
    case("open_folder", "awsesame login alice 123456").after(|world| {
        logged_in(world);
        mode(world, ".local/state/awsesame", 0o777);
    }),
    case("not_a_file", "awsesame env alice").after(|world| {
        logged_in(world);
        std::fs::remove_file(world.path(SESSION)).unwrap();
        std::fs::create_dir(world.path(SESSION)).unwrap();
    }),
    case("not_a_folder", "awsesame man --out file/man").after(|world| world.write("file", "")),
    case("linked_folder", "awsesame login alice 123456").after(|world| {
        std::fs::create_dir_all(world.path(".local/state")).unwrap();
        std::fs::create_dir(world.path("real")).unwrap();
        symlink(world.path("real"), world.path(".local/state/awsesame")).unwrap();
    }),
    case("unreadable", "awsesame policy check nowhere.json"),
    case("unwritable", "awsesame man --out /proc/nowhere/man"),
    case("limit_reached", "ulimit -Sn 8; awsesame login alice 123456"),
    case("broker_runs", "awsesame broker run").after(|world| {
        world.awsesame(&["broker", "start"]).run().ok();
    }),
    case("broker_mute", "awsesame broker start").after(|world| {
        world.awsesame(&["broker", "start"]).run().ok();
        let pid = super::broker_pid(world);
        rustix::process::kill_process(pid, rustix::process::Signal::STOP).unwrap();
    }),
    case("broker_port_taken", "awsesame broker run").after(|world| {
        world.awsesame(&["broker", "start"]).run().ok();
        let port = std::fs::read_to_string(crate::broker::place(world).port()).unwrap();
        world.awsesame(&["broker", "stop"]).run().ok();
        let port: u16 = port.trim().parse().unwrap();
        // Somebody else's for as long as the tests last.
        std::mem::forget(std::net::TcpListener::bind(("127.0.0.1", port)).unwrap());
    }),
    case("broker_failed", "awsesame broker start").after(|world| {
        world.awsesame(&["broker", "start"]).run().ok();
        world.awsesame(&["broker", "stop"]).run().ok();
        let socket = crate::broker::place(world).socket();
        let _ = std::fs::remove_file(&socket);
        symlink(world.path("target"), socket).unwrap();
    }),
    case("broker_away", "AWSESAME_BROKER=/nowhere/socket awsesame env alice"),
    case(
        "broker_needs_profile",
        "AWSESAME_BROKER=/nowhere/socket MASTER_AWS_ACCESS_KEY_ID=AKIAIOSNOBODYEXAMPLE MASTER_AWS_SECRET_ACCESS_KEY=x awsesame env",
    ),
];
