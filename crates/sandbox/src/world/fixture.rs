//! The fixture file, which defines the initial state of a world.

mod company;
mod entry;
mod read;
#[cfg(test)]
mod tests;
mod tour;

pub use company::Company;
pub use entry::Fixture;
pub(crate) use entry::{
    AccountEntry, AssignmentEntry, BucketEntry, CenterEntry, DeviceEntry, DeviceKind, KeyEntry, PasskeyEntry,
    PasswordEntry, PermissionSetEntry, UseEntry,
};
pub use read::FixtureError;
pub use tour::RoleTour;
