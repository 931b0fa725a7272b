//! Tests of the output of `cargo xtask dist`, used as people use it. Only the tests that say so build the programs; the
//! recipes are tested with stand-ins of one line each.

#![cfg(test)]

mod faults;
mod flake;
mod formula;
mod installer;
mod installer_fails;
mod need;
mod packages;
mod pkgbuild;
mod real;
mod recipes;
mod release;
mod signature;
mod spoiled;
mod systems;
mod workflows;
