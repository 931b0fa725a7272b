//! The local part of both programs: the environment, the clock, our files, the state folder, the kernel keyring, and
//! the deliveries that need nothing else. It uses no network, no SDK and no terminal, and asks nobody, because the
//! front links it.
//!
//! The modules are listed from top to bottom: each imports only those below it.

pub mod deliver;

pub mod standing;

pub mod store;

pub mod state;

pub mod lock;

pub mod ui;

pub mod os;

pub mod version;
