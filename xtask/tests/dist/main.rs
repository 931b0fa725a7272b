//! What `cargo xtask dist` writes, used as people use it. Nothing here builds the programs but what says so: stand-ins
//! of a line each do for the recipes.

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
