//! The program as people and programs meet it: run against a sandbox of its own,
//! in a home of its own. What a value decides alone is tested in core.
#![cfg(test)]

mod bits;
mod calls;
mod clients;
mod config;
mod crash;
mod crowd;
mod dialogs;
mod direnv;
mod documents;
mod evaluated;
mod expiry;
mod harness;
mod hook;
mod hostile;
mod interactive;
mod makefile;
mod member;
mod mfa;
mod moto;
mod need;
mod outage;
mod pty;
mod race;
mod ran;
mod readers;
mod run;
mod shells;
mod sources;
mod terraform;
mod watchdog;
mod world;
