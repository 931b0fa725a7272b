//! The `keychain` store: generic passwords in the login keychain of macOS, found there
//! by the service `awsesame` and an item's name as the account.

use awsesame_core::fault::Fault;

use super::KEYCHAIN as NAME;

/// The command that shows the state of the keychain.
const LOOK: &str = "security show-keychain-info";

/// Returns the fault for a status code of `Security/SecBase.h`. Returns `None` if there is no such item.
fn fault(status: i32, said: String) -> Option<Fault> {
    let locked = |why: &str| Some(Fault::StoreLocked { store: NAME, why: why.into() });
    match status {
        // errSecItemNotFound
        -25300 => None,
        // errSecInteractionNotAllowed, errSecInteractionRequired
        -25308 | -25315 => locked("its password, or a permission, has to be asked for"),
        // errSecUserCanceled
        -128 => locked("its dialog was closed"),
        // errSecAuthFailed
        -25293 => locked("that was not its password, or the permission was denied"),
        _ => Some(Fault::StoreFailed { store: NAME, why: said, look: LOOK }),
    }
}

#[cfg(target_os = "macos")]
pub use mac::Keychain;

#[cfg(target_os = "macos")]
mod mac {
    use security_framework::base::Error;
    use security_framework::item::{ItemClass, ItemSearchOptions, Limit, SearchResult};
    use security_framework::os::macos::keychain::SecKeychain;
    use security_framework::passwords::{
        delete_generic_password, get_generic_password, set_generic_password,
    };
    use zeroize::Zeroizing;

    use super::{Fault, LOOK, NAME, fault};
    use crate::store::library_call::{self, PersonTimer};
    use crate::store::{Store, StoreContext};

    const SERVICE: &str = "awsesame";

    /// The store, with passwords of the login keychain.
    #[derive(Debug)]
    pub struct Keychain {
        place: StoreContext,
    }

    impl Keychain {
        /// Opens the store. The keychain is not used yet.
        pub fn open(place: StoreContext) -> Self {
            Self { place }
        }

        /// Calls the keychain. Returns `None` if there is no such item.
        fn ask<T: Send + 'static>(
            &self,
            question: impl FnOnce() -> Result<T, Error> + Send + 'static,
        ) -> Result<Option<T>, Fault> {
            let may_ask = self.place.may_ask;
            let library_call = move |person: &PersonTimer<'_>| {
                // The system shows its dialogs without notice.
                let answer = if may_ask {
                    person.asked(question)
                } else {
                    SecKeychain::disable_user_interaction().and_then(|_quiet| question())
                };
                match answer {
                    Ok(answer) => Ok(Some(answer)),
                    Err(error) => fault(error.code(), error.to_string()).map_or(Ok(None), Err),
                }
            };
            library_call::run(NAME, self.place.patience(), LOOK, library_call)
        }
    }

    impl Store for Keychain {
        fn name(&self) -> &'static str {
            NAME
        }

        fn get(&self, item: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
            let item = item.to_owned();
            self.ask(move || get_generic_password(SERVICE, &item).map(Zeroizing::new))
        }

        fn put(&self, item: &str, secret: &[u8], _seconds: Option<u64>) -> Result<(), Fault> {
            let (item, secret) = (item.to_owned(), Zeroizing::new(secret.to_vec()));
            self.ask(move || set_generic_password(SERVICE, &item, &secret)).map(drop)
        }

        fn delete(&self, item: &str) -> Result<bool, Fault> {
            let item = item.to_owned();
            Ok(self.ask(move || delete_generic_password(SERVICE, &item))?.is_some())
        }

        fn list(&self) -> Result<Vec<String>, Fault> {
            let found = self.ask(|| {
                let mut search = ItemSearchOptions::new();
                search.class(ItemClass::generic_password()).service(SERVICE);
                search.limit(Limit::All).load_attributes(true);
                Ok(search.search()?.iter().filter_map(account).collect::<Vec<_>>())
            })?;
            let mut items = found.unwrap_or_default();
            items.sort_unstable();
            Ok(items)
        }
    }

    /// Returns the `kSecAttrAccount` of a result.
    fn account(found: &SearchResult) -> Option<String> {
        found.simplify_dict()?.remove("acct")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_codes_of_the_keychain_become_our_faults() {
        assert_eq!(fault(-25300, String::new()), None);
        for (status, line) in [
            (-25308, "the keychain store is locked: its password, or a permission, has to be asked for"),
            (-128, "the keychain store is locked: its dialog was closed"),
            (-25293, "the keychain store is locked: that was not its password, or the permission was denied"),
            (-25291, "the keychain store does not answer: No keychain is available."),
        ] {
            let fault = fault(status, "No keychain is available.".into()).unwrap();
            assert_eq!(fault.to_string(), line);
        }
    }
}
