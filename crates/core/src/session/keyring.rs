//! The identity of a kernel keyring that holds a data key. Several environments can share one home: a container, a user
//! namespace and another machine have a keyring each, and none can read another's.

use crate::fault::Elsewhere;

/// The namespace of the machine itself (`PROC_USER_INIT_INO` of Linux).
const HOST: u64 = 0xEFFF_FFFD;

/// A kernel keyring, identified by everything that it depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyring {
    /// The ID of the boot: every boot has another one.
    pub boot: String,
    /// The user namespace, by its inode.
    pub namespace: u64,
    /// The ID of the installation, if there is one. It survives a reboot.
    pub machine: Option<String>,
}

impl Keyring {
    /// Returns where this keyring is, if it is not the one here. Before a reboot it was here.
    pub fn elsewhere(&self, here: &Self) -> Option<Elsewhere> {
        if self.boot != here.boot {
            let same = self.machine.is_none() || self.machine == here.machine;
            return if same { None } else { Some(Elsewhere::Machine) };
        }
        match (self.namespace, here.namespace) {
            (there, here) if there == here => None,
            (HOST, _) => Some(Elsewhere::Host),
            (_, HOST) => Some(Elsewhere::Container),
            _ => Some(Elsewhere::OtherContainer),
        }
    }

    /// Returns the ID by which the files of this keyring are distinguished from those of other keyrings.
    pub fn id(&self) -> String {
        super::short_id(format!("{} {}", self.boot, self.namespace).as_bytes())
    }

    /// Returns the keyring in the form of a header.
    pub(super) fn to_text(&self) -> String {
        format!("{} {} {}", self.boot, self.namespace, self.machine.as_deref().unwrap_or_default())
    }

    /// Parses the text of a keyring.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut words = text.splitn(3, ' ');
        let (boot, namespace) = (words.next()?.to_owned(), words.next()?.parse().ok()?);
        let machine = words.next().filter(|machine| !machine.is_empty()).map(str::to_owned);
        Some(Self { boot, namespace, machine })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyring(boot: &str, namespace: u64, machine: &str) -> Keyring {
        let machine = Some(machine.to_owned()).filter(|machine| !machine.is_empty());
        Keyring { boot: boot.to_owned(), namespace, machine }
    }

    #[test]
    fn a_keyring_is_elsewhere_unless_a_reboot_took_it_away() {
        let (inside, other) = (4_026_532_000, 4_026_532_001);
        for (there, here, expected) in [
            (keyring("b", HOST, "m"), keyring("b", HOST, "m"), None),
            (keyring("b", HOST, "m"), keyring("b", inside, ""), Some(Elsewhere::Host)),
            (keyring("b", inside, ""), keyring("b", HOST, "m"), Some(Elsewhere::Container)),
            (keyring("b", inside, ""), keyring("b", other, "m"), Some(Elsewhere::OtherContainer)),
            (keyring("a", HOST, "m"), keyring("b", HOST, "m"), None),
            (keyring("a", HOST, "m"), keyring("b", HOST, "n"), Some(Elsewhere::Machine)),
            (keyring("a", HOST, "m"), keyring("b", inside, ""), Some(Elsewhere::Machine)),
            (keyring("a", inside, ""), keyring("b", HOST, "m"), None),
        ] {
            assert_eq!(there.elsewhere(&here), expected, "{there:?} seen from {here:?}");
            assert_eq!(Keyring::parse(&there.to_text()), Some(there));
        }
        assert_ne!(keyring("b", HOST, "m").id(), keyring("b", inside, "m").id());
        assert_eq!(Keyring::parse("only"), None);
    }
}
