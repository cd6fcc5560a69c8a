//! Traps in stored code, by their numbers.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use transom_ops::Trap;

pub fn serialize<S: Serializer>(trap: &Trap, serializer: S) -> Result<S::Ok, S::Error> {
    (*trap as u8).serialize(serializer)
}

pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Trap, D::Error> {
    let number = u8::deserialize(deserializer)?;
    Trap::from_u8(number).ok_or_else(|| Error::custom(format_args!("no trap has the number {number}")))
}
