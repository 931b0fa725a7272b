//! A store that counts how often it is opened.

use std::os::unix::fs::PermissionsExt;

use crate::run::Run;
use crate::world::World;

/// A world with a store of three commands that keep a count.
pub(crate) struct Counted(World);

impl Counted {
    /// The setting is what the store is for: `store` or `keys_store`.
    pub(crate) fn new(setting: &str) -> Self {
        let world = World::new();
        // `secrets` of a folder `awsesame` is where the watchdog allows them.
        let script = format!(
            "#!/bin/sh\necho \"$1\" >>{home}/count\n{rest}",
            home = world.home().display(),
            rest = include_str!("keeper.sh")
        );
        world.write("keeper", &script);
        std::fs::set_permissions(world.path("keeper"), std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::create_dir_all(world.path("awsesame/secrets")).unwrap();
        let kept = world.path("awsesame/secrets/{item}").display().to_string();
        let command = |verb: &str| format!("{verb} = [\"~/keeper\", \"{verb}\", \"{kept}\"]\n");
        world.write(
            ".config/awsesame/config.toml",
            &format!(
                "{setting} = \"command\"\n[stores.command]\n{}{}{}",
                command("get"),
                command("put"),
                command("delete")
            ),
        );
        Self(world)
    }

    pub(crate) fn world(&self) -> &World {
        &self.0
    }

    /// The world alone, which still has the store.
    pub(crate) fn into_world(self) -> World {
        self.0
    }

    pub(crate) fn awsesame<'w>(&'w self, line: &str) -> Run<'w> {
        self.0.awsesame(&line.split(' ').collect::<Vec<_>>())
    }

    /// Returns the requests that the store got since the last time.
    pub(crate) fn asked(&self) -> String {
        let path = self.0.path("count");
        let asked = std::fs::read_to_string(&path).unwrap_or_default();
        let _ = std::fs::remove_file(path);
        asked.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}
