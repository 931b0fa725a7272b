//! What both programs do on this machine without asking anybody: the environment, the clock, files of ours, the
//! folder of state, the kernel's keyring, and the deliveries that need no more. No network, no SDK, no terminal.
//!
//! The rooms, from the top floor down: each imports only those below it.

pub mod deliver;

pub mod standing;

pub mod store;

pub mod state;

pub mod lock;

pub mod ui;

pub mod os;

pub mod version;
