//! Checks the elements of an object: each may occur once, and unknown ones are errors.

use serde::de::{self, Deserialize, MapAccess};

/// Reads an element's value into its place, once.
pub(super) fn fill<'de, A: MapAccess<'de>, T: Deserialize<'de>>(
    place: &mut Option<T>,
    name: &str,
    map: &mut A,
) -> Result<(), A::Error> {
    if place.is_some() {
        return Err(de::Error::custom(format_args!("element `{name}` is given twice")));
    }
    *place = Some(map.next_value()?);
    Ok(())
}

/// Returns the error for an element that is not in `known`.
pub(super) fn unknown<E: de::Error>(name: &str, known: &[&str]) -> E {
    match known.iter().find(|known| known.eq_ignore_ascii_case(name)) {
        Some(known) => E::custom(format_args!("unknown element `{name}`; it is spelled `{known}`")),
        None => E::custom(format_args!("unknown element `{name}`; known here are {}", known.join(", "))),
    }
}
