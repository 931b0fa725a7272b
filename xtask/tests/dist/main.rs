//! What `cargo xtask dist` writes, used as people use it. Nothing here builds the programs but what says so: stand-ins
//! of a line each do for the recipes.

#![cfg(test)]

mod flake;
mod formula;
mod installer;
mod need;
mod packages;
mod pkgbuild;
mod recipes;
mod release;
mod workflows;
