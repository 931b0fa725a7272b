//! The program as people and programs meet it: run against a sandbox of its own,
//! in a home of its own. What a value decides alone is tested in core.
#![cfg(test)]

mod age;
mod bed;
mod besieged;
mod bits;
mod broker;
#[cfg(target_os = "linux")]
mod bus;
mod calls;
mod clients;
mod completions;
mod config;
mod conformance;
mod counted;
mod crash;
mod crowd;
mod damage;
mod deliveries;
mod devices;
mod dialogs;
mod direnv;
mod documents;
mod elsewhere;
mod enroll;
mod evaluated;
mod expiry;
mod first;
mod generated;
mod harness;
mod hook;
mod hostile;
mod import;
mod init;
mod interactive;
mod keys;
mod ledger;
mod live;
#[cfg(target_os = "linux")]
mod locked_keyring;
mod login;
mod machine;
mod makefile;
mod member;
mod mfa;
mod moto;
mod need;
mod network;
mod outage;
mod outliving;
mod policy;
mod probe;
mod profiles;
mod programs;
mod prompt;
mod pty;
mod race;
mod ran;
mod readers;
mod recipes;
mod refusals;
mod roles;
mod run;
#[cfg(target_os = "linux")]
mod secret_service;
mod several;
mod shells;
mod sources;
mod status;
mod stores;
mod terms;
mod terraform;
mod unlock;
mod usage;
mod watchdog;
mod world;
