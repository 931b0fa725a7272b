//! awsesame: MFA-authenticated, short-lived AWS credentials for every shell and
//! program. Read `front.rs` (the hot path) first, then `story.rs`.

pub mod aws;
pub mod broker;
pub mod bundle;
pub mod cmd;
pub mod code;
pub mod config;
pub mod context;
pub mod deliver;
pub mod disk;
pub mod flight;
pub mod front;
pub mod generated;
pub mod guard;
pub mod iam;
pub mod keys;
pub mod login;
pub mod original;
pub mod planned;
pub mod policies;
pub mod profiles;
pub mod program;
pub mod qr;
pub mod report;
pub mod s3;
pub mod screen;
pub mod stage;
pub mod standing;
pub mod state;
pub mod store;
pub mod story;
pub mod sts;
pub mod tty;
pub mod ui;
pub mod vault;
pub mod watch;
