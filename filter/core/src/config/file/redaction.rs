//! `redaction`: policies by name, each saying what is done with which kinds of data. A policy's keys are its own
//! (`request`, `terms`, …) and the names of entities and groups, which `dragoman entities` lists.

use std::fmt;

use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::values;
use crate::pii::Action;

/// What is done with personal data and secrets, by policies that routes and keys name.
#[derive(Default)]
pub struct Redaction {
    /// The secret.
    pub secret: Option<String>,
    /// The policies.
    pub policies: IndexMap<String, Policy>,
}

/// A policy.
#[derive(Default)]
pub struct Policy {
    /// Entities and groups, for both directions.
    pub entities: IndexMap<String, Action>,
    /// Entities and groups, for requests.
    pub request: IndexMap<String, Action>,
    /// Entities and groups, for answers.
    pub response: IndexMap<String, Action>,
    /// Lists of words.
    pub terms: Vec<TermList>,
    /// The policy's own patterns.
    pub patterns: Vec<Pattern>,
    /// Values that stay.
    pub allow: Vec<String>,
    /// What is done with reasoning.
    pub reasoning: Reasoning,
    /// What is done with answers that hold no text.
    pub binary: Binary,
    /// Whether hashes are logged.
    pub audit: bool,
}

/// A list of words to find.
#[derive(Deserialize, Clone)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TermList {
    /// What they are called in placeholders: `project` becomes `[PROJECT]`.
    pub name: String,
    /// The words or phrases; whole words are found, in any case.
    pub any: Vec<String>,
    /// What is done with them. Default: `mask`.
    #[serde(default = "mask")]
    pub action: Action,
}

/// A pattern of the policy's own.
#[derive(Deserialize, Clone)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    /// What it is called in placeholders: `ticket` becomes `[TICKET]`.
    pub name: String,
    /// The pattern, such as `EMP-[0-9]{6}`: classes, groups, alternatives and bounded repeats; no `.`, no look-around, and
    /// at least three characters that are always there. It is found as a whole word.
    #[serde(rename = "match")]
    pub pattern: String,
    /// What is done with it. Default: `mask`.
    #[serde(default = "mask")]
    pub action: Action,
}

fn mask() -> Action {
    Action::Mask
}

/// What is done with a model's reasoning, which targets may sign.
#[derive(Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reasoning {
    /// It is redacted like any text; what is signed or encrypted is left as it is.
    #[default]
    Redact,
    /// It passes as it is.
    Pass,
    /// It is taken out.
    Drop,
}

/// What is done with answers that hold no text: audio, images.
#[derive(Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Binary {
    /// They are refused.
    #[default]
    Refuse,
    /// They pass as they are.
    Pass,
}

impl<'de> Deserialize<'de> for Redaction {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Redaction, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Redaction;
            fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
                out.write_str("policies by name, and their `secret`")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Redaction, A::Error> {
                let mut redaction = Redaction::default();
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "secret" => redaction.secret = Some(map.next_value()?),
                        _ => {
                            redaction.policies.insert(key, map.next_value()?);
                        }
                    }
                }
                Ok(redaction)
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

impl<'de> Deserialize<'de> for Policy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Policy, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Policy;
            fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
                out.write_str("entities or groups, each with an action, such as `{email: mask, secrets: mask}`")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Policy, A::Error> {
                let mut policy = Policy::default();
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "request" => policy.request = map.next_value()?,
                        "response" => policy.response = map.next_value()?,
                        "terms" => policy.terms = map.next_value()?,
                        "patterns" => policy.patterns = map.next_value()?,
                        "allow" => policy.allow = map.next_value()?,
                        "reasoning" => policy.reasoning = map.next_value()?,
                        "binary" => policy.binary = map.next_value()?,
                        "audit" => policy.audit = map.next_value::<Flag>()?.0,
                        _ => {
                            policy.entities.insert(key, map.next_value()?);
                        }
                    }
                }
                Ok(policy)
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// A flag, or the text of one.
#[derive(Deserialize)]
#[serde(transparent)]
struct Flag(#[serde(deserialize_with = "values::flag")] bool);

#[cfg(feature = "schema")]
mod schema {
    //! How the two look in the JSON Schema.

    use std::borrow::Cow;

    use indexmap::IndexMap;
    use schemars::{JsonSchema, Schema, SchemaGenerator};

    use super::{Action, Binary, Pattern, Reasoning, TermList};
    use crate::config::file::values::FlagText;

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "describes what Redaction reads")]
    struct RedactionText {
        /// The key of pseudonyms and hashes, as a reference: `${env.NAME}`. Required by `pseudonym`, `hash` and `audit`.
        secret: Option<String>,
        /// A policy, for a route's or a key's `redaction` to name.
        #[serde(flatten)]
        policies: IndexMap<String, super::Policy>,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "describes what Policy reads")]
    struct PolicyText {
        /// For requests only, entities or groups with an action; before what holds for both directions.
        request: Option<IndexMap<String, Action>>,
        /// For answers only, entities or groups with an action; before what holds for both directions.
        response: Option<IndexMap<String, Action>>,
        /// Lists of words to find.
        terms: Option<Vec<TermList>>,
        /// Patterns of your own, at most 128.
        patterns: Option<Vec<Pattern>>,
        /// Values that stay, whatever they are: `support@example.com`, or globs such as `*@example.com`; case does not
        /// count.
        allow: Option<Vec<String>>,
        /// What is done with a model's reasoning: `redact` (what is signed or encrypted is left as it is), `pass` or
        /// `drop`. Default: `redact`.
        reasoning: Option<Reasoning>,
        /// Whether answers that hold no text (audio, images) `pass`, or are refused. Default: `refuse`.
        binary: Option<Binary>,
        /// Write a keyed hash of what was found to the log, for correlation. Default: `false`.
        audit: Option<FlagText>,
        /// An entity or a group (`dragoman entities` lists them; `all` is every one) and what is done with it: `mask`,
        /// `partial`, `pseudonym`, `hash`, `block`, `count` or `allow`. An entity's own word counts before its groups',
        /// and a smaller group's before a larger one's.
        #[serde(flatten)]
        entities: IndexMap<String, Action>,
    }

    impl JsonSchema for super::Redaction {
        fn schema_name() -> Cow<'static, str> {
            "Redaction".into()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            RedactionText::json_schema(generator)
        }
    }

    impl JsonSchema for super::Policy {
        fn schema_name() -> Cow<'static, str> {
            "Policy".into()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            PolicyText::json_schema(generator)
        }
    }
}
