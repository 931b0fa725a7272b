//! awsesame: short-lived AWS credentials with MFA, for every shell and program. A new reader should begin with the
//! crate `awsesame-front` (the hot path) and then read `session/story.rs`.
//!
//! The modules are listed from the top floor down: each imports only those below it.

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
