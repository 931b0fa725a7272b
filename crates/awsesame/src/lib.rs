//! awsesame: MFA-authenticated, short-lived AWS credentials for every shell and
//! program. Read the crate `awsesame-front` (the hot path) first, then `session/story.rs`.
//!
//! The rooms, from the top floor down: each imports only those below it.

pub mod cmd;

pub mod deliver;

pub mod session;

pub mod broker;

pub mod keys;

pub mod account;

pub mod signin;

pub mod vault;

pub mod code;

pub mod aws;

pub mod store;

pub mod config;

pub mod state;

pub mod ui;

pub mod os;
