//! Computes the names of the files and locks of a plan. The names are stable, safe in file names, and reveal nothing.
//! They depend on what AWS would see, and not on `--duration` or the name of the profile, so that profiles that share a
//! key share its session.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::{Hop, LongTermKey, Plan, Root, SessionPolicy, SignIn, Terms, TokenSource, WebIdentity};
use crate::signin::identity_center::settings::Portal;

impl Plan {
    /// Returns the ID of the first step: `mfa-` for a session, `role-` for a role assumed directly, `web-` for one
    /// assumed with a web identity, `process-` for a program's session, `own-` for the credentials of the container or
    /// instance.
    pub fn root_id(&self) -> String {
        let mut id = Id::default();
        match &self.root {
            Root::Session { key, .. } => {
                self.add_key(&mut id, key);
                id.finish("mfa")
            }
            Root::Direct { key, role, .. } => {
                self.add_key(&mut id, key);
                id.add_hop(role);
                id.finish("role")
            }
            Root::SignIn(SignIn::Console(session)) => {
                id.add(session);
                id.add_option(self.client.sts_endpoint.as_deref());
                id.finish("console")
            }
            Root::SignIn(SignIn::Portal(portal, role)) => {
                id.add_portal(portal);
                id.add(role.account.as_str());
                id.add(&role.name);
                id.add_option(self.client.sts_endpoint.as_deref());
                id.finish("portal")
            }
            Root::WebIdentity(web) => {
                id.add_web_identity(web);
                id.add_option(self.client.sts_endpoint.as_deref());
                id.finish("web")
            }
            Root::Program(program) => {
                id.add(program.command.expose());
                id.add_option(self.client.sts_endpoint.as_deref());
                id.finish("process")
            }
            Root::Ambient(ambient) => {
                id.add(ambient.as_str());
                id.add_option(self.client.sts_endpoint.as_deref());
                id.finish("own")
            }
        }
    }

    /// Returns the ID of the role session at `index` of [`Plan::roles`]. The ID depends on all roles before it.
    pub fn role_id(&self, index: usize) -> String {
        let mut id = Id::default();
        id.add(&self.root_id());
        self.roles.iter().take(index + 1).for_each(|hop| id.add_hop(hop));
        id.finish("hop")
    }

    /// Returns the ID of the delivered session: that of the last role, or else of the root.
    pub fn session_id(&self) -> String {
        self.roles.len().checked_sub(1).map_or_else(|| self.root_id(), |last| self.role_id(last))
    }

    /// Returns the ID of the lock that a process must hold to ask for a code. There is one for each access key, for all
    /// devices and all purposes of the code, because one person can answer only one question at a time.
    pub fn lock_id(&self) -> String {
        let mut id = Id::default();
        match &self.root {
            Root::Session { key, .. } | Root::Direct { key, .. } => id.add(key.id.as_str()),
            Root::SignIn(SignIn::Console(session)) => id.add(session),
            Root::SignIn(SignIn::Portal(portal, _)) => id.add_portal(portal),
            Root::WebIdentity(web) => id.add_web_identity(web),
            Root::Program(program) => id.add(program.command.expose()),
            Root::Ambient(ambient) => id.add(ambient.as_str()),
        }
        id.add_option(self.client.sts_endpoint.as_deref());
        id.finish("lock")
    }

    /// Returns the ID of the record of a sign-in by browser: one for each console session and one for each portal,
    /// shared by all profiles and roles. Returns None if the plan needs no sign-in.
    pub fn grant_id(&self) -> Option<String> {
        let mut id = Id::default();
        match &self.root {
            Root::SignIn(SignIn::Console(session)) => id.add(session),
            Root::SignIn(SignIn::Portal(portal, _)) => id.add_portal(portal),
            Root::Session { .. }
            | Root::Direct { .. }
            | Root::WebIdentity(_)
            | Root::Program(_)
            | Root::Ambient(_) => return None,
        }
        id.add_option(self.client.sts_endpoint.as_deref());
        Some(id.finish("grant"))
    }

    /// Returns true if one code is sufficient for both, because they depend on the same session.
    pub fn shares_session(&self, other: &Self) -> bool {
        self.root_id() == other.root_id()
    }

    /// Returns true if both use the same key, even if each needs a code of its own.
    pub fn shares_key(&self, other: &Self) -> bool {
        self.lock_id() == other.lock_id()
    }

    /// The device is not part of the ID: AWS does not show which device of the user created a session, and often only
    /// one of the profiles that share a key names the device.
    fn add_key(&self, id: &mut Id, key: &LongTermKey) {
        id.add(key.id.as_str());
        id.add_option(self.client.sts_endpoint.as_deref());
    }
}

#[derive(Default)]
struct Id(Sha256);

impl Id {
    /// Adds a part, preceded by its length, so that different lists of parts never look alike.
    fn add(&mut self, part: &str) {
        self.0.update((part.len() as u64).to_be_bytes());
        self.0.update(part.as_bytes());
    }

    fn add_option(&mut self, part: Option<&str>) {
        match part {
            Some(part) => {
                self.0.update([1]);
                self.add(part);
            }
            None => self.0.update([0]),
        }
    }

    fn add_portal(&mut self, portal: &Portal) {
        self.add_option(portal.session.as_deref());
        self.add(&portal.start_url);
        self.add(&portal.region);
        portal.scopes.iter().for_each(|scope| self.add(scope));
    }

    /// Adds a web identity. Another token is another identity, even for the same role.
    fn add_web_identity(&mut self, web: &WebIdentity) {
        self.add_hop(&web.role);
        match &web.token {
            TokenSource::File(path) | TokenSource::Variable(path) => {
                self.add("file");
                self.add(path);
            }
            TokenSource::Program(command) => {
                self.add("program");
                self.add(command.expose());
            }
        }
    }

    fn add_hop(&mut self, hop: &Hop) {
        self.add(hop.arn.as_str());
        self.add_option(hop.external_id.as_deref());
        self.add(&hop.session_name);
        self.add_option(hop.duration.map(|seconds| seconds.to_string()).as_deref());
        // Without such settings, a role keeps the ID of earlier versions.
        if !hop.terms.is_empty() {
            self.add_terms(&hop.terms);
        }
    }

    fn add_terms(&mut self, terms: &Terms) {
        for (key, value) in &terms.tags {
            self.add("tag");
            self.add(key);
            self.add(value);
        }
        terms.transitive.iter().for_each(|key| {
            self.add("transitive");
            self.add(key);
        });
        match &terms.policy {
            Some(SessionPolicy::Text(text)) => {
                self.add("policy");
                self.add(text);
            }
            Some(SessionPolicy::File(path)) => {
                self.add("policy file");
                self.add(path);
            }
            None => {}
        }
        terms.policy_arns.iter().for_each(|arn| {
            self.add("policy arn");
            self.add(arn);
        });
        self.add_option(terms.source_identity.as_deref());
    }

    fn finish(self, kind: &str) -> String {
        let mut text = format!("{kind}-");
        for byte in self.0.finalize().iter().take(8) {
            write!(text, "{byte:02x}").expect("a string takes whatever is written");
        }
        text
    }
}
