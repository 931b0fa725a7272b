//! A D-Bus session for one test, with GNOME's keyring, a substitute for it, or no keyring. The desktop on which the
//! tests may run is not used.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use zbus::blocking::connection::Builder;
use zbus::blocking::{Connection, fdo::DBusProxy};

/// The name of the secret service on a bus.
pub(crate) const KEEPER: &str = "org.freedesktop.secrets";

/// The configuration of a bus that starts no services automatically.
const CONFIG: &str = "<busconfig><type>session</type><listen>unix:dir={DIR}</listen><auth>EXTERNAL</auth>\
    <policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/>\
    <allow own=\"*\"/></policy></busconfig>";

/// A session bus. On drop, it ends with everything that was started on it.
pub(crate) struct Bus {
    daemon: Child,
    keeper: Option<Child>,
    address: String,
    home: std::path::PathBuf,
}

impl Bus {
    /// Starts a bus with its socket and its keyrings in a folder.
    pub(crate) fn start(folder: &Path) -> Self {
        let config = folder.join("bus.conf");
        std::fs::write(&config, CONFIG.replace("{DIR}", &folder.display().to_string())).unwrap();
        let mut daemon = Command::new("dbus-daemon");
        daemon.arg("--config-file").arg(config).args(["--nofork", "--print-address"]);
        let mut daemon = daemon.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self { daemon, keeper: None, address: address.trim().to_owned(), home: folder.to_owned() }
    }

    /// Returns the address of the bus.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Returns a connection to the bus.
    pub(crate) fn connect(&self) -> Connection {
        Builder::address(self.address()).unwrap().build().unwrap()
    }

    /// Has GNOME's keyring on it, with its login keyring open, or closed as it was left.
    pub(crate) fn gnome_keyring(&mut self, password: Option<&str>) {
        self.nobody();
        let mut keeper = Command::new("gnome-keyring-daemon");
        keeper.args(["--foreground", "--components=secrets"]).args(password.map(|_| "--unlock"));
        keeper.env("HOME", &self.home).env("DBUS_SESSION_BUS_ADDRESS", &self.address);
        for (variable, folder) in
            [("XDG_DATA_HOME", "share"), ("XDG_RUNTIME_DIR", "run"), ("XDG_CACHE_HOME", "cache")]
        {
            std::fs::create_dir_all(self.home.join(folder)).unwrap();
            keeper.env(variable, self.home.join(folder));
        }
        keeper.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
        let mut keeper =
            keeper.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        keeper.stdin.take().unwrap().write_all(password.unwrap_or_default().as_bytes()).unwrap();
        self.keeper = Some(keeper);
        self.wait_until(true);
    }

    /// Ends the keyring on the bus.
    pub(crate) fn nobody(&mut self) {
        if let Some(keeper) = self.keeper.take() {
            end(keeper);
            self.wait_until(false);
        }
    }

    fn wait_until(&self, there: bool) {
        let (connection, until) = (self.connect(), Instant::now() + Duration::from_secs(20));
        let bus = DBusProxy::new(&connection).unwrap();
        while bus.name_has_owner(KEEPER.try_into().unwrap()).unwrap() != there {
            assert!(Instant::now() < until, "the keyring does not come, or does not go");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        let keeper = self.keeper.take();
        keeper.into_iter().for_each(end);
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

fn end(mut keeper: Child) {
    let _ = keeper.kill();
    let _ = keeper.wait();
}
