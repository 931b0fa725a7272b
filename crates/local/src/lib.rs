//! The local part of both programs, which asks nobody: the environment, the clock, our files, the state folder, the
//! kernel keyring, and the deliveries that need no more. It has no network, no SDK and no terminal.
//!
//! The modules from top to bottom: each imports only those below it.

pub mod deliver;

pub mod standing;

pub mod store;

pub mod state;

pub mod lock;

pub mod ui;

pub mod os;

pub mod version;
