//! Writes the service definitions of the broker: a systemd user unit, and a launchd property list. The output is text;
//! nothing is written to a file or started here.

use std::fmt::Write;

/// The first line of a file of ours, by which it is recognized.
pub const OURS: &str = "# awsesame broker: written by `awsesame broker install`\n";
/// The mark in a property list.
pub const OURS_XML: &str = "<!-- awsesame broker: written by `awsesame broker install` -->";
/// The name of the property list.
pub const LABEL: &str = "org.awsesame.broker";

/// The facts about the broker that the description needs.
#[derive(Debug, Clone)]
pub struct Broker<'a> {
    /// The path of the program.
    pub program: &'a str,
    /// The port of the broker on loopback.
    pub port: u16,
    /// The path of the unix socket.
    pub socket: &'a str,
    /// The variables of the broker.
    pub variables: &'a [(String, String)],
}

impl Broker<'_> {
    /// Returns `awsesame-broker.socket`. systemd listens even while no broker runs, so that no other program can listen
    /// in its place.
    pub fn socket(&self) -> String {
        format!(
            "{OURS}[Unit]\nDescription=Where the awsesame broker listens\n\n\
             [Socket]\nListenStream=127.0.0.1:{}\nListenStream={}\nSocketMode=0600\nDirectoryMode=0700\n\n\
             [Install]\nWantedBy=sockets.target\n",
            self.port,
            percent(self.socket),
        )
    }

    /// Returns `awsesame-broker.service`, which the first request starts.
    pub fn service(&self) -> String {
        let mut variables = String::new();
        for (name, value) in self.variables {
            let _ = writeln!(variables, "Environment={}", word(&format!("{name}={value}")));
        }
        format!(
            "{OURS}[Unit]\nDescription=The awsesame broker: fresh AWS credentials for running programs\n\
             Requires=awsesame-broker.socket\nAfter=awsesame-broker.socket\n\n\
             [Service]\nExecStart={} broker run\n{variables}Restart=on-failure\nRestartSec=1\nUMask=0077\n\
             LimitCORE=0\nNoNewPrivileges=yes\nLockPersonality=yes\nRestrictRealtime=yes\n\n\
             [Install]\nAlso=awsesame-broker.socket\n",
            word(self.program),
        )
    }

    /// Returns a launch agent. It starts at login, and again if it ends.
    pub fn agent(&self) -> String {
        let mut variables = String::new();
        for (name, value) in self.variables {
            let _ = write!(variables, "\n    <key>{}</key><string>{}</string>", xml(name), xml(value));
        }
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{OURS_XML}\n\
             <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
             <plist version=\"1.0\">\n<dict>\n  <key>Label</key><string>{LABEL}</string>\n\
             \x20 <key>ProgramArguments</key>\n  <array>\n    <string>{}</string>\n    <string>broker</string>\n\
             \x20   <string>run</string>\n  </array>\n\
             \x20 <key>EnvironmentVariables</key>\n  <dict>{variables}\n  </dict>\n\
             \x20 <key>RunAtLoad</key><true/>\n  <key>KeepAlive</key><true/>\n  <key>Umask</key><integer>63</integer>\n\
             </dict>\n</plist>\n",
            xml(self.program),
        )
    }
}

/// Returns a text as one word of a command line in systemd's syntax.
fn word(text: &str) -> String {
    let mut word = String::from("\"");
    for c in percent(text).chars() {
        match c {
            '"' | '\\' => word.extend(['\\', c]),
            '$' => word.push_str("$$"),
            '\n' => word.push_str("\\n"),
            c => word.push(c),
        }
    }
    word + "\""
}

/// Escapes `%`, which begins a specifier everywhere.
fn percent(text: &str) -> String {
    text.replace('%', "%%")
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_with_odd_letters_are_one_word_of_a_unit_and_one_string_of_a_list() {
        let variables = [("XDG_STATE_HOME".to_owned(), "/a \"b\"".to_owned())];
        let odd =
            Broker { program: "/o p%t/$x&<y>", port: 15_001, socket: "/s%t/socket", variables: &variables };
        assert!(odd.service().contains("\nExecStart=\"/o p%%t/$$x&<y>\" broker run\n"), "{}", odd.service());
        assert!(odd.service().contains("\nEnvironment=\"XDG_STATE_HOME=/a \\\"b\\\"\"\n"));
        assert!(odd.socket().contains("\nListenStream=127.0.0.1:15001\nListenStream=/s%%t/socket\n"));
        assert!(odd.agent().contains("<string>/o p%t/$x&amp;&lt;y&gt;</string>"));
        assert!(odd.agent().contains("<key>XDG_STATE_HOME</key><string>/a \"b\"</string>"));
    }

    #[test]
    fn every_file_is_known_again() {
        let broker = Broker { program: "/a", port: 1, socket: "/s", variables: &[] };
        assert!(broker.socket().starts_with(OURS) && broker.service().starts_with(OURS));
        assert!(broker.agent().contains(OURS_XML));
    }
}
