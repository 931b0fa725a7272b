//! Any text is read as `config.toml` and in the variables that override it. The result is settings that can be
//! displayed, or an error of two lines.
#![no_main]

use std::collections::BTreeMap;

use awsesame_core::config::{Config, KEYS};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let variables =
        KEYS.iter().map(|key| (key.variable, text.lines().next_back().unwrap_or_default().to_owned()));
    for variables in [BTreeMap::new(), variables.collect()] {
        match Config::read(text, "config.toml", &variables) {
            Ok(config) => {
                for key in KEYS {
                    for profile in [None, Some("dev")] {
                        let _ = config.setting(key.name, profile);
                    }
                }
            }
            Err(fault) => {
                for line in [fault.to_string(), fault.hint()] {
                    assert!(!line.is_empty() && !line.contains(|c: char| c.is_control()), "{line:?}");
                }
            }
        }
    }
});
