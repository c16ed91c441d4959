//! Strings of an event, borrowed from its bytes where nothing in them is escaped. serde borrows a bare `Cow` only.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// A string; empty for null.
#[derive(Clone, Debug, Default)]
pub(super) struct Text<'a>(Cow<'a, str>);

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Text<'a>, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or null")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }

            fn visit_string<E: Error>(self, text: String) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text)))
            }

            fn visit_unit<E: Error>(self) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed("")))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// A string, as nearly always, or what else stands in its place.
pub(super) enum TextOr<'a> {
    Text(Text<'a>),
    Value(Value),
}

/// Without the copies that serde's untagged enums make to try one after the other.
impl<'de: 'a, 'a> Deserialize<'de> for TextOr<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<TextOr<'a>, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = TextOr<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or another value")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<TextOr<'de>, E> {
                Ok(TextOr::Text(Text(Cow::Borrowed(text))))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<TextOr<'de>, E> {
                Ok(TextOr::Text(Text(Cow::Owned(text.to_owned()))))
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<TextOr<'de>, E> {
                Ok(TextOr::Value(value.into()))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<TextOr<'de>, E> {
                Ok(TextOr::Value(value.into()))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<TextOr<'de>, E> {
                Ok(TextOr::Value(value.into()))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<TextOr<'de>, E> {
                Ok(TextOr::Value(value.into()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<TextOr<'de>, A::Error> {
                Value::deserialize(SeqAccessDeserializer::new(list)).map(TextOr::Value)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TextOr<'de>, A::Error> {
                Value::deserialize(MapAccessDeserializer::new(map)).map(TextOr::Value)
            }
        }
        deserializer.deserialize_any(Reader)
    }
}
